"""effects -> tasks: whatever the state asks for is being done, once, until it says that it is.

Level-triggered: after every change the ledger's effects are looked at as a whole. What is asked for
and under way is left alone; a task that died is noticed because its effect is asked for again.
"""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

from pointsman.daemon.lander import Lander
from pointsman.daemon.looking import Lookout
from pointsman.daemon.runner import Runner
from pointsman.daemon.world import World
from pointsman.model.attention import Reason
from pointsman.model.errors import PointsmanError
from pointsman.model.facts import AgentExited, StartFailed, WorkspaceRemoved
from pointsman.model.state import State
from pointsman.model.work_unit import ACTIVE, Phase, Status
from pointsman.reconcile.actions import Clear, Effect, Examine, Run, Stop
from pointsman.reconcile.items import Stale

log = logging.getLogger(__name__)

BASE_LOOK = 2.0
"""Seconds between two looks at whether base can be moved again."""
LONGEST_NAP = 60.0
"""Seconds after which the state is settled anew even if nothing happened: units age."""


class Dispatcher:
    """Runs the effects of the ledger's state."""

    def __init__(self, world: World, lookout: Lookout) -> None:
        self._world = world
        self._ledger = world.inside.ledger
        self._lookout = lookout
        self._runners: dict[str, Runner] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        """By what it does, and the unit."""
        self._lander = Lander(world)

    async def run(self) -> None:
        """Until cancelled; then every task is ended, and every agent with it."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    seq, effects = self._ledger.seq, list(self._ledger.effects)
                    self._lookout.notice(self._ledger.state)
                    for effect in effects:
                        self._do(effect, group)
                    await self._something(seq)
        finally:
            self._runners.clear()

    async def _something(self, seq: int) -> None:
        """Until the state changes, or time has made something possible."""
        try:
            async with asyncio.timeout(self._nap(self._ledger.state)):
                await self._ledger.until(lambda _: self._ledger.seq != seq)
        except TimeoutError:
            await self._world.inside.settle_settings()
            await self._free_base()
            await self._ledger.record()

    def _nap(self, state: State) -> float:
        naps = [LONGEST_NAP]
        now = datetime.now(UTC)
        naps += [
            max(0.05, (unit.not_before - now).total_seconds())
            for unit in state.units.values()
            if unit.status is Status.READY and unit.not_before is not None
        ]
        if any(i.reason is Reason.BASE_DIRTY for i in state.items.values()):
            naps.append(BASE_LOOK)
        return min(naps)

    async def _free_base(self) -> None:
        for item in list(self._ledger.state.items.values()):
            if item.reason is Reason.BASE_DIRTY and item.unit is not None:
                await self._lander.look_whether_free(item.unit)

    # ---- one effect

    def _do(self, effect: Effect, group: asyncio.TaskGroup) -> None:
        unit = self._ledger.state.units[effect.unit]
        match effect:
            case Examine():
                self._lookout.soon(unit.chunk)
            case Run() if unit.needs_agent:
                self._run_agent(unit.id, group)
            case Run():
                land = unit.works_at is Phase.LAND
                step = self._lander.land if land else self._lander.verify
                self._once("land" if land else "verify", unit.id, step(unit.id), group)
            case Stop():
                runner = self._runners.get(unit.id)
                if runner is not None:
                    self._once("stop", unit.id, runner.stop(), group)
            case Clear():
                self._once("clear", unit.id, self._clear(unit.id), group)

    def _run_agent(self, unit: str, group: asyncio.TaskGroup) -> None:
        runner = self._runners.get(unit)
        if runner is not None:
            runner.poke()
            return
        runner = Runner(self._world, unit, self._lookout.look_again)
        self._runners[unit] = runner
        self._once("agent", unit, self._run(runner, unit), group)

    async def _run(self, runner: Runner, unit: str) -> None:
        try:
            await runner.run()
        finally:
            del self._runners[unit]

    def _once(
        self,
        what: str,
        unit: str,
        doing: Coroutine[Any, Any, None],
        group: asyncio.TaskGroup,
    ) -> None:
        """Start it, unless it is under way."""
        key = (what, unit)
        if key in self._tasks:
            doing.close()
            return
        task = group.create_task(self._guarded(what, unit, doing), name=f"{what} {unit}")
        self._tasks[key] = task
        task.add_done_callback(lambda _: self._done(key))

    def _done(self, key: tuple[str, str]) -> None:
        del self._tasks[key]

    async def _guarded(self, what: str, unit: str, doing: Coroutine[Any, Any, None]) -> None:
        """A task that fails takes no other with it: it is logged, and the operator is asked."""
        try:
            await doing
        except Stale:
            pass
        except Exception as error:
            log.exception("%s of %s failed", what, unit)
            await self._tell_of(what, unit, error)
        await self._ledger.record()  # an effect that was skipped meanwhile is asked for again

    async def _tell_of(self, what: str, unit: str, error: Exception) -> None:
        known = isinstance(error, PointsmanError)
        words = str(error) if known else "Pointsman made a mistake; its log has the details."
        if what == "agent" and unit in self._ledger.state.processes:
            await self._ledger.record(AgentExited(unit, None, words))
        elif self._ledger.state.units[unit].status in ACTIVE:
            await self._ledger.record(StartFailed(unit, f"{what} of {unit} failed: {words}"))

    async def _clear(self, unit: str) -> None:
        """Publish the last snapshot, then remove the workspace and the agent's HOME."""
        workspaces = self._world.inside.workspaces
        await workspaces.publish(unit)
        await workspaces.remove(unit)
        await self._ledger.record(WorkspaceRemoved(unit))
