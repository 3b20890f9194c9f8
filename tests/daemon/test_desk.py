"""What an agent asks, and how far the answer has come: on a real ledger."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pointsman.agents.ask_tools import Question
from pointsman.daemon.desk import UnitDesk
from pointsman.ledger import Ledger
from pointsman.model.attention import Delivery
from pointsman.model.errors import PointsmanError
from pointsman.model.facts import AgentStarted, Answered, Injected
from pointsman.model.state import State
from pointsman.model.work_unit import BaseRef, Status, WorkUnit

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class World:
    def __init__(self, ledger: Ledger) -> None:
        self.inside = SimpleNamespace(ledger=ledger)

    @property
    def state(self) -> State:
        state: State = self.inside.ledger.state
        return state


async def nothing(_: str) -> None:
    pass


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with Ledger.open(tmp_path / "ledger.db") as opened:
        base = BaseRef(branch="main", commit="c")
        unit = WorkUnit(
            id="a.1",
            chunk="a",
            base=base,
            agent="demo",
            examined=True,
            created_at=NOW,
            updated_at=NOW,
        )
        await opened.record(Injected((unit,)))
        await opened.record(AgentStarted("a.1", 4711, "a.1/1", 1))
        assert opened.state.units["a.1"].status is Status.RUNNING
        yield opened


@pytest.fixture
def desk(ledger: Ledger) -> UnitDesk:
    world: Any = World(ledger)
    return UnitDesk(world, "a.1", nothing, nothing, lambda: None)


async def test_two_questions_of_the_same_words_are_two_questions(
    ledger: Ledger, desk: UnitDesk
) -> None:
    question = Question(text="Which one?")
    tickets = await asyncio.gather(desk.ask(question), desk.ask(question))
    assert set(tickets) == set(ledger.state.items)
    waiting = [asyncio.create_task(desk.answer(ticket)) for ticket in tickets]
    for n, ticket in enumerate(tickets):
        await ledger.record(Answered(ticket, "cli", text=f"answer {n}"))
    assert [await told for told in waiting] == ["answer 0", "answer 1"]


async def test_questions_have_bounds_and_the_agent_is_told_so(
    ledger: Ledger, desk: UnitDesk
) -> None:
    with pytest.raises(PointsmanError, match="longer than"):
        await desk.ask(Question(text="?" * 70_000))
    for n in range(100):
        await desk.ask(Question(text=f"{n}?"))
    with pytest.raises(PointsmanError, match="wait for an answer already") as refused:
        await desk.ask(Question(text="one more?"))
    assert refused.value.code == "question-refused"
    assert len(ledger.state.items) == 100


async def test_what_an_agent_would_do_without_an_answer_is_kept_apart_from_its_question(
    ledger: Ledger, desk: UnitDesk
) -> None:
    question = Question(text="Which one?", default="the left one", once=True)
    ticket = await desk.ask(question)
    item = ledger.state.items[ticket]
    assert (item.text, item.default) == ("Which one?", "the left one")
    assert item.words.endswith("Without an answer it would choose: the left one")
    assert await desk.ask(question) == ticket


async def test_progress_is_for_a_glance(ledger: Ledger, desk: UnitDesk) -> None:
    await desk.progress("x" * 100_000, 5)
    (event,) = [e for e in await ledger.reader.events(0) if e.kind == "progress"]
    assert len(event.data["text"]) == 500


async def test_an_answer_counts_as_given_only_when_the_agent_still_waits(
    ledger: Ledger, desk: UnitDesk
) -> None:
    ticket = await desk.ask(Question(text="Which one?"))
    waiting = asyncio.create_task(desk.wait_for(ticket))
    await ledger.record(Answered(ticket, "cli", text="the left one"))
    assert (await waiting) is not None
    assert ledger.state.answers[ticket].delivery is Delivery.SENT
    assert desk.sent == set(), "whoever waited may not have handed it over"
    assert await desk.answer(ticket) == "the left one"
    assert desk.sent == {ticket}
