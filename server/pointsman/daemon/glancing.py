"""Files that agents have just changed, looked at before there is a snapshot of them.

A snapshot is the whole truth and takes git's time. Most changes are of one file that base has, and
what they touch can be told from that file alone, read as it is through no link: for the time until
the snapshot is there, it lies over what was seen in the last one. New files wait for the snapshot,
which knows what is ignored.
"""

from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from pointsman.daemon.world import World
from pointsman.git import printable
from pointsman.model.errors import PointsmanError
from pointsman.model.footprint import Access, Footprint, Touch
from pointsman.model.work_unit import WorkUnit
from pointsman.oracle.index import SIZE_LIMIT

MOST = 8
"""Changed files at once up to which they are looked at; more are no edit, but a checkout."""


@dataclass(frozen=True)
class _Glance:
    base: str
    touches: tuple[Touch, ...]
    at: int
    """How many changes had been told of when it was begun."""


class Glances:
    """What was seen in each unit's files since its last snapshot."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_unit: defaultdict[str, dict[str, _Glance]] = defaultdict(dict)
        self._settled: dict[str, int] = {}
        """By unit: the changes that its last snapshot has."""
        self.changes = 0
        """How many were told of so far, in all workspaces."""

    async def look(self, unit: WorkUnit, paths: Collection[str]) -> bool:
        """Looks at changed files of its workspace. Whether there is anything to see.

        Raises git-failed.
        """
        base, inside = unit.base.commit, self._world.inside
        if base is None or not 0 < len(paths) <= MOST:
            return False
        at = self.changes
        known = await inside.oracle.files_of(base)
        seen = False
        for path in sorted(p for p in paths if printable(p) in known):
            with suppress(PointsmanError, OSError):  # a link, say: the snapshot will tell
                text = await inside.workspaces.read(unit.id, path, most=SIZE_LIMIT)
                if text is None:
                    continue
                buffer = await inside.oracle.buffer(base, path, text, "just written")
                touches = (await buffer.footprint()).touches
                if at > self._settled.get(unit.id, -1):  # else the snapshot was faster
                    self._by_unit[unit.id][printable(path)] = _Glance(base, touches, at)
                    seen = True
        return seen

    def settle(self, unit: str, changes: int) -> None:
        """A snapshot has so many of the ``changes``: what was seen of them is needed no more."""
        self._settled[unit] = changes
        glances = self._by_unit.pop(unit, {})
        if left := {path: g for path, g in glances.items() if g.at > changes}:
            self._by_unit[unit] = left

    def forget(self, unit: str) -> None:
        """It is over."""
        self._by_unit.pop(unit, None)
        self._settled.pop(unit, None)

    def over(self, unit: WorkUnit, seen: Footprint | None) -> Footprint | None:
        """What was seen in the last snapshot, with what was seen in files since.

        What a file's definitions reference is not looked up that fast: it stays as it was.
        """
        glances = {
            path: glance
            for path, glance in self._by_unit.get(unit.id, {}).items()
            if glance.base == unit.base.commit
        }
        if not glances:
            return seen
        before = seen.touches if seen is not None else ()
        kept = [t for t in before if t.access is Access.READ or t.path not in glances]
        new = [touch for glance in glances.values() for touch in glance.touches]
        if seen is None:
            base = unit.base.commit or ""
            return Footprint(participant=unit.chunk, base=base, touches=tuple(new))
        return seen.model_copy(update={"touches": (*kept, *new)})
