"""The process's life: found its repository, took the lock, opened the ledger, serves until stopped.

SIGTERM and the operation ``shutdown`` end it the same way: claim nothing more, snapshot and stop
every agent, close. It outlives every editor, and ends by itself only when it has been of no use to
anybody for a while.
"""

import asyncio
import contextlib
import gc
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from pointsman import __version__
from pointsman.agents.driver import preload
from pointsman.daemon.address import socket_path
from pointsman.daemon.dispatch import Dispatcher
from pointsman.daemon.indexing import keep_index
from pointsman.daemon.lock import Lock
from pointsman.daemon.looking import Lookout
from pointsman.daemon.watching import watch
from pointsman.daemon.working_trees import watch_working_trees
from pointsman.daemon.world import World
from pointsman.doors.cli_session import cli_door
from pointsman.doors.hello import PROTOCOL
from pointsman.doors.socket import Door, Listener, Welcome, listen
from pointsman.git import Repository, base_branch, remove_stale_ref_locks
from pointsman.ledger import Ledger
from pointsman.model.facts import DaemonStarted, DaemonStopping, LimitsSet, SettingSet
from pointsman.model.state import State
from pointsman.model.work_unit import ACTIVE, Status
from pointsman.operations.app import App
from pointsman.operations.inside import FOUND_BASE, Inside, exclusive_subsystems, read_settings
from pointsman.oracle.calibration import FILE as CALIBRATION
from pointsman.oracle.calibration import load as load_model
from pointsman.oracle.engine import Oracle
from pointsman.oracle.index import SymbolIndex
from pointsman.oracle.store import SymbolStore
from pointsman.oracle.verdict import Thresholds
from pointsman.sandbox import find_sandbox, kill_survivors
from pointsman.settings.files import state_folder
from pointsman.workspaces import Workspaces

log = logging.getLogger(__name__)

LspDoor = Callable[[App, str, Path], Door]

USELESS_FOR = 600.0
"""Seconds without a session, a live agent and an open item, after which it ends by itself."""
UNHURRIED = 0.5
"""Seconds from the open doors to the preparations for the first agent."""
STOP_LIMIT = 30.0
"""Seconds for agents to be snapshotted and stopped at the end."""


class Daemon:
    """One life of a repository's daemon."""

    def __init__(self, repository: Repository, lock: Lock, environ: Mapping[str, str]) -> None:
        self._repository = repository
        self._lock = lock
        self._environ = environ
        self._stop = asyncio.Event()
        self._drain = False

    def stop(self, drain: bool) -> None:
        """End it; with ``drain`` once nothing runs any more."""
        self._drain = drain
        self._stop.set()

    async def run(self, ready: asyncio.Event) -> None:
        """Until stopped. ``ready`` is set when the socket takes connections."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop, False)
        async with AsyncExitStack() as stack:
            # Half the start is loading LSP's types. Meanwhile git can be asked what else is needed.
            loading = asyncio.create_task(asyncio.to_thread(_load_lsp_door))
            world = await self._world(stack)
            app = App(world.inside)
            lookout = Lookout(world)
            # Footprints are made again one by one; until both of a pair have theirs, what the
            # ledger says of the two holds.
            looking = asyncio.create_task(lookout.run(), name="oracle")
            stack.push_async_callback(_ended, looking)
            lookout.notice(world.state)
            await world.inside.ledger.record(DaemonStarted(), LimitsSet(world.inside.now.limits()))
            async with self._serving(world, app, await loading) as listener:
                ready.set()
                log.info("serving %s", self._repository.root.name)
                async with asyncio.TaskGroup() as group:
                    tasks = [
                        group.create_task(Dispatcher(world, lookout).run(), name="dispatch"),
                        group.create_task(watch(world, lookout), name="watch"),
                        group.create_task(watch_working_trees(world, lookout), name="checkouts"),
                        group.create_task(self._end_when_useless(world, listener)),
                        group.create_task(_unhurried(world, lookout), name="unhurried"),
                    ]
                    await self._stop.wait()
                    await self._quieten(world)
                    for task in tasks:
                        task.cancel()
        log.info("ended")

    # ---- the start

    async def _world(self, stack: AsyncExitStack) -> World:
        common = self._repository.common_dir / "pointsman"
        ledger = await stack.enter_async_context(Ledger.open(common / "ledger.db"))
        base = await self._base(ledger)
        effective = await read_settings(self._repository, base, self._environ, ledger.state)
        settings = effective.settings
        for problem in effective.problems:
            log.warning("settings: %s %s", problem.message, problem.remedy)
        sandbox = await asyncio.to_thread(find_sandbox, settings.sandbox)
        folder = state_folder(settings, self._environ) / self._repository.id
        (folder / "units").mkdir(mode=0o700, parents=True, exist_ok=True)
        oracle = Oracle(
            self._repository,
            index=SymbolIndex(store=await asyncio.to_thread(_store, folder)),
            rules=settings.rules(),
            thresholds=Thresholds(settings.ask_from, settings.serialize_from),
            exclusive=await exclusive_subsystems(self._repository, base),
            model=load_model(folder / CALIBRATION),
        )
        stack.push_async_callback(oracle.close)
        remove_stale_ref_locks(self._repository)
        killed = await kill_survivors(folder)
        if killed:
            log.info("killed %d processes that an earlier daemon left", killed)
        inside = Inside(
            repository=self._repository,
            base=base,
            ledger=ledger,
            effective=effective,
            environ=self._environ,
            oracle=oracle,
            workspaces=Workspaces(
                self._repository, folder, sandbox, size_limit=settings.snapshot_file_limit
            ),
            sandbox=sandbox.name,
            transcripts={},
            units_folder=folder / "units",
            pid=os.getpid(),
            started_at=datetime.now(UTC),
            stop=self.stop,
        )
        runtime = socket_path(self._repository.id, self._environ).parent
        return World(inside, sandbox, folder, runtime)

    async def _base(self, ledger: Ledger) -> str:
        """The branch that work lands on: as set by the operator, else as found the first time."""
        first = await read_settings(self._repository, "HEAD", self._environ, ledger.state)
        recorded = ledger.state.settings.get(FOUND_BASE)
        wanted = first.settings.base or (recorded.value if recorded else None)
        base = await base_branch(self._repository, wanted)
        if recorded is None or recorded.value != base:
            await ledger.record(SettingSet(FOUND_BASE, base))
        return base

    @asynccontextmanager
    async def _serving(self, world: World, app: App, lsp_door: LspDoor) -> AsyncIterator[Listener]:
        path = socket_path(self._repository.id, self._environ)
        bound = self._lock.bind(path)
        files = world.state_folder / "shown"
        files.mkdir(mode=0o700, exist_ok=True)
        doors = {"cli": cli_door(app), "lsp": lsp_door(app, __version__, files)}
        async with listen(bound, Welcome(self._repository.id, __version__, doors)) as listener:
            self._lock.announce(__version__, PROTOCOL)
            yield listener

    # ---- the end

    async def _quieten(self, world: World) -> None:
        """Claim nothing more; every agent snapshotted and stopped, or done where draining."""
        ledger = world.inside.ledger
        if self._drain:
            log.info("draining")
            self._stop.clear()  # a second word to stop is heard from here on, and not waited over
            await ledger.record(DaemonStopping(drain=True))
            done = asyncio.ensure_future(ledger.until(_nothing_runs))
            again = asyncio.ensure_future(self._stop.wait())
            await asyncio.wait((done, again), return_when=asyncio.FIRST_COMPLETED)
            done.cancel()
            again.cancel()
        await ledger.record(DaemonStopping())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_LIMIT):
                await ledger.until(lambda s: not s.processes)

    async def _end_when_useless(self, world: World, listener: Listener) -> None:
        while True:
            await asyncio.sleep(USELESS_FOR)
            state = world.state
            waiting = (Status.NEEDS_ATTENTION, Status.BLOCKED)
            busy = any(u.live and u.status not in waiting for u in state.units.values())
            if not (listener.sessions or state.processes or state.items or busy):
                log.info("no session, no agent and no question for %g s", USELESS_FOR)
                self.stop(False)


def _nothing_runs(state: State) -> bool:
    """Nothing is under way that would have to be interrupted; parked agents only wait."""
    return not any(u.status in ACTIVE for u in state.units.values())


def _load_lsp_door() -> LspDoor:
    from pointsman.doors.lsp.door import lsp_door

    return lsp_door


def _store(folder: Path) -> SymbolStore | None:
    """The oracle's cache. Without it, everything is read again after every start."""
    try:
        return SymbolStore(folder / "symbols.db")
    except OSError as failed:
        log.warning("the index can't be kept on disk: %s", failed)
        return None


async def _unhurried(world: World, lookout: Lookout) -> None:
    """What can wait for the first session: an editor is waiting for its answer."""
    await asyncio.sleep(UNHURRIED)
    await _prepared(world)
    await keep_index(world, lookout)


async def _prepared(world: World) -> None:
    """What the first agent would have to wait for, done before it."""
    try:
        await asyncio.to_thread(preload)
        await asyncio.to_thread(lambda: world.tools)
    except Exception:
        log.exception("preparing for the first agent failed: it will have to wait")
    gc.collect()
    gc.freeze()  # what was loaded is there to stay: no need to look at it again
    gc.enable()  # see __main__


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
