"""Who touches the documents that are open: one question a file, kept until something changes."""

from typing import Any, NamedTuple

from lsprotocol import types

from pointsman.doors.lsp.overview import Overview, concerns
from pointsman.doors.lsp.session import Session
from pointsman.doors.lsp.symbols import Reading
from pointsman.doors.lsp.touching import Note, notes, touches_of
from pointsman.model.records import Event


class Noted(NamedTuple):
    """A document's text with its symbols, and the notes at them."""

    reading: Reading
    notes: list[Note]


class Touches:
    """What there is to say at the symbols of one session's open documents."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[str, list[dict[str, Any]]] = {}
        """What ``who`` said of a path, since the last change."""
        self._made: dict[str, tuple[tuple[object, ...], Noted]] = {}
        """The notes of an open document, and what they were made of."""
        session.protocol.listen(types.TEXT_DOCUMENT_DID_CLOSE, self._closed)

    def show(self, overview: Overview) -> None:
        self._found = {}

    def heard(self, event: Event) -> None:
        if concerns(event.kind):
            self._found = {}  # anew, so that who is asked meanwhile can't fill it with old news

    async def notes(self, uri: str) -> Noted | None:
        """The notes at a document's symbols, in its text as the editor has it, else as it is on
        disk; None where there is nothing to know. The same object as long as nothing changed.
        Raises PointsmanError."""
        path = self._session.checkout.path(uri)
        overview = self._session.overview
        if path is None or overview is None or not overview.units:
            return None
        found = await self._who(path)
        if not found:
            return None
        reading = await self._session.symbols.of_file(path)
        if reading is None:
            return None
        of = (reading, found, overview)
        before, noted = self._made.get(uri, ((), None))
        if noted is not None and all(a is b for a, b in zip(before, of, strict=True)):
            return noted
        noted = Noted(reading, notes(path, touches_of(found, overview), reading, overview))
        if self._session.text(uri) is not None:
            self._made[uri] = of, noted
        return noted

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        self._made.pop(params.text_document.uri, None)

    async def _who(self, path: str) -> list[dict[str, Any]]:
        kept = self._found
        if path not in kept:
            answer = await self._session.call("who", {"path": path, "reads": True})
            kept[path] = answer["touches"]
        return kept[path]
