"""Files that agents change: glanced at right away, then snapshotted, unit by unit side by side.

A snapshot is a few processes: begun together with the glance, it would hold that up.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from pointsman.daemon.looking import Lookout
from pointsman.daemon.world import World

log = logging.getLogger(__name__)

WATCH_AGAIN = 30.0
"""Seconds after which a watch that failed is set anew."""
AT_ONCE = 2
"""Snapshots that are taken at the same time because of changes; each is a few processes."""


async def watch(world: World, lookout: Lookout) -> None:
    """For ever. What can't be watched or snapshotted here is snapshotted at every turn all the
    same."""
    changed = _Changed(world, lookout)
    while True:
        try:
            async with asyncio.TaskGroup() as group:
                snapshots = _ByUnit(changed.snapshot, group)
                glances = _ByUnit(changed.glance, group, then=snapshots.tell)
                async for unit, paths in world.inside.workspaces.changes():
                    lookout.glances.changes += 1
                    glances.tell(unit, paths)
        except Exception:
            log.exception("the workspaces can't be watched at the moment")
        await asyncio.sleep(WATCH_AGAIN)


class _ByUnit:
    """Has work done for each unit in which something changed: one after the other for one unit,
    what comes meanwhile together."""

    def __init__(
        self,
        work: Callable[[str, frozenset[str]], Awaitable[None]],
        group: asyncio.TaskGroup,
        then: Callable[[str, frozenset[str]], None] = lambda unit, paths: None,
    ) -> None:
        """``then`` is told what the work was done on, each time that it has been."""
        self._work, self._group, self._then = work, group, then
        self._waiting: dict[str, frozenset[str]] = {}
        """No paths: all of it must be looked at."""
        self._at_work: set[str] = set()

    def tell(self, unit: str, paths: frozenset[str]) -> None:
        before = self._waiting.get(unit, paths)
        self._waiting[unit] = before | paths if before and paths else frozenset()
        if unit not in self._at_work:
            self._at_work.add(unit)
            self._group.create_task(self._until_done(unit))

    async def _until_done(self, unit: str) -> None:
        try:
            while unit in self._waiting:
                paths = self._waiting.pop(unit)
                await self._work(unit, paths)
                self._then(unit, paths)
        finally:
            self._at_work.discard(unit)


class _Changed:
    """What is done where something changed. The trees are agents': what they make of them must not
    end the daemon."""

    def __init__(self, world: World, lookout: Lookout) -> None:
        self._world, self._lookout = world, lookout
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def glance(self, unit: str, paths: frozenset[str]) -> None:
        try:
            await self._lookout.glance(unit, paths)
        except Exception:
            log.exception("%s: what changed could not be looked at", unit)

    async def snapshot(self, unit: str, paths: frozenset[str]) -> None:
        async with self._slots:
            found = self._world.state.units.get(unit)
            if found is None or not found.live or not found.begun:
                return  # while it is made ready, nobody's work is in it
            changes = self._lookout.glances.changes
            try:
                taken = await self._world.inside.snapshots.take(unit, "change", paths=paths)
                self._lookout.glances.settle(unit, changes)
                if taken.snapshot == found.snapshot:  # an earlier one had it: say what that says
                    self._lookout.soon(found.chunk)
            except Exception:
                log.exception("%s: no snapshot could be taken", unit)
