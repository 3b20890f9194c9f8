"""What those that are held have in common: each pair as if alone, and what presses first."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracle.footprints import footprint, footprints, read, touch

from pointsman.model.conflict import Conflict, Verdict
from pointsman.model.footprint import Footprint
from pointsman.oracle.calibration import DEFAULT_MODEL, Calibration, calibrated
from pointsman.oracle.comparing import Comparing, Met
from pointsman.oracle.overlap import QUIET_BASES, overlaps
from pointsman.oracle.verdict import DEFAULT_THRESHOLDS, Thresholds, propose

LEARNED = Calibration(weights={"OBSERVED": 3.0})


class Merges:
    """What git would say, by the two participants; of other pairs it was not asked."""

    def __init__(self, said: Mapping[frozenset[str], Mapping[str, str]] | None = None) -> None:
        self._said = said or {}
        self.asked = 0

    async def of(
        self, mine: Footprint, others: Iterable[Footprint], _: object = (), *, ask: bool = True
    ) -> dict[str, Mapping[str, str]]:
        self.asked += ask
        pairs = ((f.participant, frozenset({mine.participant, f.participant})) for f in others)
        return {name: self._said[both] for name, both in pairs if both in self._said}

    def forget(self, participant: str) -> None:
        pass


def holding(those: Iterable[Footprint], merges: Any = None, **options: Any) -> Comparing:
    comparing = Comparing(merges or Merges(), **options)
    for held in those:
        comparing.hold(held)
    return comparing


def met_by(comparing: Comparing, participant: str) -> Met:
    met = asyncio.run(comparing.meet(participant))
    assert met is not None
    return met


SEVERAL = st.lists(st.sampled_from("abcdef"), min_size=2, max_size=6, unique=True).flatmap(
    lambda names: st.tuples(*(footprints(name) for name in names))
)
MERGES = st.dictionaries(
    st.frozensets(st.sampled_from("abcdef"), min_size=2, max_size=2),
    st.just({}) | st.just({"a.py": "contents"}),
).map(Merges)
THRESHOLDS = st.sampled_from([DEFAULT_THRESHOLDS, Thresholds(ask=0.06), Thresholds(ask=0.03)])
MODELS = st.sampled_from([DEFAULT_MODEL, LEARNED])


@given(SEVERAL, MERGES, THRESHOLDS, MODELS)
def test_who_meets_many_meets_each_as_if_there_were_no_other(those, merges, thresholds, model):
    comparing = holding(those, merges, thresholds=thresholds, model=model)
    mine, *others = those
    alone = []
    for theirs in sorted(others, key=lambda f: f.participant):
        merge = asyncio.run(merges.of(mine, [theirs])).get(theirs.participant)
        near = met_by(comparing, mine.participant)
        if theirs.participant in {*near.pressing, *near.beside}:
            found = propose(mine, theirs, overlaps(mine, theirs, merge=merge), thresholds)
            alone += [calibrated(found, (mine, theirs), model, thresholds)] if found else []
        else:
            assert not overlaps(mine, theirs)
    assert asyncio.run(comparing.compare(mine.participant)) == alone


@given(SEVERAL, MERGES, THRESHOLDS, MODELS)
def test_nothing_waits_or_asks_for_whom_it_is_beside(those, merges, thresholds, model):
    comparing = holding(those, merges, thresholds=thresholds, model=model)
    for mine in those:
        met = met_by(comparing, mine.participant)
        beside = comparing.told(met, met.beside)
        assert {conflict.verdict for conflict in beside} <= {Verdict.INDEPENDENT}


def names(conflicts: Iterable[Conflict]) -> list[str]:
    return [conflict.b for conflict in conflicts]


CALLS = read("a.py#f", near=True, called=True, inside="b.py#g")


@pytest.mark.parametrize(
    ("theirs", "presses"),
    [
        (touch("a.py#f"), True),
        (touch("a.py#g"), False),
        (touch("a.py"), False),
        (CALLS, True),
        (CALLS.model_copy(update={"near": False}), False),
    ],
)
def test_a_file_in_common_or_a_mere_mention_does_not_press(theirs, presses: bool):
    comparing = holding([footprint("mine", touch("a.py#f")), footprint("theirs", theirs)])
    met = met_by(comparing, "mine")
    assert (met.pressing, met.beside) == (({"theirs"}, set()) if presses else (set(), {"theirs"}))
    assert names(comparing.told(met, ["theirs"])) == ["theirs"]


def test_whoever_git_cannot_merge_presses():
    both = [footprint("mine", "a.py#f"), footprint("theirs", "a.py#g")]
    said = Merges({frozenset({"mine", "theirs"}): {"a.py": "contents"}})
    assert met_by(holding(both), "mine").pressing == set()
    assert met_by(holding(both, said), "mine").pressing == {"theirs"}


@pytest.mark.parametrize("options", [{"model": LEARNED}, {"thresholds": Thresholds(ask=0.04)}])
def test_where_even_a_mention_may_be_asked_about_everybody_near_presses(options):
    both = [footprint("mine", "a.py#f"), footprint("theirs", "a.py#g")]
    assert met_by(holding(both, **options), "mine").pressing == {"theirs"}


def test_of_whom_is_forgotten_meanwhile_nothing_is_told():
    comparing = holding([footprint("mine", "a.py#f"), footprint("theirs", "a.py#f")])
    met = met_by(comparing, "mine")
    comparing.forget("theirs")
    assert comparing.told(met, met.pressing) == []


def test_an_index_forgets_what_a_participant_does_not_touch_any_more():
    comparing = holding([footprint("mine", "a.py#f"), footprint("theirs", "a.py#f")])
    comparing.hold(footprint("theirs", "b.py#f"))
    assert asyncio.run(comparing.compare("mine")) == []


def test_what_is_quiet_is_below_what_is_asked_about_by_default():
    assert {basis.value for basis in QUIET_BASES} == {"mentions", "class", "observed"}
    near = (
        footprint("mine", "a.py#f", "c.py#f", "d.py#A::f"),
        footprint("theirs", "a.py#g", read("c.py#f"), "d.py#A::g"),
    )
    (conflict,) = asyncio.run(holding(near).compare("mine"))
    assert {o.evidence["basis"] for o in conflict.overlaps} == {b.value for b in QUIET_BASES}
    assert conflict.verdict is Verdict.INDEPENDENT
