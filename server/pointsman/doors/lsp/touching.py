"""Who touches a document, put at its symbols, and in words. Pure: no editor, no file, no LSP.

A touch is of a symbol or of the whole file. It is shown at the symbol where the text has it, else
at the top of the file: so is what is deleted here, or new in somebody's workspace.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from pointsman.doors.lsp.overview import Overview, Unit
from pointsman.doors.lsp.symbols import Reading, Symbol
from pointsman.model.conflict import Conflict, Verdict
from pointsman.model.footprint import Access, Evidence
from pointsman.model.work_unit import ACTIVE

NAMED = 3
"""Participants that are named in one line; of more, how many."""

DOING = {
    Access.CREATE: ("is adding to", "will add to", "may add to"),
    Access.DELETE: ("is deleting", "will delete", "may delete"),
    Access.RENAME: ("is renaming", "will rename", "may rename"),
    Access.WRITE_SIGNATURE: (
        "is changing the signature of",
        "will change the signature of",
        "may change the signature of",
    ),
    Access.WRITE_BODY: ("is changing", "will change", "may change"),
    Access.READ: ("relies on", "relies on", "may rely on"),
}
"""What somebody does, by how that is known: observed, declared, predicted."""
_PLURAL = {"is": "are", "relies": "rely"}
_SURE = (Evidence.OBSERVED, Evidence.DECLARED, Evidence.PREDICTED)
_WEIGHT = {access: n for n, access in enumerate(DOING)}


@dataclass(frozen=True)
class Touch:
    """One touch by a live unit, as ``who`` tells it."""

    unit: Unit
    symbol: str | None
    access: Access
    evidence: Evidence
    confidence: float
    why: str | None
    inside: str | None

    @property
    def does(self) -> str:
        """What it does to the thing, as a verb: ``is changing``."""
        return DOING[self.access][_SURE.index(self.evidence)]

    @property
    def rank(self) -> tuple[bool, int, float]:
        """The one that says most of its unit comes first."""
        reads = self.access is Access.READ
        return (reads, _SURE.index(self.evidence), -self.confidence)


@dataclass(frozen=True)
class Note:
    """What there is to say at one symbol, or at the top of the file."""

    symbol: Symbol | None
    touches: tuple[Touch, ...]
    """One a unit, those who change it before those who rely on it."""
    conflicts: tuple[Conflict, ...] = ()
    """Those that have an overlap there."""
    all: tuple[Touch, ...] = field(default=(), repr=False)
    """Every touch, where there are several of a unit."""

    @property
    def undecided(self) -> tuple[Conflict, ...]:
        return tuple(c for c in self.conflicts if c.verdict is Verdict.ASK_OPERATOR)

    @property
    def title(self) -> str:
        """In one line, for lenses and hints."""
        what = "this" if self.symbol is not None else "this file"
        alike = groupby(self.touches[:NAMED], key=lambda touch: touch.does)
        parts = [_together(list(touches), what) for _, touches in alike]
        if len(self.touches) > NAMED:
            parts.append(f"{len(self.touches) - NAMED} more")
        if self.undecided:
            parts.append("undecided")
        waiting = dict.fromkeys(
            f"{c.other(c.first)} waits for {c.first}" for c in self.conflicts if c.first is not None
        )
        return " · ".join([*parts, *waiting])


def _together(touches: Sequence[Touch], what: str) -> str:
    """Who does the same: ``a and b are changing this``."""
    one, *others = touches
    if not others:
        return f"{one.unit.chunk} {one.does} {what}{state(one.unit)}"
    *first, last = (touch.unit.chunk + state(touch.unit) for touch in touches)
    plural = re.sub(r"^(is|relies)\b", lambda verb: _PLURAL[verb[0]], one.does)
    return f"{', '.join(first)} and {last} {plural} {what}"


def state(unit: Unit) -> str:
    """In which state a unit is, in brackets, where that is not the state of work."""
    return "" if unit.status in ACTIVE else f" ({unit.status.lower().replace('_', ' ')})"


def touches_of(found: Iterable[Mapping[str, Any]], overview: Overview) -> list[Touch]:
    """What ``who`` found, without what is not of a live unit: what the operator changes, they
    know."""
    return [
        Touch(
            unit,
            t.get("symbol"),
            Access(t["access"]),
            Evidence(t["evidence"]),
            float(t.get("confidence", 1.0)),
            t.get("why"),
            t.get("inside"),
        )
        for t in found
        if (unit := overview.units.get(t["participant"])) is not None
    ]


def notes(path: str, found: Iterable[Touch], reading: Reading, overview: Overview) -> list[Note]:
    """What to say in a file, from its top to its end."""
    at: dict[str | None, list[Touch]] = {}
    for touch in found:
        name = touch.symbol if touch.symbol in reading.by_name else None
        if name is not None or touch.access is not Access.READ:
            at.setdefault(name, []).append(touch)
    colliding: dict[str | None, dict[str, Conflict]] = {}
    for conflict in overview.conflicts:
        for overlap in conflict.overlaps:
            if overlap.path == path:
                name = overlap.symbol if overlap.symbol in reading.by_name else None
                colliding.setdefault(name, {})[conflict.id] = conflict
    made = [
        Note(
            reading.by_name[name] if name is not None else None,
            tuple(_one_a_unit(touches)),
            tuple(colliding.get(name, {}).values()),
            tuple(touches),
        )
        for name, touches in at.items()
    ]
    return sorted(made, key=lambda n: (-1, 0) if n.symbol is None else (n.symbol.first, 1))


def _one_a_unit(touches: Iterable[Touch]) -> Iterator[Touch]:
    seen: set[str] = set()
    for touch in sorted(touches, key=lambda t: (*t.rank, _WEIGHT[t.access], t.unit.chunk)):
        if touch.unit.id not in seen:
            seen.add(touch.unit.id)
            yield touch
