"""Where the definitions of a text stand in it, as an editor counts lines. Pure.

Extraction gives bytes; a definition's own name is found again in its text, which is cheaper than
to carry it for every symbol of a whole history.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pointsman.oracle.symbols import Definition, LineRange, Symbols

NOT_DEFINED = frozenset({"module", "imports"})
"""Kinds of what has no name and no one place."""
_LINE_END = re.compile(rb"\r\n|\n|\r")
_ABOVE = re.compile(rb"[ \t]*(?:@|#|//|/\*|\*)")
"""How the lines begin that may stand before a definition's header and name it: decorators,
attributes and comments."""
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") | frozenset(
    range(0x80, 0x100)
)
"""Bytes that a name goes on with."""


class Positioned(NamedTuple):
    """A definition and its place. Lines are zero-based, columns UTF-8 bytes."""

    name: str
    kind: str
    lines: LineRange
    """First and last, both included."""
    line: int
    """Where its own name stands, else where it begins,"""
    columns: tuple[int, int]
    """and from where to where in that line."""


def positions(text: bytes, symbols: Symbols) -> Iterator[Positioned]:
    """The definitions that have a name, in the order of the text."""
    starts = [0, *(end.end() for end in _LINE_END.finditer(text))]
    for definition in symbols.definitions:
        if definition.kind not in NOT_DEFINED:
            first = bisect_right(starts, definition.start) - 1
            last = bisect_right(starts, max(definition.end - 1, definition.start)) - 1
            name = definition.name.rpartition("::")[2].encode()
            at = _place(text, starts, name, definition)
            line = bisect_right(starts, at) - 1
            width = len(name) if at != definition.start or text.startswith(name, at) else 0
            columns = (at - starts[line], at - starts[line] + width)
            yield Positioned(definition.name, definition.kind, (first, last), line, columns)


def _place(text: bytes, starts: Sequence[int], name: bytes, definition: Definition) -> int:
    """The byte where its name stands as a word; where it begins, if it is not spelt in it."""
    at = definition.start
    while (found := text.find(name, at, definition.end)) != -1:
        end = found + len(name)
        whole = not (
            (found and text[found - 1] in _WORD) or (end < len(text) and text[end] in _WORD)
        )
        if whole:
            row = max(starts[bisect_right(starts, found) - 1], definition.start)
            if not _ABOVE.match(text, row, found):
                return found
        at = max(end, found + 1)
    return definition.start
