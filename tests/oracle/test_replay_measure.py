"""Counting, calibrating and drawing, on records made up for it."""

import random
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracle.footprints import footprint

from pointsman.model.conflict import ConflictType, Overlap, Verdict
from pointsman.model.costs import Costs
from pointsman.model.footprint import Evidence
from pointsman.oracle.calibration import (
    DEFAULT_MODEL,
    Calibration,
    Sign,
    Signs,
    calibrated,
    features,
    load,
    signs,
)
from pointsman.oracle.overlap import overlaps
from pointsman.oracle.replay.fit import Example, fit, held_out
from pointsman.oracle.replay.measure import Table, learn, measure
from pointsman.oracle.replay.pairs import Kind, Label
from pointsman.oracle.replay.picture import picture
from pointsman.oracle.replay.records import Opinion, Record, Seconds
from pointsman.oracle.verdict import DEFAULT_THRESHOLDS, propose

SYMBOL = Sign(
    type=ConflictType.SYMBOL,
    basis="write",
    evidence=Evidence.OBSERVED,
    access="WRITE_BODY WRITE_BODY",
    probability=0.85,
)
FILE = SYMBOL.model_copy(
    update={"type": ConflictType.FILE, "basis": "observed", "probability": 0.05}
)
REFERENCE = SYMBOL.model_copy(
    update={"type": ConflictType.REFERENCE, "basis": "body", "probability": 0.3}
)


def of(*found: Sign) -> Signs:
    return Signs(overlaps=found)


def record(
    number: int,
    *found: Sign,
    conflicts: bool = False,
    rules: tuple[str, ...] = (),
    label: Label | None = None,
    planned: bool = False,
) -> Record:
    likely = max((sign.probability for sign in found), default=0.0)
    verdict = Verdict.SERIALIZE if likely > 0.7 else Verdict.INDEPENDENT
    told = Opinion(probability=likely, verdict=verdict, signs=of(*found))
    return Record(
        key=str(number),
        kind=Kind.PULLS,
        name="",
        group=str(number),
        label=label,
        conflicts=conflicts,
        rules=rules,
        observed=told,
        merged=told,
        planned=told if planned else None,
        seconds=Seconds(footprints=(0.01,), pair=0.001, git=0.002),
    )


def line(table: Table, rule: str):
    return next(line for line in table.lines if line.rule == rule)


def test_a_rule_is_measured_by_what_it_flags_and_what_that_costs():
    records = [
        record(1, conflicts=True, rules=("same file", "overlapping lines")),
        record(2, conflicts=True, rules=("same file",)),
        record(3, rules=("same file",)),
        record(4),
    ]
    table = measure(records).tables[0]
    assert (table.pairs, table.collisions) == (4, 2)
    file, lines = line(table, "same file"), line(table, "overlapping lines")
    assert (file.flagged, file.flag_rate, file.recall) == (3, 0.75, 1.0)
    assert file.precision == pytest.approx(2 / 3, abs=1e-4)
    assert file.f1 == pytest.approx(0.8)
    assert file.hours == 25  # one of four waits an hour in vain
    assert (lines.precision, lines.recall, lines.hours) == (1.0, 0.5, 37.5)


def test_asking_costs_five_minutes_whatever_the_outcome():
    costs = Costs()
    assert costs.of(Verdict.ASK_OPERATOR, True) == costs.of(Verdict.ASK_OPERATOR, False) == 1 / 12
    assert costs.even == pytest.approx(0.4)
    assert costs.asks_from == pytest.approx(1 / 18)


def test_of_pairs_that_merge_the_known_broken_ones_give_recall_and_the_rest_flags():
    records = [
        record(1, REFERENCE, label=Label.SEMANTIC),
        record(2, label=Label.SEMANTIC),
        record(3, REFERENCE),
        record(4),
        record(5, SYMBOL, conflicts=True),
    ]
    table = next(t for t in measure(records).tables if "merge cleanly" in t.title)
    assert (table.pairs, table.collisions) == (4, 2)
    found = line(table, "an overlap REFERENCE body")
    assert (found.recall, found.flag_rate) == (0.5, 0.5)


def test_reliability_bins_tell_what_was_said_and_what_happened():
    records = [record(n, SYMBOL, conflicts=n % 4 != 0) for n in range(40)]
    records += [record(100 + n) for n in range(10)]
    curve = measure(records).reliability[0]
    nothing, high = curve.bins
    assert (nothing.pairs, nothing.said, nothing.happened) == (10, 0.0, 0.0)
    assert (high.low, high.pairs, high.said, high.happened) == (0.8, 40, 0.85, 0.75)
    assert curve.brier == pytest.approx((30 * 0.15**2 + 10 * 0.85**2) / 50, abs=1e-4)


def test_a_model_learns_how_often_it_really_happens():
    records = [record(n, SYMBOL, conflicts=n % 4 == 0) for n in range(400)]
    records += [record(1000 + n, FILE, conflicts=n % 50 == 0) for n in range(400)]
    model = learn(records)
    assert model.probability(of(SYMBOL)) == pytest.approx(0.25, abs=0.02)
    assert model.probability(of(FILE)) == pytest.approx(0.02, abs=0.01)
    assert (model.pairs, model.collisions) == (800, 108)


def test_without_a_past_it_says_what_is_said_without_a_model():
    model = learn([])
    for sign in (SYMBOL, FILE, REFERENCE):
        assert model.probability(of(sign)) == sign.probability
    assert model.probability(of()) == 0


def test_one_surprise_changes_little():
    model = learn([record(1, SYMBOL, conflicts=False)])
    assert 0.5 < model.probability(of(SYMBOL)) < 0.85


def test_what_git_cannot_judge_keeps_its_probability():
    model = learn([record(n, SYMBOL, REFERENCE) for n in range(100)])
    assert model.probability(of(REFERENCE)) == 0.3
    assert model.probability(of(SYMBOL, REFERENCE)) == 0.3


def test_broken_merges_that_somebody_picked_teach_nothing():
    plain = [record(n, SYMBOL, conflicts=n % 2 == 0) for n in range(20)]
    picked = [record(n, SYMBOL, conflicts=n % 2 == 0, label=Label.SEMANTIC) for n in range(20)]
    assert learn(plain) == learn(picked)


def test_held_out_pairs_are_judged_by_a_model_that_has_not_seen_their_group():
    noise = random.Random(1)
    examples = [Example(of(SYMBOL), noise.random() < 0.5, "one") for _ in range(50)]
    assert held_out(examples) == [fit([]).probability(of(SYMBOL))] * 50


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from([SYMBOL, FILE, REFERENCE]), max_size=4), st.booleans()),
        max_size=30,
    )
)
def test_whatever_the_past_was_probabilities_are_probabilities(past):
    model = fit(Example(of(*found), hit, str(n)) for n, (found, hit) in enumerate(past))
    for found, _ in past:
        assert 0 <= model.probability(of(*found)) < 1
        assert model.probability(of(*found)) == model.probability(of(*found[::-1]))


def test_a_model_survives_its_file_and_another_version_is_not_used(tmp_path):
    model = learn([record(n, SYMBOL, conflicts=n % 3 == 0) for n in range(30)])
    path = tmp_path / "calibration.json"
    path.write_text(model.json_text())
    assert load(path) == model
    path.write_text(Calibration(version=0).json_text())
    assert load(path) is DEFAULT_MODEL
    path.write_text("{")
    assert load(path) is load(tmp_path / "none") is DEFAULT_MODEL


def test_signs_say_the_weaker_evidence_and_both_accesses():
    sides = {
        "a": {"evidence": "OBSERVED", "access": "WRITE_BODY", "confidence": 1.0},
        "b": {"evidence": "PREDICTED", "access": "CREATE", "confidence": 0.5},
    }
    overlap = Overlap(
        type=ConflictType.SYMBOL, path="a.py", detail="", evidence={"basis": "write", **sides}
    )
    a = footprint("a", "a.py#A::f", "a.py#A::g", "b.py#h")
    found = signs(a, footprint("b", "a.py#A::f", "a.py"), [overlap])
    (sign,) = found.overlaps
    assert (sign.evidence, sign.access) == (Evidence.PREDICTED, "CREATE WRITE_BODY")
    assert (found.shared, found.apart) == (1, 1)
    assert (found.shared_scopes, found.apart_scopes) == (1, 0)
    assert "PREDICTED SYMBOL write" in features(found)


def test_where_git_merges_cleanly_a_shared_symbol_is_worth_a_question_at_most():
    textual = SYMBOL.model_copy(update={"type": ConflictType.TEXTUAL, "probability": 0.99})
    model = Calibration()
    near = SYMBOL.model_copy(update={"traits": ("near",)})
    in_tests = SYMBOL.model_copy(update={"traits": ("in tests", "near")})
    assert model.probability(of(near, FILE), merged=True) == 0.2
    assert model.probability(of(SYMBOL, in_tests), merged=True) == 0.02
    assert model.probability(of(SYMBOL, textual), merged=True) == 0.99
    assert model.probability(of(FILE, REFERENCE), merged=True) == 0.3
    assert model.probability(of(), merged=True) == 0


def test_a_proposed_conflict_gets_the_models_probability_and_the_verdict_that_follows():
    a, b = footprint("a", "a.py#f"), footprint("b", "a.py#f")
    conflict = propose(a, b, overlaps(a, b, merge={}))
    assert conflict is not None and conflict.verdict is Verdict.SERIALIZE
    harmless = Calibration(weights={"SYMBOL WRITE_BODY WRITE_BODY": -4.0})
    learned = calibrated(conflict, (a, b), harmless, DEFAULT_THRESHOLDS)
    assert (learned.verdict, learned.resolved) == (Verdict.INDEPENDENT, True)
    assert learned.probability < DEFAULT_THRESHOLDS.ask
    assert calibrated(conflict, (a, b), DEFAULT_MODEL, DEFAULT_THRESHOLDS) == conflict


def test_that_git_cant_merge_a_pair_is_known_whatever_was_learned_of_others():
    a, b = footprint("a", "a.py#f"), footprint("b", "a.py#f")
    conflict = propose(a, b, overlaps(a, b, merge={"a.py": "contents"}))
    harmless = Calibration(weights={"default": -1.0, "OBSERVED SYMBOL write": -9.0})
    assert conflict is not None
    found = calibrated(conflict, (a, b), harmless, DEFAULT_THRESHOLDS)
    assert (found.verdict, found.probability) == (Verdict.SERIALIZE, 0.99)


def test_the_picture_is_well_formed_whatever_there_is_to_draw():
    records = [
        record(n, SYMBOL, conflicts=n % 2 == 0, rules=("same file",), planned=True)
        for n in range(8)
    ]
    for some in ([], records[:1], records):
        drawn = picture(measure(some), 'Replay of <"&">')
        assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert "same file" in drawn and "Brier" in drawn
