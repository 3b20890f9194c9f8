"""Which files define a name: small enough to be held for all names of a large repository."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence

_NUMBER_BITS = 24
"""Room for the numbers of sixteen million blobs; what is left of 64 bits is a name's hash."""


class Definers:
    """Blobs by the names that they define: eight bytes a definition, in order of their hashes.

    Two names of one hash are as good as never met, and then a file too many is looked into.
    """

    def __init__(self, blobs: Iterable[tuple[str, str]] = ()) -> None:
        """``blobs``: each with the names that it defines, parted by blanks."""
        self._blobs: list[str] = []
        found = array("Q")
        for blob, names in blobs:
            number = len(self._blobs)
            self._blobs.append(blob)
            found.extend(_first(name) + number for name in set(names.split()))
        self._found: Sequence[int] = array("Q", sorted(found))

    def of(self, name: str) -> list[str]:
        """The blobs that define ``name``, at any depth."""
        first = _first(name)
        start = bisect_left(self._found, first)
        end = bisect_left(self._found, first + (1 << _NUMBER_BITS), start)
        numbers = (key - first for key in self._found[start:end])
        return [self._blobs[number] for number in numbers]


def _first(name: str) -> int:
    """The least key that stands for ``name``."""
    hashed = hash(name) & ((1 << (64 - _NUMBER_BITS)) - 1)
    return hashed << _NUMBER_BITS
