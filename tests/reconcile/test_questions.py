"""An agent asks: what it holds meanwhile, and how the answer reaches it, once."""

from typing import Literal

import pytest
from tests.reconcile.world import Run, Stop, World

from pointsman.model import facts as f
from pointsman.model.attention import Delivery, Denial, Reason
from pointsman.model.conflict import Verdict
from pointsman.model.errors import PointsmanError
from pointsman.model.records import Doing
from pointsman.model.work_unit import Status
from pointsman.reconcile.items import Stale

ASSIGNED, READY, RUNNING = Status.ASSIGNED, Status.READY, Status.RUNNING
NEEDS_ATTENTION = Status.NEEDS_ATTENTION


def test_a_question_frees_the_slot_at_once() -> None:
    world = World(max_agents=1)
    world.pool("a b")
    world.start("a")
    assert world.status("b") == [READY]
    world.ask("a")
    assert world.status("a", "b") == [NEEDS_ATTENTION, ASSIGNED]
    assert world.state.processes["a.1"].doing is Doing.WAITING


def test_answered_while_the_agent_waits_it_runs_on_in_the_same_transaction(world: World) -> None:
    world.pool("a")
    world.start("a")
    item = world.ask("a", "which?", "left", "right")
    world.answer(item, "left")
    assert world.status("a") == [RUNNING]
    world.deliver("a")
    (told,) = world.heard[item.id]
    assert told.words == "left"
    world.say("a")
    assert not world.state.answers


def test_answered_without_a_free_slot_it_is_ready_and_the_answer_is_still_owed() -> None:
    world = World(max_agents=1)
    world.pool("a b")
    world.start("a")
    item = world.ask("a")
    world.start("b")
    world.answer(item, text="left")
    assert world.status("a", "b") == [READY, RUNNING]
    assert world.state.answers[item.id].delivery is Delivery.PENDING
    world.time_out("a")
    world.end_turn("a", finished=False)
    world.stop("a")
    world.finish("b")
    world.start("a")  # the session goes on, and the answer is its prompt
    assert [a.words for a in world.heard[item.id]] == ["left"]


def test_answered_while_its_blocker_runs_it_waits_for_it(world: World) -> None:
    world.pool("a b")
    world.start("a", "b")
    item = world.ask("b")
    world.overlap("a", "b", Verdict.SERIALIZE)
    world.examine("b")
    world.stop("b")
    world.answer(item, text="left")
    assert world.status("a", "b") == [RUNNING, Status.BLOCKED]


def test_answered_after_the_agent_went_it_is_ready(world: World) -> None:
    world.pool("a")
    world.start("a")
    item = world.ask("a")
    world.time_out("a")
    world.end_turn("a", finished=False)
    assert world.status("a") == [NEEDS_ATTENTION]
    world.stop("a")
    world.answer(item, text="left")
    assert world.status("a") == [ASSIGNED]
    assert item.id in world.state.answers


def test_a_unit_with_several_questions_waits_for_all_of_them(world: World) -> None:
    world.pool("a")
    world.start("a")
    first, second = world.ask("a", "one?"), world.ask("a", "two?", reason=Reason.PERMISSION)
    assert world.unit("a").attention == first
    world.answer(first, text="1")
    assert world.unit("a").attention == second
    world.answer(second, text="2")
    assert world.status("a") == [RUNNING]


def denied(world: World, what: Literal["read", "write", "network"], where: str) -> None:
    world.record(f.Denied("a.1", (Denial(what=what, where=where),)))


def test_a_denied_access_is_shown_and_blocks_nobody(world: World) -> None:
    world.pool("a")
    world.start("a")
    denied(world, "network", "")
    assert world.status("a") == [RUNNING]
    (item,) = world.items("a")
    assert item.reason is Reason.SANDBOX_DENIED
    assert 'network = "host"' in item.text


def test_all_that_is_denied_to_a_unit_is_one_item_grouped(world: World) -> None:
    world.pool("a")
    world.start("a")
    for _ in range(3):
        denied(world, "read", "/root/x")
    denied(world, "write", "/usr/y")
    for n in range(100):
        denied(world, "read", f"/root/{n}")
    (item,) = world.items("a")
    assert item.denied[:2] == (
        Denial(what="read", where="/root/x", times=3),
        Denial(what="write", where="/usr/y", times=1),
    )
    assert "- reading /root/x, 3 times\n- writing /usr/y\n" in item.text
    assert len(item.denied) == 21
    assert sum(d.times for d in item.denied) == 104


def test_a_noted_denial_is_gone_until_there_is_another(world: World) -> None:
    world.pool("a")
    world.start("a")
    denied(world, "read", "/root/x")
    (item,) = world.items("a")
    world.answer(item, option="noted")
    assert not world.items("a")
    assert world.status("a") == [RUNNING]
    denied(world, "read", "/root/y")
    (item,) = world.items("a")
    assert [d.where for d in item.denied] == ["/root/y"]


def test_what_was_denied_is_no_item_any_more_when_the_unit_has_ended(world: World) -> None:
    world.pool("a")
    world.start("a")
    denied(world, "read", "/root/x")
    world.record(f.EndWanted("a.1", delete=False))
    world.stop("a")
    assert not world.items("a")


def test_at_most_so_many_agents_stay_parked() -> None:
    world = World(max_agents=3, max_parked=2)
    world.pool("a b c")
    world.start("a", "b", "c")
    for chunk in "abc":
        world.ask(chunk)
    assert [e.unit for e in world.effects if isinstance(e, Stop)] == ["c.1"]  # the youngest
    world.stop("c")
    assert world.status("c") == [NEEDS_ATTENTION]  # its question is still open


def test_an_answered_agent_is_not_taken_for_a_parked_one() -> None:
    world = World(max_agents=2, max_parked=1)
    world.pool("a b")
    world.start("a", "b")
    item = world.ask("b")
    world.answer(item, text="left")  # not delivered yet: it still sits in its tool call
    world.ask("a")
    assert not [e for e in world.effects if isinstance(e, Stop)]


def test_an_answer_never_confirmed_is_repeated_after_a_restart_under_the_same_id(
    world: World,
) -> None:
    world.pool("a")
    world.start("a")
    item = world.ask("a")
    world.answer(item, text="left")
    world.deliver("a")
    assert world.state.answers[item.id].delivery is Delivery.SENT
    world.crash()
    assert world.state.answers[item.id].delivery is Delivery.PENDING
    world.start("a")
    world.end_turn("a")
    assert [(a.id, a.words) for a in world.heard[item.id]] == [(item.id, "left")] * 2
    assert not world.state.answers


def test_a_confirmed_answer_is_never_repeated(world: World) -> None:
    world.pool("a")
    world.start("a")
    item = world.ask("a")
    world.answer(item, text="left")
    world.deliver("a")
    world.say("a")
    world.crash()
    world.start("a")
    assert len(world.heard[item.id]) == 1


def test_the_first_answer_stands(world: World) -> None:
    world.pool("a")
    world.start("a")
    item = world.ask("a")
    world.answer(item, text="left")
    with pytest.raises(Stale):
        world.answer(item, text="right")
    assert world.state.answers[item.id].words == "left"


@pytest.mark.parametrize(("option", "text"), [("up", None), (None, ""), (None, None), (None, "  ")])
def test_an_answer_that_is_none_is_refused(
    world: World, option: str | None, text: str | None
) -> None:
    world.pool("a")
    world.start("a")
    item = world.ask("a", "which?", "left", "right")
    with pytest.raises(PointsmanError, match="q1") as caught:
        world.answer(item, option, text)
    assert caught.value.code == "answer-invalid"


def test_a_straggler_of_a_turn_that_is_over_can_ask_nothing(world: World) -> None:
    world.pool("a")
    world.start("a")
    world.end_turn("a")
    with pytest.raises(Stale):
        world.ask("a")
    world.record(f.WaitEnded("a.1"))
    assert world.state.processes["a.1"].doing is Doing.IDLE


def test_two_parked_agents_in_conflict_do_not_wait_for_each_other(world: World) -> None:
    world.pool("a b")
    world.start("a", "b")
    questions = world.ask("a"), world.ask("b")
    world.overlap("a", "b", Verdict.ASK_OPERATOR)
    world.examine("a")
    for item in questions:
        world.answer(item, text="go")
    assert world.status("a", "b") == [READY, READY]
    world.stop("a")
    assert world.status("a", "b") == [READY, ASSIGNED]


def test_being_stopped_is_no_attempt_though_the_unit_may_run_again_by_then(world: World) -> None:
    world.pool("a b")
    world.start("a", "b")
    item = world.ask("b")
    world.overlap("a", "b", Verdict.SERIALIZE)
    world.examine("a")
    assert world.wants(Stop, "b")
    world.answer(item, text="go")
    world.judge("a", "b", Verdict.INDEPENDENT)
    assert world.status("b") == [Status.ASSIGNED]
    world.exit("b", -15, wanted=True)
    assert (world.unit("b").status, world.unit("b").attempts) == (Status.ASSIGNED, 0)
    assert world.wants(Run, "b")


def test_what_the_operator_notes_during_a_turn_is_told_with_the_next(world: World) -> None:
    world.pool("a")
    world.start("a")
    world.record(f.Noted("a.1", "mind b"))
    world.end_turn("a", finished=False)
    assert world.wants(Run, "a")
    world.prompt("a")
    assert world.agents["a.1"].note == "mind b"
    world.say("a")
    assert world.unit("a").note is None
