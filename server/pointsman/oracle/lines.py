"""Which lines of a file changed: for code that belongs to no symbol, and files without symbols."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import NamedTuple

from pointsman.oracle.symbols import LineRange

MATCHING_LIMIT = 8_000
"""Lines (of both versions, after what is equal at both ends) up to which hunks are told apart."""


class Hunk(NamedTuple):
    """Lines that differ, half-open on both sides. Nothing before: a pure insertion."""

    before: LineRange
    after: LineRange


def hunks(before: bytes, after: bytes) -> tuple[Hunk, ...]:
    """The differing lines of two versions. Very long differences are one hunk."""
    old, new = before.splitlines(), after.splitlines()
    head = _common(old, new)
    tail = _common(reversed(old[head:]), reversed(new[head:]))
    old_end, new_end = len(old) - tail, len(new) - tail
    if head == old_end and head == new_end:
        return ()
    whole = Hunk((head, old_end), (head, new_end))
    if head in (old_end, new_end) or old_end + new_end - 2 * head > MATCHING_LIMIT:
        return (whole,)
    matcher = SequenceMatcher(None, old[head:old_end], new[head:new_end])
    return tuple(
        Hunk((head + a, head + b), (head + c, head + d))
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    )


def base_lines(hunk: Hunk) -> LineRange:
    """A hunk's lines in the older version, both included; an insertion's is the next."""
    first, end = hunk.before
    return (first, max(end - 1, first))


def meet(a: LineRange, b: LineRange, within: int = 0) -> bool:
    """Whether two ranges (both ends included) share a line, or come as near as ``within`` lines."""
    return a[0] - within <= b[1] and b[0] - within <= a[1]


def _common(a: Iterable[bytes], b: Iterable[bytes]) -> int:
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count
