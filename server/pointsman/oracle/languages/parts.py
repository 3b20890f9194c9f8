"""Which bytes of a file are whose: each belongs to the innermost definition around it."""

from collections.abc import Sequence
from typing import NamedTuple

from pointsman.oracle.languages.scopes import BYTE_ORDER_MARK, Scope

ByteRange = tuple[int, int]


class Part(NamedTuple):
    """A definition's own bytes, without its name and without what is nested in it."""

    signature: list[ByteRange]
    body: list[ByteRange]


def parts(code: bytes | bytearray, scopes: Sequence[Scope]) -> tuple[Part, list[Part]]:
    """The module's own part, and that of each scope, in their order."""
    module = Part([], [])
    found = [Part([], []) for _ in scopes]
    open_ = [(len(code), module)]
    at = len(BYTE_ORDER_MARK) if code.startswith(BYTE_ORDER_MARK) else 0
    for scope, part in zip(scopes, found, strict=True):
        while open_[-1][0] <= scope.start and len(open_) > 1:
            end, above = open_.pop()
            above.body.append((at, end))
            at = end
        open_[-1][1].body.append((at, scope.start))
        own = part.signature if scope.body > scope.start else part.body
        own.append((scope.start, scope.named[0]))
        at = scope.named[1]
        if scope.body > scope.start:
            own.append((at, scope.body))
            at = scope.body
        open_.append((scope.end, part))
    while open_:
        end, above = open_.pop()
        above.body.append((at, end))
        at = end
    return module, found


def text(code: bytes, ranges: Sequence[ByteRange]) -> bytes:
    """The bytes of some ranges."""
    return b"".join([code[start:end] for start, end in ranges])
