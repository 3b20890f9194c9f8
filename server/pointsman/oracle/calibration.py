"""How likely a pair collides, learned from this repository's past: a small logistic model.

It starts from what ``verdict`` would say without it and learns how far that is off, by the kinds of
overlap and the evidence that they rest on; what it has not seen often changes little. Fitted by
``replay.fit``, kept as JSON.

Only kinds of overlap that git's word judges are learned. Whether a clean merge is broken (a
REFERENCE, a SUBSYSTEM) no history tells, so those keep the probability that ``verdict`` gives them.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from pointsman.model.base import Word
from pointsman.model.conflict import Conflict, ConflictType, Overlap, Verdict
from pointsman.model.footprint import STRENGTH, Access, Evidence, Footprint
from pointsman.oracle.lines import meet
from pointsman.oracle.overlap import Basis
from pointsman.oracle.tests import is_test
from pointsman.oracle.verdict import Thresholds, probability, verdict_of

FILE = "calibration.json"
"""In the repository's state folder."""
VERSION = 1
"""Of the features; weights of another version are not used."""
UNSEEN = frozenset({ConflictType.REFERENCE, ConflictType.SUBSYSTEM})
"""Kinds that git's word is no judge of."""
CLEAN = {ConflictType.SYMBOL: 0.2, ConflictType.FILE: 0.02}
TESTS = "in tests"
NEAR = "near"
NEAR_LINES = 3
"""Unchanged lines between two changes up to which they are near each other."""
"""What is left of the probability where git was asked and merges cleanly: both may still mean
different things by one symbol of code, if they changed it at one place, outside of tests. Judged;
no history tells."""
LEAST, MOST = 0.002, 0.998
"""A probability is never taken or given as certain."""


class Sign(Word):
    """One overlap, reduced to what may be learned from it."""

    type: ConflictType
    basis: str
    evidence: Evidence
    """The weaker side's."""
    access: str
    """What both do, in the order of the alphabet: ``CREATE WRITE_BODY``."""
    probability: float
    """What ``verdict`` says of it."""
    traits: tuple[str, ...] = ()
    """What else may tell whether it matters: of a REFERENCE how it was found, and where it is."""

    @property
    def kind(self) -> str:
        return f"{self.evidence} {self.type} {self.basis}"


class Signs(Word):
    """All of a pair's overlaps, and how much of what both do in the same files is the same."""

    overlaps: tuple[Sign, ...] = ()
    shared: int = 0
    """Symbols that both write."""
    apart: int = 0
    """Symbols that only one of them writes, in files that both touch."""
    shared_scopes: int = 0
    """The same of what is outermost in a file: classes, functions."""
    apart_scopes: int = 0


def signs(a: Footprint, b: Footprint, overlaps: Iterable[Overlap]) -> Signs:
    mine, theirs = _written(a), _written(b)
    files = {path for path, _ in mine} & {path for path, _ in theirs}
    one, other = [{(p, s) for p, s in side if p in files and s} for side in (mine, theirs)]
    around, beside = [{(p, s.partition("::")[0]) for p, s in side} for side in (one, other)]
    return Signs(
        overlaps=tuple(_sign(overlap) for overlap in overlaps),
        shared=len(one & other),
        apart=len(one ^ other),
        shared_scopes=len(around & beside),
        apart_scopes=len(around ^ beside),
    )


def _written(footprint: Footprint) -> set[tuple[str, str | None]]:
    touches = (touch for touch in footprint.touches if touch.access is not Access.READ)
    return {(touch.path, touch.symbol) for touch in touches}


def _sign(overlap: Overlap) -> Sign:
    sides: list[Mapping[str, Any]] = [overlap.evidence.get(side) or {} for side in ("a", "b")]
    known = [Evidence(side.get("evidence", Evidence.OBSERVED)) for side in sides]
    return Sign(
        type=overlap.type,
        basis=str(overlap.evidence.get("basis", "")),
        evidence=min(known, key=lambda evidence: STRENGTH[evidence]),
        access=" ".join(sorted(str(side.get("access", Access.WRITE_BODY)) for side in sides)),
        probability=probability(overlap),
        traits=_traits(overlap),
    )


def _traits(overlap: Overlap) -> tuple[str, ...]:
    sides = [overlap.evidence[side] for side in ("a", "b") if side in overlap.evidence]
    reader = next((side for side in sides if side.get("access") == Access.READ), None)
    if reader is None:
        places = [side.get("changed", ()) for side in sides]
        known = len(places) == 2 and all(places)
        near = not known or any(meet(x, y, NEAR_LINES) for x in places[0] for y in places[1])
        return (*([TESTS] if is_test(overlap.path) else ()), *([NEAR] if near else ()))
    inside = str(reader.get("inside", "")).partition("#")[0]
    flags = {
        "called": reader.get("called"),
        NEAR: reader.get("near"),
        "added": reader.get("added"),
        TESTS: is_test(overlap.path) or is_test(inside),
        "same file": inside == overlap.path,
    }
    told = (name for name, holds in flags.items() if holds)
    return (str(reader.get("edge")), str(reader.get("kind")), *told)


def features(found: Signs) -> dict[str, float]:
    """What the model sees of a pair, by name; empty if there is nothing that it can judge."""
    seen = [sign for sign in found.overlaps if sign.type not in UNSEEN]
    if not seen:
        return {}
    top = max(seen, key=lambda sign: sign.probability)
    values = {
        top.evidence.value: 1.0,
        DEFAULT: log_odds(top.probability),
    }
    for name in ("shared", "apart", "shared_scopes", "apart_scopes"):
        values[f"{top.evidence} {name}"] = math.log(1 + getattr(found, name))
    for kind, times in Counter(sign.kind for sign in seen).items():
        values[kind] = 1.0
        if times > 1:
            values[f"{kind}, more"] = math.log(times)
    for type, access in {(sign.type, sign.access) for sign in seen}:
        values[f"{type} {access}"] = 1.0
    return values


DEFAULT = "default"
"""The feature that is what ``verdict`` says; its weight is 1 unless learned otherwise."""


class Calibration(Word):
    """A fitted model."""

    version: int = VERSION
    weights: dict[str, float] = Field(default_factory=dict)
    pairs: int = 0
    """What it was fitted on: pairs with overlaps, and how many of them collided."""
    collisions: int = 0

    def probability(self, found: Signs, *, merged: bool = False) -> float:
        """How likely a pair collides; 0 if it has nothing in common.

        ``merged``: git was asked to merge the two, and a TEXTUAL overlap says where it could not.
        """
        unseen = max((s.probability for s in found.overlaps if s.type in UNSEEN), default=0.0)
        if merged:
            return max(unseen, *(_after_merge(s) for s in found.overlaps), 0.0)
        values = features(found)
        if not values:
            return unseen
        score = sum(self.weights.get(name, prior(name)) * x for name, x in values.items())
        return round(max(unseen, chance(score)), 3)


def _after_merge(sign: Sign) -> float:
    of_no_weight = TESTS in sign.traits or NEAR not in sign.traits or sign.basis == Basis.ENTRY
    if sign.type is ConflictType.SYMBOL and of_no_weight:
        return CLEAN[ConflictType.FILE]
    return min(CLEAN.get(sign.type, sign.probability), sign.probability)


def calibrated(
    conflict: Conflict,
    sides: tuple[Footprint, Footprint],
    model: Calibration,
    thresholds: Thresholds,
) -> Conflict:
    """A proposed conflict with the model's probability, and the verdict that follows from it.

    That git can't merge the two is known, and nothing learned about it. That it can is no more than
    a moment's luck while both are at work; so what was learned of such pairs holds. What is said of
    the pair is taken to be said of its most likely overlap.
    """
    merged = any(overlap.type is ConflictType.TEXTUAL for overlap in conflict.overlaps)
    if not model.weights and not merged and conflict.probability >= LEAST:
        return conflict
    likely = model.probability(signs(*sides, conflict.overlaps), merged=merged)
    verdict = verdict_of(likely, thresholds)
    top, *others = conflict.overlaps
    if top.stops is not (verdict is not Verdict.INDEPENDENT):
        top = top.model_copy(update={"stops": not top.stops})
    return conflict.with_(probability=likely, verdict=verdict, overlaps=(top, *others))


DEFAULT_MODEL = Calibration()
"""What holds where nothing was learned: what ``verdict`` says."""


def load(path: Path) -> Calibration:
    """The model in a file; DEFAULT_MODEL if there is none, or it is another version's."""
    try:
        found = Calibration.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return DEFAULT_MODEL
    return found if found.version == VERSION else DEFAULT_MODEL


def prior(name: str) -> float:
    """A weight that nothing was learned about."""
    return 1.0 if name == DEFAULT else 0.0


def log_odds(probability: float) -> float:
    bounded = min(max(probability, LEAST), MOST)
    return math.log(bounded / (1 - bounded))


def chance(log_odds: float) -> float:
    """The inverse of ``log_odds``."""
    bounded = 1 / (1 + math.exp(-max(min(log_odds, 30.0), -30.0)))
    return min(max(bounded, LEAST), MOST)
