"""effects -> tasks: whatever the state asks for is being done, once, until it says that it is.

Level-triggered: after every change the ledger's effects are looked at as a whole. What is asked for
and under way is left alone; a task that died is noticed because its effect is asked for again.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pointsman.daemon.lander import Lander
from pointsman.daemon.looking import Lookout
from pointsman.daemon.preparing import clear
from pointsman.daemon.runner import Runner
from pointsman.daemon.world import World
from pointsman.model.attention import Reason
from pointsman.model.errors import PointsmanError
from pointsman.model.facts import AgentExited, StartFailed
from pointsman.model.state import State
from pointsman.model.work_unit import ACTIVE, Phase, Status
from pointsman.reconcile.actions import Clear, Effect, Examine, Run, Stop
from pointsman.reconcile.expire import due
from pointsman.reconcile.items import Stale

log = logging.getLogger(__name__)

BASE_LOOK = 2.0
"""Seconds between two looks at whether base can be moved again."""
LONGEST_NAP = 60.0
"""Seconds after which the state is settled anew even if nothing happened: units age."""
TRY_AGAIN = 1.0
"""Seconds to wait where that could not be recorded: the disk is full, say."""

Doing = Callable[[str], Coroutine[Any, Any, None]]
"""Does something for a unit."""


class Dispatcher:
    """Runs the effects of the ledger's state."""

    def __init__(self, world: World, lookout: Lookout) -> None:
        self._world = world
        self._ledger = world.inside.ledger
        self._lookout = lookout
        self._runners: dict[str, Runner] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        """By what it does, and the unit."""
        self._skipped: set[tuple[str, str]] = set()
        """What was asked for again while it was under way: looked at anew when that has ended."""
        self._look = asyncio.Event()
        self._lander = Lander(world)

    async def run(self) -> None:
        """Until cancelled; then every task is ended, and every agent with it."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._free_base(), name="base")
            while True:
                effects = self._ledger.effects
                self._lookout.notice(self._ledger.state)
                for effect in effects:
                    self._do(effect, group)
                self._leave_what_was_cancelled()
                await self._something(effects)

    async def _something(self, seen: list[Effect]) -> None:
        """Until the state changes (each transaction has effects of its own, also one that tells
        nobody anything), what was skipped can be done, or time has made more possible."""
        waiting = [
            asyncio.ensure_future(self._ledger.until(lambda _: self._ledger.effects is not seen)),
            asyncio.ensure_future(self._look.wait()),
        ]
        try:
            done, _ = await asyncio.wait(
                waiting,
                timeout=self._nap(self._ledger.state),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for task in waiting:
                task.cancel()
        self._look.clear()
        if not done:
            await self._settle()

    async def _settle(self) -> None:
        try:
            await self._world.inside.settle_settings()
            await self._ledger.record()
        except Exception:
            log.exception("the state could not be settled anew")
            await asyncio.sleep(TRY_AGAIN)

    def _nap(self, state: State) -> float:
        """Seconds until a back-off is over, or a default answer due, that was not when the state
        was last settled."""
        now = datetime.now(UTC)
        settled = self._ledger.settled_at or now
        back_off = (u.not_before for u in state.units.values() if u.status is Status.READY)
        answers = (due(state, item) for item in state.items.values())
        naps = (
            max(0.05, (at - now).total_seconds())
            for at in (*back_off, *answers)
            if at is not None and at > settled
        )
        return min((LONGEST_NAP, *naps))

    async def _free_base(self) -> None:
        """Let landings that base holds up go on once it is free. Nobody tells us: we look."""
        while True:
            state = await self._ledger.until(lambda s: bool(_held_up(s)))
            await asyncio.sleep(BASE_LOOK)
            for unit in _held_up(state):
                try:
                    await self._lander.look_whether_free(unit)
                except Stale:
                    pass
                except Exception:
                    log.exception("%s: could not look whether base is free", unit)

    # ---- one effect

    def _do(self, effect: Effect, group: asyncio.TaskGroup) -> None:
        unit = self._ledger.state.units[effect.unit]
        match effect:
            case Examine():
                self._lookout.soon(unit.chunk)
            case Run() if unit.needs_agent:
                self._run_agent(unit.id, group)
            case Run() if unit.works_at is Phase.VERIFY:
                self._once("verify", unit.id, self._lander.verify, group)
            case Run() if unit.status is Status.ASSIGNED:
                self._once("begin", unit.id, self._lander.begin, group)
            case Run():
                self._land(unit.id, group)
            case Stop():
                runner = self._runners.get(unit.id)
                if runner is not None:
                    self._once("stop", unit.id, lambda _: runner.stop(), group)
            case Clear():
                self._once("clear", unit.id, partial(clear, self._world), group)

    def _land(self, unit: str, group: asyncio.TaskGroup) -> None:
        """One landing at a time. When it is over we look anew whose turn it is then, so that nobody
        is let go because it came first."""
        under_way = next((key for key in self._tasks if key[0] == "land"), None)
        if under_way is not None:
            self._skipped.add(under_way)
        else:
            self._once("land", unit, self._lander.land, group)

    def _leave_what_was_cancelled(self) -> None:
        """A cancelled unit is neither verified nor landed any further: others wait for their turn.
        (Its agent, if it has one, is stopped by an effect.)"""
        for (what, unit), task in self._tasks.items():
            cancelled = self._ledger.state.units[unit].status is Status.CANCELLED
            if cancelled and what in ("verify", "land") and not task.cancelling():
                task.cancel()

    def _run_agent(self, unit: str, group: asyncio.TaskGroup) -> None:
        """A runner for the unit. One that is on its way out is followed by the next."""
        runner = self._runners.get(unit)
        if runner is None:
            runner = self._runners[unit] = Runner(self._world, unit, self._lookout.look_again)
        runner.poke()
        running = runner
        self._once("agent", unit, lambda _: running.run(), group)

    def _once(self, what: str, unit: str, doing: Doing, group: asyncio.TaskGroup) -> None:
        """Start it, unless it is under way; then look again when that has ended."""
        key = (what, unit)
        if key in self._tasks:
            self._skipped.add(key)
            return
        task = group.create_task(self._guarded(what, unit, doing), name=f"{what} {unit}")
        self._tasks[key] = task
        task.add_done_callback(lambda _: self._done(key))

    def _done(self, key: tuple[str, str]) -> None:
        what, unit = key
        del self._tasks[key]
        if what == "agent":
            del self._runners[unit]
        if key in self._skipped:
            self._skipped.remove(key)
            self._look.set()

    async def _guarded(self, what: str, unit: str, doing: Doing) -> None:
        """A task that fails takes no other with it: it is logged, and the operator is asked.

        Each has the workspace for itself, but for who stops the agent that has it.
        """
        snapshots = self._world.inside.snapshots
        having = contextlib.nullcontext() if what == "stop" else snapshots.in_use(unit)
        try:
            async with having:
                await doing(unit)
        except Stale:
            pass
        except Exception as error:
            log.exception("%s of %s failed", what, unit)
            try:
                await self._tell_of(what, unit, error)
            except Stale:
                pass
            except Exception:
                log.exception("that could not be recorded; the state will ask for it again")

    async def _tell_of(self, what: str, unit: str, error: Exception) -> None:
        while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
            error = error.exceptions[0]  # of a task beside the one that failed with it
        known = isinstance(error, PointsmanError)
        words = str(error) if known else "Pointsman made a mistake; its log has the details."
        if what == "agent" and unit in self._ledger.state.processes:
            await self._ledger.record(AgentExited(unit, None, words))
        elif self._ledger.state.units[unit].status in ACTIVE:
            await self._ledger.record(StartFailed(unit, f"{what} of {unit} failed: {words}"))


def _held_up(state: State) -> list[str]:
    """The units whose landing base holds up."""
    return [i.unit for i in state.items.values() if i.reason is Reason.BASE_DIRTY and i.unit]
