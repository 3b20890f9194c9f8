"""Counting: how often each rule is right, how well probabilities hold, and what mistakes cost.

What mistakes cost is said by the cost model (``model.costs``).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median, quantiles

from pointsman.model.base import Word
from pointsman.model.conflict import Verdict
from pointsman.model.costs import Costs
from pointsman.oracle.calibration import Calibration
from pointsman.oracle.replay.fit import Example, fit, held_out
from pointsman.oracle.replay.pairs import Kind, Label
from pointsman.oracle.replay.plain import MEANING_RULES, PLAN_RULES, RULES
from pointsman.oracle.replay.records import Opinion, Record
from pointsman.oracle.verdict import Thresholds, verdict_of

COSTS = Costs()


class Line(Word):
    """One rule in a table."""

    rule: str
    flagged: int
    flag_rate: float
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    hours: float | None = None
    """Per 100 pairs."""


class Table(Word):
    title: str
    pairs: int
    collisions: int
    lines: tuple[Line, ...]


class Bin(Word):
    """Pairs of which about the same was said."""

    low: float
    high: float
    pairs: int
    said: float
    """The mean of the probabilities."""
    happened: float
    """The share that collided."""


class Reliability(Word):
    title: str
    brier: float
    """Mean square of what was said less what happened; 0 is best."""
    base_rate: float
    """The Brier score of who always says the share of collisions."""
    bins: tuple[Bin, ...]


class Speed(Word):
    """Milliseconds."""

    footprints: int
    footprint: float
    """The median; and what one in ten is above."""
    footprint_slow: float
    pair: float
    git_pair: float
    """Git's share of a batch: what trying all pairs costs."""


class Measured(Word):
    tables: tuple[Table, ...]
    reliability: tuple[Reliability, ...]
    speed: Speed | None
    costs: dict[str, float]
    thresholds: dict[str, float]
    """Where a calibrated probability makes asking, and waiting, the cheapest."""


Flags = Callable[[Record], bool]
Judges = Callable[[Record], Verdict]
_Row = tuple[str, Flags, Judges | None]


def examples(records: Iterable[Record]) -> list[Example]:
    """What there is to learn from: both what was seen of a pair and what its texts said.

    By git's word alone: labels of broken merges come from sets that somebody picked.
    """
    return [
        Example(told.signs, record.conflicts, record.group)
        for record in records
        for told in (record.observed, record.planned)
        if told is not None
    ]


def learn(records: Iterable[Record]) -> Calibration:
    return fit(examples(records))


def measure(records: Sequence[Record], costs: Costs = COSTS) -> Measured:
    """All tables that there are pairs for."""
    planned = [record for record in records if record.planned is not None]
    seen = _held_out(records, lambda record: record.observed)
    meant = _held_out(planned, lambda record: record.planned)
    tables: list[Table] = []
    for kind, what in _KINDS.items():
        some = [record for record in records if record.kind is kind]
        if some:
            tables.append(_textual(f"{what}: would git conflict?", some, seen, costs))
    clean = [record for record in records if not record.conflicts]
    if clean:
        tables.append(_clean(clean, costs))
    if planned:
        tables.append(_before("From the texts alone: would they collide?", planned, meant, costs))
    reliability = [
        *_reliabilities("both changes known, no trial merge", records, "observed", seen),
        *_reliabilities("from the texts alone", planned, "planned", meant),
    ]
    return Measured(
        tables=tuple(tables),
        reliability=tuple(reliability),
        speed=_speed(records),
        costs=costs.model_dump(),
        thresholds={name: round(p, 3) for name, p in _thresholds(costs)._asdict().items()},
    )


def _thresholds(costs: Costs) -> Thresholds:
    """Where a calibrated probability makes asking, and waiting, the cheapest."""
    return Thresholds(costs.asks_from, costs.waits_from)


_KINDS = {
    Kind.MERGE: "Merges that were made",
    Kind.PULLS: "Branches and pull requests on one base",
    Kind.CASE: "Labelled cases",
}


def _held_out(
    records: Sequence[Record], told: Callable[[Record], Opinion | None]
) -> dict[str, float]:
    rows = [
        Example(opinion.signs, record.conflicts, record.group)
        for record in records
        if (opinion := told(record)) is not None
    ]
    return dict(zip((record.key for record in records), held_out(rows), strict=True))


def _textual(
    title: str, records: Sequence[Record], seen: Mapping[str, float], costs: Costs
) -> Table:
    """Against git's word alone: labels of broken clean merges don't count here."""
    rows: list[_Row] = [_plain(name) for name in RULES]
    rows += _oracle("oracle", lambda record: record.observed)
    rows += _calibrated("oracle calibrated, held out", seen, costs)
    rows += _oracle("oracle with a trial merge", lambda record: record.merged)
    rows += _oracle("oracle calibrated with a trial merge", lambda record: _tried(record, costs))
    return _table(title, records, rows, lambda record: record.conflicts, costs)


def _before(
    title: str, records: Sequence[Record], meant: Mapping[str, float], costs: Costs
) -> Table:
    rows: list[_Row] = [_plan_rule(name) for name in PLAN_RULES]
    rows += _oracle("oracle", lambda record: record.planned or Opinion())
    rows += _calibrated("oracle calibrated, held out", meant, costs)
    return _table(title, records, rows, lambda record: record.collides, costs)


def _clean(records: Sequence[Record], costs: Costs) -> Table:
    """What is said of pairs that merge: flags, and of those known to be broken the share found."""
    rows: list[tuple[str, Flags]] = [
        (name, lambda record, name=name: name in record.rules)  # type: ignore[misc]
        for name in (*RULES, *MEANING_RULES)
    ]
    rows += [
        ("oracle serializes", lambda r: r.merged.verdict is Verdict.SERIALIZE),
        ("oracle serializes or asks", lambda r: r.merged.verdict is not Verdict.INDEPENDENT),
        (
            "oracle calibrated serializes or asks",
            lambda r: _tried(r, costs).verdict is not Verdict.INDEPENDENT,
        ),
    ]
    kinds = sorted({(s.type.value, s.basis) for r in records for s in r.merged.signs.overlaps})
    rows += [
        (
            f"an overlap {type} {basis}",
            lambda r, kind=(type, basis): (
                kind in {(s.type, s.basis) for s in r.merged.signs.overlaps}
            ),  # type: ignore[misc]
        )
        for type, basis in kinds
    ]
    broken = [record for record in records if record.label is Label.SEMANTIC]
    working = len(records) - len(broken)
    lines = []
    for name, flags in rows:
        alarms = sum(flags(r) for r in records if r.label is not Label.SEMANTIC)
        found = sum(flags(r) for r in broken)
        rate, recall = _share(alarms, working), _share(found, len(broken))
        lines.append(Line(rule=name, flagged=alarms + found, flag_rate=rate or 0.0, recall=recall))
    title = "Pairs that merge cleanly: flags, and broken ones found"
    return Table(title=title, pairs=len(records), collisions=len(broken), lines=tuple(lines))


def _tried(record: Record, costs: Costs) -> Opinion:
    """What a model says where git was asked. It has nothing to learn then: any model says so."""
    likely = Calibration().probability(record.merged.signs, merged=True)
    return Opinion(probability=likely, verdict=verdict_of(likely, _thresholds(costs)))


def _plain(name: str) -> _Row:
    def flags(record: Record) -> bool:
        return name in record.rules

    return name, flags, _waits(flags)


def _plan_rule(name: str) -> _Row:
    def flags(record: Record) -> bool:
        return name in record.plan_rules

    return name, flags, _waits(flags)


def _waits(flags: Flags) -> Judges:
    return lambda r: Verdict.SERIALIZE if flags(r) else Verdict.INDEPENDENT


def _oracle(name: str, told: Callable[[Record], Opinion]) -> list[_Row]:
    """What its verdicts cost stands in the second row: it may ask."""

    def judges(record: Record) -> Verdict:
        return told(record).verdict

    return [
        (f"{name}: serializes", lambda r: judges(r) is Verdict.SERIALIZE, None),
        (f"{name}: serializes or asks", lambda r: judges(r) is not Verdict.INDEPENDENT, judges),
    ]


def _calibrated(name: str, said: Mapping[str, float], costs: Costs) -> list[_Row]:
    def flags(record: Record) -> bool:
        return said[record.key] >= costs.even

    def asks(record: Record) -> Verdict:
        return verdict_of(said[record.key], _thresholds(costs))

    return [
        (f"{name}: at {costs.even:.2f}, asks nobody", flags, _waits(flags)),
        (f"{name}: may ask", lambda r: asks(r) is not Verdict.INDEPENDENT, asks),
    ]


def _table(
    title: str,
    records: Sequence[Record],
    rows: Iterable[_Row],
    collides: Flags,
    costs: Costs,
) -> Table:
    truth = [collides(record) for record in records]
    lines = []
    for name, flags, judges in rows:
        flagged = [flags(record) for record in records]
        hits = sum(f and t for f, t in zip(flagged, truth, strict=True))
        precision, recall = _share(hits, sum(flagged)), _share(hits, sum(truth))
        both = (precision or 0.0) + (recall or 0.0)
        hours = None
        if judges is not None:
            hours = sum(costs.of(judges(r), t) for r, t in zip(records, truth, strict=True))
        lines.append(
            Line(
                rule=name,
                flagged=sum(flagged),
                flag_rate=_share(sum(flagged), len(records)) or 0.0,
                precision=precision,
                recall=recall,
                f1=round(2 * (precision or 0.0) * (recall or 0.0) / both, 4) if both else None,
                hours=None if hours is None else round(100 * hours / len(records), 2),
            )
        )
    return Table(title=title, pairs=len(records), collisions=sum(truth), lines=tuple(lines))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _reliabilities(
    title: str, records: Sequence[Record], field: str, calibrated: Mapping[str, float]
) -> list[Reliability]:
    if not records:
        return []
    truth = [record.collides for record in records]
    plain = [getattr(record, field).probability for record in records]
    learned = [calibrated[record.key] for record in records]
    return [
        _reliability(f"{title}, as it is", plain, truth),
        _reliability(f"{title}, calibrated, held out", learned, truth),
    ]


def _reliability(title: str, said: Sequence[float], truth: Sequence[bool]) -> Reliability:
    bins: list[Bin] = []
    grouped: dict[int, list[tuple[float, bool]]] = {}
    for p, hit in zip(said, truth, strict=True):
        grouped.setdefault(min(int(p * 10), 9) if p else -1, []).append((p, hit))
    for number, group in sorted(grouped.items()):
        ps, hits = [p for p, _ in group], [hit for _, hit in group]
        bins.append(
            Bin(
                low=max(number, 0) / 10,
                high=(number + 1) / 10,
                pairs=len(group),
                said=round(sum(ps) / len(ps), 3),
                happened=round(sum(hits) / len(hits), 3),
            )
        )
    rate = sum(truth) / len(truth)
    score = sum((p - hit) ** 2 for p, hit in zip(said, truth, strict=True)) / len(truth)
    return Reliability(
        title=title, brier=round(score, 4), base_rate=round(rate * (1 - rate), 4), bins=tuple(bins)
    )


def _speed(records: Sequence[Record]) -> Speed | None:
    footprints = [1000 * s for record in records for s in record.seconds.footprints]
    if not footprints:
        return None
    slow = quantiles(footprints, n=10)[-1] if len(footprints) > 1 else footprints[0]
    return Speed(
        footprints=len(footprints),
        footprint=round(median(footprints), 2),
        footprint_slow=round(slow, 2),
        pair=round(1000 * median(record.seconds.pair for record in records), 4),
        git_pair=round(1000 * median(record.seconds.git for record in records), 3),
    )


def counts(records: Iterable[Record]) -> dict[str, int]:
    """How many pairs there are of each kind."""
    return dict(Counter(record.kind.value for record in records))
