"""A daemon for the command line's tests: the real socket and door, around canned results."""

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pointsman import __version__
from pointsman.daemon.address import Repository, socket_path
from pointsman.daemon.lock import acquire
from pointsman.doors.cli_session import cli_door
from pointsman.doors.hello import PROTOCOL
from pointsman.doors.socket import Welcome, listen
from pointsman.model.errors import PointsmanError
from pointsman.model.records import Event
from pointsman.operations.seam import Caller, OperationInfo

NOW = datetime.now(UTC)
AT = NOW.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class CannedDaemon:
    """Serves in a thread of its own. ``results`` by operation: an object, an error, a function."""

    def __init__(self, repository: Repository) -> None:
        self.results: dict[str, Any] = {
            "status": {"daemon": daemon_info(), "counts": {}, "units": [], "heard": {}, "seq": 0},
            "attention": {"items": []},
            "conflicts": {"conflicts": []},
            "history": {"events": []},
        }
        self.calls: list[tuple[str, Any]] = []
        self.events: list[Event] = []
        self._repository = repository
        self._loop = asyncio.new_event_loop()
        self._followers: list[asyncio.Queue[Event | None]] = []
        self._finished = False
        self._listens = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    # ---- the seam

    async def call(self, operation: str, params: object, caller: Caller) -> dict[str, Any]:
        self.calls.append((operation, params))
        if operation == "shutdown":
            self._loop.call_later(0.02, self._stop.set)
            return {"stopping": True}
        result = self.results.get(operation)
        if result is None:
            raise PointsmanError("operation-unknown", "No such operation.", "Try another.")
        if callable(result):
            result = result(params, caller)
        if isinstance(result, Exception):
            raise result
        return result

    def operations(self) -> Mapping[str, OperationInfo]:
        return {}

    async def subscribe(self, since: int | None) -> AsyncIterator[Event]:
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._followers.append(queue)
        try:
            for event in list(self.events) if since is not None else ():
                if event.seq > since:
                    yield event
            if self._finished:
                return
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._followers.remove(queue)

    # ---- the test's side

    def tell(self, kind: str, unit: str | None = None, /, **data: Any) -> None:
        """Publish an event."""

        def publish() -> None:
            event = Event(seq=len(self.events) + 1, at=AT, kind=kind, unit=unit, data=data)
            self.events.append(event)
            for queue in self._followers:
                queue.put_nowait(event)

        self._loop.call_soon_threadsafe(publish)

    def finish(self) -> None:
        """No more events come."""

        def publish() -> None:
            self._finished = True
            for queue in self._followers:
                queue.put_nowait(None)

        self._loop.call_soon_threadsafe(publish)

    def asked(self, operation: str) -> list[Any]:
        return [params for name, params in self.calls if name == operation]

    def start(self) -> None:
        self._thread.start()
        assert self._listens.wait(10)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        lock = acquire(self._repository.state)
        assert lock is not None
        try:
            bound = lock.bind(socket_path(self._repository.id))
            welcome = Welcome(self._repository.id, __version__, {"cli": cli_door(self)})
            async with listen(bound, welcome):
                lock.announce(__version__, PROTOCOL)
                self._listens.set()
                await self._stop.wait()
        finally:
            lock.release()


def daemon_info(**fields: Any) -> dict[str, Any]:
    return {
        "version": __version__,
        "pid": 1,
        "startedAt": AT,
        "repository": "repo",
        "base": "main",
        "paused": False,
        "sandbox": "bubblewrap",
        "network": [],
        "chunks": "docs/chunks",
        "index": {"done": 7, "total": 7, "unknown": {}},
        **fields,
    }


def unit(chunk: str, status: str = "RUNNING", **fields: Any) -> dict[str, Any]:
    return {
        "id": f"{chunk}.1",
        "chunk": chunk,
        "status": status,
        "priority": 0,
        "dependsOn": [],
        "blockedBy": [],
        "base": {"branch": "main"},
        "agent": "demo",
        "attempts": 0,
        "usage": {"tokens": 0, "money": 0.0, "seconds": 0.0},
        "createdAt": AT,
        "updatedAt": AT,
        **fields,
    }


def item(id: str = "q1", chunk: str = "alpha", **fields: Any) -> dict[str, Any]:
    return {
        "id": id,
        "unit": f"{chunk}.1",
        "chunk": chunk,
        "reason": "QUESTION",
        "text": "Tabs or spaces?",
        "options": [{"id": "tabs", "label": "Tabs"}, {"id": "spaces", "label": "Spaces"}],
        "since": AT,
        "blocks": 0,
        "freeText": True,
        **fields,
    }


def conflict(a: str = "alpha", b: str = "beta", **fields: Any) -> dict[str, Any]:
    return {
        "id": "c1",
        "a": a,
        "b": b,
        "overlaps": [{"type": "SYMBOL", "path": "x.py", "symbol": "f", "detail": "both write `f`"}],
        "verdict": "ASK_OPERATOR",
        "decidedBy": "oracle",
        "probability": 0.5,
        "resolved": False,
        **fields,
    }
