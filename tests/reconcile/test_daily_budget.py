"""What all units together may use in a day: agents stop, the operator is asked once."""

import pytest
from tests.reconcile.world import Clear, Run, Stop, World

from pointsman.model import facts as f
from pointsman.model.attention import Reason
from pointsman.model.budget import Budget
from pointsman.model.errors import PointsmanError
from pointsman.model.state import Limits
from pointsman.model.work_unit import Status

ASSIGNED, READY, RUNNING = Status.ASSIGNED, Status.READY, Status.RUNNING
A_DAY = 86_400.0


@pytest.fixture
def world() -> World:
    """``a`` and ``b`` run, ``c`` waits for a slot, and a day has 100 tokens, of which 60 are left
    to ``b``."""
    world = World(max_agents=2, daily_budget=Budget(tokens=100))
    world.pool("a b c")
    world.start("a", "b")
    world.record(f.Used("a.1", tokens=40))
    return world


def stopped(world: World) -> set[str]:
    return {e.unit for e in world.effects if isinstance(e, Stop) and e.at_once}


@pytest.mark.parametrize(
    ("budget", "used"),
    [
        (Budget(tokens=100), f.Used("a.1", tokens=100)),
        (Budget(seconds=60), f.Used("a.1", seconds=60.0)),
        (Budget(money=2.5), f.Used("a.1", money=2.5)),
        (Budget(turns=1), f.TurnEnded("a.1", "end_turn", finished=False)),
    ],
)
def test_a_day_has_limits_of_time_turns_tokens_and_money(budget: Budget, used: f.Fact) -> None:
    world = World(daily_budget=budget)
    world.pool("a")
    world.start("a")
    assert not stopped(world)
    world.record(used)
    assert stopped(world) == {"a.1"}


def test_a_spent_day_stops_every_agent_starts_none_and_asks_once(world: World) -> None:
    world.record(f.Used("b.1", tokens=60))
    assert stopped(world) == {"a.1", "b.1"}
    world.stop("a")
    world.stop("b")
    assert world.status("a", "b", "c") == [READY, READY, READY]
    assert not [e for e in world.effects if isinstance(e, Run)]
    (item,) = world.state.items.values()
    assert (item.unit, item.chunk, item.reason) == (None, None, Reason.BUDGET)
    assert [o.id for o in item.options] == ["continue"]
    assert "100 of 100 tokens" in item.text
    assert world.unit("a").attempts == 0


def test_allowed_again_agents_go_on_in_their_sessions_till_as_much_again_is_used(
    world: World,
) -> None:
    world.record(f.Used("b.1", tokens=75))
    world.stop("a")
    world.stop("b")
    world.answer(world.items_of_no_unit()[0], "continue")
    assert world.status("a", "b", "c") == [ASSIGNED, ASSIGNED, READY]
    assert world.unit("a").session == "s1"
    assert not world.items_of_no_unit()
    world.spawn("a")
    world.record(f.Used("a.1", tokens=84))
    assert world.status("a") == [RUNNING]
    world.record(f.Used("a.1", tokens=1))
    assert world.status("a") == [READY]
    assert len(world.items_of_no_unit()) == 1


def test_with_the_next_day_the_question_is_gone_and_agents_go_on(world: World) -> None:
    world.record(f.Used("b.1", tokens=60))
    world.stop("a")
    world.stop("b")
    world.tick(12 * 3600 - 1)
    assert world.items_of_no_unit()
    world.tick(1)
    assert not world.state.items
    assert world.status("a", "b", "c") == [ASSIGNED, ASSIGNED, READY]
    assert not world.state.answers  # nobody answered it


def test_what_a_day_has_used_outlives_the_daemon(world: World) -> None:
    world.record(f.Used("b.1", tokens=60))
    world.crash()
    assert world.status("a", "b", "c") == [READY, READY, READY]
    assert len(world.items_of_no_unit()) == 1


def test_work_that_needs_no_agent_goes_on_and_then_nobody_need_be_asked(world: World) -> None:
    world.cancel("b")
    world.cancel("c")
    world.end_turn("a")
    world.record(f.Used("a.1", tokens=60))
    assert not world.items_of_no_unit()
    world.stop("a")
    world.land("a")
    assert world.status("a") == [Status.COMPLETED]
    assert world.wants(Clear, "a")
    world.inject("d")
    assert len(world.items_of_no_unit()) == 1


def test_a_question_that_is_answered_on_a_spent_day_starts_nobody(world: World) -> None:
    item = world.ask("b")
    world.record(f.Used("a.1", tokens=60))
    assert stopped(world) == {"a.1", "b.1"}
    world.answer(item, text="left")
    assert world.status("b") == [READY]
    world.stop("b")
    assert item.id in world.state.answers  # told when it goes on


def test_a_day_that_may_use_more_is_not_spent_any_more(world: World) -> None:
    world.record(f.Used("b.1", tokens=60))
    world.record(f.LimitsSet(Limits(max_agents=2, daily_budget=Budget(tokens=1000))))
    assert not world.state.items
    assert world.status("a", "b") == [ASSIGNED, ASSIGNED]


def test_a_spent_day_is_not_talked_away(world: World) -> None:
    world.record(f.Used("b.1", tokens=60))
    with pytest.raises(PointsmanError, match="options"):
        world.answer(world.items_of_no_unit()[0], text="go on")


def test_a_unit_may_take_the_last_turn_that_its_budget_has() -> None:
    world = World()
    world.inject("a", budget=Budget(turns=2))
    world.start("a")
    world.end_turn("a", finished=False)
    world.prompt("a")
    assert world.status("a") == [RUNNING]
    world.end_turn("a", finished=False)
    assert world.status("a") == [Status.NEEDS_ATTENTION]


def test_a_turn_that_its_agent_did_not_survive_is_a_turn() -> None:
    world = World()
    world.inject("a")
    world.start("a")
    world.exit("a")
    assert world.unit("a").usage.turns == 1
