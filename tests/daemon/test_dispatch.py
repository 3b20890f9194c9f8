"""The dispatcher stays, whatever becomes of what it does: on a real ledger, with broken hands."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pointsman.daemon.dispatch import Dispatcher
from pointsman.daemon.looking import Lookout
from pointsman.ledger import Ledger
from pointsman.model.attention import Reason
from pointsman.model.default_answer import DefaultAnswer, DefaultAnswers
from pointsman.model.errors import PointsmanError
from pointsman.model.facts import EndWanted, Injected, Landed, LimitsSet, PhaseStarted
from pointsman.model.state import Limits, State
from pointsman.model.work_unit import BaseRef, Phase, Status, WorkUnit
from pointsman.operations.snapshots import Snapshots
from pointsman.workspaces import Workspaces

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Broken:
    """Workspaces in which nothing works. ``first`` is done before it fails."""

    def __init__(self) -> None:
        self.full = asyncio.Event()

    async def first(self) -> None:
        pass

    async def snapshot(self, unit: str, why: str, **_: Any) -> None:
        await self.first()
        raise RecursionError("too deep")


class Place:
    """A dispatcher that runs on its ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.workspaces = Broken()
        self.settled = asyncio.Event()
        self.tasks: list[asyncio.Task[Any]] = []
        inside = SimpleNamespace(
            ledger=ledger,
            workspaces=self.workspaces,
            snapshots=Snapshots(cast(Workspaces, self.workspaces), ledger),
            repository=SimpleNamespace(git=None),
            oracle=SimpleNamespace(judges_by=()),
            settle_settings=self._settle_settings,
        )
        self.world: Any = _World(inside)
        self.dispatcher = Dispatcher(self.world, Lookout(self.world))

    async def _settle_settings(self) -> None:
        self.settled.set()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        self.tasks.append(asyncio.create_task(work))

    async def until(self, true_of: Any) -> State:
        async with asyncio.timeout(10):
            return await self.ledger.until(true_of)

    async def still_works(self) -> None:
        """Another unit's failure is told."""
        await self.ledger.record(Injected((unit(id="z.1", chunk="z"),)))
        await self.until(lambda s: any(i.unit == "z.1" for i in s.items.values()))


class _World:
    def __init__(self, inside: Any) -> None:
        self.inside = inside

    @property
    def state(self) -> State:
        state: State = self.inside.ledger.state
        return state

    def unit(self, unit: str) -> WorkUnit:
        return self.state.units[unit]


def unit(**fields: Any) -> WorkUnit:
    """One that its agent is done with."""
    return WorkUnit(
        **{
            "id": "a.1",
            "chunk": "a",
            "phase": Phase.VERIFY,
            "base": BaseRef(branch="main", commit="c"),
            "agent": "demo",
            "examined": True,
            "created_at": NOW,
            "updated_at": NOW,
            **fields,
        }
    )


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with Ledger.open(tmp_path / "ledger.db") as ledger:
        place = Place(ledger)
        running = asyncio.create_task(place.dispatcher.run())
        try:
            yield place
            assert not running.done(), "the dispatcher has ended"
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_what_fails_becomes_a_question_to_the_operator(place: Place) -> None:
    await place.ledger.record(Injected((unit(),)))
    state = await place.until(lambda s: s.items)
    (item,) = state.items.values()
    assert (item.unit, item.reason) == ("a.1", Reason.AGENT_FAILED)
    assert "verify of a.1 failed" in item.text


async def test_what_a_task_beside_it_says_is_what_the_operator_reads(place: Place) -> None:
    async def refuses() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(refused())

    async def refused() -> None:
        raise PointsmanError("base-missing", "The branch main is gone.", "Make it again.")

    place.workspaces.first = refuses  # type: ignore[method-assign]
    await place.ledger.record(Injected((unit(),)))
    state = await place.until(lambda s: s.items)
    assert "The branch main is gone." in next(iter(state.items.values())).text


async def test_a_failure_of_a_unit_that_ends_at_the_same_time_is_nobodys(place: Place) -> None:
    async def ended() -> None:
        """The end is being written when the failure is to be recorded."""
        place.spawn(place.ledger.record(EndWanted("a.1", delete=False)))
        await asyncio.sleep(0)
        assert place.ledger.state.units["a.1"].live

    place.workspaces.first = ended  # type: ignore[method-assign]
    await place.ledger.record(Injected((unit(),)))
    state = await place.until(lambda s: s.units["a.1"].status is Status.CANCELLED)
    assert not state.items
    place.workspaces.first = Broken().first  # type: ignore[method-assign]
    await place.still_works()


async def test_what_is_verified_is_left_where_it_is_once_its_unit_is_cancelled(
    place: Place,
) -> None:
    begun, left = asyncio.Event(), asyncio.Event()

    async def long() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    place.workspaces.first = long  # type: ignore[method-assign]
    await place.ledger.record(Injected((unit(),)))
    await begun.wait()
    await place.ledger.record(EndWanted("a.1", delete=False))
    await asyncio.wait_for(left.wait(), 10)
    place.workspaces.first = Broken().first  # type: ignore[method-assign]
    await place.still_works()


class Lands:
    """Lands a unit once it is let."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.begun: list[str] = []
        self.let = asyncio.Event()

    async def land(self, unit: str) -> None:
        self.begun.append(unit)
        if unit == "a.1":
            await self.let.wait()
        await self.ledger.record(Landed(unit, "c"))

    async def begin(self, unit: str) -> None:
        await self.ledger.record(PhaseStarted(unit))


async def test_when_a_landing_is_over_the_scheduler_says_who_is_next_not_who_came_first(
    place: Place,
) -> None:
    place.dispatcher._lander = lands = cast(Any, Lands(place.ledger))
    lander = {"phase": Phase.LAND, "status": Status.READY}
    for n, chunk in enumerate("abcd"):
        queued = unit(id=f"{chunk}.1", chunk=chunk, priority=10 * (n == 2), **lander)
        await place.ledger.record(Injected((queued,)))
        await place.until(lambda s, q=queued: s.units[q.id].status is Status.RUNNING)
    assert lands.begun == ["a.1"]
    lands.let.set()
    await place.until(lambda s: s.units["d.1"].status is Status.COMPLETED)
    assert lands.begun == ["a.1", "c.1", "b.1", "d.1"]


async def test_a_full_disk_ends_nothing(place: Place) -> None:
    connection = place.ledger._connection

    async def full() -> None:
        await connection.execute("PRAGMA max_page_count = 1")
        filling = unit(id="fill.1", chunk="fill", note="x" * 100_000)
        with pytest.raises(sqlite3.OperationalError, match="full"):
            await place.ledger.record(Injected((filling,)))
        place.workspaces.full.set()

    place.workspaces.first = full  # type: ignore[method-assign]
    await place.ledger.record(Injected((unit(),)))
    await place.workspaces.full.wait()
    assert set(place.ledger.state.units) == {"a.1"}
    await connection.execute("PRAGMA max_page_count = 1000000")
    place.workspaces.first = Broken().first  # type: ignore[method-assign]
    await place.still_works()


async def test_a_back_off_that_is_over_is_waited_for_once_though_no_slot_is_free(
    place: Place,
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=0.1)
    waiting = unit(id="b.1", chunk="b", phase=None, status=Status.READY, not_before=soon)
    await place.ledger.record(LimitsSet(Limits(max_agents=0)), Injected((waiting,)))
    await place.settled.wait()
    place.settled.clear()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await place.settled.wait()


async def test_a_unit_that_is_claimed_while_its_workspace_is_restored_begins_after_it(
    place: Place,
) -> None:
    order: list[str] = []

    async def begins() -> None:
        order.append("verified")

    place.workspaces.first = begins  # type: ignore[method-assign]
    async with place.world.inside.snapshots.in_use("a.1"):
        await place.ledger.record(Injected((unit(),)))
        await place.until(lambda s: s.units["a.1"].status is Status.ASSIGNED)
        await place.still_works()
        order.append("restored")
    await place.until(lambda s: any(i.unit == "a.1" for i in s.items.values()))
    assert order == ["verified", "restored", "verified"], "that of z.1 came first"


async def test_a_default_answer_is_given_when_it_is_due_though_nothing_else_happens(
    place: Place,
) -> None:
    await place.ledger.record(Injected((unit(),)))
    (asked,) = (await place.until(lambda s: s.items)).items.values()
    give_up = DefaultAnswer(after=0.3, option="give-up")
    limits = Limits(answers=DefaultAnswers(AGENT_FAILED=give_up))
    await place.ledger.record(LimitsSet(limits))
    state = await place.until(lambda s: s.units["a.1"].status is Status.FAILED)
    assert state.units["a.1"].updated_at >= asked.since + timedelta(seconds=0.3)
    answer = await place.ledger.reader.answer(asked.id)
    assert answer is not None and answer.door == "default"
