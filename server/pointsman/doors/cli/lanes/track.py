"""A lane's past as a line of signs: each column a piece of time, each state a stroke of its own.

Pure. All lanes of a view share one ``Scale``: what happened at once stands below each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from rich.text import Text

from pointsman.doors.cli.lanes.pool import ENDED

STROKES: dict[str, tuple[str, str]] = {
    "PENDING": ("·", "bright_black"),
    "READY": ("·", "bright_black"),
    "ASSIGNED": ("╌", "cyan"),
    "BLOCKED": ("┄", "magenta"),
    "NEEDS_ATTENTION": ("╍", "bold yellow"),
    "IMPLEMENT": ("━", "cyan"),
    "REBASE": ("━", "blue"),
    "VERIFY": ("━", "bright_green"),
    "LAND": ("━", "green"),
}
"""What each state looks like; a state that is not here leaves the track empty."""

ENDS: dict[str, tuple[str, str]] = {
    "COMPLETED": ("●", "bold green"),
    "FAILED": ("✗", "bold red"),
    "CANCELLED": ("−", "bright_black"),
}

TOLD_FIRST = ("NEEDS_ATTENTION", "LAND", "VERIFY", "REBASE", "IMPLEMENT", "ASSIGNED", "BLOCKED")
"""Of several states in one column, the one that is shown."""

TIP = "╸"


@dataclass(frozen=True)
class Scale:
    """``width`` columns for the time from ``start`` to ``now``; the last one is now."""

    start: datetime
    now: datetime
    width: int

    def column(self, at: datetime) -> int:
        """The column of a moment; moments outside are put at the ends."""
        whole = (self.now - self.start).total_seconds()
        share = (at - self.start).total_seconds() / whole if whole > 0 else 0.0
        return min(max(int(share * self.width), 0), self.width - 1)


def track(spans: Sequence[tuple[datetime, str]], scale: Scale) -> Text:
    """The track of a unit with that past: exactly ``scale.width`` cells."""
    cells: list[tuple[str, str]] = [(" ", "")] * scale.width
    rank = {state: n for n, state in enumerate(reversed(TOLD_FIRST))}
    told: dict[int, int] = {}
    for (since, state), until in zip(spans, _ends(spans, scale.now), strict=True):
        first = scale.column(since)
        if state in ENDED:
            cells[first] = ENDS[state]
            continue
        for column in range(first, scale.column(until) + 1):
            if rank.get(state, -1) >= told.get(column, -2):
                told[column] = rank.get(state, -1)
                cells[column] = STROKES[state]
    _tip(spans, cells)
    return _text(cells)


def _ends(spans: Sequence[tuple[datetime, str]], now: datetime) -> list[datetime]:
    return [at for at, _ in spans[1:]] + [now] if spans else []


def _tip(spans: Sequence[tuple[datetime, str]], cells: list[tuple[str, str]]) -> None:
    """What moves has a head; it stands in the last column."""
    if spans and cells and STROKES.get(spans[-1][1], ("", ""))[0] == "━":
        cells[-1] = (TIP, STROKES[spans[-1][1]][1])


def base_track(landings: Sequence[datetime], scale: Scale) -> Text:
    """Base: a line with a station at every landing."""
    cells: list[tuple[str, str]] = [("━", "green")] * scale.width
    for at in landings:
        if at >= scale.start:
            cells[scale.column(at)] = ("●", "bold green")
    return _text(cells)


def _text(cells: Iterable[tuple[str, str]]) -> Text:
    """Neighbours of one style in one piece: a terminal is sent a tenth of the bytes."""
    runs = groupby(cells, key=itemgetter(1))
    return Text.assemble(*(("".join(sign for sign, _ in run), style) for style, run in runs))
