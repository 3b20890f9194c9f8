"""``pointsman/event`` and ``pointsman/sync``: the stream of events, for clients that draw."""

from typing import Any

from pointsman.doors import jsonrpc
from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.session import Session
from pointsman.model.records import Event

EVENT = "pointsman/event"
SYNC = "pointsman/sync"


class Events:
    """Every event as a notification; a client that was away asks for what it missed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        session.protocol.raw[SYNC] = self._sync

    def show(self, overview: Overview) -> None:
        pass

    def heard(self, event: Event) -> None:
        if self._session.client.events:
            content = self._session.checkout.translate(event.wire())
            self._session.protocol.send(jsonrpc.notification(EVENT, content))

    async def _sync(self, params: Any) -> Any:
        """``{since}`` to ``{events, seq}``, as the operation ``events`` gives it."""
        result = await self._session.call("events", params if params is not None else {})
        return self._session.checkout.translate(result)
