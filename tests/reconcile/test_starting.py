"""Who gets a slot, and who does not."""

from datetime import timedelta

import pytest
from tests.reconcile.world import Memory, Run, World

from pointsman.model import facts as f
from pointsman.model.attention import Reason
from pointsman.model.budget import Budget
from pointsman.model.conflict import Verdict
from pointsman.model.state import Draft, State
from pointsman.model.work_unit import Status, WorkUnit

ASSIGNED, BLOCKED, READY = Status.ASSIGNED, Status.BLOCKED, Status.READY
NEEDS_ATTENTION, PENDING, RUNNING = Status.NEEDS_ATTENTION, Status.PENDING, Status.RUNNING


def test_two_units_to_be_serialized_never_start_in_one_tick(world: World) -> None:
    world.pool("a b", serialize=["a b"])
    assert world.status("a", "b") == [ASSIGNED, BLOCKED]
    assert world.unit("b").blocked_by == ("a",)


def test_two_ready_units_found_to_be_serialized_never_start_in_one_tick(world: World) -> None:
    world.record(f.Paused(True))
    world.pool("a b")
    assert world.status("a", "b") == [READY, READY]
    world.overlap("a", "b", Verdict.SERIALIZE)
    world.record(world.seen("a"), f.Paused(False))
    assert world.status("a", "b") == [ASSIGNED, BLOCKED]


def test_neither_of_two_starts_beside_the_other_while_their_conflict_is_unjudged() -> None:
    world = World(max_agents=4)
    world.pool("a b", ask=["a b"])
    assert world.status("a", "b") == [ASSIGNED, NEEDS_ATTENTION]
    world.start("a")
    world.crash()
    assert world.status("a", "b") == [ASSIGNED, NEEDS_ATTENTION]


def test_independent_units_start_together_up_to_the_slots() -> None:
    world = World(max_agents=2)
    world.pool("a b c", independent=["a b"])
    assert world.status("a", "b", "c") == [ASSIGNED, ASSIGNED, READY]


def test_a_unit_in_back_off_at_the_head_starves_nobody() -> None:
    world = World(max_agents=1)
    world.inject("a", "b", priority={"a": 9})
    world.start("a")
    world.exit("a")
    assert world.unit("a").not_before is not None
    assert world.status("a", "b") == [READY, ASSIGNED]


def test_a_unit_in_conflict_at_the_head_starves_nobody() -> None:
    world = World(max_agents=2)
    world.overlap("a", "b", Verdict.ASK_OPERATOR)
    world.inject("a", "b", "c", priority={"a": 9, "b": 8})
    assert world.status("a", "b", "c") == [ASSIGNED, NEEDS_ATTENTION, ASSIGNED]


def test_nothing_starts_before_the_oracle_has_looked_at_it(world: World) -> None:
    world.inject("a", examined=False)
    assert world.status("a") == [PENDING]
    world.examine("a")
    assert world.status("a") == [ASSIGNED]


def test_a_unit_that_lost_its_dependency_is_still_looked_at_before_it_starts(world: World) -> None:
    world.pool("a")
    world.inject("b", after={"b": ["a"]}, examined=False)
    world.cancel("a")
    world.answer(world.items("b")[0], "go-on")
    assert world.status("b") == [READY]
    world.examine("b")
    assert world.status("b") == [ASSIGNED]


def test_what_unblocks_the_most_transitively_goes_first() -> None:
    world = World(max_agents=1)
    world.record(f.Paused(True))
    world.pool("x b>x a c>a d>c")
    world.record(f.Paused(False))
    assert world.status("a", "x") == [ASSIGNED, READY]  # c and d wait for a, only b for x


def test_then_priority_decides_and_then_age() -> None:
    world = World(max_agents=1)
    world.record(f.Paused(True))
    world.pool("old")
    world.inject("new", "urgent", priority={"urgent": 3})
    world.record(f.Paused(False))
    assert world.status("urgent", "old", "new") == [ASSIGNED, READY, READY]
    world.finish("urgent")
    assert world.status("old", "new") == [ASSIGNED, READY]


def test_age_slowly_beats_priority() -> None:
    world = World(max_agents=1)
    world.record(f.Paused(True))
    world.pool("old")
    world.now += timedelta(hours=2)
    world.inject("urgent", priority={"urgent": 5})
    world.record(f.Paused(False))
    assert world.status("old", "urgent") == [ASSIGNED, READY]


def test_age_slowly_beats_what_others_unblock() -> None:
    world = World(max_agents=1)
    world.record(f.Paused(True))
    world.pool("old")
    world.now += timedelta(hours=2)
    world.pool("hub x>hub y>hub z>hub")
    world.record(f.Paused(False))
    assert world.status("old", "hub") == [ASSIGNED, READY]


def test_nothing_starts_while_paused_and_what_runs_goes_on(world: World) -> None:
    world.pool("a")
    world.start("a")
    world.record(f.Paused(True))
    world.inject("b")
    assert world.status("b") == [READY]
    world.finish("a")
    assert world.status("a", "b") == [Status.COMPLETED, READY]


def test_nothing_starts_while_the_daemon_is_on_its_way_out(world: World) -> None:
    world.pool("a")
    world.start("a")
    world.shut_down()
    world.inject("b")
    assert world.status("b") == [READY]
    assert not world.wants(Run, "a")
    world.stop("a")
    assert world.status("a") == [READY]


def test_a_daemon_that_drains_starts_nothing_and_lets_what_runs_land(world: World) -> None:
    world.pool("a b>a")
    world.start("a")
    world.shut_down(drain=True)
    world.finish("a")
    assert world.status("a", "b") == [Status.COMPLETED, READY]


def test_verify_and_land_take_no_agents_slot() -> None:
    world = World(max_agents=1)
    world.pool("a b")
    world.start("a")
    world.end_turn("a")
    assert world.status("a", "b") == [RUNNING, ASSIGNED]


@pytest.mark.parametrize("spent", [f.Used("a.1", tokens=100), f.Used("a.1", seconds=60.0)])
def test_a_spent_budget_stops_the_agent_and_asks(world: World, spent: f.Used) -> None:
    world.inject("a", budget=Budget(tokens=100, seconds=60))
    world.start("a")
    world.record(spent)
    assert world.status("a") == [NEEDS_ATTENTION]
    (item,) = world.items("a")
    assert item.reason is Reason.BUDGET
    world.stop("a")
    world.answer(item, "continue")
    assert world.status("a") == [ASSIGNED]


def test_a_unit_without_budget_left_is_not_started_again(world: World) -> None:
    world.inject("a", budget=Budget(turns=1))
    world.start("a")
    world.exit("a")
    assert world.status("a") == [NEEDS_ATTENTION]
    world.answer(world.items("a")[0], "give-up")
    world.retry("a")
    assert world.status("a") == [NEEDS_ATTENTION]


def test_a_budget_spent_with_the_last_turn_does_not_keep_the_work_from_landing(
    world: World,
) -> None:
    world.inject("a", budget=Budget(tokens=100))
    world.start("a")
    world.end_turn("a")
    world.record(f.Used("a.1", tokens=500))
    world.stop("a")
    world.land("a")
    assert world.status("a") == [Status.COMPLETED]


def back_off_and_ready() -> World:
    """``a`` has begun and is in back-off; ``b`` is only held up by the pause."""
    world = World()
    world.pool("a")
    world.start("a")
    world.record(f.Paused(True))
    world.inject("b")
    world.exit("a")
    assert world.status("a", "b") == [READY, READY]
    return world


def test_what_is_to_be_serialized_is_not_even_claimed_before_its_direction_is_known() -> None:
    world = back_off_and_ready()
    passed = through(world, "b")
    world.overlap("a", "b", Verdict.SERIALIZE)
    world.record(world.seen("b"), f.Paused(False))
    assert world.status("a", "b") == [READY, BLOCKED]
    assert ASSIGNED not in passed


def test_what_needs_a_verdict_first_is_not_claimed_with_its_finding() -> None:
    world = back_off_and_ready()
    passed = through(world, "b")
    world.overlap("a", "b", Verdict.ASK_OPERATOR)
    world.record(world.seen("b"), f.Paused(False))
    assert world.status("a", "b") == [READY, NEEDS_ATTENTION]
    assert ASSIGNED not in passed


def through(world: World, chunk: str) -> list[Status]:
    """Every status that the unit goes through from now on, also within a transaction."""
    passed: list[Status] = []

    def watch(_: State, draft: Draft) -> None:
        units = [c.row for c in draft.changes if isinstance(c.row, WorkUnit)]
        passed.extend(u.status for u in units if u.chunk == chunk)

    assert isinstance(world.store, Memory)
    world.store.watch = watch
    return passed


def test_two_that_ran_unjudged_side_by_side_do_not_start_again_side_by_side(world: World) -> None:
    world.pool("a b")
    world.start("a", "b")
    world.overlap("a", "b", Verdict.ASK_OPERATOR)
    world.examine("a")
    assert world.status("a", "b") == [RUNNING, RUNNING]
    world.crash()
    assert world.status("a", "b") == [ASSIGNED, READY]


def test_who_can_not_go_on_beside_another_lets_those_behind_it_start() -> None:
    world = World(max_agents=2)
    world.inject("a", "b", "c")
    world.start("a", "b")
    world.overlap("a", "b", Verdict.ASK_OPERATOR)
    world.examine("a")
    world.crash()
    assert world.status("a", "b", "c") == [ASSIGNED, READY, ASSIGNED]
