"""Verdicts on pairs: how long they stand, who goes first, and what they do to those who run."""

from tests.reconcile.world import Run, Stop, World

from pointsman.model import facts as f
from pointsman.model.attention import Reason
from pointsman.model.conflict import ConflictType, DecidedBy, Verdict
from pointsman.model.work_unit import Phase, Status

ASSIGNED, BLOCKED, RUNNING = Status.ASSIGNED, Status.BLOCKED, Status.RUNNING
NEEDS_ATTENTION = Status.NEEDS_ATTENTION


def test_a_pair_that_needs_a_verdict_makes_one_item_on_the_later_one(world: World) -> None:
    world.pool("a b", ask=["a b"])
    (item,) = world.state.items.values()
    assert (item.unit, item.reason, item.subject) == ("b.1", Reason.CONFLICT, "c1")
    assert [o.id for o in item.options] == ["independent", "first:a", "first:b"]


def test_an_answer_to_the_item_is_the_verdict(world: World) -> None:
    world.record(f.Paused(True))
    world.pool("a b", ask=["a b"])
    world.answer(world.items("b")[0], "first:b")
    conflict = world.conflict("a", "b")
    assert (conflict.verdict, conflict.first) == (Verdict.SERIALIZE, "b")
    assert conflict.decided_by is DecidedBy.OPERATOR
    assert world.status("a", "b") == [BLOCKED, Status.READY]
    assert not world.state.items


def test_a_verdict_survives_a_phase_change(world: World) -> None:
    world.pool("a b", ask=["a b"])
    world.judge("a", "b", Verdict.INDEPENDENT)
    world.start("a", "b")
    world.end_turn("a")
    world.examine("a")  # its final snapshot shows the same
    assert world.unit("a").works_at is Phase.VERIFY
    assert world.conflict("a", "b").verdict is Verdict.INDEPENDENT
    assert not world.state.items
    world.stop("a")
    world.land("a")
    world.finish("b")
    assert world.status("a", "b") == [Status.COMPLETED, Status.COMPLETED]


def test_a_verdict_survives_a_restart(world: World) -> None:
    world.pool("a b", ask=["a b"])
    world.judge("a", "b", Verdict.SERIALIZE, "b")
    world.crash()
    world.examine("a")
    assert world.conflict("a", "b").first == "b"


def test_a_pair_stays_as_it_is_until_the_oracle_has_both_footprints_again(world: World) -> None:
    world.pool("a b c", serialize=["a b"], ask=["a c"])
    world.start("a")
    world.crash()
    asked = world.items("c")
    world.record(f.Examined("a", found=(), compared=frozenset({"a"})))
    assert world.status("b") == [BLOCKED]
    assert world.conflict("a", "b").verdict is Verdict.SERIALIZE
    assert world.items("c") == asked
    world.truth.clear()
    world.examine("b")  # with both at hand, nothing in common is news
    assert world.conflict("a", "b").verdict is Verdict.INDEPENDENT
    assert world.status("b") == [ASSIGNED]


def test_evidence_that_is_worse_in_kind_is_asked_again(world: World) -> None:
    world.pool("a b", ask=["a b"])
    world.judge("a", "b", Verdict.INDEPENDENT)
    world.overlap("a", "b", Verdict.SERIALIZE)  # a symbol now, where only a file was judged
    world.examine("a")
    conflict = world.conflict("a", "b")
    assert conflict.verdict is Verdict.ASK_OPERATOR
    assert conflict.overlaps[0].type is ConflictType.SYMBOL
    assert len(world.state.items) == 1


def test_what_has_begun_goes_first(world: World) -> None:
    world.pool("b a")
    world.record(f.Prioritized("a.1", 99))
    world.record(f.EndWanted("a.1", delete=False))
    world.start("b")
    world.overlap("a", "b", Verdict.SERIALIZE)
    world.inject("a", priority={"a": 99})
    assert world.conflict("a", "b").first == "b"
    assert world.status("a", "b") == [BLOCKED, RUNNING]


def test_what_has_begun_goes_first_even_while_it_waits_for_another(world: World) -> None:
    world.pool("a b")
    world.start("a")
    world.overlap("a", "b", Verdict.SERIALIZE)
    world.examine("a")
    world.judge("a", "b", Verdict.SERIALIZE, "b")
    world.stop_when_idle("a")
    assert world.status("a") == [BLOCKED]
    world.overlap("a", "n", Verdict.SERIALIZE)
    world.inject("n", priority={"n": 99})
    assert world.conflict("a", "n").first == "a"


def test_a_conflict_found_between_two_that_run_moves_one_in_the_same_transaction(
    world: World,
) -> None:
    world.pool("a b")
    world.start("a", "b")
    world.overlap("a", "b", Verdict.SERIALIZE)
    world.examine("b")
    assert world.status("a", "b") == [RUNNING, BLOCKED]
    assert world.unit("b").blocked_by == ("a",)
    assert not world.wants(Stop, "b")  # its agent is stopped at the end of its turn
    world.end_turn("b", finished=False)
    assert world.wants(Stop, "b")
    world.stop("b")
    world.finish("a")
    assert world.status("b") == [ASSIGNED]
    assert world.unit("b").session == "s1"


def test_its_slot_counts_as_held_until_the_process_is_gone() -> None:
    world = World(max_agents=2)
    world.pool("a b c")
    world.start("a", "b")
    world.overlap("a", "b", Verdict.SERIALIZE)
    world.examine("b")
    assert world.status("b", "c") == [BLOCKED, Status.READY]
    world.end_turn("b", finished=False)
    world.stop("b")
    assert world.status("c") == [ASSIGNED]


def test_an_unjudged_conflict_between_two_that_run_stops_neither(world: World) -> None:
    world.pool("a b")
    world.start("a", "b")
    world.overlap("a", "b", Verdict.ASK_OPERATOR)
    world.examine("b")
    assert world.status("a", "b") == [RUNNING, RUNNING]
    assert len(world.state.items) == 1


def test_the_second_to_finish_does_not_land_before_its_conflict_is_judged(world: World) -> None:
    for first, second in ("ab", "ba"):
        world = World()
        world.pool("a b")
        world.start("a", "b")
        world.overlap("a", "b", Verdict.ASK_OPERATOR)
        world.examine("b")
        world.finish(first)
        world.examine(second)  # looked at again, now that the other is not live any more
        world.end_turn(second)
        world.stop(second)
        world.verify(second)
        assert world.status(first, second) == [Status.COMPLETED, NEEDS_ATTENTION]
        assert not world.wants(Run, second)
        (item,) = world.items(second)
        world.answer(item, "independent")
        assert world.unit(second).works_at is Phase.LAND
        world.begin_phase(second)
        world.land(second)
        assert world.status(second) == [Status.COMPLETED]


def test_what_was_brought_up_to_the_others_landing_needs_no_verdict(world: World) -> None:
    world.pool("a b")
    world.start("a", "b")
    world.overlap("a", "b", Verdict.ASK_OPERATOR)
    world.examine("b")
    world.finish("a")
    assert world.items("b")
    world.tick(1)
    world.record(f.BroughtUp("b.1", "tip1", "a landed", world.now))
    assert not world.items("b")
    world.finish("b")
    assert world.status("b") == [Status.COMPLETED]


def test_what_lands_while_a_workspace_is_cut_is_judged_like_what_lands_later(
    world: World,
) -> None:
    world.pool("a b")
    world.start("a")
    world.overlap("a", "b", Verdict.ASK_OPERATOR)
    world.examine("b")
    tip_read = world.now
    world.finish("a")
    world.cut_at("b", "tip0", tip_read)
    world.spawn("b")
    world.end_turn("b")
    world.stop("b")
    world.verify("b")
    assert world.status("b") == [NEEDS_ATTENTION]


def test_a_workspace_that_was_lost_and_made_again_is_as_old_as_it_was(world: World) -> None:
    world.pool("a b")
    world.start("a", "b")
    world.overlap("a", "b", Verdict.ASK_OPERATOR)
    world.examine("b")
    world.finish("a")
    world.cut_at("b", "tip0", world.now)  # its folder is gone: cut from the base that it had
    world.end_turn("b")
    world.stop("b")
    world.verify("b")
    assert world.status("b") == [NEEDS_ATTENTION]


def test_nothing_in_common_any_more_ends_a_proposal_and_keeps_the_operators_word(
    world: World,
) -> None:
    world.pool("a b c", serialize=["a b", "a c"])
    world.judge("a", "c", Verdict.SERIALIZE, "a")
    world.truth.clear()
    world.examine("a")
    assert world.conflict("a", "b").verdict is Verdict.INDEPENDENT
    assert world.conflict("a", "c").verdict is Verdict.SERIALIZE


def test_the_operator_as_participant_blocks_nobody(world: World) -> None:
    world.pool("a")
    proposed = world.seen_with_operator("a", Verdict.SERIALIZE)
    world.record(proposed)
    assert world.status("a") == [ASSIGNED]
    assert not world.state.items
