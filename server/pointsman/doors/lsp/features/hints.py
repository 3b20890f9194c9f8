"""``textDocument/inlayHint``: who touches a symbol, at the end of its line, for editors that
have no lenses (or by the client's option ``annotations``)."""

from typing import Any

from lsprotocol import types

from pointsman.doors.lsp.features.touches import Touches
from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.redrawing import Redrawing
from pointsman.doors.lsp.session import Session
from pointsman.model.records import Event


class Hints:
    """All inlay hints of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._redrawing = Redrawing(
            session,
            self._draw,
            lambda hint: hint["label"],
            types.WORKSPACE_INLAY_HINT_REFRESH,
            lambda: session.client.hint_refresh,
        )
        session.protocol.on(types.TEXT_DOCUMENT_INLAY_HINT, self._answer)
        session.extend.append(self._offered)

    def show(self, overview: Overview) -> None:
        self._redrawing.changed()

    def heard(self, event: Event) -> None:
        pass

    def _offered(self, capabilities: types.ServerCapabilities) -> None:
        """A client that is not to show them need not ask."""
        if not self._session.client.hints:
            capabilities.inlay_hint_provider = None

    async def _answer(self, params: types.InlayHintParams) -> list[dict[str, Any]]:
        wanted = range(params.range.start.line, params.range.end.line + 1)
        drawn = await self._redrawing.answer(params.text_document.uri)
        return [hint for hint in drawn if hint["position"]["line"] in wanted]

    async def _draw(self, uri: str) -> list[dict[str, Any]]:
        client = self._session.client
        found = await self._session.feature(Touches).notes(uri) if client.hints else None
        if found is None:
            return []
        reading, notes = found
        return [
            {
                "position": reading.end_of(
                    note.symbol.line if note.symbol is not None else 0, client.encoding
                ),
                "label": note.title,
                "paddingLeft": True,
            }
            for note in notes
        ]
