"""What to mark in which file, from an Overview. Pure: no editor, no file, no LSP.

A conflict is marked at its lines in every file that it is about, and in the GOAL.md of both chunks;
an attention item at its place, else in its chunk's GOAL.md. The editor's side (URIs, encodings,
what the client can show) is ``features/diagnostics.py``.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from pointsman.doors.lsp.overview import Overview, Unit
from pointsman.model.attention import AttentionItem, Reason
from pointsman.model.conflict import Conflict, Overlap, Verdict
from pointsman.model.errors import Problem
from pointsman.model.footprint import OPERATOR
from pointsman.model.place import Place, Range
from pointsman.model.work_unit import Status
from pointsman.operations.seam import Met

FIRST_LINE = Range.lines(0, 0)


class Severity(IntEnum):
    """LSP 3.17, DiagnosticSeverity."""

    ERROR = 1
    WARNING = 2
    INFORMATION = 3


@dataclass(frozen=True)
class Related:
    """Another place that belongs to a mark. ``workspace`` is the folder that ``path`` is in."""

    path: str
    range: Range
    message: str
    workspace: str | None = None


@dataclass(frozen=True)
class Mark:
    """One thing to show in one file. ``data`` says what it is about, for the actions on it."""

    path: str
    range: Range
    severity: Severity
    code: str
    message: str
    data: dict[str, Any] = field(default_factory=dict)
    related: tuple[Related, ...] = ()
    symbol: str | None = None
    """What it is at, if that is a symbol: an editor's own text may have it at other lines."""
    reach: Range | None = None
    """Where it can be acted upon, if not just at ``range``."""


FAILURES = frozenset({Reason.AGENT_FAILED, Reason.CHECKS_FAILED, Reason.LANDING_CONFLICT})

# Of somebody who only reads or writes a document of a chunk, nobody asked for an injection.
NOT_WHILE_WRITING = frozenset({"already-injected", "chunk-status"})


def marks(
    overview: Overview,
    exists: Callable[[str], bool],
    typed: Callable[[str], bool] = lambda path: False,
) -> list[Mark]:
    """Every mark there is to show. ``exists`` tells whether the editor's checkout has a file,
    ``typed`` whether the operator has it open: what they collide with there is shown as they type
    (``typed_marks``)."""
    shown = [c for c in overview.conflicts if c.verdict is not Verdict.INDEPENDENT]
    judged_here = {conflict.id for conflict in shown}
    items = [
        item
        for item in overview.items
        if not (item.reason is Reason.CONFLICT and item.subject in judged_here)
    ]
    return [
        *(
            mark
            for conflict in shown
            for mark in _conflict(conflict, overview, exists)
            if not (OPERATOR in (conflict.a, conflict.b) and typed(mark.path))
        ),
        *(mark for item in items for mark in _item(item, overview, exists)),
        *(mark for unit in overview.ended.values() for mark in _failed(unit, overview, exists)),
    ]


def _conflict(
    conflict: Conflict, overview: Overview, exists: Callable[[str], bool]
) -> Iterator[Mark]:
    """The marks of one conflict: in the source, and in the chunk documents of its sides."""
    open_ = conflict.verdict is Verdict.ASK_OPERATOR or OPERATOR in (conflict.a, conflict.b)
    severity = Severity.WARNING if open_ else Severity.INFORMATION
    data = _about(conflict)
    outcome = _outcome(conflict)
    for overlap in conflict.overlaps:
        if exists(overlap.path):
            yield Mark(
                overlap.path,
                _lines(overlap, "a") or _lines(overlap, "b") or FIRST_LINE,
                severity,
                f"conflict-{overlap.type.lower()}",
                f"{_both(conflict)}: {overlap.detail} {outcome}",
                data,
                tuple(_sides(conflict, overlap, overview)),
                overlap.symbol,
            )
    why = conflict.why or " ".join(overlap.detail for overlap in conflict.overlaps)
    for chunk in (conflict.a, conflict.b):
        if chunk != OPERATOR and exists(overview.goal(chunk)):
            yield Mark(
                overview.goal(chunk),
                FIRST_LINE,
                severity,
                "conflict",
                f"Conflict with {_called(conflict.other(chunk))}: {why} {outcome}",
                data,
                tuple(
                    Related(overlap.path, _lines(overlap, "a") or FIRST_LINE, overlap.detail)
                    for overlap in conflict.overlaps
                    if exists(overlap.path)
                ),
            )


def typed_marks(path: str, met: Iterable[Met], overview: Overview) -> list[Mark]:
    """The marks of an open file: what the operator's unsaved text has in common with units."""
    return [
        Mark(
            path,
            each.at,
            Severity.WARNING,
            f"conflict-{each.overlap.type.lower()}",
            f"{_both(each.conflict)}: {each.overlap.detail} {_outcome(each.conflict)}",
            _about(each.conflict),
            tuple(
                related
                for related in _sides(each.conflict, each.overlap, overview)
                if related.workspace is not None
            ),
            reach=each.reach,
        )
        for each in met
    ]


def _called(participant: str) -> str:
    return "your own changes" if participant == OPERATOR else participant


def _both(conflict: Conflict) -> str:
    """The two, for the operator to read."""
    if OPERATOR in (conflict.a, conflict.b):
        return f"{conflict.other(OPERATOR)} and you"
    return f"{conflict.a} and {conflict.b}"


def _about(conflict: Conflict) -> dict[str, Any]:
    """What the actions on a mark need to know. Of what nobody but this session knows of, the
    conflict has no id."""
    return {
        "conflict": conflict.id,
        "a": conflict.a,
        "b": conflict.b,
        "verdict": conflict.verdict.value,
    }


def _outcome(conflict: Conflict) -> str:
    """What follows, in a sentence."""
    if OPERATOR in (conflict.a, conflict.b):
        return f"Nobody waits. ({conflict.probability:.0%} would collide)"
    if conflict.verdict is Verdict.ASK_OPERATOR:
        return f"Which first, or both at once? ({conflict.probability:.0%} would collide)"
    if conflict.first is None:
        return "They go one after the other."
    return f"{conflict.other(conflict.first)} waits for {conflict.first}."


def _sides(conflict: Conflict, overlap: Overlap, overview: Overview) -> Iterator[Related]:
    """For each side, its own version of the place: in its workspace, once it has one."""
    for side, chunk in (("a", conflict.a), ("b", conflict.b)):
        unit = overview.units.get(chunk)
        told = overlap.evidence.get(side)
        how = " ".join(
            str(told[key]).lower().replace("_", " ")
            for key in ("evidence", "access")
            if isinstance(told, dict) and told.get(key)
        )
        yield Related(
            overlap.path,
            _lines(overlap, side) or FIRST_LINE,
            f"{chunk}: {how or 'touches it'}",
            unit.workspace if unit is not None else None,
        )


def _lines(overlap: Overlap, side: str) -> Range | None:
    """The lines that one side gives, if it gives any: ``{lines: [first, last]}``, zero-based."""
    match overlap.evidence.get(side):
        case {"lines": [int() as first, int() as last]} if 0 <= first <= last:
            return Range.lines(first, last)
    return None


def _item(item: AttentionItem, overview: Overview, exists: Callable[[str], bool]) -> Iterator[Mark]:
    """The mark of an attention item. One of no chunk and no place has none: ``prompts`` says it."""
    place = item.place
    if place is None or not exists(place.path):
        if item.chunk is None:
            return
        place = Place(path=overview.goal(item.chunk))
    yield Mark(
        place.path,
        place.range or FIRST_LINE,
        Severity.ERROR if item.reason in FAILURES else Severity.WARNING,
        item.reason.lower().replace("_", "-"),
        f"{item.chunk}: {item.words}" if item.chunk else item.words,
        {
            "item": item.id,
            "reason": item.reason.value,
            **({"unit": item.unit} if item.unit else {}),
            **({"conflict": item.subject} if item.reason is Reason.CONFLICT else {}),
        },
    )


def _failed(unit: Unit, overview: Overview, exists: Callable[[str], bool]) -> Iterator[Mark]:
    """The mark of a unit that failed, until it is tried again or taken off the lists."""
    goal = overview.goal(unit.chunk)
    if unit.status is Status.FAILED and exists(goal):
        yield Mark(
            goal,
            FIRST_LINE,
            Severity.ERROR,
            "unit-failed",
            f"{unit.chunk} failed. Its work so far is kept: try again, or take it off the lists.",
            {"unit": unit.id, "failed": True},
        )


def problem_mark(problem: Problem, otherwise: str) -> Mark | None:
    """The mark of something wrong in a chunk document, in ``otherwise`` if it names no place."""
    if problem.code in NOT_WHILE_WRITING:
        return None
    place = problem.place or Place(path=otherwise)
    mild = problem.code == "chunk-uncommitted"
    return Mark(
        place.path,
        place.range or FIRST_LINE,
        Severity.INFORMATION if mild else Severity.WARNING,
        problem.code,
        f"{problem.message} {problem.remedy}".strip(),
        {"problem": problem.code},
    )
