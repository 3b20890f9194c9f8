"""Hashes of Python code that stay the same when it is reformatted, commented or moved.

The syntax tree says where blocks, strings and comments are, and which parentheses mean nothing.
Otherwise code is words and signs, and layout is everything else: blank space, indentation, line
breaks inside brackets, the form of plain quotes, a comma before a closing bracket where it means
nothing, a docstring's indentation.
What is left are tokens; each definition's tokens are hashed apart from those nested in it, so that
a change belongs to the innermost definition around it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

ByteRange = tuple[int, int]
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Span(NamedTuple):
    """Where a definition is, in bytes; half-open."""

    start: int
    end: int
    body: int
    """Where its body begins; before that is its signature."""
    name: ByteRange | None
    """Left out of the hash, so that a rename shows as one. None: all such spans share one hash."""


class Digests(NamedTuple):
    """Hashes, as hexadecimal text."""

    spans: list[tuple[str, str]]
    """Signature and body of each span."""
    unnamed: str
    """Of all spans without a name together."""
    rest: str
    """Of the code outside all spans."""


def digests(
    source: bytes,
    spans: Sequence[Span],
    *,
    blocks: Iterable[ByteRange],
    strings: Iterable[ByteRange],
    comments: Iterable[ByteRange],
    groups: Iterable[ByteRange],
) -> Digests:
    """The hashes of a file's code. ``groups`` are parentheses that mean nothing.

    Spans and blocks nest properly, as nodes of a tree do.
    """
    rest, unnamed = _Tokens(), _Tokens()
    parts = [(_Tokens(), _Tokens()) if span.name else (unnamed, unnamed) for span in spans]
    open_ = [rest]
    at = len(_BYTE_ORDER_MARK) if source.startswith(_BYTE_ORDER_MARK) else 0
    for position, event, until, index in _events(spans, blocks, strings, comments, groups):
        if position > at:
            open_[-1].code(source[at:position])
            at = position
        if event == _END_BLOCK:
            open_[-1].close_block()
        elif event == _END_SPAN:
            open_.pop()
            open_[-1].separate()
        elif event == _BODY:
            open_[-1] = parts[index][1]
        elif event == _BLOCK:
            open_[-1].open_block()
        elif event == _SPAN:
            in_body = spans[index].body == position
            open_.append(parts[index][in_body])
            open_[-1].separate()
        elif position == at:  # else it is inside a string
            if event == _GROUP:
                open_[-1].open_group()
            elif event == _UNGROUP:
                open_[-1].close_group()
            elif event == _STRING:
                open_[-1].string(source[position:until])
            at = until
    open_[-1].code(source[at:])
    return Digests([(a.digest(), b.digest()) for a, b in parts], unnamed.digest(), rest.digest())


_END_BLOCK, _END_SPAN, _BODY, _BLOCK, _SPAN, _GROUP, _UNGROUP, _STRING, _SKIP = range(9)
"""What may happen at one byte, in this order."""

_Event = tuple[int, int, int, int]
"""Position, what happens, where that ends, index of its span."""


def _events(
    spans: Sequence[Span],
    blocks: Iterable[ByteRange],
    strings: Iterable[ByteRange],
    comments: Iterable[ByteRange],
    groups: Iterable[ByteRange],
) -> Iterator[_Event]:
    keyed: list[tuple[int, int, int, int, _Event]] = []

    def begin(event: int, start: int, end: int, index: int = -1) -> None:
        keyed.append((start, 1, event, 0, (start, event, end, index)))

    def end(event: int, start: int, end: int) -> None:
        # of two that end together the later begun is the inner one; a block holds its definitions
        keyed.append((end, 0, -start, event == _END_BLOCK, (end, event, end, -1)))

    for index, span in enumerate(spans):
        begin(_SPAN, span.start, span.end, index)
        end(_END_SPAN, span.start, span.end)
        if span.body > span.start:
            begin(_BODY, span.body, span.body, index)
        if span.name:
            begin(_SKIP, *span.name)
    for block in blocks:
        if block[1] > block[0]:
            begin(_BLOCK, *block)
            end(_END_BLOCK, *block)
    for start, stop in groups:
        begin(_GROUP, start, start + 1)
        begin(_UNGROUP, stop - 1, stop)
    for string in strings:
        begin(_STRING, *string)
    for comment in comments:
        begin(_SKIP, *comment)
    return (event for *_, event in sorted(keyed))


_PIECE = re.compile(rb"\\(?:\r\n?|\n)|\r\n?|\n|[()\[\]{},;\\]|[^()\[\]{},;\\\r\n]+")
_WORD_OR_SIGN = re.compile(rb"[\w\x80-\xff]+|[^\w\s]")
_WORD = re.compile(rb"[\w\x80-\xff]+\Z")
_PLAIN_STRING = re.compile(
    rb"""([A-Za-z]*)(?:'''([^'"]*)'''|'([^'"]*)'|\"\"\"([^'"]*)\"\"\"|"([^'"]*)")\Z"""
)
_INDENTATION = re.compile(rb"[ \t]*\n[ \t]*")

_CLOSES = {b")": b"(", b"]": b"[", b"}": b"{"}
_GROUPS = frozenset(
    b"and as assert await case del elif else except for from if in is lambda match not or raise "
    b"return type while with yield".split()
)
"""Words after which a parenthesis groups, instead of calling or listing parameters."""
_SEPARATOR, _OPEN, _CLOSE = b"\n", b"\x01", b"\x02"
_STARTS = (b"", _SEPARATOR, _OPEN, _CLOSE)
"""What a statement begins after."""


class _Bracket:
    """An open bracket: whether one comma in it makes a tuple, and how many there are."""

    __slots__ = ("commas", "opener", "tuple_like")

    def __init__(self, opener: bytes, before: bytes) -> None:
        self.opener = opener
        after_value = before[-1:] in (b")", b"]", b"}", b'"', b"'") or bool(_WORD.match(before))
        if opener == b"(":
            self.tuple_like = not after_value or before in _GROUPS
        else:
            self.tuple_like = opener == b"[" and after_value and before not in _GROUPS
        self.commas = 0


class _Tokens:
    """The tokens of one part of a definition, as they come."""

    def __init__(self) -> None:
        self._tokens: list[bytes] = []
        self._brackets: list[_Bracket] = []

    def code(self, source: bytes) -> None:
        """Takes code without strings, comments, blocks and definitions."""
        for match in _PIECE.finditer(source):
            piece = match[0]
            first = piece[:1]
            if first in b"\r\n":
                if not self._brackets:
                    self.separate()
            elif piece == b";":
                self.separate()
            elif first in b"([{":
                self._brackets.append(_Bracket(piece, self._last))
                self._tokens.append(piece)
            elif first in b")]}":
                self._close(piece)
            elif piece == b",":
                if self._brackets:
                    self._brackets[-1].commas += 1
                self._tokens.append(piece)
            elif first != b"\\" or len(piece) == 1:
                self._tokens += _WORD_OR_SIGN.findall(piece)

    def string(self, source: bytes) -> None:
        """Takes a string literal; one that is a statement of its own is a docstring."""
        plain = _PLAIN_STRING.match(source)
        if plain and plain.lastindex is not None:
            source = plain[1] + b'"' + plain[plain.lastindex] + b'"'
        if self._last in _STARTS:
            source = _INDENTATION.sub(b"\n", source)
        self._tokens.append(source)

    def separate(self) -> None:
        """Ends a statement, if there is one."""
        if self._last not in _STARTS:
            self._tokens.append(_SEPARATOR)

    def open_block(self) -> None:
        self._brackets.clear()  # one left open is a mistake in the code, and ends here
        if self._last == _SEPARATOR:
            self._tokens.pop()
        self._tokens.append(_OPEN)

    def close_block(self) -> None:
        self._brackets.clear()
        if self._last == _SEPARATOR:
            self._tokens.pop()
        self._tokens.append(_CLOSE)

    def open_group(self) -> None:
        self._brackets.append(_Bracket(b"(", b""))

    def close_group(self) -> None:
        if self._brackets:
            self._drop_comma(self._brackets.pop())

    def digest(self) -> str:
        end = len(self._tokens) - (self._last == _SEPARATOR)
        return blake2b(b"\0".join(self._tokens[:end]), digest_size=8).hexdigest()

    @property
    def _last(self) -> bytes:
        return self._tokens[-1] if self._tokens else b""

    def _close(self, closer: bytes) -> None:
        bracket = self._brackets.pop() if self._brackets else None
        if bracket and bracket.opener == _CLOSES[closer]:
            self._drop_comma(bracket)
        self._tokens.append(closer)

    def _drop_comma(self, bracket: _Bracket) -> None:
        if self._last == b"," and bracket.commas > bracket.tuple_like:
            self._tokens.pop()
