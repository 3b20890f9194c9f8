"""A small app behind real doors: state that a test sets, and a record of what was asked."""

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pointsman.daemon.address import Repository, private_folder, socket_path
from pointsman.daemon.lock import Lock, acquire
from pointsman.doors.cli_session import cli_door
from pointsman.doors.hello import PROTOCOL
from pointsman.doors.lsp.door import lsp_door
from pointsman.doors.socket import Listener, Welcome, listen
from pointsman.model.errors import PointsmanError
from pointsman.model.place import Place, Range
from pointsman.model.records import Event
from pointsman.operations.seam import Caller, Defined, Met, OperationInfo
from pointsman.oracle.languages import extract
from pointsman.oracle.positions import positions

NOW = "2026-01-01T00:00:00.000Z"

EDITOR: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {
        "showMessage": {"messageActionItem": {}},
        "showDocument": {"support": True},
        "workDoneProgress": True,
    },
    "textDocument": {
        "publishDiagnostics": {
            "relatedInformation": True,
            "codeDescriptionSupport": True,
            "dataSupport": True,
        },
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
        "codeLens": {},
        "inlayHint": {},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
    },
    "workspace": {
        "codeLens": {"refreshSupport": True},
        "inlayHint": {"refreshSupport": True},
    },
}
"""What an editor declares that can do most things."""


def operation(name: str, single: str | None = None, long: bool = False, **params: Any) -> Any:
    schema = {"type": "object", "properties": params}
    return name, OperationInfo(name, f"{name}.", schema, {"type": "object"}, single, long)


class FakeUnsaved:
    """A session's unsaved text, and what was asked about it."""

    def __init__(self, app: "FakeApp", caller: Caller, stale: Callable[[str], None]) -> None:
        self._app, self._caller = app, caller
        self.stale = stale
        self.texts: dict[str, bytes] = {}
        self.looks = 0
        self.studied: list[str] = []

    def open(self, path: str, text: bytes) -> None:
        self.texts[path] = text

    def edit(self, path: str, start: int, end: int, text: bytes) -> None:
        old = self.texts[path]
        self.texts[path] = old[:start] + text + old[end:]

    def close(self, path: str) -> None:
        del self.texts[path]

    async def meets(self, path: str) -> tuple[Met, ...]:
        self.looks += 1
        text = self.texts.get(path, b"")
        return tuple(m for words, met in self._app.met.items() if words in text for m in met)

    def symbols(self, path: str) -> tuple[Defined, ...] | None:
        return None

    async def study(self, path: str) -> bool:
        self.studied.append(path)
        return False

    def end(self) -> None:
        del self._app.sessions[self._caller.session]


class FakeApp:
    """An App whose units, conflicts and items are what the test says."""

    def __init__(self) -> None:
        self.daemon: dict[str, Any] = {"sandbox": "bubblewrap", "network": []}
        self.units: list[dict[str, Any]] = []
        self.conflicts: list[dict[str, Any]] = []
        self.items: list[dict[str, Any]] = []
        self.problems: list[dict[str, Any]] = []
        self.touches: dict[str, list[dict[str, Any]]] = {}
        """What ``who`` says of a path."""
        self.chunks: list[dict[str, Any]] = []
        self.indexed = (0, 0)
        """Files in the index, and how many there are."""
        self.sessions: dict[str, FakeUnsaved] = {}
        """The unsaved text of each session that lives."""
        self.met: dict[bytes, tuple[Met, ...]] = {}
        """What a text that has this in it meets."""
        self.calls: list[tuple[str, Any, Caller]] = []
        self.running: set[str] = set()
        self.cancelled: list[str] = []
        self.release = asyncio.Event()
        self.events: list[Event] = []
        self._followers: list[asyncio.Queue[Event | None]] = []

    def operations(self) -> Mapping[str, OperationInfo]:
        array = {"type": "array"}
        return dict(
            [
                operation("status"),
                operation("conflicts"),
                operation("attention"),
                operation("settings"),
                operation("validate", single="chunks", chunks=array),
                operation("inject", single="chunks", long=True, chunks=array),
                operation("unit", single="unit", unit={"type": "string"}),
                operation("diff", single="unit", unit={"type": "string"}),
                operation("log", single="unit", unit={"type": "string"}),
                operation("verdict"),
                operation("answer"),
                operation("events"),
                operation("index", long=True),
                operation("who", single="path"),
                operation("symbols"),
                operation("chunks"),
                operation("retry", single="unit"),
                operation("land", single="unit"),
                operation("echo"),
                operation("slow", long=True),
                operation("broken"),
                operation("refused"),
            ]
        )

    async def call(self, operation: str, params: object, caller: Caller) -> dict[str, Any]:
        self.calls.append((operation, params, caller))
        if operation not in self.operations():
            raise PointsmanError("operation-unknown", "No such operation.", "Try another.")
        answer: Callable[..., Any] = getattr(self, f"_{operation}", lambda params, caller: {})
        result = answer(params, caller)
        if asyncio.iscoroutine(result):
            result = await result
        return copy.deepcopy(result)  # tests change in place what it holds

    def asked(self, operation: str) -> list[Any]:
        """The parameters of every call of ``operation`` so far."""
        return [params for name, params, _ in self.calls if name == operation]

    def unsaved(self, caller: Caller, stale: Callable[[str], None]) -> "FakeUnsaved":
        session = self.sessions[caller.session] = FakeUnsaved(self, caller, stale)
        return session

    async def subscribe(self, since: int | None) -> AsyncIterator[Event]:
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._followers.append(queue)
        try:
            for event in self.events if since is not None else ():
                if event.seq > since:
                    yield event
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._followers.remove(queue)

    def tell(self, kind: str, unit: str | None = None, **data: Any) -> None:
        """Publish an event."""
        event = Event(seq=len(self.events) + 1, at=NOW, kind=kind, unit=unit, data=data)
        self.events.append(event)
        for queue in self._followers:
            queue.put_nowait(event)

    def _status(self, params: Any, caller: Caller) -> dict[str, Any]:
        return {"daemon": self.daemon, "units": self.units, "seq": len(self.events)}

    def _conflicts(self, params: Any, caller: Caller) -> dict[str, Any]:
        return {"conflicts": self.conflicts}

    def _attention(self, params: Any, caller: Caller) -> dict[str, Any]:
        return {"items": self.items}

    def _settings(self, params: Any, caller: Caller) -> dict[str, Any]:
        return {"settings": {"chunks": {"value": "docs/chunks", "origin": "default"}}}

    async def _index(self, params: Any, caller: Caller) -> dict[str, Any]:
        done, total = self.indexed
        if done < total and params.get("whole", True):
            caller.report("reading", done / total)
            await self.release.wait()
        return {"index": {"done": done, "total": total, "unknown": {}}}

    def _who(self, params: Any, caller: Caller) -> dict[str, Any]:
        return {"touches": self.touches.get(params["path"], [])}

    async def _symbols(self, params: Any, caller: Caller) -> dict[str, Any]:
        text = params["text"].encode()
        found = positions(text, extract("python", text, hashes=False))
        return {"symbols": [p._asdict() for p in found]}

    def _chunks(self, params: Any, caller: Caller) -> dict[str, Any]:
        return {"chunks": self.chunks, "agents": ["demo", "claude"], "subsystems": ["search"]}

    def _validate(self, params: Any, caller: Caller) -> dict[str, Any]:
        return {"problems": self.problems}

    def _events(self, params: Any, caller: Caller) -> dict[str, Any]:
        after = [e.wire() for e in self.events if e.seq > params["since"]]
        return {"events": after, "seq": len(self.events)}

    def _unit(self, params: Any, caller: Caller) -> dict[str, Any]:
        for unit in self.units:
            if params["unit"] in (unit["id"], unit["chunk"]):
                return {"unit": unit}
        raise PointsmanError("unit-not-found", "No such unit.", "Look at `pointsman status`.")

    def _diff(self, params: Any, caller: Caller) -> dict[str, Any]:
        return {"patch": f"--- a/x.py of {params['unit']}\n"}

    def _log(self, params: Any, caller: Caller) -> dict[str, Any]:
        return {"lines": [{"n": 1, "at": NOW, "kind": "message", "text": "hello"}]}

    def _verdict(self, params: Any, caller: Caller) -> dict[str, Any]:
        self.conflicts = [c for c in self.conflicts if c["id"] != params["conflict"]]
        self.tell("conflict.changed")
        return {"conflict": {}}

    def _answer(self, params: Any, caller: Caller) -> dict[str, Any]:
        if all(item["id"] != params["item"] for item in self.items):
            raise PointsmanError("already-answered", "Somebody was first.", "Nothing to do.")
        self.items = [item for item in self.items if item["id"] != params["item"]]
        self.tell("attention.closed", item=params["item"])
        return {"item": {}, "delivered": True}

    async def _inject(self, params: Any, caller: Caller) -> dict[str, Any]:
        caller.report("cutting", 0.5)
        for chunk in params["chunks"]:
            unit = {"id": f"{chunk}.1", "chunk": chunk, "status": "RUNNING"}
            self.units.append(unit)
            self.tell("unit.changed", unit=f"{chunk}.1")
        return {"units": self.units, "warnings": []}

    def _echo(self, params: Any, caller: Caller) -> dict[str, Any]:
        return {"params": params}

    async def _slow(self, params: Any, caller: Caller) -> dict[str, Any]:
        name = str(params.get("name", "slow"))
        self.running.add(name)
        caller.report("working", 0.25)
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled.append(name)
            raise
        finally:
            self.running.discard(name)
        return {"name": name}

    def _broken(self, params: Any, caller: Caller) -> dict[str, Any]:
        raise ValueError("secret of /home/somebody")

    def _refused(self, params: Any, caller: Caller) -> dict[str, Any]:
        place = Place(path="docs/chunks/a/GOAL.md", range=Range.lines(2, 2))
        raise PointsmanError(
            "chunk-status",
            "It is ACTIVE.",
            "Make a new one.",
            place=place,
            data={"status": "ACTIVE"},
        )


def unit(chunk: str, **fields: Any) -> dict[str, Any]:
    return {"id": f"{chunk}.1", "chunk": chunk, "status": "RUNNING", **fields}


def touch(chunk: str, symbol: str | None = "f", **fields: Any) -> dict[str, Any]:
    return {
        "participant": chunk,
        "chunk": chunk,
        "unit": f"{chunk}.1",
        "path": "src/x.py",
        "symbol": symbol,
        "access": "WRITE_BODY",
        "evidence": "OBSERVED",
        "confidence": 1.0,
        "why": "snapshot 0123456789",
        "status": "RUNNING",
        **fields,
    }


def conflict(a: str = "alpha", b: str = "beta", **fields: Any) -> dict[str, Any]:
    overlap = {
        "type": "SYMBOL",
        "path": "src/x.py",
        "symbol": "f",
        "detail": "both write f.",
        "evidence": {
            "a": {"access": "WRITE_BODY", "evidence": "DECLARED", "lines": [3, 5]},
            "b": {"access": "WRITE_BODY", "evidence": "OBSERVED", "lines": [4, 5]},
        },
    }
    return {
        "id": "c1",
        "a": a,
        "b": b,
        "overlaps": [overlap],
        "verdict": "ASK_OPERATOR",
        "probability": 0.8,
        "why": "Both write f in src/x.py.",
        **fields,
    }


def question(id: str = "q1", chunk: str = "alpha", **fields: Any) -> dict[str, Any]:
    return {
        "id": id,
        "unit": f"{chunk}.1",
        "chunk": chunk,
        "reason": "QUESTION",
        "text": "Tabs or spaces?",
        "options": [{"id": "tabs", "label": "Tabs"}, {"id": "spaces", "label": "Spaces"}],
        "since": NOW,
        **fields,
    }


@asynccontextmanager
async def served(app: FakeApp, repository: Repository, build: str) -> AsyncIterator[Listener]:
    """Both doors of ``app`` at the repository's socket, announced as a daemon does it."""
    lock = acquire(repository.state)
    assert lock is not None, "another daemon lives"
    try:
        async with serve_locked(app, repository, lock, build) as listener:
            yield listener
    finally:
        lock.release()


@asynccontextmanager
async def serve_locked(
    app: FakeApp, repository: Repository, lock: Lock, build: str
) -> AsyncIterator[Listener]:
    bound = lock.bind(socket_path(repository.id))
    files = private_folder(repository.state / "shown")
    doors = {"lsp": lsp_door(app, build, files), "cli": cli_door(app)}
    async with listen(bound, Welcome(repository.id, build, doors)) as listener:
        lock.announce(build, PROTOCOL)
        yield listener


class Wire:
    """A client that speaks framed JSON and nothing more."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.heard: list[dict[str, Any]] = []
        self._ids = 0

    @classmethod
    async def connect(cls, path: Path, hello: dict[str, Any]) -> "Wire":
        reader, writer = await asyncio.open_unix_connection(str(path), limit=1 << 26)
        wire = cls(reader, writer)
        writer.write(json.dumps(hello).encode() + b"\n")
        wire.welcome = json.loads(await reader.readline())
        return wire

    def opens(self, uri: str, text: str, version: int = 1) -> None:
        """The editor opens a document."""
        document = {"uri": uri, "languageId": "x", "version": version, "text": text}
        self.send(method="textDocument/didOpen", params={"textDocument": document})

    def edits(self, uri: str, text: str, version: int) -> None:
        """The editor has another text in an open document."""
        document = {"uri": uri, "version": version}
        params = {"textDocument": document, "contentChanges": [{"text": text}]}
        self.send(method="textDocument/didChange", params=params)

    def send(self, **message: Any) -> None:
        self.raw(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def raw(self, body: bytes, header: bytes = b"Content-Length: %d\r\n\r\n") -> None:
        self.writer.write(header % len(body) + body)

    def ask(self, method: str, params: Any = None) -> int:
        self._ids += 1
        self.send(id=self._ids, method=method, params=params)
        return self._ids

    async def read(self) -> dict[str, Any]:
        """The next message. Raises EOFError at the end."""
        length = 0
        while (line := await self.reader.readline()) != b"\r\n":
            if not line:
                raise EOFError
            name, _, value = line.partition(b":")
            if name == b"Content-Length":
                length = int(value)
        return json.loads(await self.reader.readexactly(length))

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message, among those heard and those to come, that is ``wanted``."""
        async with asyncio.timeout(10):
            while True:
                for message in self.heard:
                    if wanted(message):
                        self.heard.remove(message)
                        return message
                self.heard.append(await self.read())

    async def answer(self, id: int | None) -> dict[str, Any]:
        return await self.until(lambda m: m.get("id") == id and "method" not in m)

    async def called(self, method: str) -> dict[str, Any]:
        """The next request or notification of that method."""
        return await self.until(lambda m: m.get("method") == method)

    async def call(self, method: str, params: Any = None) -> dict[str, Any]:
        return await self.answer(self.ask(method, params))

    async def close(self) -> None:
        self.writer.close()


async def eventually(true: Callable[[], bool]) -> None:
    """Let others run until it is so."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)
