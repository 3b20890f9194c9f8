"""Positions in text: from indexes of characters to places as Pointsman tells them.

Lines end at LF, CRLF or CR, as in LSP 3.17, and columns are UTF-8 bytes. YAML 1.1 also breaks lines
at U+0085, U+2028 and U+2029, so its own marks are good for their index only.
"""

import re
from bisect import bisect_right

from pointsman.model.place import Position, Range

LINE_END = re.compile(r"\r\n|\n|\r")


class Lines:
    """The lines of one text. Indexes are of characters and may point one past the end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in LINE_END.finditer(text))]

    def position(self, index: int) -> Position:
        line = bisect_right(self._starts, index) - 1
        before = self._text[self._starts[line] : index]
        return Position(line=line, character=len(before.encode()))

    def range(self, start: int, end: int) -> Range:
        return Range(start=self.position(start), end=self.position(end))
