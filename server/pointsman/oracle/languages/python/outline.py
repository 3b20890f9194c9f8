"""What a Python file defines, at once: by patterns in masked code, without a parser.

Several times faster than the exact way and right but for odd code, so it serves until that is done.
Only lines are looked at that may begin a definition or another block; where a definition ends is
searched between two of them, each byte once.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from pointsman.oracle.languages.python.mask import masked
from pointsman.oracle.languages.scopes import BYTE_ORDER_MARK
from pointsman.oracle.symbols import Definition

_NAME = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*+"
_LANDMARK = re.compile(
    rb"\n([ \t\f]*+)(?:(?:async[ \t]++)?(def|class)[ \t]++(%b)"
    rb"|(@)"
    rb"|(?:if|elif|else|for|while|with|try|except|finally|async|match|case)(?![\w\x80-\xff])"
    rb"|(?<=\n)(type)[ \t]++(%b)[ \t]*+[\[=](?!=)"
    rb"|(?<=\n)(%b)[ \t]*+[:=](?!=))" % (_NAME, _NAME, _NAME)
)
"""Indentation; keyword and name; decorator; type and its name; variable."""
_KINDS = {b"def": "function", b"class": "class", b"type": "type"}


class _Block(NamedTuple):
    """What is open: a definition, or another block, which has no name of its own."""

    indent: int
    number: int | None
    """Of the definition, if it is one."""
    name: str
    """Of the innermost definition that it is or lies in, and its kind."""
    kind: str


def outline(source: bytes) -> list[Definition]:
    """The definitions of a file, without what is in them: no hashes, no references.

    Any bytes are a file; takes time in proportion to them.
    """
    text = masked(source, lambda _: None)
    mark = len(BYTE_ORDER_MARK) if text.code.startswith(BYTE_ORDER_MARK) else 0
    code = b"\n" + bytes(text.code[mark:])
    shift = mark - 1  # from a place in the code to that in the source
    begun = _Begun(source)
    ends = _Ends(source, code, shift, text.strings)
    gap = 1
    decorated: tuple[int, int] | None = None
    for match in _LANDMARK.finditer(code):
        indent = match.end(1) - match.start() - 1
        around = ends.innermost
        if around.indent >= indent:
            if match.lastindex == 1 and around.indent == indent and around.number is None:
                gap, decorated = match.end(), None  # one block after another
                continue
            around = ends.close(indent, gap, match.start())
        gap = match.end()
        _, keyword, scope, decorator, alias, type_name, variable = match.groups()
        at = match.end(1)
        if decorator:
            if decorated is None or decorated[0] != indent:
                decorated = (indent, at)
            continue
        name = scope or type_name or variable
        if name is None:
            ends.open(_Block(indent, None, around.name, around.kind))
        else:
            if decorated is not None and decorated[0] == indent:
                at = decorated[1]
            kind = _KINDS.get(keyword or alias, "variable")
            if kind == "function" and around.kind == "class":
                kind = "method"
            full = name.decode("utf-8", "replace")
            full = f"{around.name}::{full}" if around.name else full
            ends.open(_Block(indent, len(begun.found), full, kind))
            begun.add(full, kind, at + shift)
        decorated = None
    ends.close(0, gap, len(code))
    return [
        Definition(name, kind, start, ends.of[n][0], row, ends.of[n][1], "", "")
        for n, (name, kind, start, row) in enumerate(begun.found)
    ]


class _Begun:
    """Definitions of which it is not known yet where they end."""

    def __init__(self, source: bytes) -> None:
        self.found: list[tuple[str, str, int, int]] = []
        self._source = source
        self._row = self._at = 0

    def add(self, name: str, kind: str, start: int) -> None:
        """The next one, in the order of the file."""
        self._row += self._source.count(b"\n", self._at, start)
        self._at = start
        self.found.append((name, kind, start, self._row))


class _Ends:
    """The open blocks, and where those ended that are closed."""

    def __init__(
        self, source: bytes, code: bytes, shift: int, strings: Sequence[tuple[int, int, int]]
    ) -> None:
        self.of: dict[int, tuple[int, int]] = {}
        """Byte and row, by the number of the definition."""
        self._source, self._code, self._shift, self._strings = source, code, shift, strings
        self._begins = [begin for begin, _, _ in strings]
        self.innermost = _Block(-1, None, "", "")
        self._open: list[_Block] = []
        """Those around the innermost."""
        self._row = self._at = 0

    def open(self, block: _Block) -> None:
        self._open.append(self.innermost)
        self.innermost = block

    def close(self, indent: int, start: int, stop: int) -> _Block:
        """Ends what is indented as far or further, between two places of the code.

        Tells what is still open around that. What is called next begins after these places.
        """
        code_end = start
        block = self.innermost
        while block.indent >= indent:
            if block.number is not None:
                less = _less(block.indent).search(self._code, start, stop)
                at = less.start() if less else stop
                more = len(self._code[start:at].rstrip())
                code_end = start + more if more else code_end
                start = at
                self._end(block.number, code_end + self._shift)
            block = self._open.pop()
        self.innermost = block
        return block

    def _end(self, number: int, end: int) -> None:
        string = bisect_right(self._begins, end - 1) - 1
        if string >= 0:  # masked code has its beginning only
            end = max(end, self._strings[string][2])
        self._row += self._source.count(b"\n", self._at, end)
        self._at = max(self._at, end)
        self.of[number] = (end, self._row)


@lru_cache(64)
def _less(indent: int) -> re.Pattern[bytes]:
    """The next line that is indented as little, if it does not just close a bracket."""
    return re.compile(rb"\n[ \t\f]{0,%d}+(?![ \t\f\r\n)\]}]|\Z)" % indent)
