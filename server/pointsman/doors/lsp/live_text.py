"""A document's text as its editor changes it: LSP's edits as edits of bytes.

What an editor counts are lines and, in a line, units of the encoding that it negotiated (LSP 3.17,
"Position"); inside, a text is UTF-8. Only the lines that an edit is in are looked at. Lines end in
``\\n``, ``\\r\\n`` or ``\\r`` and in nothing else (LSP 3.17, "Text Documents").
"""

import re
from typing import NamedTuple

from lsprotocol import types

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class Edit(NamedTuple):
    """``text`` takes the place of the bytes from ``start`` to ``end``."""

    start: int
    end: int
    text: bytes


class LiveText:
    """The lines of one document, with their endings; there is always a last one without."""

    def __init__(self, text: str, encoding: str) -> None:
        self._lines = _split(encoded(text))
        self._encoding = encoding
        self._text: str | None = None

    @property
    def source(self) -> bytes:
        return b"".join(self._lines)

    @property
    def text(self) -> str:
        """The same object until it is changed."""
        if self._text is None:
            self._text = self.source.decode()
        return self._text

    def change(self, where: types.Range, text: str) -> Edit:
        """Takes a change. A position behind the end of a line or of the text counts as that end."""
        self._text = None
        start, end = self._place(where.start), self._place(where.end)
        if end < start:
            start, end = end, start
        new = encoded(text)
        before = sum(map(len, self._lines[: start[0]]))
        within = sum(map(len, self._lines[start[0] : end[0]]))
        self._replace(start, end, new)
        return Edit(before + start[1], before + within + end[1], new)

    def _replace(self, start: tuple[int, int], end: tuple[int, int], new: bytes) -> None:
        first, last = start[0], end[0]
        changed = self._lines[first][: start[1]] + new + self._lines[last][end[1] :]
        # a "\r" and a "\n" that come to stand side by side are one ending
        if first > 0 and changed[:1] == b"\n" and self._lines[first - 1].endswith(b"\r"):
            first -= 1
            changed = self._lines[first] + changed
        if last + 1 < len(self._lines) and changed.endswith(b"\r"):
            last += 1
            changed += self._lines[last]
        lines = _split(changed)
        if last + 1 < len(self._lines):
            lines.pop()  # of what is in the middle, the last line is the one that comes next
        self._lines[first : last + 1] = lines

    def _place(self, position: types.Position) -> tuple[int, int]:
        """Line, and byte in it."""
        if position.line >= len(self._lines):
            return len(self._lines) - 1, len(self._lines[-1])
        line = self._lines[max(position.line, 0)].rstrip(b"\r\n")
        return max(position.line, 0), _byte(line, max(position.character, 0), self._encoding)


def encoded(text: str) -> bytes:
    """As UTF-8; half a surrogate pair, which no file can hold, as a question mark."""
    return text.encode("utf-8", "replace")


def _split(text: bytes) -> list[bytes]:
    lines: list[bytes] = _LINE.findall(text)
    if not lines or lines[-1].endswith((b"\r", b"\n")):
        lines.append(b"")
    return lines


def _byte(line: bytes, units: int, encoding: str) -> int:
    """Where in a line a number of units is, in bytes. Inside a character counts as its start."""
    if line.isascii():
        return min(units, len(line))
    if encoding == "utf-8":
        return len(line[:units].decode("utf-8", "ignore").encode())
    text = line.decode("utf-8", "replace")
    if encoding == "utf-32":
        return len(text[:units].encode())
    return len(text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore").encode())
