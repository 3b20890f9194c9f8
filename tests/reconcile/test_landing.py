"""VERIFY and LAND: one at a time, back to the agent, or to the operator."""

import pytest
from tests.reconcile.world import Run, World

from pointsman.model import facts as f
from pointsman.model.attention import Reason
from pointsman.model.conflict import Verdict
from pointsman.model.records import LandingState
from pointsman.model.work_unit import Phase, Status
from pointsman.reconcile.items import Stale

ASSIGNED, RUNNING, NEEDS_ATTENTION = Status.ASSIGNED, Status.RUNNING, Status.NEEDS_ATTENTION


def verified(world: World, *chunks: str) -> None:
    world.start(*chunks)
    for chunk in chunks:
        world.end_turn(chunk)
        world.stop(chunk)
        world.verify(chunk)


def landing(world: World) -> list[str]:
    return [e.unit for e in world.effects if isinstance(e, Run)]


def test_one_landing_at_a_time_in_the_schedulers_order(world: World) -> None:
    world.inject("a", "b", "c", priority={"b": 5})
    verified(world, "a", "b", "c")
    assert landing(world) == ["b.1"]
    world.land("b")
    assert landing(world) == ["a.1"]


def test_who_has_begun_to_move_base_is_finished_first(world: World) -> None:
    world.inject("a", "b", priority={"b": 5})
    verified(world, "a")
    world.step("a", LandingState.MOVING)
    verified(world, "b")
    assert landing(world) == ["a.1"]
    world.crash()
    world.begin_phase("b")
    assert landing(world) == ["a.1"]  # not yet RUNNING again, and still b waits for it


def test_files_that_change_after_they_were_verified_are_verified_again(world: World) -> None:
    world.pool("a")
    verified(world, "a")
    world.record(f.LandingHeld("a.1", "x.py is dirty"))
    world.snapshot("a", "restore")
    assert world.unit("a").works_at is Phase.VERIFY
    world.record(f.BaseFree("a.1"))
    world.begin_phase("a")
    with pytest.raises(Stale):
        world.step("a", LandingState.MERGED)
    world.verify("a")
    world.land("a")
    assert world.status("a") == [Status.COMPLETED]


def test_leave_to_land_is_of_the_files_that_it_was_asked_for(world: World) -> None:
    world.pool("a")
    verified(world, "a")
    world.record(f.LandingGuarded("a.1", "it changes .envrc"))
    world.snapshot("a")
    assert not world.items("a")
    assert world.unit("a").approved is None
    assert world.unit("a").works_at is Phase.VERIFY


def test_what_base_is_about_to_have_is_what_was_verified(world: World) -> None:
    world.pool("a")
    verified(world, "a")
    known = world.unit("a").snapshot
    world.step("a", LandingState.MOVING)
    world.snapshot("a")
    assert (world.unit("a").snapshot, world.unit("a").works_at) == (known, Phase.LAND)


def test_a_landing_that_needs_leave_after_base_moved_away_can_be_given_up(world: World) -> None:
    world.pool("a")
    verified(world, "a")
    world.step("a", LandingState.MOVING)
    world.record(f.LandingGuarded("a.1", "it changes .envrc"))
    world.answer(world.items("a")[0], "give-up")
    assert world.status("a") == [Status.FAILED]


def test_a_dirty_base_asks_and_the_unit_goes_on_landing_once_it_is_clean(world: World) -> None:
    world.pool("a")
    verified(world, "a")
    world.record(f.LandingHeld("a.1", "x.py is dirty"))
    assert world.status("a") == [NEEDS_ATTENTION]
    assert world.items("a")[0].reason is Reason.BASE_DIRTY
    world.record(f.BaseFree("a.1"))
    assert world.unit("a").works_at is Phase.LAND
    assert world.status("a") == [ASSIGNED]
    world.begin_phase("a")
    world.land("a")
    assert world.status("a") == [Status.COMPLETED]


def test_who_is_held_up_by_a_dirty_base_holds_up_nobody(world: World) -> None:
    world.inject("a", "b", priority={"a": 9})
    verified(world, "a", "b")
    world.record(f.LandingHeld("a.1", "x.py is dirty"))
    assert landing(world) == ["b.1"]
    world.land("b")
    assert world.status("a", "b") == [NEEDS_ATTENTION, Status.COMPLETED]


def test_who_has_waited_long_to_land_is_not_overtaken_by_who_is_more_important(
    world: World,
) -> None:
    world.inject("old")
    world.tick(3600)
    world.inject("new", priority={"new": 2})
    verified(world, "old", "new")
    assert landing(world) == ["old.1"]


def test_a_conflict_with_base_goes_back_to_its_agent_a_bounded_number_of_times() -> None:
    world = World(max_sent_back=2)
    world.pool("a")
    for n in (1, 2):
        verified(world, "a")
        world.record(f.LandingConflicted("a.1", f"conflict {n}"))
        unit = world.unit("a")
        assert (unit.status, unit.works_at) == (ASSIGNED, Phase.REBASE)
        assert unit.note == f"conflict {n}"
    verified(world, "a")
    world.record(f.LandingConflicted("a.1", "conflict 3"))
    (item,) = world.items("a")
    assert item.reason is Reason.LANDING_CONFLICT
    world.answer(item, text="keep both")
    unit = world.unit("a")
    assert (unit.works_at, unit.sent_back) == (Phase.REBASE, 0)
    assert unit.note == "conflict 3\n\nkeep both"


def test_failed_checks_go_back_with_their_words_and_no_note_is_lost(world: World) -> None:
    world.pool("a")
    verified(world, "a")
    world.record(f.Noted("a.1", "mind b"))
    world.record(f.VerifyFailed("a.1", "test_x fails"))
    unit = world.unit("a")
    assert (unit.works_at, unit.note) == (Phase.IMPLEMENT, "mind b\n\ntest_x fails")


def test_protected_paths_wait_for_the_operators_go(world: World) -> None:
    world.pool("a")
    verified(world, "a")
    world.record(f.LandingGuarded("a.1", "changes .github/ci.yml"))
    (item,) = world.items("a")
    world.answer(item, "land")
    assert not world.state.answers  # it is for Pointsman, not for the agent
    assert world.unit("a").works_at is Phase.LAND
    assert world.status("a") == [ASSIGNED]


def test_protected_paths_that_are_not_wanted_go_back_to_the_agent(world: World) -> None:
    world.pool("a")
    verified(world, "a")
    world.record(f.LandingGuarded("a.1", "changes .github/ci.yml"))
    world.answer(world.items("a")[0], text="leave CI alone")
    assert world.unit("a").works_at is Phase.IMPLEMENT


def test_dependents_are_released_only_by_landing(world: World) -> None:
    world.pool("a b>a")
    verified(world, "a")
    world.step("a", LandingState.MOVING)
    assert world.status("b") == [Status.BLOCKED]
    world.move_base("a")
    assert world.status("b") == [ASSIGNED]


def test_a_conflict_found_at_landing_lets_the_one_that_is_done_go_first(world: World) -> None:
    world.inject("a", "b", priority={"b": 9})
    world.start("b")
    verified(world, "a")
    world.overlap("a", "b", Verdict.SERIALIZE)
    world.examine("b")
    assert world.status("a", "b") == [RUNNING, Status.BLOCKED]


def moving(world: World) -> None:
    """``a`` has begun to move base; ``b`` runs, and they are in an unjudged conflict."""
    world.pool("a b")
    world.start("b")
    verified(world, "a")
    world.overlap("a", "b", Verdict.ASK_OPERATOR)
    world.examine("b")
    world.step("a", LandingState.MOVING)


def test_what_base_may_have_already_is_held_by_nobody(world: World) -> None:
    moving(world)
    world.record(f.Paused(True))
    world.crash()
    world.judge("a", "b", Verdict.SERIALIZE, "b")
    assert world.status("a") == [Status.READY]


def test_what_base_may_have_already_goes_before_all_others(world: World) -> None:
    moving(world)
    world.record(f.Prioritized("b.1", 99))
    world.crash()
    assert world.status("a", "b") == [ASSIGNED, Status.READY]


def test_what_base_may_have_already_is_asked_about_no_more(world: World) -> None:
    moving(world)
    world.record(f.StartFailed("a.1", "git failed"))
    world.finish("b")
    (failed,) = [i for i in world.items("a") if i.reason is Reason.AGENT_FAILED]
    world.answer(failed, "retry")
    assert world.status("a") == [ASSIGNED]
