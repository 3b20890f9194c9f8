"""``textDocument/definition`` and ``documentLink`` in chunk documents, and what a hover tells
there: what is named leads to where it is, a chunk to its GOAL.md, a path to the file,
``path#Symbol`` to the symbol."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from lsprotocol import types

from pointsman.doors.lsp.cards import symbol_card, unit_card, words
from pointsman.doors.lsp.chunk_text import ChunkText
from pointsman.doors.lsp.features.touches import Touches
from pointsman.doors.lsp.naming import BODY, CHUNKS, PATHS, Named, named
from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.session import Session
from pointsman.model.names import is_chunk_name
from pointsman.model.place import Range
from pointsman.model.records import Event

LINKS = 500
"""Links of one document."""


class Links:
    """The ways out of one session's chunk documents."""

    def __init__(self, session: Session) -> None:
        self._session = session
        on = session.protocol.on
        on(types.TEXT_DOCUMENT_DEFINITION, self._define, types.DefinitionOptions())
        on(types.TEXT_DOCUMENT_DOCUMENT_LINK, self._links, types.DocumentLinkOptions())

    def show(self, overview: Overview) -> None:
        pass

    def heard(self, event: Event) -> None:
        pass

    async def _define(self, params: types.DefinitionParams) -> dict[str, Any] | None:
        text = ChunkText.of(self._session, params.text_document.uri)
        found = text.named(params.position) if text is not None else None
        path = self._path(found) if found is not None else None
        uri = self._session.checkout.uri(path) if path is not None else None
        if found is None or path is None or uri is None:
            return None
        symbol = _symbol(found)
        reading = await self._session.symbols.of_file(path) if symbol else None
        there = reading.by_name.get(symbol) if reading is not None else None
        inside = self._session.checkout.range(path, there.at if there else Range.lines(0, 0))
        return {"uri": uri, "range": inside}

    def _links(self, params: types.DocumentLinkParams) -> list[dict[str, Any]]:
        text = ChunkText.of(self._session, params.text_document.uri)
        if text is None:
            return []
        return [
            {
                "range": text.range(n.line, n.start, n.end),
                "target": self._session.checkout.uri(path),
            }
            for n, path in islice(self._leading(text), LINKS)
        ]

    def _leading(self, text: ChunkText) -> Iterator[tuple[Named, str]]:
        for each in named(text.lines):
            path = self._path(each)
            if path is not None:
                yield each, path

    def _path(self, found: Named) -> str | None:
        """The file that is meant, if the checkout has it."""
        path = None
        if found.key in CHUNKS and is_chunk_name(found.value):
            overview = self._session.overview
            path = overview.goal(found.value) if overview is not None else None
        elif found.key in PATHS or found.key == BODY:
            path = found.value.partition("#")[0].removeprefix("./")
        return path if path is not None and self._session.checkout.exists(path) else None

    # ---- hover

    async def hover(self, uri: str, at: types.Position) -> str | None:
        """The card of what is named there, as markdown: a chunk's, or a symbol's."""
        text, overview = ChunkText.of(self._session, uri), self._session.overview
        found = text.named(at) if text is not None else None
        if found is None or overview is None:
            return None
        if found.key in CHUNKS or (found.key == BODY and is_chunk_name(found.value)):
            return await self._chunk_card(found.value, overview)
        path, symbol = self._path(found), _symbol(found)
        there = self._session.checkout.uri(path) if path is not None and symbol else None
        known = await self._session.feature(Touches).notes(there) if there is not None else None
        for note in known[1] if known is not None else ():
            if note.symbol is not None and note.symbol.name == symbol:
                return symbol_card(path or "", note)
        return None

    async def _chunk_card(self, chunk: str, overview: Overview) -> str | None:
        unit = overview.units.get(chunk) or overview.ended.get(chunk)
        if unit is not None:
            return unit_card(unit, overview)
        for known in (await self._session.call("chunks", {}))["chunks"]:
            if known["name"] == chunk:
                status = known.get("status", "unreadable").lower()
                head = f"**{words(chunk)}** · {status}, not in the pool"
                return "\n\n".join(filter(None, (head, words(known.get("title") or ""))))
        return None


def _symbol(found: Named) -> str:
    """The qualified name behind the ``#``; empty where there is none."""
    return found.value.partition("#")[2].strip("()").replace(".", "::")
