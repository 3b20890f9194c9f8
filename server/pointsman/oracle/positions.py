"""Where the definitions of a text stand in it, as an editor counts lines. Pure.

Extraction gives bytes; a definition's own name is found again in its text, which is cheaper than
to carry it for every symbol of a whole history.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from pointsman.model.place import Position, Range
from pointsman.oracle.symbols import Definition, LineRange, Symbols

NOT_DEFINED = frozenset({"module", "imports"})
"""Kinds of what has no name and no one place."""
_LINE_END = re.compile(rb"\r\n|\n|\r")
_ABOVE = re.compile(rb"[ \t]*(?:@|#|//|/\*|\*)")
"""How the lines begin that may stand before a definition's header and name it: decorators,
attributes and comments."""


class Positioned(NamedTuple):
    """A definition and its place."""

    name: str
    kind: str
    lines: LineRange
    at: Range


def positions(text: bytes, symbols: Symbols) -> Iterator[Positioned]:
    """The definitions that have a name, in the order of the text."""
    starts = [0, *(end.end() for end in _LINE_END.finditer(text))]

    def position(byte: int) -> Position:
        line = bisect_right(starts, byte) - 1
        return Position(line=line, character=byte - starts[line])

    for definition in symbols.definitions:
        if definition.kind not in NOT_DEFINED:
            begin, end = _name(text, definition)
            lines = position(definition.start).line, position(max(definition.end - 1, 0)).line
            at = Range(start=position(begin), end=position(end))
            yield Positioned(definition.name, definition.kind, lines, at)


def _name(text: bytes, definition: Definition) -> tuple[int, int]:
    """The bytes of its name; those of its first line where it is not spelt there."""
    last = re.escape(definition.name.rpartition("::")[2].encode())
    word = re.compile(rb"(?<![\w\x80-\xff])" + last + rb"(?![\w\x80-\xff])")
    at, stop = definition.start, definition.end
    first = None
    while at < stop:
        end = _LINE_END.search(text, at, stop)
        line_end, following = (end.start(), end.end()) if end else (stop, stop)
        if first is None:
            first = (at, line_end)
        if not _ABOVE.match(text, at, line_end):
            found = word.search(text, at, line_end)
            if found is not None:
                return found.span()
        at = following
    return first or (definition.start, definition.start)
