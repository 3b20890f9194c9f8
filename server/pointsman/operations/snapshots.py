"""Snapshots taken and recorded, one after the other: the ledger's newest is the store's newest.

Agent, watch, landing and operator all have snapshots taken of one workspace. Were they recorded in
another order than they were taken in, or one not at all since we were killed in between, then what
lands would not be the newest work.

Beside that, a workspace is in one use at a time: an agent runs in it, it is verified, landed,
cleared, or restored.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from pointsman.ledger import Ledger
from pointsman.model.errors import PointsmanError
from pointsman.model.facts import SnapshotTaken
from pointsman.model.work_unit import ACTIVE, Status, WorkUnit
from pointsman.workspaces import Workspaces


class Snapshots:
    """The way from a workspace into the ledger."""

    def __init__(self, workspaces: Workspaces, ledger: Ledger) -> None:
        self._workspaces, self._ledger = workspaces, ledger
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._use: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._users: defaultdict[str, int] = defaultdict(int)
        """By unit: who has its workspace, and who waits for it."""

    @asynccontextmanager
    async def in_use(self, unit: str) -> AsyncIterator[None]:
        """For who carries on with the unit in its workspace, from before it is made ready until
        the last process that could write there is gone."""
        self._users[unit] += 1
        try:
            async with self._use[unit]:
                yield
        finally:
            self._users[unit] -= 1

    @asynccontextmanager
    async def alone(self, unit: str) -> AsyncIterator[None]:
        """For who changes the workspace, and records the snapshots of that."""
        async with self._locks[unit]:
            yield

    async def take(self, unit: str, why: str, *, paths: Collection[str] | None = None) -> WorkUnit:
        """The unit, whose newest snapshot is of the workspace as it is now.

        ``paths``: look only at these. Raises PointsmanError, OSError.
        """
        async with self.alone(unit):
            return await self._take(unit, why, paths)

    async def _take(self, unit: str, why: str, paths: Collection[str] | None = None) -> WorkUnit:
        taken = await self._workspaces.snapshot(unit, why, at=datetime.now(UTC), paths=paths)
        state = self._ledger.state
        if taken is None:
            last = await self._workspaces.newest(unit)
            if last is None or last == state.units[unit].snapshot:
                return state.units[unit]
            taken = await self._workspaces.describe(unit, last)
        return (await self._ledger.record(SnapshotTaken(taken))).units[unit]

    async def restore(self, unit: str, snapshot: str) -> WorkUnit:
        """The unit, with the files of an older snapshot back; what was there is one, too.

        Raises illegal-transition where somebody is at work in the workspace or about to be. Who is
        to carry on with the unit from here on waits until the files are all there.
        """
        self.refuse_unless_idle(unit)
        async with self.in_use(unit), self.alone(unit):
            await self._take(unit, "restore")
            restored = await self._workspaces.restore(unit, snapshot, at=datetime.now(UTC))
            return (await self._ledger.record(SnapshotTaken(restored))).units[unit]

    def refuse_unless_idle(self, unit: str) -> None:
        """Raises illegal-transition unless the workspace could be restored now."""
        state = self._ledger.state
        found = state.units[unit]
        kept = found.live or found.status is Status.FAILED or found.retain
        if found.workspace is None or not kept:
            why = f"{unit} has no workspace that is kept."
        elif unit in state.processes:
            why = f"{unit} has its agent at work."
        elif found.status in ACTIVE or self._users[unit] or (found.live and found.base_moved):
            why = f"{unit} is being worked on at this moment."
        else:
            return
        raise PointsmanError(
            "illegal-transition",
            why,
            "Restore it while it waits, or after it failed.",
            data={"unit": unit, "status": found.status},
        )
