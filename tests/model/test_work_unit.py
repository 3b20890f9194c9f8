"""The state machine: the table is the only way, and the model holds what the table can't say."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.model.attention import AttentionItem, Reason
from pointsman.model.work_unit import (
    ENDED,
    TRANSITIONS,
    BaseRef,
    Cause,
    IllegalTransition,
    Phase,
    Status,
    Transition,
    WorkUnit,
    diagram,
    move,
)

NOW = datetime(2024, 5, 1, tzinfo=UTC)
ITEM = AttentionItem(id="q1", unit="x.1", reason=Reason.QUESTION, text="Which?", since=NOW)
STATES = Path(__file__).parents[2] / "docs" / "states.md"


def belongs_to(status: Status) -> dict[str, Any]:
    """What a unit of that status must have."""
    return {
        "attention": ITEM if status is Status.NEEDS_ATTENTION else None,
        "blocked_by": ("y",) if status is Status.BLOCKED else (),
    }


def unit(status: Status = Status.PENDING, **fields: Any) -> WorkUnit:
    return WorkUnit(
        id="x.1",
        chunk="x",
        status=status,
        base=BaseRef(branch="main"),
        agent="demo",
        created_at=NOW,
        updated_at=NOW,
        **{**belongs_to(status), **fields},
    )


EVERY_MOVE = [Transition(a, b, c) for a in Status for b in Status for c in Cause]
ILLEGAL = [one for one in EVERY_MOVE if one not in TRANSITIONS]


@pytest.mark.parametrize("legal", TRANSITIONS, ids=lambda t: f"{t.source}-{t.to}-{t.cause.name}")
def test_what_the_table_has_is_done(legal: Transition) -> None:
    before = unit(legal.source, phase=Phase.VERIFY)
    after = move(before, legal.to, legal.cause, **belongs_to(legal.to))
    assert after.status is legal.to
    assert after.phase is Phase.VERIFY  # what it works at is kept while it waits
    assert before.status is legal.source


@given(st.sampled_from(ILLEGAL))
def test_what_the_table_does_not_have_raises(illegal: Transition) -> None:
    with pytest.raises(IllegalTransition) as caught:
        move(unit(illegal.source), illegal.to, illegal.cause, **belongs_to(illegal.to))
    assert caught.value.source is illegal.source


def test_no_transition_is_in_the_table_twice() -> None:
    assert max(Counter(TRANSITIONS).values()) == 1


def test_every_status_and_every_cause_is_used() -> None:
    assert {t.source for t in TRANSITIONS} | {t.to for t in TRANSITIONS} == set(Status)
    assert {t.cause for t in TRANSITIONS} == set(Cause)


def test_an_ended_unit_only_comes_back_by_a_retry_of_a_failed_one() -> None:
    out = {(t.source, t.to) for t in TRANSITIONS if t.source in ENDED}
    assert out == {(Status.FAILED, Status.READY), (Status.FAILED, Status.CANCELLED)}


def test_every_unit_can_reach_the_end_from_wherever_it_is() -> None:
    reaches = {Status.COMPLETED}
    for _ in Status:
        reaches |= {t.source for t in TRANSITIONS if t.to in reaches}
    assert reaches == set(Status) - {Status.CANCELLED}


def test_anything_that_has_not_ended_well_can_be_cancelled() -> None:
    cancelled = {t.source for t in TRANSITIONS if t.to is Status.CANCELLED}
    assert cancelled == set(Status) - {Status.COMPLETED, Status.CANCELLED}


@given(st.sampled_from(Status), st.booleans(), st.booleans())
def test_an_item_if_and_only_if_needs_attention_and_blockers_if_and_only_if_blocked(
    status: Status, item: bool, blocked: bool
) -> None:
    fields = {"attention": ITEM if item else None, "blocked_by": ("y",) if blocked else ()}
    coherent = item == (status is Status.NEEDS_ATTENTION) and blocked == (status is Status.BLOCKED)
    if coherent:
        assert unit(status, **fields).status is status
    else:
        with pytest.raises(ValueError, match="if and only if"):
            unit(status, **fields)


@given(st.sampled_from(TRANSITIONS))
def test_a_move_clears_what_belongs_to_the_status_left_and_asks_for_what_the_next_needs(
    legal: Transition,
) -> None:
    before = unit(legal.source)
    needs = {name: value for name, value in belongs_to(legal.to).items() if value}
    if needs:
        with pytest.raises(ValueError, match="if and only if"):
            move(before, legal.to, legal.cause)
    after = move(before, legal.to, legal.cause, **needs)
    assert {"attention": after.attention, "blocked_by": after.blocked_by} == belongs_to(legal.to)


def test_a_status_is_changed_by_a_move_alone() -> None:
    with pytest.raises(AssertionError):
        unit().changed(status=Status.READY)
    with pytest.raises(ValueError, match="frozen"):
        unit().status = Status.READY  # type: ignore[misc]  # that it can't is what is tested
    with pytest.raises(ValueError, match="if and only if"):
        unit().changed(blocked_by=("y",))


def test_a_unit_is_the_same_after_a_way_over_the_wire() -> None:
    for status in Status:
        assert WorkUnit.model_validate(unit(status).wire()) == unit(status)
    assert {"blockedBy", "createdAt"} <= set(unit(Status.BLOCKED).wire())


def test_the_documentation_draws_the_table_as_it_is() -> None:
    assert f"```mermaid\n{diagram()}```\n" in STATES.read_text("utf-8"), (
        "docs/states.md is out of date: run `python scripts/draw-states`"
    )
