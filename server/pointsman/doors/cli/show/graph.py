"""The conflict graph as SVG: a node a live chunk, an edge a conflict. Pure.

Chunks that hang together stand on a ring of their own, whoever has most conflicts first and then
their neighbours; those that have nothing in common with anybody stand in rows below. The same pool
always gives the same picture. Up to ``BOXED`` chunks have boxes; on a larger ring they are dots,
their names pointing outward, so that it grows with the height of a name, not with its width.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import cos, degrees, hypot, pi, sin
from typing import NamedTuple

from pointsman.doors.cli.out import GLYPHS
from pointsman.doors.cli.text import count, one_line
from pointsman.model.conflict import Conflict, Verdict
from pointsman.model.footprint import OPERATOR
from pointsman.model.svg import document, words
from pointsman.model.work_unit import Status

BOXED = 8
WIDTH, HEIGHT = 170, 42
"""Of a box."""
DOT = 7
LINE = 24
"""Between two names on a ring of dots."""
REACH = 300
"""From a dot to the end of its name."""
GAP = 40
ROW = 1400
"""Rings and boxes stand in rows about that wide."""
LABEL_ROOM = 450
"""The least radius of a ring of dots: the labels of its edges stand inside."""
LABELLED = 40
"""On a ring with more conflicts, labels would hide each other: they are in the tooltips alone."""
NAME, SENTENCE = 24, 600
ALONG = (0.5, 0.36, 0.64)
"""Where on its edge a label stands, in turn: chords through the centre would share a middle."""

_LIGHT = {
    "PENDING": "#8a8f98",
    "READY": "#5b6470",
    "ASSIGNED": "#0a7f8c",
    "RUNNING": "#1668c4",
    "NEEDS_ATTENTION": "#a86500",
    "BLOCKED": "#8e3fae",
    OPERATOR: "#2c7a3f",
}
_DARK = {
    "PENDING": "#9aa1ab",
    "READY": "#c3cad4",
    "ASSIGNED": "#4cc5d1",
    "RUNNING": "#6cb0ff",
    "NEEDS_ATTENTION": "#f0b23e",
    "BLOCKED": "#d08cf0",
    OPERATOR: "#6fce86",
}


def _style(paper: str, ink: str, faint: str, colours: Mapping[str, str]) -> str:
    return (
        f".paper,.node rect{{fill:{paper}}}text{{fill:{ink};stroke:{paper};stroke-width:3px;"
        f"paint-order:stroke}}.node text{{stroke:none}}.edge line{{stroke:{ink}}}"
        f"#tip path{{fill:{ink}}}"
        f".INDEPENDENT line{{stroke:{faint}}}.INDEPENDENT text{{fill:{faint}}}"
        + "".join(
            f".{name} rect,.{name} circle{{stroke:{colour}}}.{name} circle{{fill:{colour}}}"
            f".{name} .status{{fill:{colour}}}"
            for name, colour in colours.items()
        )
    )


_STYLE = (
    _style("#fff", "#22262c", "#757b85", _LIGHT)
    + ".name{font-weight:600}.label{font-size:10px;stroke-width:5px}.node rect{stroke-width:2px}"
    + ".INDEPENDENT line{stroke-width:.7px}.SERIALIZE line{stroke-width:1.8px}"
    + ".ASK_OPERATOR line{stroke-width:1.8px;stroke-dasharray:6 4}"
    + f"@media (prefers-color-scheme:dark){{{_style('#16191d', '#e6e9ee', '#9097a1', _DARK)}}}"
)
_TIP = (
    '<defs><marker id="tip" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="9" '
    'markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L10 5L0 10z"/>'
    "</marker></defs>"
)


class Spot(NamedTuple):
    """Where a chunk stands: its middle, and the way its name points (None: it has a box)."""

    x: float
    y: float
    angle: float | None = None


def picture(conflicts: Sequence[Conflict], live: Mapping[str, Status]) -> str:
    """An SVG document of the live chunks and of the conflicts between two of them, or of one with
    the operator's own files. Loads nothing from elsewhere."""
    shown = sorted(
        (c for c in conflicts if all(side in live or side == OPERATOR for side in (c.a, c.b))),
        key=lambda c: (c.a, c.b),
    )
    near: dict[str, set[str]] = {chunk: set() for chunk in live}
    for c in shown:
        near.setdefault(c.a, set()).add(c.b)
        near.setdefault(c.b, set()).add(c.a)
    spots, width, height = _places(near)
    crowds = {chunk: n for n, ring in enumerate(_rings(near)) for chunk in ring}
    many = [0] * (max(crowds.values(), default=-1) + 1)
    for c in shown:
        many[crowds[c.a]] += 1
    edges = [
        _edge(c, spots, n if many[crowds[c.a]] <= LABELLED else None) for n, c in enumerate(shown)
    ]
    said = _said(len(live), len(shown))
    return document(
        width,
        height,
        f"The conflict graph: {said}",
        _STYLE,
        _TIP,
        f'<text x="{GAP}" y="28">{words(said)}</text>',
        *edges,
        *(_node(chunk, spots[chunk], live.get(chunk)) for chunk in sorted(spots)),
    )


def _said(chunks: int, conflicts: int) -> str:
    if not chunks:
        return "No chunk is live."
    have = "has" if chunks == 1 else "have"
    if not conflicts:
        return f"{count(chunks, 'live chunk')} {have} no conflict."
    arrows = "an arrow goes from who goes first, dashes wait for your verdict, thin is independent"
    return f"{count(chunks, 'live chunk')}, {count(conflicts, 'conflict')}: {arrows}."


def _rings(near: Mapping[str, set[str]]) -> list[list[str]]:
    """The chunks that hang together, largest first; within one, neighbours near each other."""
    order = sorted(near, key=lambda chunk: (-len(near[chunk]), chunk))
    seen: set[str] = set()
    rings: list[list[str]] = []
    for start in order:
        if start in seen:
            continue
        ring = [start]
        seen.add(start)
        for chunk in ring:  # grows while it is walked: breadth first
            new = sorted(near[chunk] - seen, key=lambda other: (-len(near[other]), other))
            ring += new
            seen.update(new)
        rings.append(ring)
    return sorted(rings, key=lambda ring: (-len(ring), ring[0]))


def _places(near: Mapping[str, set[str]]) -> tuple[dict[str, Spot], float, float]:
    """Where each chunk stands, and the picture's size: rings in rows, as they fit."""
    spots: dict[str, Spot] = {}
    left, top, tall, right = float(GAP), float(GAP + 20), 0.0, float(ROW // 2)
    for ring in _rings(near):
        around, wide, high = _ring(ring)
        if left > GAP and left + wide > ROW:
            left, top, tall = float(GAP), top + tall + GAP, 0.0
        for chunk, spot in around.items():
            spots[chunk] = Spot(left + spot.x, top + spot.y, spot.angle)
        left, tall = left + wide + GAP, max(tall, high)
        right = max(right, left)
    return spots, right, top + tall + GAP


def _ring(ring: Sequence[str]) -> tuple[dict[str, Spot], float, float]:
    """The chunks around a ring, from its top left corner; and its width and height."""
    n = len(ring)
    if n == 1:
        return {ring[0]: Spot(WIDTH / 2, HEIGHT / 2)}, WIDTH, HEIGHT
    if n == 2:
        far = WIDTH * 2.5
        return (
            {ring[0]: Spot(WIDTH / 2, HEIGHT / 2), ring[1]: Spot(far, HEIGHT / 2)},
            far + WIDTH / 2,
            HEIGHT,
        )
    boxed = n <= BOXED
    if boxed:  # a line between the two beside a box passes it, label and all
        radius = max(WIDTH * 1.2, (WIDTH / 2 + 65) / (1 - cos(2 * pi / n)))
    else:
        radius = max(LABEL_ROOM, n * LINE / (2 * pi))
    x, y = (WIDTH / 2, HEIGHT / 2) if boxed else (REACH, REACH)
    angles = [2 * pi * k / n - pi / 2 for k in range(n)]
    return (
        {
            chunk: Spot(x + radius * (1 + cos(a)), y + radius * (1 + sin(a)), None if boxed else a)
            for chunk, a in zip(ring, angles, strict=True)
        },
        2 * (radius + x),
        2 * (radius + y),
    )


def _edge(conflict: Conflict, spots: Mapping[str, Spot], label: int | None) -> str:
    """The line of a conflict, from who goes first; with a label where ``label`` counts it."""
    start = conflict.first if conflict.first in (conflict.a, conflict.b) else conflict.a
    a, b = spots[start], spots[conflict.other(start)]
    (x1, y1), (x2, y2) = _border(a, b), _border(b, a)
    directed = conflict.verdict is Verdict.SERIALIZE and conflict.first is not None
    tip = ' marker-end="url(#tip)"' if directed else ""
    told = [
        f"{one_line(conflict.a)} × {one_line(conflict.b)}: {_verdict(conflict)}",
        _cut(one_line(conflict.why), SENTENCE),
    ]
    parts = [
        f'<g class="edge {conflict.verdict}"><title>{words(chr(10).join(told))}</title>',
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{tip}/>',
    ]
    if label is not None:
        t = ALONG[label % len(ALONG)]
        x, y = x1 + (x2 - x1) * t, y1 + (y2 - y1) * t
        for dy, line in ((-4, _what(conflict)), (9, _by(conflict))):
            parts.append(
                f'<text class="label" x="{x:.1f}" y="{y + dy:.1f}" text-anchor="middle">'
                f"{words(line)}</text>"
            )
    return "".join([*parts, "</g>"])


def _what(conflict: Conflict) -> str:
    """The type of its strongest overlap, which is the first, and the probability."""
    kind = f"{conflict.overlaps[0].type.lower()} " if conflict.overlaps else ""
    return f"{kind}{conflict.probability:.0%}"


def _by(conflict: Conflict) -> str:
    return f"{conflict.verdict.lower().replace('_', ' ')} ({conflict.decided_by})"


def _verdict(conflict: Conflict) -> str:
    first = f", {one_line(conflict.first)} first" if conflict.first else ""
    return f"{conflict.verdict}{first} ({conflict.decided_by}), {_what(conflict)}"


def _border(of: Spot, toward: Spot) -> tuple[float, float]:
    """Where the line between two middles leaves the first one's box or dot."""
    dx, dy = toward.x - of.x, toward.y - of.y
    if of.angle is None:
        share = min(
            WIDTH / 2 / abs(dx) if dx else 1.0,
            HEIGHT / 2 / abs(dy) if dy else 1.0,
        )
    else:
        share = DOT / (hypot(dx, dy) or 1.0)
    return of.x + dx * share, of.y + dy * share


def _node(chunk: str, spot: Spot, status: Status | None) -> str:
    """A live chunk; without a status, the operator's own files."""
    name = one_line(chunk) if status else "your files"
    says = f"{GLYPHS[status]} {status}" if status else "uncommitted, unsaved"
    kind = status or OPERATOR
    return "".join(
        [
            f'<g class="node {kind}" transform="translate({spot.x:.1f} {spot.y:.1f})">',
            f"<title>{words(f'{name}: {says}')}</title>",
            *(_box(name, says) if spot.angle is None else _dot(name, says, spot.angle)),
            "</g>",
        ]
    )


def _box(name: str, says: str) -> Iterator[str]:
    yield (
        f'<rect x="{-WIDTH / 2}" y="{-HEIGHT / 2}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
        f'<text class="name" y="-4" text-anchor="middle">{words(_cut(name, NAME))}</text>'
        f'<text class="status" y="13" text-anchor="middle">{words(says)}</text>'
    )


def _dot(name: str, says: str, angle: float) -> Iterator[str]:
    turned = cos(angle) < 0  # names on the left would stand on their heads
    turn, x = degrees(angle) + (180 if turned else 0), -DOT - 6 if turned else DOT + 6
    yield (
        f'<circle r="{DOT}"/><text x="{x}" y="4" transform="rotate({turn:.1f})" '
        f'text-anchor="{"end" if turned else "start"}"><tspan class="name">'
        f'{words(_cut(name, NAME))}</tspan> <tspan class="status">{words(says)}</tspan></text>'
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
