"""From overlaps to a proposed verdict: how likely a collision is, and which price is lower.

The probability of an overlap is ``COLLIDES`` for what it is, times how sure the less sure side's
touch is (two plans of one file err together, so the product is too low: measured); of a pair, that
of its most likely overlap (several overlaps of one pair mostly say the same twice). Thresholds turn
it into a verdict. The numbers come from measured precision where there is one: same
symbol .61–.85, lines .76–.96, same file .09–.74 (the larger on tasks meant to collide). Two places
apart in one body: 9 of 216 did not merge; that both may mean different things by it is worth a
question all the same.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from pointsman.model.conflict import Conflict, ConflictType, Overlap, Verdict
from pointsman.model.footprint import Footprint
from pointsman.oracle.overlap import QUIET_BASES, Basis

_T, _B = ConflictType, Basis

COLLIDES: Mapping[tuple[ConflictType, Basis], float] = {
    (_T.TEXTUAL, _B.MERGED): 0.99,
    (_T.SYMBOL, _B.WRITE): 0.85,
    (_T.SYMBOL, _B.PARTS): 0.2,
    (_T.SYMBOL, _B.ENTRY): 0.5,
    (_T.SYMBOL, _B.CREATE): 0.85,
    (_T.SYMBOL, _B.CONTAINS): 0.5,
    (_T.REFERENCE, _B.BROKEN): 0.8,
    (_T.REFERENCE, _B.RELIES): 0.2,
    (_T.REFERENCE, _B.MENTIONS): 0.04,
    (_T.REFERENCE, _B.CLASS): 0.04,
    (_T.SUBSYSTEM, _B.EXCLUSIVE): 0.85,
    (_T.SUBSYSTEM, _B.SHARED): 0.2,
    (_T.FILE, _B.LINES): 0.65,
    (_T.FILE, _B.GONE): 0.65,
    (_T.FILE, _B.OPEN): 0.45,
    (_T.FILE, _B.APART): 0.22,
    (_T.FILE, _B.DISJOINT): 0.1,
    (_T.FILE, _B.OBSERVED): 0.05,
}
"""How likely two collide that surely have this in common."""
_SURE: Mapping[str, float] = {}
_COLLIDES = {
    type: {str(basis): p for (kind, basis), p in COLLIDES.items() if kind is type} for type in _T
}


QUIET = max(p for (_, basis), p in COLLIDES.items() if basis in QUIET_BASES)
"""How likely two collide, at most, that have nothing in common but what is quiet."""


class Thresholds(NamedTuple):
    """Probabilities from which the operator is asked, and from which one waits for the other."""

    ask: float = 0.15
    serialize: float = 0.7


DEFAULT_THRESHOLDS = Thresholds()


def probability(overlap: Overlap) -> float:
    """How likely the two collide here. An overlap of unknown basis counts by its kind's worst."""
    evidence = overlap.evidence
    kinds = _COLLIDES[overlap.type]
    collides = kinds.get(evidence.get("basis", ""))
    if collides is None:
        collides = max(kinds.values())
    if overlap.type is not ConflictType.TEXTUAL:
        a, b = evidence.get("a", _SURE), evidence.get("b", _SURE)
        collides *= min(a.get("confidence", 1.0), b.get("confidence", 1.0))
    return round(collides, 3)


def propose(
    a: Footprint,
    b: Footprint,
    overlaps: Sequence[Overlap],
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
) -> Conflict | None:
    """The conflict of a pair as the oracle sees it, with an empty id; None if nothing overlaps."""
    if not overlaps:
        return None
    odds = [probability(overlap) for overlap in overlaps]
    order = sorted(range(len(odds)), key=odds.__getitem__, reverse=True)
    ranked = [_told(overlaps[n], odds[n], thresholds) for n in order]
    likelihood = odds[order[0]]
    return Conflict.of(
        id="",
        a=a.participant,
        b=b.participant,
        overlaps=tuple(ranked),
        verdict=verdict_of(likelihood, thresholds),
        probability=likelihood,
        why=_why(ranked, stale=a.base != b.base),
    )


def _told(overlap: Overlap, likelihood: float, thresholds: Thresholds) -> Overlap:
    stops = likelihood >= min(thresholds)
    return overlap if overlap.stops is stops else overlap.model_copy(update={"stops": stops})


def verdict_of(likelihood: float, thresholds: Thresholds) -> Verdict:
    if likelihood >= thresholds.serialize:
        return Verdict.SERIALIZE
    return Verdict.ASK_OPERATOR if likelihood >= thresholds.ask else Verdict.INDEPENDENT


def _why(ranked: Collection[Overlap], *, stale: bool) -> str:
    """One sentence on the most likely overlap, and what else there is."""
    first, *others = ranked
    kinds = sorted({other.type.value for other in others})
    more = f"; {len(others)} more ({', '.join(kinds)})" if others else ""
    drift = "; they start from different bases" if stale else ""
    return f"{first.type.value}: {first.detail}{more}{drift}."
