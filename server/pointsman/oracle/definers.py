"""Which files define a name: small enough to be held for all names of a large repository."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

_NUMBER_BITS = 24
"""Room for the numbers of sixteen million blobs; what is left of 64 bits is a name's hash."""


class Definers:
    """Blobs by the names that they define: eight bytes a definition, in order of their hashes.

    Two names of one hash are as good as never met, and then a file too many is looked into. What is
    added lies in layers, each at least twice as large as the next, so that it is rarely moved.
    """

    def __init__(self, blobs: Iterable[tuple[str, str]] = ()) -> None:
        self._blobs: list[str] = []
        self._added: set[str] = set()
        self._layers: list[Sequence[int]] = []
        self.add(blobs)

    def add(self, blobs: Iterable[tuple[str, str]]) -> None:
        """``blobs``: each with the names that it defines, parted by blanks."""
        found = array("Q")
        for blob, names in blobs:
            if blob not in self._added:
                self._added.add(blob)
                found.extend(_first(name) + len(self._blobs) for name in set(names.split()))
                self._blobs.append(blob)
        while self._layers and len(self._layers[-1]) < 2 * len(found):
            found.extend(self._layers.pop())
        if found:
            self._layers.append(array("Q", sorted(found)))

    def of(self, name: str) -> list[str]:
        """The blobs that define ``name``, at any depth."""
        return [self._blobs[number] for number in self._numbers(_first(name))]

    def knows(self, blob: str) -> bool:
        """Whether it was added, whatever it defines."""
        return blob in self._added

    def _numbers(self, first: int) -> Iterator[int]:
        for layer in self._layers:
            start = bisect_left(layer, first)
            end = bisect_left(layer, first + (1 << _NUMBER_BITS), start)
            yield from (key - first for key in layer[start:end])


def _first(name: str) -> int:
    """The least key that stands for ``name``."""
    hashed = hash(name) & ((1 << (64 - _NUMBER_BITS)) - 1)
    return hashed << _NUMBER_BITS
