"""The session of door ``cli``: JSON-RPC whose method is an operation, whose params its object.

Besides: ``$/follow {since?}`` sends every event as ``$/event {id, event}`` until it is cancelled;
``$/cancelRequest {id}`` cancels a request, for real; ``$/progress {id, text, fraction}`` tells how
far a running one is.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any, NoReturn

from pointsman.doors import jsonrpc
from pointsman.doors.failure import failure, malformed
from pointsman.doors.hello import Hello
from pointsman.doors.in_flight import InFlight
from pointsman.doors.outgoing import Outgoing
from pointsman.doors.socket import Door
from pointsman.model.errors import PointsmanError
from pointsman.operations.seam import App, Caller


class CliSession:
    """One connection. ``run`` ends when the client hangs up."""

    def __init__(self, app: App, name: str, checkout: str | None, outgoing: Outgoing) -> None:
        self._app, self._name, self._checkout, self._outgoing = app, name, checkout, outgoing
        self._requests = InFlight(self._send, failure)

    async def run(self, messages: AsyncIterator[bytes]) -> None:
        async with asyncio.TaskGroup() as group:
            pump = group.create_task(self._outgoing.pump())
            async for body in messages:
                self._receive(body, group)
            self._requests.cancel_others()
            pump.cancel()

    def _receive(self, body: bytes, group: asyncio.TaskGroup) -> None:
        match jsonrpc.parse(body):
            case jsonrpc.Request() as request:
                self._requests.begin(group, request.id, self._result(request))
            case jsonrpc.Notification("$/cancelRequest", {"id": id}):
                self._requests.cancel(id)
            case jsonrpc.Malformed() as broken:
                self._send(jsonrpc.failed(broken.id, malformed(broken)))

    async def _result(self, request: jsonrpc.Request) -> dict[str, Any]:
        params = {} if request.params is None else request.params
        if request.method == "$/follow":
            await self._follow(request.id, params)
        report = partial(self._report, request.id)
        caller = Caller("cli", self._name, report=report, checkout=self._checkout)
        return await self._app.call(request.method, params, caller)

    async def _follow(self, id: jsonrpc.Id, params: Any) -> NoReturn:
        """Send events until cancelled. Raises PointsmanError when there will be no more."""
        since = params.get("since") if isinstance(params, dict) else None
        if since is not None and (not isinstance(since, int) or isinstance(since, bool)):
            raise PointsmanError("invalid-params", "`since` is a number.", "Give an event's seq.")
        async for event in self._app.subscribe(since):
            self._send(jsonrpc.notification("$/event", {"id": id, "event": event.wire()}))
        raise PointsmanError(
            "daemon-stopping", "No more events come.", "Follow again from the last seq seen."
        )

    def _report(self, id: jsonrpc.Id, text: str, fraction: float | None) -> None:
        content = {"id": id, "text": text, "fraction": fraction}
        self._send(jsonrpc.notification("$/progress", content))

    def _send(self, message: dict[str, Any]) -> None:
        self._outgoing.put(jsonrpc.encode(message))


def cli_door(app: App) -> Door:
    """The door ``cli`` to ``app``."""

    async def run(
        name: str, hello: Hello, messages: AsyncIterator[bytes], outgoing: Outgoing
    ) -> None:
        await CliSession(app, name, hello.checkout, outgoing).run(messages)

    return run
