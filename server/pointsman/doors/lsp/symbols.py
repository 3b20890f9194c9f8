"""The symbols of the documents that an editor has open, from their text as it is there.

What a document defines is asked for once for each text of it, however many features want to know,
and what is given is always of the text that is open now: a text that was changed meanwhile is read
again, so that no line is ever that of another version.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from pointsman.doors.lsp.places import columns
from pointsman.model.place import Position, Range
from pointsman.model.text import LINE_END
from pointsman.operations.seam import Defined

if TYPE_CHECKING:
    from pointsman.doors.lsp.session import Session


class Symbol(Defined):
    """One definition."""

    __slots__ = ()

    @property
    def at(self) -> Range:
        """Where its name stands."""
        start, end = (Position(line=self.line, character=at) for at in (self.start, self.end))
        return Range(start=start, end=end)

    @property
    def own_name(self) -> str:
        """The last part of its qualified name."""
        return self.name.rpartition("::")[2]


TEXT_LIMIT = 4 << 20
"""Characters; nobody writes a longer text by hand, and to look into it would take long."""


@dataclass(frozen=True)
class Reading:
    """A text, and what it defines."""

    text: str
    symbols: tuple[Symbol, ...]

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Without their ends, as LSP has them."""
        return tuple(LINE_END.split(self.text))

    @cached_property
    def by_name(self) -> dict[str, Symbol]:
        """The first definition of each name."""
        return {symbol.name: symbol for symbol in reversed(self.symbols)}

    def around(self, line: int) -> Iterator[Symbol]:
        """The definitions that hold a line, the innermost first."""
        holding = (s for s in self.symbols if s.first <= line <= s.last)
        yield from sorted(holding, key=lambda s: (s.last - s.first, -s.first))

    def range(self, inside: Range, encoding: str) -> dict[str, Any]:
        """As an LSP range in the client's columns."""
        return {
            "start": self._position(inside.start, encoding),
            "end": self._position(inside.end, encoding),
        }

    def end_of(self, line: int, encoding: str) -> dict[str, int]:
        """The end of a line, as an LSP position."""
        width = len(self.lines[line].encode(errors="replace"))
        return self._position(Position(line=line, character=width), encoding)

    def _position(self, at: Position, encoding: str) -> dict[str, int]:
        line = self.lines[at.line].encode(errors="replace")
        return {"line": at.line, "character": columns(line, at.character, encoding)}


class OpenSymbols:
    """The readings of one session's open documents."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._known: dict[str, Reading] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self.live: Callable[[str], tuple[Defined, ...] | None] = lambda uri: None
        """What the text that is open defines, by who follows it edit by edit."""
        session.protocol.listen(types.TEXT_DOCUMENT_DID_CLOSE, self._closed)

    def known(self, uri: str) -> Reading | None:
        """The reading of the text that is open, if there is one already."""
        text, known = self._session.text(uri), self._known.get(uri)
        if known is not None and known.text == text:  # mostly the same object: no comparison
            return known
        found = self.live(uri) if text is not None else None
        if text is None or found is None:
            return None
        self._known[uri] = Reading(text, tuple(map(Symbol._make, found)))
        return self._known[uri]

    async def read(self, uri: str) -> Reading | None:
        """The reading of the text that is open; None for what is not open, or not of ours."""
        path = self._session.checkout.path(uri)
        if path is None:
            return None
        while (text := self._session.text(uri)) is not None:
            if (known := self.known(uri)) is not None:
                return known
            if uri not in self._running:  # one at a time: who types asks faster than it is read
                reading = self._extract(uri, path, text)
                self._running[uri] = self._session.spawn(reading, "reading symbols")
            await asyncio.shield(self._running[uri])
        return None

    async def of_file(self, path: str) -> Reading | None:
        """The reading of a file: of its text if it is open, else as it is on disk; None where there
        is none. Raises PointsmanError."""
        uri = self._session.checkout.uri(path)
        if uri is None:
            return None
        if self._session.text(uri) is not None:
            return await self.read(uri)
        content = await asyncio.to_thread(self._session.checkout.read, path)
        return await self._of_text(path, content.decode(errors="replace")) if content else None

    async def _of_text(self, path: str, text: str) -> Reading:
        if len(text) > TEXT_LIMIT:
            return Reading(text, ())
        found = await self._session.call("symbols", {"path": path, "text": text})
        return Reading(text, tuple(map(_symbol, found["symbols"])))

    async def _extract(self, uri: str, path: str, text: str) -> None:
        reading = Reading(text, ())  # what can't be read defines nothing
        try:
            reading = await self._of_text(path, text)
        finally:
            del self._running[uri]
            if self._session.text(uri) is not None:
                self._known[uri] = reading

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        self._known.pop(params.text_document.uri, None)


def _symbol(wire: dict[str, Any]) -> Symbol:
    (first, last), (start, end) = wire["lines"], wire["columns"]
    return Symbol(wire["name"], wire["kind"], first, last, wire["line"], start, end)
