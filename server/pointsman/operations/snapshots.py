"""Snapshots taken and recorded, one after the other: the ledger's newest is the store's newest.

Agent, watch, landing and operator all have snapshots taken of one workspace. Were they recorded in
another order than they were taken in, or one not at all since we were killed in between, then what
lands would not be the newest work.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from pointsman.ledger import Ledger
from pointsman.model.facts import SnapshotTaken
from pointsman.model.work_unit import WorkUnit
from pointsman.workspaces import Workspaces


class Snapshots:
    """The way from a workspace into the ledger."""

    def __init__(self, workspaces: Workspaces, ledger: Ledger) -> None:
        self._workspaces, self._ledger = workspaces, ledger
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

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
            taken = await self._workspaces.snapshot(unit, why, at=datetime.now(UTC), paths=paths)
            state = self._ledger.state
            if taken is None:
                last = await self._workspaces.newest(unit)
                if last is None or last == state.units[unit].snapshot:
                    return state.units[unit]
                taken = await self._workspaces.describe(unit, last)
            state = await self._ledger.record(SnapshotTaken(taken))
        return state.units[unit]
