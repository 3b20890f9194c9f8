"""Pages to read: who touches a symbol, and how a chunk stands. What a lens leads to."""

from typing import Any

from pointsman.doors.lsp.cards import chunk_page, who_page
from pointsman.doors.lsp.features.documents import DIFF, Documents
from pointsman.doors.lsp.features.touches import Touches
from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.session import Session
from pointsman.doors.lsp.touching import Note
from pointsman.model.errors import PointsmanError
from pointsman.model.names import is_chunk_name
from pointsman.model.records import Event

SHOW_WHO = "pointsman.showWho"
SHOW_CHUNK = "pointsman.showChunk"
_WHO, _CHUNK = ".who.md", ".chunk.md"


class Pages:
    """The pages of one session. Their commands take ``{path, symbol?}`` and ``{chunk}``, and give
    ``{uri}``."""

    def __init__(self, session: Session) -> None:
        self._session = session
        session.commands.local[SHOW_WHO] = self._show_who
        session.commands.local[SHOW_CHUNK] = self._show_chunk
        documents = session.feature(Documents)
        documents.offer(_WHO, self._who)
        documents.offer(_CHUNK, self._chunk)

    def show(self, overview: Overview) -> None:
        pass

    def heard(self, event: Event) -> None:
        pass

    async def _show_who(self, params: dict[str, Any]) -> dict[str, Any]:
        """Straight to what the one who touches it did, where nobody else does; else to the page."""
        path, symbol = params.get("path"), params.get("symbol")
        if not isinstance(path, str) or not isinstance(symbol, str | None):
            raise PointsmanError(
                "invalid-params", "showWho takes {path, symbol?}.", "Give the path of a file."
            )
        documents = self._session.feature(Documents)
        note = await self._note(path, symbol)
        units = {touch.unit.id: touch.unit for touch in note.touches} if note is not None else {}
        if note is not None and len(units) == 1 and not note.conflicts:
            (unit,) = units.values()
            if unit.workspace is not None:
                return await documents.open(unit.id, DIFF, f"diff --git a/{path} b/{path}")
        return await documents.open(f"{path}#{symbol}" if symbol else path, _WHO)

    async def _show_chunk(self, params: dict[str, Any]) -> dict[str, Any]:
        chunk = params.get("chunk")
        if not isinstance(chunk, str) or not is_chunk_name(chunk):
            raise PointsmanError(
                "invalid-params", "showChunk takes {chunk}.", "Give the name of a chunk."
            )
        return await self._session.feature(Documents).open(chunk, _CHUNK)

    async def _who(self, name: str) -> str:
        path, _, symbol = name.partition("#")
        return who_page(path, await self._note(path, symbol or None))

    async def _chunk(self, name: str) -> str:
        overview = self._session.overview
        return chunk_page(name, overview) if overview is not None else ""

    async def _note(self, path: str, symbol: str | None) -> Note | None:
        """What there is to say at a symbol, or at a file as a whole."""
        uri = self._session.checkout.uri(path)
        found = await self._session.feature(Touches).notes(uri) if uri is not None else None
        for note in found[1] if found is not None else ():
            if (note.symbol.name if note.symbol is not None else None) == symbol:
                return note
        return None
