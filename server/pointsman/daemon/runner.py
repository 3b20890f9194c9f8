"""One unit's agent, from its claim to its exit: started, listened to, prompted, stopped.

agent's events -> facts -> (the ledger decides) -> the next prompt, or the end. Nothing is decided
here: after each turn the runner looks at what has become of the unit. It can be killed at any line;
whatever it did is in the ledger, and the unit goes on from its last snapshot.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from pointsman.agents import events as said
from pointsman.agents.ask_server import AskServer
from pointsman.agents.denials import Denials
from pointsman.agents.driver import Driver, make
from pointsman.agents.launch import prepare_home
from pointsman.agents.prompts import Prompts
from pointsman.agents.transcript import Transcript
from pointsman.chunks import front_matter
from pointsman.daemon.desk import UnitDesk, shown
from pointsman.daemon.preparing import prepare
from pointsman.daemon.world import World
from pointsman.model import facts as f
from pointsman.model.attention import Answer, Reason
from pointsman.model.chunk import GOAL, ChunkStatus
from pointsman.model.errors import PointsmanError
from pointsman.model.records import Doing
from pointsman.model.work_unit import Status, WorkUnit
from pointsman.operations.work import transcript_path
from pointsman.reconcile.items import Stale

log = logging.getLogger(__name__)

GRACE = 5.0
"""Seconds between asking a process to end and killing it."""
METER = 15.0
"""Seconds between two looks at how long an agent has been at work, where time is limited."""


class Runner:
    """Carries on with one unit while its phase needs an agent."""

    def __init__(
        self, world: World, unit: str, look_again: Callable[[str], Awaitable[None]]
    ) -> None:
        """``look_again``: has the oracle examine the chunk, and returns when it has."""
        self._world = world
        self._ledger = world.inside.ledger
        self._unit = unit
        self._stopped = asyncio.Event()
        self._desk = UnitDesk(world, unit, self.snapshot, look_again, self._stopped.set)
        self._driver: Driver | None = None
        self._poked = asyncio.Event()
        self._stopping = False
        self._told: tuple[tuple[str, ...], str | None] | None = None
        """Answers and note of the last prompt, until the agent is heard."""
        self._transcript: Transcript | None = None
        self._working_since: float | None = None
        self._lost = False
        self._overloaded: said.TurnEnded | None = None
        """The failed turn for which the process is being ended: it may pass by itself."""
        self._denied = Denials(None)

    # ---- from outside

    def poke(self) -> None:
        """The unit was claimed or changed: look whether there is something to do."""
        self._poked.set()

    async def snapshot(self, why: str) -> None:
        """A snapshot of the workspace now, if anything changed since the last."""
        await self._world.inside.snapshots.take(self._unit, why)

    async def stop(self) -> None:
        """Snapshot, then end the process; ``run`` returns when it is gone."""
        driver = self._driver
        if self._stopping or driver is None:
            return
        self._stopping = True
        with contextlib.suppress(PointsmanError, OSError):
            await self.snapshot("stop")
        await driver.stop(GRACE)  # which may have gone meanwhile, by itself

    async def run(self) -> None:
        """Until the process is gone, or it could not be had."""
        while True:
            self._lost = False
            try:
                await self._one_process()
            except Stale:
                return
            if not self._lost:
                return

    # ---- one process

    async def _one_process(self) -> None:
        unit = self._world.unit(self._unit)
        try:
            driver, number = await self._ready(unit)
        except PointsmanError as error:
            text = f"{error.problem.message} {error.problem.remedy}"
            await self._ledger.record(f.StartFailed(unit.id, text))
            return
        unit = self._world.unit(self._unit)
        attempt = f"{unit.id}/{number}"
        path = transcript_path(self._world.inside.units_folder, unit.id, number)
        transcript = self._transcript = Transcript(path)
        self._world.inside.transcripts[attempt] = transcript
        socket = self._world.ask_socket(unit.id)
        wait = self._world.inside.now.ask_wait
        try:
            async with AskServer(socket, self._desk, answer_wait=wait):
                await self._live(driver, unit, attempt, number)
        finally:
            with contextlib.suppress(Exception):
                await asyncio.shield(driver.stop(0.0))
            self._world.inside.transcripts.pop(attempt, None)
            transcript.close()

    async def _ready(self, unit: WorkUnit) -> tuple[Driver, int]:
        """Everything that can fail before a process is started. Raises PointsmanError, Stale."""
        entry = self._world.entry(unit)
        workspace = await prepare(self._world, unit)
        if unit.session is not None:
            await self.snapshot("prompt")  # as before every prompt but the very first
        home, operator = self._world.home(unit.id), self._world.operators_home
        await asyncio.to_thread(prepare_home, home, entry, operator)
        session = await asyncio.to_thread(self._world.session, unit, workspace)
        self._denied = Denials(session.policy if session.confined else None)
        attempts = await self._ledger.reader.attempts(unit.id)
        return make(entry.driver, session), max((a.n for a in attempts), default=0) + 1

    async def _live(self, driver: Driver, unit: WorkUnit, attempt: str, number: int) -> None:
        text = await self._first_words(unit)
        if unit.session is None:
            await driver.start(text)
        else:
            await driver.resume(unit.session, text)
        self._driver, self._stopping = driver, False
        self._working_since = time.monotonic()
        try:
            await self._ledger.record(f.AgentStarted(unit.id, driver.pid or 0, attempt, number))
        except Stale:
            await driver.stop(0.0)
            raise
        async with asyncio.TaskGroup() as group:
            others = [
                group.create_task(self._attend(driver)),
                group.create_task(self._publish_at_stops()),
                group.create_task(self._meter()),
            ]
            async for event in driver.events():
                with contextlib.suppress(Stale):
                    await self._take(event, driver, group)
            for other in others:
                other.cancel()
        self._driver = None

    # ---- what the agent is told

    async def _first_words(self, unit: WorkUnit) -> str:
        prompts = await self._world.prompts(unit)
        if unit.session is None:
            owed = self._owed()  # before the reading, which then has them all
            asked = [
                a
                for a in await self._ledger.reader.answers(unit.id)
                if a.reason in (Reason.QUESTION, Reason.PERMISSION)
            ]
            neighbours = self._world.neighbours(unit)
            words = prompts.begin(neighbours, asked)
            if unit.note:
                words = f"{words}\n{unit.note}"
            await self._about_to_tell(words, owed, unit.note)
            return words
        return await self._next_words(unit, prompts, otherwise=prompts.resumed())

    async def _next_words(self, unit: WorkUnit, prompts: Prompts, *, otherwise: str) -> str:
        owed = self._owed()
        parts = []
        if owed:
            parts.append(prompts.answers(owed))
        if unit.note:
            parts.append(unit.note)
        words = "\n".join(parts) or otherwise
        await self._about_to_tell(words, owed, unit.note)
        return words

    def _owed(self) -> list[Answer]:
        return [a for a in self._world.state.answers.values() if a.unit == self._unit]

    async def _about_to_tell(self, words: str, owed: list[Answer], note: str | None) -> None:
        answers = tuple(a.id for a in owed)
        await self._ledger.record(f.Prompted(self._unit, answers))
        self._told = (answers, note)
        if self._transcript is not None:
            self._transcript.write("prompt", words, datetime.now(UTC))

    async def _attend(self, driver: Driver) -> None:
        """Look, whenever something changed, whether the process is wanted and idle."""
        while True:
            await self._poked.wait()
            self._poked.clear()
            unit = self._world.unit(self._unit)
            process = self._world.state.processes.get(unit.id)
            if process is None or self._stopping:
                continue
            with contextlib.suppress(Stale):
                if unit.status is Status.ASSIGNED:
                    await self._ledger.record(f.PhaseStarted(unit.id))
                    unit = self._world.unit(self._unit)
                wanted = unit.status is Status.RUNNING and unit.needs_agent and not unit.ending
                if wanted and process.doing is Doing.IDLE:
                    await self._prompt(driver, unit)

    async def _prompt(self, driver: Driver, unit: WorkUnit) -> None:
        await self.snapshot("prompt")
        await prepare(self._world, unit)  # what landed meanwhile comes in between two prompts
        unit = self._world.unit(self._unit)
        prompts = await self._world.prompts(unit)
        words = await self._next_words(unit, prompts, otherwise=prompts.not_active())
        self._working_since = time.monotonic()
        if not await driver.prompt(words):
            await self._start_anew(driver)

    async def _start_anew(self, driver: Driver) -> None:
        """It takes no more prompts (a plain command, say): a new process, and no failure."""
        self._stopping = True
        self._lost = True
        await driver.stop(0.0)

    # ---- what the agent says

    async def _take(self, event: said.AgentEvent, driver: Driver, group: asyncio.TaskGroup) -> None:
        if self._transcript is not None:
            self._transcript.event(event, datetime.now(UTC))
        if not isinstance(event, said.Started | said.SessionLost | said.Exited):
            await self._heard()
        if denied := self._denied.told(event):
            await self._ledger.record(f.Denied(self._unit, denied))
        match event:
            case said.Started():
                await self._ledger.record(f.SessionOpened(self._unit, event.session))
            case said.SessionLost():
                self._lost = True
                await self._ledger.record(f.SessionOpened(self._unit, None))
            case said.StartRefused():
                self._stopping = True
                await self._ledger.record(f.StartFailed(self._unit, event.why))
            case said.UsageReport():
                await self._ledger.record(
                    f.Used(self._unit, tokens=event.tokens, money=event.money)
                )
            case said.ToolCall() if event.title and event.status in (None, "pending"):
                text = shown(event.title or "")
                await self._ledger.record(f.Told("progress", self._unit, {"text": text}))
            case said.PermissionAsked() | said.QuestionAsked():
                group.create_task(self._carry(event, driver))
            case said.TurnEnded():
                await self._turn_ended(event, driver)
            case said.Exited():
                await self._exited(event)

    async def _heard(self) -> None:
        """The agent said something: what it was given has reached it."""
        facts: list[f.Fact] = [f.AnswerConfirmed(item) for item in self._desk.sent]
        self._desk.sent.clear()
        if self._told is not None:
            answers, note = self._told
            self._told = None
            if answers or note:
                facts.append(f.PromptHeard(self._unit, answers, note))
        if facts:
            await self._ledger.record(*facts)

    async def _carry(
        self, asked: said.PermissionAsked | said.QuestionAsked, driver: Driver
    ) -> None:
        """A question through the agent's own protocol: to the operator and back."""
        permission = isinstance(asked, said.PermissionAsked)
        reason = Reason.PERMISSION if permission else Reason.QUESTION
        with contextlib.suppress(Stale):
            try:
                default = asked.default if isinstance(asked, said.QuestionAsked) else None
                item = await self._desk.put(reason, asked.text, asked.options, default=default)
            except PointsmanError as error:
                log.info("%s: %s", self._unit, error)
                await driver.answer(asked.id)
                return
            answer = await self._desk.wait_for(item)
            chosen = next(
                (o.id for o in asked.options if answer and o.label == answer.option), None
            )
            text = answer.text if answer else None
            if await driver.answer(asked.id, option=chosen, text=text) and answer:
                self._desk.sent.add(item)

    async def _turn_ended(self, event: said.TurnEnded, driver: Driver) -> None:
        await self._used()
        if event.reason == "failed" and self._is_command():
            return  # its exit comes next, and is the one failure
        if event.reason == "failed" and event.transient:
            self._stopping, self._overloaded = True, event
            await driver.stop(GRACE)  # its exit, which comes next, is told with this as its reason
            return
        finished = await self._finished(event)
        reason = f"{event.reason}: {event.error}" if event.error else event.reason
        await self._ledger.record(f.TurnEnded(self._unit, reason, finished))
        self.poke()

    async def _finished(self, event: said.TurnEnded) -> bool:
        """Whether the chunk is ACTIVE in the workspace, now snapshotted.

        A plain command knows nothing of chunks: its exit code 0 is the word, set for it here.
        """
        unit = self._world.unit(self._unit)
        path = f"{self._world.chunk_folder(unit)}/{GOAL}"
        workspaces = self._world.inside.workspaces
        try:
            goal = await workspaces.read(unit.id, path)
            status = front_matter.parse(goal, path).front.status if goal is not None else None
            if self._is_command() and goal is not None and event.reason == "end_turn":
                status = ChunkStatus.ACTIVE
                await workspaces.write(unit.id, path, front_matter.set_status(goal, status))
        except PointsmanError as error:  # a link, or front matter that does not parse any more
            log.info("%s: %s", unit.id, error)
            status = None
        await self.snapshot("turn")
        return status is ChunkStatus.ACTIVE

    async def _exited(self, event: said.Exited) -> None:
        await self._used()
        with contextlib.suppress(PointsmanError, OSError):
            await self.snapshot("exit")
        # Before it counts as gone: whoever waits for that may end the daemon.
        await self._publish()
        await self._world.bring_logins_back(self._world.unit(self._unit))
        self._lost = self._lost and not self._world.unit(self._unit).ending
        reason, self._overloaded = self._overloaded, None
        await self._ledger.record(
            f.AgentExited(
                self._unit,
                event.code,
                (reason.error if reason else None) or event.last_words,
                transient=event.transient or reason is not None,
                wait=reason.wait if reason else event.wait,
                wanted=self._lost or (self._stopping and reason is None),
            )
        )

    # ---- small things

    def _is_command(self) -> bool:
        return self._world.entry(self._world.unit(self._unit)).driver == "command"

    async def _used(self) -> None:
        """Tell how long the agent has been at work since the last such fact."""
        if self._working_since is not None:
            now = time.monotonic()
            spent, self._working_since = now - self._working_since, None
            with contextlib.suppress(Stale):
                await self._ledger.record(f.Used(self._unit, seconds=round(spent, 3)))

    async def _meter(self) -> None:
        while True:
            await asyncio.sleep(METER)
            daily = self._world.state.limits.daily_budget.seconds
            limited = self._world.unit(self._unit).budget.seconds or daily
            if self._working_since is not None and limited:
                await self._used()
                self._working_since = time.monotonic()

    async def _publish_at_stops(self) -> None:
        """Whenever the agent stops to wait for the operator; nobody waits for this."""
        while True:
            await self._stopped.wait()
            self._stopped.clear()
            await self._publish()

    async def _publish(self) -> None:
        """Bring the unit's snapshots into the repository: it has stopped, for whatever reason."""
        try:
            await self._world.inside.workspaces.publish(self._unit)
        except (PointsmanError, OSError):  # a time limit is one of the latter
            log.exception("%s: its snapshots stay in its own store for now", self._unit)
