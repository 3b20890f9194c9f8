"""What is answered for the operator: nothing, but what they configured, once it is due."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reconcile.world import World

from pointsman.model import facts as f
from pointsman.model.attention import Answer, AttentionItem, Option, Reason
from pointsman.model.budget import Budget
from pointsman.model.conflict import Verdict
from pointsman.model.default_answer import ALLOW, DENY, SERIALIZE, TAKES, DefaultAnswer
from pointsman.model.default_answer import DefaultAnswers as Answers
from pointsman.model.state import Draft, State
from pointsman.model.work_unit import Status
from pointsman.reconcile import items
from pointsman.reconcile.blocks import Blocks
from pointsman.reconcile.expire import due
from pointsman.reconcile.items import Stale

HOUR = 3600.0


def after(seconds: float, option: str | None = None, **more: object) -> DefaultAnswer:
    return DefaultAnswer.model_validate({"after": seconds, "option": option, **more})


@pytest.fixture
def asking(world: World) -> World:
    """A world whose agent a may ask."""
    world.pool("a")
    world.start("a")
    return world


def answers(world: World) -> list[Answer]:
    """Every answer that is recorded from now on, in order, however soon it is delivered."""
    recorded: list[Answer] = []

    def watch(before: State, draft: Draft) -> None:
        known = {a.id for a in recorded}
        rows = (c.row for c in draft.changes if isinstance(c.row, Answer))
        recorded.extend(a for a in rows if a.id not in known)

    world.store.watch = watch  # type: ignore[attr-defined]  # Memory's
    return recorded


def test_without_a_setting_an_item_stays_for_ever(asking: World) -> None:
    item = asking.ask("a", "which?", "left", default="left")
    asking.tick(10_000 * HOUR)
    assert asking.items("a") == [item]
    assert due(asking.state, item) is None


def test_the_configured_text_is_the_answer_once_it_is_due_and_not_before(asking: World) -> None:
    asking.configure(QUESTION=after(HOUR, text="as you like"))
    recorded = answers(asking)
    item = asking.ask("a")
    assert due(asking.state, item) == item.since + timedelta(hours=1)
    asking.now = item.since + timedelta(seconds=HOUR, milliseconds=-2)
    asking.tick()
    assert asking.items("a") == [item]
    asking.tick()
    assert not asking.items("a")
    asking.tick(HOUR)
    ((answer),) = recorded
    assert (answer.words, answer.door, answer.at) == (
        "as you like",
        "default",
        item.since + timedelta(hours=1),
    )
    assert asking.status("a") == [Status.RUNNING]
    asking.deliver("a")
    assert [a.words for a in asking.heard[item.id]] == ["as you like"]


def test_the_operators_answer_wins_up_to_the_very_moment(asking: World) -> None:
    asking.configure(QUESTION=after(HOUR, text="as you like"))
    recorded = answers(asking)
    item = asking.ask("a")
    asking.now = item.since + timedelta(hours=2)  # nobody has looked since
    asking.answer(item, text="left")
    assert [(a.words, a.door) for a in recorded] == [("left", "cli")]


def test_an_operator_who_comes_too_late_is_told_so(asking: World) -> None:
    asking.configure(QUESTION=after(HOUR, text="as you like"))
    item = asking.ask("a")
    asking.tick(HOUR)
    with pytest.raises(Stale):
        asking.answer(item, text="left")


def test_what_the_agent_would_do_counts_only_where_the_operator_said_so(asking: World) -> None:
    asking.configure(QUESTION=after(HOUR, agents_default=True))
    recorded = answers(asking)
    option = asking.ask("a", "which?", "left", "right", default="right")
    words = asking.ask("a", "what?", "left", default="something else")
    none = asking.ask("a", "how?", "left")
    asking.tick(HOUR)
    assert [(a.id, a.option, a.text) for a in recorded] == [
        (option.id, "right", None),
        (words.id, None, "something else"),
    ]
    assert asking.items("a") == [none]


def test_an_option_that_is_not_offered_leaves_the_item_open(asking: World) -> None:
    asking.configure(QUESTION=after(HOUR, "left"))
    first, second = asking.ask("a", "?", "up", "down"), asking.ask("a", "?", "right", "left")
    asking.tick(HOUR)
    assert asking.items("a") == [first]
    assert second.id in asking.state.answers


@pytest.mark.parametrize(("word", "label"), [(ALLOW, "Sure"), (DENY, "No way")])
def test_a_permission_is_allowed_or_denied_once_whatever_the_agent_calls_it(
    asking: World, word: str, label: str
) -> None:
    choices = [
        Option(id=kind, label=label, kind=kind)
        for kind, label in (
            ("allow_always", "Always"),
            ("allow_once", "Sure"),
            ("reject_always", "Never"),
            ("reject_once", "No way"),
        )
    ]
    asking.configure(PERMISSION=after(HOUR, word))
    recorded = answers(asking)
    asking.ask("a", "May I?", *choices, reason=Reason.PERMISSION)
    asking.tick(HOUR)
    assert [a.words for a in recorded] == [label]


def test_leave_to_land_is_given_only_by_its_own_word(asking: World) -> None:
    asking.configure(PERMISSION=after(HOUR, ALLOW))
    asking.end_turn("a")
    asking.stop("a")
    asking.verify("a")
    asking.record(f.LandingGuarded("a.1", "changes .github"))
    asking.tick(HOUR)
    assert asking.items("a")
    asking.configure(PERMISSION=after(HOUR, "land"))
    assert not asking.items("a")


def test_an_agent_that_calls_its_option_land_is_not_given_it(asking: World) -> None:
    asking.configure(PERMISSION=after(HOUR, "land"))
    item = asking.ask("a", "May I?", Option(id="land", label="Land"), reason=Reason.PERMISSION)
    asking.tick(HOUR)
    assert asking.items("a") == [item]


def test_a_conflict_is_serialized_in_the_order_of_the_scheduler(world: World) -> None:
    world.configure(CONFLICT=after(HOUR, SERIALIZE))
    world.pool("a b", ask=["a b"])
    (item,) = world.items("b")
    world.tick(HOUR)
    conflict = world.conflict("a", "b")
    assert (conflict.verdict, conflict.first, conflict.decided_by) == (
        Verdict.SERIALIZE,
        "a",
        "operator",
    )
    assert world.status("b") == [Status.BLOCKED]
    assert item.id not in world.state.items


def test_many_that_are_due_at_once_are_all_answered_in_one_transaction(world: World) -> None:
    chunks = [f"u{n}" for n in range(30)]
    pairs = [f"{a} {b}" for n, a in enumerate(chunks) for b in chunks[n + 1 :]]
    world.pool(" ".join(chunks), ask=pairs)
    world.tick(HOUR)
    assert len(world.state.items) == len(pairs)
    world.configure(CONFLICT=after(HOUR, SERIALIZE))
    assert not world.state.items


def test_a_default_that_would_be_refused_is_not_given(asking: World) -> None:
    """Base may have the work already: it can't be given up."""
    asking.end_turn("a")
    asking.stop("a")
    asking.verify("a")
    asking.configure(AGENT_FAILED=after(HOUR, "give-up"))
    asking.record(f.StartFailed("a.1", "git failed"))
    (item,) = asking.items("a")
    unit = asking.unit("a").changed(base_moved=True)
    draft = Draft(asking.state, asking.now)
    draft.put_unit(unit)
    asking.store.state = draft.state  # type: ignore[misc]
    asking.tick(HOUR)
    assert asking.items("a") == [item]


def test_a_unit_that_is_being_cancelled_is_answered_nothing(asking: World) -> None:
    asking.configure(QUESTION=after(HOUR, text="as you like"))
    recorded = answers(asking)
    asking.ask("a")
    asking.cancel("a")
    asking.tick(HOUR)
    assert recorded == []


@given(st.lists(st.sampled_from(["ask", "wait", "answer", "crash"]), max_size=12), st.booleans())
def test_every_question_is_answered_once_by_the_operator_or_in_its_time(
    moves: list[str], configured: bool
) -> None:
    world = World()
    recorded = answers(world)
    world.pool("a")
    world.start("a")
    if configured:
        world.configure(QUESTION=after(100, text="as you like"))
    asked: dict[str, AttentionItem] = {}
    for move in moves:
        match move:
            case "ask" if world.agents:
                item = world.ask("a")
                asked[item.id] = item
            case "wait":
                world.tick(60)
            case "answer" if world.items("a"):
                world.answer(world.items("a")[0], text="left")
            case "crash":
                world.crash()
    ids = [a.id for a in recorded]
    assert len(ids) == len(set(ids))
    assert asked.keys() == {*ids, *world.state.items}
    for answer in recorded:
        if answer.door == "default":
            assert configured
            assert answer.at >= asked[answer.id].since + timedelta(seconds=100)
    for item in world.state.items.values():
        assert not configured or world.now < item.since + timedelta(seconds=100)


def test_a_days_budget_is_left_to_the_operator_and_keeps_all_waiting(world: World) -> None:
    world.limits = replace(world.limits, daily_budget=Budget(tokens=100))
    world.configure(BUDGET=after(1, "continue"))
    world.pool("a b c>a")
    world.start("a", "b")
    world.record(f.Used("a.1", tokens=200))
    (item,) = world.state.items.values()
    world.tick(HOUR)
    assert list(world.state.items.values()) == [item]
    assert Blocks(world.state, world.now)(item) == 3


def test_what_can_be_configured_is_what_the_reasons_offer() -> None:
    offered = {
        Reason.PERMISSION: items.GUARDED_OPTIONS,
        Reason.LANDING_CONFLICT: items.LANDING_CONFLICT_OPTIONS,
        Reason.CHECKS_FAILED: items.CHECKS_FAILED_OPTIONS,
        Reason.AGENT_FAILED: items.AGENT_FAILED_OPTIONS,
        Reason.DEPENDENCY_GONE: items.DEPENDENCY_GONE_OPTIONS,
        Reason.BUDGET: items.BUDGET_OPTIONS,
    }
    for reason, options in offered.items():
        assert set(TAKES[reason].options) - {ALLOW, DENY} == {o.id for o in options}
    assert {r.value for r in TAKES} == set(Answers.model_fields)
