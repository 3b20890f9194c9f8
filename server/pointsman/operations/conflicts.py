"""Conflicts: what collides with what, the operator's verdicts, and who touches a piece of code."""

from itertools import combinations, product
from typing import Literal

from pointsman.chunks.names import path_inside
from pointsman.model.conflict import Conflict, Verdict
from pointsman.model.errors import PointsmanError
from pointsman.model.facts import Fact, Noted, VerdictGiven
from pointsman.model.footprint import OPERATOR, Touch
from pointsman.model.place import Range
from pointsman.model.state import State
from pointsman.operations.find import conflict_of, unit_of
from pointsman.operations.inside import Inside
from pointsman.operations.seam import Caller
from pointsman.operations.table import Params, Result, operation


class ConflictsParams(Params):
    chunk: str | None = None
    unresolved: bool = False


class ConflictsResult(Result):
    rows = "conflicts"

    conflicts: tuple[Conflict, ...]


class VerdictParams(Params):
    conflict: str | None = None
    a: str | None = None
    b: str | None = None
    verdict: Literal["INDEPENDENT", "SERIALIZE", "ASK_AGENTS"]
    first: str | None = None


class VerdictResult(Result):
    conflict: Conflict


@operation(single="chunk")
async def conflicts(inside: Inside, params: ConflictsParams, caller: Caller) -> ConflictsResult:
    """The pairs that have something in common, with what the oracle or the operator says of them.

    A pair whose footprints have nothing in common any more is left out.
    """
    state, chunk = inside.ledger.state, params.chunk
    if chunk not in (None, OPERATOR):
        chunk = unit_of(state, chunk).chunk  # of who is unknown, "none" would be no answer
    found = [
        c
        for c in state.conflicts.values()
        if c.overlaps
        and (chunk is None or chunk in (c.a, c.b))
        and not (params.unresolved and c.resolved)
    ]
    return ConflictsResult(conflicts=tuple(sorted(found, key=lambda c: (c.resolved, c.a, c.b))))


@operation()
async def verdict(inside: Inside, params: VerdictParams, caller: Caller) -> VerdictResult:
    """Judge a pair: INDEPENDENT, SERIALIZE (`first` says who; else the scheduler's order does), or
    ASK_AGENTS, which sends both agents a note of what they have in common."""
    known: list[Conflict] = []

    def judged(state: State) -> list[Fact]:
        conflict = conflict_of(state, params.conflict, params.a, params.b)
        known.append(conflict)
        if params.verdict == "ASK_AGENTS":
            return list(_notes(state, conflict))
        first = _first(state, conflict, params)
        return [VerdictGiven(conflict.id, Verdict(params.verdict), caller.door, first)]

    state = await inside.ledger.record(deciding=judged)
    return VerdictResult(conflict=state.conflicts[known[-1].id])


def _first(state: State, conflict: Conflict, params: VerdictParams) -> str | None:
    if params.first is None:
        return None
    unit = state.units.get(params.first)
    first = unit.chunk if unit is not None else params.first
    if params.verdict != "SERIALIZE" or first not in (conflict.a, conflict.b):
        raise PointsmanError(
            "verdict-invalid",
            f"`first` is one of the two that are serialized: {conflict.a} or {conflict.b}.",
            "Leave it out to let the scheduler's order decide.",
            data={"first": params.first},
        )
    return first


def _notes(state: State, conflict: Conflict) -> list[Noted]:
    """What each of the two is told of the other."""
    common = "\n".join(f"- {o.detail}" for o in conflict.overlaps)
    return [
        Noted(
            unit.id,
            f"The chunk `{conflict.other(unit.chunk)}` is being worked on at the same time, and "
            f"you have this in common:\n\n{common}\n\nKeep your change to it small, keep what the "
            "other needs, and use the tool `who` to see where the other is.",
        )
        for unit in state.units.values()
        if unit.live and unit.chunk in (conflict.a, conflict.b)
    ]


class AnalyzeParams(Params):
    chunks: tuple[str, ...]


@operation(single="chunks", long=True)
async def analyze(inside: Inside, params: AnalyzeParams, caller: Caller) -> ConflictsResult:
    """What the chunks, in the pool or not, would collide with: each other, and all that is live.

    Nothing is changed; conflicts that are not in the pool have an empty id.
    """
    oracle = inside.oracle
    asked = {d.name: await inside.planned(d) for d in await inside.documents(params.chunks, caller)}
    asked |= {n: held for n in asked if (held := oracle.footprint(n)) is not None}
    live = {u.chunk for u in inside.ledger.state.units.values() if u.live} - asked.keys()
    others = {n: held for n in live if (held := oracle.footprint(n)) is not None}
    pairs = [*combinations(asked.values(), 2), *product(asked.values(), others.values())]
    found = [await oracle.compare_two(a, b) for a, b in pairs]
    return ConflictsResult(conflicts=tuple(c for c in found if c is not None))


class FootprintParams(Params):
    unit: str | None = None
    chunk: str | None = None


class FootprintResult(Result):
    touches: tuple[Touch, ...]


@operation(single="chunk")
async def footprint(inside: Inside, params: FootprintParams, caller: Caller) -> FootprintResult:
    """What a unit or a chunk touches, and the evidence of it."""
    named = params.unit or params.chunk
    if named is None or (params.unit and params.chunk):
        raise PointsmanError(
            "invalid-params", "footprint takes a `unit` or a `chunk`.", "Name one of the two."
        )
    units = inside.ledger.state.units.values()
    if params.unit or any(u.chunk == named and u.live for u in units):
        chunk = unit_of(inside.ledger.state, named).chunk
        held = inside.oracle.footprint(chunk)
        if held is not None:
            return FootprintResult(touches=held.touches)
        named = chunk
    documents = await inside.documents((named,), caller)
    return FootprintResult(touches=(await inside.planned(documents[0])).touches)


class WhoParams(Params):
    path: str
    range: Range | None = None
    symbol: str | None = None
    reads: bool = False
    """Also who relies on what is there without changing it."""


class Toucher(Result):
    """One participant's touch of the place that was asked about."""

    participant: str
    chunk: str | None = None
    unit: str | None = None
    path: str
    symbol: str | None = None
    lines: tuple[int, int] | None = None
    """First and last line, zero-based, both included, as the participant's base has them."""
    access: str
    """READ: it relies on it, and does not change it."""
    evidence: str
    confidence: float
    """From 0 to 1: how sure it is that it touches this at all."""
    why: str | None = None
    """Where that was read: ``PLAN.md:12``, ``code_paths``, ``claim``, a snapshot."""
    inside: str | None = None
    """Of a READ: the symbol that it changes and that relies on this one, ``path#Outer::inner``."""
    status: str | None = None


class WhoResult(Result):
    touches: tuple[Toucher, ...]


@operation(single="path")
async def who(inside: Inside, params: WhoParams, caller: Caller) -> WhoResult:
    """Who touches a file, a symbol in it, or a range of its lines; with `reads` also who relies on
    it (access READ).

    The file is named by its path from the top of the repository, an absolute path or a `file:` URI.
    """
    relative = not params.path.startswith(("/", "file:"))  # the same path in every checkout
    seen = inside.repository if relative else await inside.seen_from(caller)
    path = path_inside(params.path, seen.root)
    lines = _lines(params.range) if params.range else None
    return WhoResult(touches=touchers(inside, path, params.symbol, lines, reads=params.reads))


def _lines(range: Range) -> tuple[int, int]:
    """First and last line of a half-open range: one that ends where a line begins leaves it out."""
    first, last = range.start.line, range.end.line
    return first, max(first, last - (range.end.character == 0))


def touchers(
    inside: Inside,
    path: str,
    symbol: str | None,
    lines: tuple[int, int] | None,
    *,
    reads: bool = False,
) -> tuple[Toucher, ...]:
    """The live participants that touch the place, with the status of their units."""
    units = {u.chunk: u for u in inside.ledger.state.units.values() if u.live}
    return tuple(
        Toucher(
            participant=name,
            chunk=name if name in units else None,
            unit=units[name].id if name in units else None,
            path=touch.path,
            symbol=touch.symbol,
            lines=touch.lines,
            access=touch.access,
            evidence=touch.evidence,
            confidence=touch.confidence,
            why=touch.why,
            inside=touch.inside,
            status=units[name].status if name in units else None,
        )
        for name, touch in inside.oracle.who(path, symbol=symbol, lines=lines, reads=reads)
    )
