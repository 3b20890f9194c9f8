"""The table of proposals, sentence by sentence."""

from typing import Any

import pytest
from hypothesis import given
from tests.oracle.footprints import footprint, footprints, touch

from pointsman.model.conflict import Conflict, ConflictType, Overlap, Verdict
from pointsman.model.footprint import Access, Evidence, Touch
from pointsman.oracle.overlap import Basis, overlaps
from pointsman.oracle.verdict import (
    COLLIDES,
    DEFAULT_THRESHOLDS,
    Thresholds,
    probability,
    propose,
    verdict_of,
)

OBSERVED, DECLARED, PREDICTED = Evidence.OBSERVED, Evidence.DECLARED, Evidence.PREDICTED


def judged(a: Touch | str, b: Touch | str, **options: Any) -> Conflict:
    one, two = footprint("one", a), footprint("two", b)
    conflict = propose(one, two, overlaps(one, two, **options))
    assert conflict is not None
    return conflict


def declared(what: str) -> Touch:
    return touch(what, DECLARED, confidence=0.95)


def predicted(what: str, confidence: float = 0.7) -> Touch:
    return touch(what, PREDICTED, confidence=confidence)


def test_nothing_in_common_is_no_conflict():
    assert propose(footprint("one", "a.py"), footprint("two", "b.py"), ()) is None


def test_textual_is_serialized():
    conflict = judged("x.txt", "x.txt", merge={"x.txt": "contents"})
    assert (conflict.verdict, conflict.probability) == (Verdict.SERIALIZE, 0.99)


@pytest.mark.parametrize("touch_", [touch("a.py#f"), declared("a.py#f"), predicted("a.py#f", 0.95)])
def test_a_symbol_that_both_name_surely_is_serialized(touch_: Touch):
    assert judged(touch_, touch_).verdict is Verdict.SERIALIZE
    assert judged(touch_, "a.py#f").verdict is Verdict.SERIALIZE


@pytest.mark.parametrize("confidence", [0.5, 0.7, 0.8])
def test_a_symbol_that_is_only_predicted_is_asked_about(confidence: float):
    weak = predicted("a.py#f", confidence)
    assert judged(weak, weak).verdict is Verdict.ASK_OPERATOR
    assert judged(weak, declared("a.py#f")).verdict is Verdict.ASK_OPERATOR
    assert judged(weak, "a.py#f").verdict is Verdict.ASK_OPERATOR


def test_a_name_that_both_create_is_serialized():
    new = touch("a.py#f", access=Access.CREATE)
    assert judged(new, new).verdict is Verdict.SERIALIZE


def test_a_file_is_independent_when_both_sides_are_observed():
    assert judged("a.py#f", "a.py#g").verdict is Verdict.INDEPENDENT


def test_a_file_is_independent_when_both_name_disjoint_symbols_surely():
    assert judged(declared("a.py#f"), declared("a.py#g")).verdict is Verdict.INDEPENDENT
    assert judged(declared("a.py#f"), "a.py#g").verdict is Verdict.INDEPENDENT


def test_a_file_is_asked_about_when_only_predicted():
    assert judged(predicted("a.py", 0.6), predicted("a.py", 0.6)).verdict is Verdict.ASK_OPERATOR
    assert judged(predicted("a.py#f"), predicted("a.py#g")).verdict is Verdict.ASK_OPERATOR
    assert judged(predicted("a.py"), "a.py#g").verdict is Verdict.ASK_OPERATOR


def test_an_exclusive_subsystem_is_serialized_and_another_asked_about():
    one, two = (footprint(name, implements=("auth",)) for name in ("one", "two"))
    user = footprint("three", uses=("auth",))

    def verdict(a, b, exclusive=()):
        conflict = propose(a, b, overlaps(a, b, exclusive=exclusive))
        return conflict and conflict.verdict

    assert verdict(one, two, {"auth"}) is Verdict.SERIALIZE
    assert verdict(one, two) is Verdict.ASK_OPERATOR
    assert verdict(one, user, {"auth"}) is Verdict.ASK_OPERATOR


def test_the_sentence_says_why_and_that_bases_differ():
    one, two = footprint("one", declared("a.py#f")), footprint("two", declared("a.py#f"))
    stale = two.model_copy(update={"base": "c" * 40})
    conflict = propose(one, stale, overlaps(one, stale))
    assert conflict is not None
    assert conflict.why == (
        "SYMBOL: both change `f` in a.py: one, declared; two, declared; "
        "they start from different bases."
    )


def test_thresholds_turn_a_probability_into_a_verdict():
    thresholds = Thresholds(ask=0.2, serialize=0.6)
    assert [verdict_of(p, thresholds) for p in (0.19, 0.2, 0.59, 0.6)] == [
        Verdict.INDEPENDENT,
        Verdict.ASK_OPERATOR,
        Verdict.ASK_OPERATOR,
        Verdict.SERIALIZE,
    ]


def test_an_overlap_of_unknown_basis_counts_by_the_worst_of_its_kind():
    unknown = Overlap(type=ConflictType.FILE, path="a", detail="", evidence={"basis": "later"})
    assert probability(unknown) == COLLIDES[ConflictType.FILE, Basis.LINES]


@given(footprints("one"), footprints("two"))
def test_a_proposal_is_symmetric_and_its_overlaps_begin_with_the_likeliest(one, two):
    conflict = propose(one, two, overlaps(one, two))
    assert conflict == propose(two, one, overlaps(two, one))
    if conflict is not None:
        likelihoods = [probability(overlap) for overlap in conflict.overlaps]
        assert conflict.probability == max(likelihoods) == likelihoods[0]
        assert 0 <= conflict.probability <= 1
        stops = [likelihood >= min(DEFAULT_THRESHOLDS) for likelihood in likelihoods]
        assert [overlap.stops for overlap in conflict.overlaps] == stops
        assert stops[0] is (conflict.verdict is not Verdict.INDEPENDENT)
