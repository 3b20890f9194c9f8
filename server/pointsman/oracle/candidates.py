"""Who can overlap with whom: paths and subsystems to the participants that have them.

A footprint that arrives is compared with its candidates only. Files miss nothing: whoever shares a
symbol shares its file, and renames are followed.
"""

from collections import defaultdict
from collections.abc import Iterator

from pointsman.model.footprint import Footprint

_Key = tuple[str, str]


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
        """All others that share a file or a subsystem with it."""
        others: set[str] = set()
        for key in _keys(footprint):
            others |= self._having.get(key, frozenset())
        return frozenset(others - {footprint.participant})

    def touching(self, path: str) -> Iterator[Footprint]:
        """The footprints that touch a file, by the participants' names."""
        for participant in sorted(self._having.get(("path", path), ())):
            yield self._footprints[participant]


def _keys(footprint: Footprint) -> frozenset[_Key]:
    paths = {("path", touch.path) for touch in footprint.touches}
    subsystems = {("subsystem", name) for name in (*footprint.implements, *footprint.uses)}
    return frozenset(paths | subsystems)
