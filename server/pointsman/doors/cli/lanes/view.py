"""One frame of the live view: a heading, the lanes, base, what waits for the operator.

Fits the terminal: at 80 columns every lane is one line, and lanes that do not fit its height are
counted instead.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from pointsman.doors.cli.lanes.pool import Lane, Pool
from pointsman.doors.cli.lanes.track import ENDS, STROKES, Scale, base_track, track
from pointsman.doors.cli.out import GLYPHS, STYLES
from pointsman.doors.cli.show.attention import ASKS
from pointsman.doors.cli.show.conflicts import verdict_text
from pointsman.doors.cli.show.pool import heading, silence
from pointsman.doors.cli.text import count, listed, one_line, span

Wire = dict[str, Any]

NAME_WIDTH = 18
STALE = timedelta(minutes=2)
"""A unit that ended longer ago than that, before the viewer came, is not shown."""
LONGEST = timedelta(hours=2)
"""The track shows no more of the past than that."""
AT_WORK = {"IMPLEMENT": "at work", "REBASE": "merges base", "VERIFY": "verifies", "LAND": "lands"}
TELLING = (
    *("NEEDS_ATTENTION", "RUNNING", "ASSIGNED", "READY", "BLOCKED", "PENDING"),
    *("FAILED", "COMPLETED", "CANCELLED"),
)
"""Which statuses are shown first where there is no room for all."""
PLAIN = {
    "PENDING": "is looked at",
    "READY": "waits for a free agent",
    "ASSIGNED": "workspace is cut",
}
SPINNER = "◐◓◑◒"


class Frame:
    """The pool at one moment, for rich to draw. ``below`` stands under the lanes."""

    def __init__(
        self,
        pool: Pool,
        now: datetime,
        opened: datetime,
        below: RenderableType | None = None,
    ) -> None:
        self._pool, self._now, self._opened, self._below = pool, now, opened, below

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lanes = shown(self._pool, self._opened)
        foot = self._below if self._below is not None else _attention(self._pool, self._now)
        height = options.height or console.height
        used = len(console.render_lines(foot, options)) + 5
        kept = most_telling(lanes, max(height - used, 1))
        title = heading(self._pool.daemon, [lane.unit for lane in lanes])
        title.no_wrap, title.overflow = True, "ellipsis"
        yield title
        yield Text()
        if lanes:
            yield self._lanes(kept, options.max_width)
            if len(kept) < len(lanes):
                yield Text(f"  … and {count(len(lanes) - len(kept), 'more unit')}", style="dim")
        else:
            yield Text("  The pool is empty: `pointsman inject CHUNK`", style="dim")
        yield Text()
        yield foot

    def _lanes(self, lanes: Sequence[Lane], width: int) -> Table:
        name = min(max(len(lane.chunk) for lane in lanes), NAME_WIDTH)
        words = max(30, (width - name - 12) * 3 // 5)
        scale = self._scale(lanes, max(width - name - words - 12, 8))
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=2, justify="right")
        grid.add_column(width=name, no_wrap=True, overflow="ellipsis")
        grid.add_column(width=scale.width + 1, no_wrap=True)
        grid.add_column(width=words, no_wrap=True, overflow="ellipsis")
        grid.add_column(width=4, justify="right", style="dim")
        for lane in lanes:
            grid.add_row(
                self._glyph(lane),
                Text(one_line(lane.chunk), style="bold" if not lane.ended else ""),
                track(lane.spans, scale),
                self._says(lane),
                span(self._took(lane).total_seconds()),
            )
        landings = [at for lane in self._pool.lanes.values() if (at := lane.landed_at)]
        grid.add_row(
            Text("═", style="green"),
            Text(one_line(self._pool.daemon["base"]), style="green"),
            base_track(landings, scale),
            Text(f"{count(len(landings), 'landing')}" if landings else "", style="green"),
            "",
        )
        return grid

    def _scale(self, lanes: Sequence[Lane], width: int) -> Scale:
        """From the first injection on, at least ten seconds and at most ``LONGEST``."""
        start = min(lane.began for lane in lanes)
        now = max([self._now, *(lane.since for lane in lanes)])
        start = max(min(start, now - timedelta(seconds=10)), now - LONGEST)
        return Scale(start, now, width)

    def _glyph(self, lane: Lane) -> Text:
        glyph = GLYPHS.get(lane.status, "?")
        if lane.status in ("RUNNING", "ASSIGNED"):
            glyph = SPINNER[int(self._now.timestamp() * 4) % len(SPINNER)]
        return Text(glyph, style=STYLES.get(lane.status, ""))

    def _says(self, lane: Lane) -> Text:
        silent = silence(lane.heard, self._now) if lane.status == "RUNNING" else ""
        words = says(lane, self._pool)
        return Text.assemble((f"{silent} · ", "yellow"), words) if silent else words

    def _took(self, lane: Lane) -> timedelta:
        """Of a live unit, how long it is in its state; of an ended one, its whole life."""
        return lane.since - lane.began if lane.ended else self._now - lane.since


def shown(pool: Pool, opened: datetime) -> list[Lane]:
    """The lanes in the order of injection; what had ended long before is left out."""
    lanes = [
        lane for lane in pool.lanes.values() if not (lane.ended and lane.since < opened - STALE)
    ]
    return sorted(lanes, key=lambda lane: lane.began)


def most_telling(lanes: Sequence[Lane], room: int) -> list[Lane]:
    """As many lanes as there is room for, in their order: who waits for the operator, who works,
    who waits for others, and what has ended, the newest first."""
    ranked = sorted(lanes, key=lambda lane: (TELLING.index(lane.status), -lane.since.timestamp()))
    kept = {id(lane) for lane in ranked[:room]}
    return [lane for lane in lanes if id(lane) in kept]


def says(lane: Lane, pool: Pool) -> Text:
    """What the unit is at, or what it waits for, in a few words."""
    unit = lane.unit
    words = PLAIN.get(lane.status, lane.status.lower())
    match lane.status:
        case "RUNNING":
            return _at_work(lane)
        case "NEEDS_ATTENTION":
            words = _waits(unit["attention"], lane, pool)
        case "BLOCKED":
            words = f"after {one_line(listed(unit['blockedBy']))}"
        case "COMPLETED":
            words = f"landed {(unit.get('landedCommit') or '')[:7]}"
        case "READY" if unit.get("notBefore"):
            words = "tries again soon"
    return Text(words, style=STYLES.get(lane.status, ""))


def _at_work(lane: Lane) -> Text:
    phase = str(lane.unit.get("phase") or "IMPLEMENT")
    words = Text(
        AT_WORK.get(phase, phase.lower()), style="cyan" if phase == "IMPLEMENT" else "green"
    )
    if lane.progress and phase in ("IMPLEMENT", "REBASE"):
        words = Text(one_line(lane.progress))
    if lane.unit.get("network") == "host":
        words = Text.assemble(("NET ", "red"), words)
    return words


def _waits(item: Wire, lane: Lane, pool: Pool) -> str:
    if item["reason"] == "CONFLICT":
        conflict = pool.conflicts.get(str(item.get("subject")))
        if conflict is not None:
            other = conflict["b"] if conflict["a"] == lane.chunk else conflict["a"]
            return f"collides with {one_line(other)}?"
    if item["reason"] == "QUESTION":
        return f"asks: {one_line(item['text'])}"
    return ASKS[item["reason"]]


def _attention(pool: Pool, now: datetime) -> RenderableType:
    """What waits for the operator, with the command that answers; and conflicts that hold units."""
    rows: list[RenderableType] = []
    for item in pool.waiting()[:4]:
        line = Text.assemble(
            (f" ◆ {item['id']} ", "bold yellow"),
            (f"{one_line(item.get('chunk') or '')} ", "bold"),
            one_line(item["text"]),
        )
        line.no_wrap, line.overflow = True, "ellipsis"
        rows += [line, Text(f"   pointsman answer {item['id']}", style="cyan")]
    live = {lane.chunk for lane in pool.lanes.values() if not lane.ended}
    holding = [
        c
        for c in pool.conflicts.values()
        if c["verdict"] == "SERIALIZE" and {c["a"], c["b"]} <= live and c["overlaps"]
    ]
    for conflict in holding[:3]:
        a, b = one_line(conflict["a"]), one_line(conflict["b"])
        line = Text.assemble((f" × {a} × {b} ", "magenta"), verdict_text(conflict))
        line.no_wrap, line.overflow = True, "ellipsis"
        rows.append(line)
    if len(pool.items) > 4:
        rows.append(Text(f"   … and {len(pool.items) - 4} more: pointsman attention", style="dim"))
    if not rows:
        rows += [legend(), Text(" Ctrl-C leaves; the agents go on.", style="dim")]
    return Group(*rows)


def legend() -> Text:
    """What the strokes of a track mean."""
    told = (
        ("IMPLEMENT", "at work"),
        ("VERIFY", "verifies, lands"),
        ("NEEDS_ATTENTION", "waits for you"),
        ("BLOCKED", "waits for others"),
    )
    parts = [
        Text.assemble((STROKES[state][0] * 2, STROKES[state][1]), (f" {words}", "dim"))
        for state, words in told
    ]
    sign, style = ENDS["COMPLETED"]
    return Text("  ").join([Text(), *parts, Text.assemble((sign, style), (" landed", "dim"))])
