"""``textDocument/hover``: over a symbol, who touches it and what collides there; over a
chunk's name in a chunk document, its card."""

import re
from typing import Any

from lsprotocol import types

from pointsman.doors.lsp.cards import plain, symbol_card
from pointsman.doors.lsp.features.links import Links
from pointsman.doors.lsp.features.touches import Touches
from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.places import characters
from pointsman.doors.lsp.session import Session
from pointsman.doors.lsp.symbols import Reading, Symbol
from pointsman.doors.lsp.touching import Note
from pointsman.model.records import Event

_WORD = re.compile(r"[^\W\d]\w*")


class Hovers:
    """The hovers of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        session.protocol.on(types.TEXT_DOCUMENT_HOVER, self._answer, types.HoverOptions())

    def show(self, overview: Overview) -> None:
        pass

    def heard(self, event: Event) -> None:
        pass

    async def _answer(self, params: types.HoverParams) -> dict[str, Any] | None:
        uri, at = params.text_document.uri, params.position
        card = await self._session.feature(Links).hover(uri, at)
        if card is None:
            card = await self._symbol(uri, at)
        if card is None:
            return None
        if self._session.client.markdown:
            return {"contents": {"kind": "markdown", "value": card}}
        return {"contents": {"kind": "plaintext", "value": plain(card)}}

    async def _symbol(self, uri: str, at: types.Position) -> str | None:
        path = self._session.checkout.path(uri)
        found = await self._session.feature(Touches).notes(uri)
        if found is None or path is None:
            return None
        reading, notes = found
        symbol = self._under(reading, at)
        note = next((n for n in notes if n.symbol is not None and n.symbol is symbol), None)
        return symbol_card(path, note) if isinstance(note, Note) else None

    def _under(self, reading: Reading, at: types.Position) -> Symbol | None:
        """The symbol whose name is under the cursor: where it is defined, else where it is used,
        if the file defines only one of that name."""
        if at.line >= len(reading.lines):
            return None
        line = reading.lines[at.line]
        column = characters(line, at.character, self._session.client.encoding)
        words = (m for m in _WORD.finditer(line) if m.start() <= column <= m.end())
        word = next(words, None)
        if word is None:
            return None
        named = {s.name: s for s in reversed(reading.symbols) if s.own_name == word[0]}
        here = [s for s in named.values() if s.line == at.line]
        candidates = here or list(named.values())
        return candidates[0] if len(candidates) == 1 else None
