"""Verdicts are of pairs, symmetric and durable."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.model.conflict import (
    Conflict,
    ConflictType,
    DecidedBy,
    Overlap,
    Verdict,
    pair,
    revise,
)
from pointsman.model.names import is_chunk_name

CHUNKS = st.sampled_from(["a", "b", "c", "operator"])
OVERLAPS = st.builds(
    Overlap,
    type=st.sampled_from(ConflictType),
    path=st.sampled_from(["x.py", "y.py"]),
    symbol=st.sampled_from([None, "f", "g"]),
    detail=st.just("…"),
    stops=st.booleans(),
)


def overlap(symbol: str, type: ConflictType = ConflictType.SYMBOL) -> Overlap:
    return Overlap(type=type, path="x.py", symbol=symbol, detail=f"both write {symbol}")


def proposed(verdict: Verdict, *overlaps: Overlap, **fields: Any) -> Conflict:
    given = {"id": "", "a": "a", "b": "b", "overlaps": overlaps, "probability": 0.5}
    return Conflict.of(**{**given, "verdict": verdict, **fields})


def judged(verdict: Verdict, *overlaps: Overlap, first: str | None = None) -> Conflict:
    """What the operator decided, on these overlaps."""
    covered = tuple(o.kind for o in overlaps)
    made = proposed(verdict, *overlaps, id="c1", first=first, covered=covered)
    return made.with_(decided_by=DecidedBy.OPERATOR)


@given(CHUNKS, CHUNKS, st.sampled_from(Verdict))
def test_a_pair_is_the_same_from_both_sides(a: str, b: str, verdict: Verdict) -> None:
    one = Conflict.of(id="c1", a=a, b=b, verdict=verdict, probability=0.5)
    other = Conflict.of(id="c1", a=b, b=a, verdict=verdict, probability=0.5)
    assert one == other
    assert (one.a, one.b) == pair(a, b) == pair(b, a)
    assert one.other(a) == b and one.other(b) == a


@given(st.sampled_from(Verdict), st.sampled_from(Verdict), st.booleans())
def test_resolved_says_whether_there_is_a_verdict_whoever_claims_otherwise(
    verdict: Verdict, later: Verdict, claimed: bool
) -> None:
    conflict = proposed(verdict, resolved=claimed)
    assert conflict.resolved is (verdict is not Verdict.ASK_OPERATOR)
    assert conflict.with_(verdict=later).resolved is (later is not Verdict.ASK_OPERATOR)


def test_what_is_new_is_taken_as_the_oracle_proposes_it() -> None:
    new = proposed(Verdict.SERIALIZE, overlap("f"))
    assert revise(None, new) == new


@given(st.lists(OVERLAPS, max_size=4), st.lists(OVERLAPS, max_size=4), st.sampled_from(Verdict))
def test_an_operators_serialize_stands_whatever_the_oracle_says(
    before: list[Overlap], after: list[Overlap], verdict: Verdict
) -> None:
    decided = judged(Verdict.SERIALIZE, *before, first="b")
    held = revise(decided, proposed(verdict, *after))
    assert (held.verdict, held.first, held.decided_by) == (
        Verdict.SERIALIZE,
        "b",
        DecidedBy.OPERATOR,
    )
    assert held.overlaps == tuple(after)


@given(st.lists(OVERLAPS, max_size=4), st.lists(OVERLAPS, max_size=4), st.sampled_from(Verdict))
def test_an_operators_independent_stands_until_the_evidence_is_worse_in_kind(
    before: list[Overlap], after: list[Overlap], verdict: Verdict
) -> None:
    decided = judged(Verdict.INDEPENDENT, *before)
    held = revise(decided, proposed(verdict, *after))
    new = {o.kind for o in after if o.stops} - {o.kind for o in before}
    asked_again = bool(new) and verdict is not Verdict.INDEPENDENT
    assert held.id == "c1"
    if asked_again:
        assert held.verdict is Verdict.ASK_OPERATOR and not held.resolved
    else:
        assert (held.verdict, held.decided_by) == (Verdict.INDEPENDENT, DecidedBy.OPERATOR)


@pytest.mark.parametrize(
    ("later", "again"),
    [
        (overlap("f"), False),
        (overlap("g"), True),
        (overlap("f", ConflictType.TEXTUAL), True),
    ],
)
def test_the_same_symbol_is_no_news_and_another_symbol_or_type_is(
    later: Overlap, again: bool
) -> None:
    decided = judged(Verdict.INDEPENDENT, overlap("f"))
    held = revise(decided, proposed(Verdict.SERIALIZE, later))
    assert (held.verdict is Verdict.ASK_OPERATOR) is again


def test_what_is_asked_again_is_what_is_new() -> None:
    decided = judged(Verdict.INDEPENDENT, overlap("f"))
    worse = proposed(Verdict.SERIALIZE, overlap("f"), overlap("g"), why="SYMBOL: both write f.")
    asked = revise(decided, worse)
    assert asked.why == "New since you judged them independent: SYMBOL: both write g."


def test_news_that_would_stop_nobody_is_no_reason_to_ask_again() -> None:
    decided = judged(Verdict.INDEPENDENT, overlap("f"))
    news = overlap("g", ConflictType.FILE).model_copy(update={"stops": False})
    held = revise(decided, proposed(Verdict.SERIALIZE, overlap("f"), news))
    assert (held.verdict, held.decided_by) == (Verdict.INDEPENDENT, DecidedBy.OPERATOR)


VERDICTS = st.sampled_from([Verdict.INDEPENDENT, Verdict.SERIALIZE])
LOOKS = st.lists(
    st.tuples(st.sampled_from(Verdict), st.lists(OVERLAPS, max_size=3)), min_size=1, max_size=6
)


@given(VERDICTS, st.lists(OVERLAPS, max_size=3), LOOKS)
def test_a_verdict_outlasts_any_number_of_looks_and_what_it_covered_never_grows(
    given_verdict: Verdict, before: list[Overlap], looks: list[tuple[Verdict, list[Overlap]]]
) -> None:
    held = decided = judged(given_verdict, *before)
    for verdict, overlaps in looks:
        held = revise(held, proposed(verdict, *overlaps))
        worse = {o.kind for o in overlaps if o.stops} - set(decided.covered)
        if given_verdict is Verdict.SERIALIZE or verdict is Verdict.INDEPENDENT or not worse:
            assert (held.verdict, held.decided_by) == (given_verdict, DecidedBy.OPERATOR)
        else:
            assert (held.verdict, held.asked_again) == (Verdict.ASK_OPERATOR, True)
        assert (held.id, held.covered) == ("c1", decided.covered)


@given(st.sampled_from(Verdict), st.lists(OVERLAPS, max_size=3))
def test_revising_with_the_same_proposal_changes_nothing_more(
    verdict: Verdict, overlaps: list[Overlap]
) -> None:
    new = proposed(verdict, *overlaps)
    for previous in (None, judged(Verdict.INDEPENDENT), judged(Verdict.SERIALIZE, first="a")):
        once = revise(previous, new)
        assert revise(once, new) == once


def test_an_independent_that_is_asked_about_again_is_not_forgotten() -> None:
    decided = judged(Verdict.INDEPENDENT, overlap("f"))
    worse = proposed(Verdict.SERIALIZE, overlap("f"), overlap("g"), first="a")
    asked = revise(revise(decided, worse), worse)  # every snapshot brings the proposal once more
    assert (asked.verdict, asked.first, asked.asked_again) == (Verdict.ASK_OPERATOR, None, True)
    again = revise(asked, proposed(Verdict.SERIALIZE, overlap("f"), first="a"))
    assert again == decided.with_(overlaps=(overlap("f"),))


def test_the_answer_to_being_asked_again_is_a_verdict_like_any_other() -> None:
    worse = proposed(Verdict.SERIALIZE, overlap("g"))
    asked = revise(judged(Verdict.INDEPENDENT, overlap("f")), worse)
    answered = asked.with_(verdict=Verdict.SERIALIZE, first="a", decided_by=DecidedBy.OPERATOR)
    held = revise(answered, worse)
    assert (held.verdict, held.first, held.asked_again) == (Verdict.SERIALIZE, "a", False)


def test_the_oracles_own_direction_stands_as_long_as_it_serializes() -> None:
    before = proposed(Verdict.SERIALIZE, overlap("f"), id="c1", first="b")
    again = revise(before, proposed(Verdict.SERIALIZE, overlap("g"), first="a"))
    assert (again.id, again.first) == ("c1", "b")
    freed = revise(before, proposed(Verdict.INDEPENDENT))
    assert (freed.id, freed.verdict, freed.first) == ("c1", Verdict.INDEPENDENT, None)


def test_the_operator_is_no_chunk_that_somebody_could_be_taken_for() -> None:
    assert not is_chunk_name("") and not is_chunk_name("a.1") and not is_chunk_name("a/b")
