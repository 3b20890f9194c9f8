"""Who can overlap with whom: paths and subsystems to the participants that have them.

A footprint that arrives is compared with its candidates only. Files miss nothing: whoever shares a
symbol shares its file, and renames are followed.
"""

from collections import defaultdict
from collections.abc import Iterator

from pointsman.model.footprint import Access, Footprint

_Key = tuple[str, str]
_MEETS = {"write": ("write", "read"), "read": ("write",), "subsystem": ("subsystem",)}
"""What of others each kind of key has to be held against: two that read one file share nothing."""


class Candidates:
    """The footprints that are held, and an inverted index over them."""

    def __init__(self) -> None:
        self._footprints: dict[str, Footprint] = {}
        self._having: defaultdict[_Key, set[str]] = defaultdict(set)

    def hold(self, footprint: Footprint) -> None:
        """Puts a participant's footprint in the place of the one it had."""
        self.forget(footprint.participant)
        self._footprints[footprint.participant] = footprint
        for key in _keys(footprint):
            self._having[key].add(footprint.participant)

    def forget(self, participant: str) -> None:
        footprint = self._footprints.pop(participant, None)
        for key in _keys(footprint) if footprint else ():
            self._having[key].discard(participant)
            if not self._having[key]:
                del self._having[key]

    def get(self, participant: str) -> Footprint | None:
        return self._footprints.get(participant)

    def participants(self) -> frozenset[str]:
        return frozenset(self._footprints)

    def of(self, footprint: Footprint) -> frozenset[str]:
        """All others that share a subsystem with it, or a file that one of the two writes."""
        others: set[str] = set()
        for kind, name in _keys(footprint):
            for meets in _MEETS[kind]:
                others |= self._having.get((meets, name), frozenset())
        return frozenset(others - {footprint.participant})

    def touching(self, path: str, *, reads: bool = False) -> Iterator[Footprint]:
        """The footprints that write a file, or with ``reads`` rely on it, by the participants'
        names."""
        found = self._having.get(("write", path), frozenset[str]())
        if reads:
            found = found | self._having.get(("read", path), frozenset())
        for participant in sorted(found):
            yield self._footprints[participant]


def _keys(footprint: Footprint) -> frozenset[_Key]:
    paths = {
        ("read" if touch.access is Access.READ else "write", touch.path)
        for touch in footprint.touches
    }
    subsystems = {("subsystem", name) for name in (*footprint.implements, *footprint.uses)}
    return frozenset(paths | subsystems)
