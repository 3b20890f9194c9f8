"""Ends: cancelled, deleted, failed, retried; restarts and shut-downs on the way."""

import pytest
from tests.reconcile.world import NOON, Clear, Run, Stop, World

from pointsman.model import facts as f
from pointsman.model.attention import Reason
from pointsman.model.errors import PointsmanError
from pointsman.model.records import LandingState
from pointsman.model.work_unit import IllegalTransition, Phase, Status
from pointsman.reconcile.failures import not_before
from pointsman.reconcile.items import Stale

ASSIGNED, READY, RUNNING = Status.ASSIGNED, Status.READY, Status.RUNNING
NEEDS_ATTENTION, CANCELLED = Status.NEEDS_ATTENTION, Status.CANCELLED


# ---- cancelled and deleted


def test_deleting_a_running_unit_stops_its_agent_first(world: World) -> None:
    world.pool("a")
    world.start("a")
    world.delete("a")
    assert world.status("a") == [RUNNING]
    assert Stop("a.1", at_once=True) in world.effects
    world.stop("a")
    assert world.status("a") == [CANCELLED]
    assert world.unit("a").hidden
    assert world.wants(Clear, "a")


def test_deleting_on_the_last_attempt_ends_cancelled_and_not_failed() -> None:
    world = World(max_attempts=1)
    world.pool("a")
    world.start("a")
    world.delete("a")
    world.exit("a")  # by itself, before it was stopped
    assert world.status("a") == [CANCELLED]


def test_a_unit_that_waits_is_cancelled_at_once(world: World) -> None:
    world.pool("a b>a")
    world.cancel("b")
    assert world.status("b") == [CANCELLED]
    assert not world.unit("b").hidden


def test_cancelling_closes_its_questions(world: World) -> None:
    world.pool("a")
    world.start("a")
    world.ask("a")
    world.cancel("a")
    world.stop("a")
    assert not world.state.items


def test_an_answer_that_no_agent_is_left_to_hear_is_forgotten(world: World) -> None:
    world.pool("a")
    world.start("a")
    world.answer(world.ask("a"), text="left")
    world.cancel("a")
    world.stop("a")
    assert not world.state.answers


def test_a_landing_in_progress_is_finished_before_anything_ends(world: World) -> None:
    world.pool("a")
    world.start("a")
    world.end_turn("a")
    world.stop("a")
    world.verify("a")
    world.step("a", LandingState.MOVING)
    world.delete("a")  # the operation refuses it; should it come through, base has the last word
    assert world.status("a") == [RUNNING]
    world.move_base("a")
    assert world.status("a") == [Status.COMPLETED]


def test_a_unit_whose_work_base_may_have_cannot_be_given_up(world: World) -> None:
    world.pool("a")
    world.start("a")
    world.end_turn("a")
    world.stop("a")
    world.verify("a")
    world.step("a", LandingState.MOVING)
    world.record(f.StartFailed("a.1", "git failed"))
    (item,) = world.items("a")
    with pytest.raises(PointsmanError) as caught:
        world.answer(item, "give-up")
    assert caught.value.code == "landing-in-progress"
    world.answer(item, "retry")
    world.begin_phase("a")
    world.move_base("a")
    assert world.status("a") == [Status.COMPLETED]


def test_base_is_not_moved_for_a_unit_that_is_to_end(world: World) -> None:
    world.pool("a")
    world.start("a")
    world.end_turn("a")
    world.verify("a")
    world.cancel("a")
    assert not world.wants(Run, "a")
    with pytest.raises(Stale):
        world.step("a", LandingState.MOVING)


@pytest.mark.parametrize("end", ["cancel", "finish"])
def test_an_ended_unit_refuses_facts(world: World, end: str) -> None:
    world.pool("a")
    if end == "finish":
        world.finish("a")
    else:
        world.cancel("a")
    before = world.state
    for fact in (
        f.AgentStarted("a.1", 1, "a.1/9", 9),
        f.Asked("a.1", Reason.QUESTION, "?"),
        f.TurnEnded("a.1", "end_turn", finished=True),
        f.Prompted("a.1", ()),
        f.Verified("a.1"),
        f.Landed("a.1", "x"),
        f.StartFailed("a.1", "?"),
        f.Noted("a.1", "?"),
    ):
        with pytest.raises(Stale):
            world.record(fact)
    assert world.state is before


# ---- failed and retried


def test_attempts_are_used_up_one_by_one_with_longer_pauses(world: World) -> None:
    world.pool("a")
    pauses = []
    for _ in range(2):
        world.start("a")
        world.exit("a")
        assert world.status("a") == [READY]
        at = world.unit("a").not_before
        assert at is not None
        pauses.append((at - world.now).total_seconds())
        world.tick(pauses[-1])
    assert 5 <= pauses[0] <= 6.25
    assert 10 <= pauses[1] <= 12.5
    world.start("a")
    world.exit("a")
    assert world.status("a") == [Status.FAILED]
    assert not world.wants(Clear, "a")  # workspace kept


def test_retry_resets_counters(world: World) -> None:
    world.pool("a")
    for _ in range(3):
        world.start("a")
        world.exit("a")
        world.tick(1000)
    assert world.status("a") == [Status.FAILED]
    assert world.unit("a").attempts == 3
    world.retry("a")
    unit = world.unit("a")
    assert (unit.attempts, unit.sent_back, unit.nudges, unit.not_before) == (0, 0, 0, None)
    assert unit.status is ASSIGNED
    world.start("a")
    world.exit("a")
    assert world.status("a") == [READY]


def test_a_stop_of_ours_is_no_attempt(world: World) -> None:
    world.pool("a")
    world.start("a")
    world.record(f.AgentExited("a.1", -15, wanted=True))
    assert world.status("a") == [RUNNING]
    assert world.wants(Run, "a")
    assert world.unit("a").attempts == 0


def test_only_a_failed_unit_can_be_retried(world: World) -> None:
    world.pool("a")
    with pytest.raises(IllegalTransition):
        world.retry("a")


def test_an_overloaded_api_is_waited_for_longer_and_longer_and_uses_up_no_attempt(
    world: World,
) -> None:
    world.pool("a")
    pauses = []
    for _ in range(12):
        world.start("a")
        world.exit("a", transient=True)
        assert world.status("a") == [READY]
        at = world.unit("a").not_before
        assert at is not None
        pauses.append((at - world.now).total_seconds())
        world.tick(pauses[-1])
    assert world.unit("a").attempts == 0
    wanted = [min(600, 5 * 2**n) for n in range(12)]
    for pause, least in zip(pauses, wanted, strict=True):
        assert least <= pause <= 1.25 * least
    assert len({pause / least for pause, least in zip(pauses, wanted, strict=True)}) == 12  # jitter


def test_an_api_that_is_overloaded_for_weeks_is_still_waited_for() -> None:
    assert (not_before("a.1", 100_000, NOON) - NOON).total_seconds() <= 750


def test_a_turn_that_ends_begins_the_count_of_an_overloaded_api_anew(world: World) -> None:
    world.pool("a")
    world.start("a")
    world.exit("a", transient=True)
    world.tick(1000)
    world.start("a")
    assert world.unit("a").transient_failures == 1
    world.end_turn("a", finished=False)
    assert world.unit("a").transient_failures == 0


def test_failures_of_both_kinds_are_counted_apart(world: World) -> None:
    world.pool("a")
    for transient in (True, False, True, False):
        world.start("a")
        world.exit("a", transient=transient)
        world.tick(1000)
    assert (world.unit("a").attempts, world.unit("a").transient_failures) == (2, 2)
    world.start("a")
    world.exit("a")
    assert world.status("a") == [Status.FAILED]
    world.retry("a")
    assert (world.unit("a").attempts, world.unit("a").transient_failures) == (0, 0)


def test_a_rate_limit_with_a_known_end_is_nobodys_failure(world: World) -> None:
    world.pool("a")
    world.start("a")
    world.exit("a", transient=True, wait=300.0)
    assert world.unit("a").attempts == 0
    world.tick(299)
    assert world.status("a") == [READY]
    world.tick(2)
    assert world.status("a") == [ASSIGNED]


@pytest.mark.parametrize(("said", "waited"), [(0.0, 5), (1e300, 86_400), (float("inf"), 86_400)])
def test_what_an_agent_says_of_its_limit_is_believed_within_bounds(
    world: World, said: float, waited: int
) -> None:
    world.pool("a")
    world.start("a")
    world.exit("a", transient=True, wait=said)
    world.tick(waited - 1)
    assert world.status("a") == [READY]
    world.tick(1)
    assert world.status("a") == [ASSIGNED]


def test_an_agent_that_ends_its_turn_unfinished_is_told_so_a_few_times_and_then_the_operator_is(
    world: World,
) -> None:
    world.pool("a")
    world.start("a")
    for _ in range(2):
        world.end_turn("a", finished=False)
        assert world.status("a") == [RUNNING]
        world.prompt("a")
    world.end_turn("a", finished=False)
    (item,) = world.items("a")
    assert item.reason is Reason.AGENT_FAILED
    world.stop("a")
    world.answer(item, text="the tests are in tests/")
    unit = world.unit("a")
    assert (unit.status, unit.works_at, unit.nudges) == (ASSIGNED, Phase.IMPLEMENT, 0)
    assert "the tests are in tests/" in (unit.note or "")


# ---- restarts


def test_a_restart_is_no_attempt(world: World) -> None:
    world.pool("a b")
    world.start("a")
    for _ in range(5):
        world.crash()
        assert world.status("a", "b") == [ASSIGNED, ASSIGNED]
        assert not world.state.processes
        world.start("a")
    assert world.unit("a").attempts == 0
    assert world.unit("a").session == "s1"


@pytest.mark.parametrize("phase", [Phase.VERIFY, Phase.LAND])
def test_a_restart_keeps_the_phase(world: World, phase: Phase) -> None:
    world.pool("a")
    world.start("a")
    world.end_turn("a")
    if phase is Phase.LAND:
        world.verify("a")
    world.crash()
    assert world.unit("a").works_at is phase
    world.begin_phase("a")
    world.land("a")
    assert world.status("a") == [Status.COMPLETED]


def test_a_crash_between_moving_base_and_saying_so_lands_once(world: World) -> None:
    world.pool("a")
    world.start("a")
    world.end_turn("a")
    world.verify("a")
    world.step("a", LandingState.MOVING)
    world.lost = True
    world.move_base("a")
    world.crash()
    assert world.unit("a").base_moved
    world.begin_phase("a")
    world.move_base("a")
    assert world.status("a") == [Status.COMPLETED]
    assert world.base == ["a.1"]


def test_a_shut_down_stops_every_agent_and_the_next_daemon_goes_on(world: World) -> None:
    world.pool("a b c")
    world.start("a", "b")
    world.ask("b")
    world.shut_down()
    assert {e.unit for e in world.effects if isinstance(e, Stop)} == {"a.1", "b.1"}
    assert not [e for e in world.effects if isinstance(e, Run)]  # c is not started any more
    world.stop("a")
    world.stop("b")
    assert world.unit("a").attempts == 0
    world.crash()
    assert world.status("a", "b", "c") == [ASSIGNED, NEEDS_ATTENTION, ASSIGNED]
