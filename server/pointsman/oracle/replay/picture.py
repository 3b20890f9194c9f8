"""The picture of a replay: how probabilities hold, and what each rule finds, as an SVG."""

from collections.abc import Iterable, Iterator, Sequence

from pointsman.model.svg import document, words
from pointsman.oracle.replay.measure import Measured, Reliability, Table

SIZE = 320
"""Pixels of a plot's side."""
GAP = 130
TOP = 60
LEGEND = 18
_COLOURS = (
    *("#9a9a9a", "#c77d0a", "#7a5ccc", "#2b7fb8", "#1f8a4c", "#b8336a", "#55606e"),
    *("#d9a21b", "#3f4fb5", "#00a0a0", "#e0567f", "#8a5a2b", "#5fae2f", "#111111"),
)
_STYLE = (
    ".paper{fill:#fff}text{fill:#333}.title{font-weight:600;font-size:13px}"
    ".axis{stroke:#bbb;fill:none}.ideal{stroke:#ccc;stroke-dasharray:4 4}"
)


def picture(measured: Measured, title: str) -> str:
    """An SVG document: reliability curves, then precision against recall of every table."""
    plots = [
        _plot(f"{table.title} ({table.pairs:,} pairs)", "recall", "precision", _points(table))
        for table in measured.tables
        if any(line.precision is not None and line.recall is not None for line in table.lines)
    ]
    if measured.reliability:
        plots.insert(
            0,
            _plot(
                "What was said, and what happened",
                "said",
                "happened",
                _curves(measured.reliability),
            ),
        )
    height = TOP + SIZE + 50 + LEGEND * max((rows for _, rows in plots), default=0)
    width = GAP + len(plots) * (SIZE + GAP)
    parts = [
        f'<g transform="translate({GAP + n * (SIZE + GAP)} {TOP})">{drawn}</g>'
        for n, (drawn, _) in enumerate(plots)
    ]
    return document(width, height, title, _STYLE, *parts)


def _plot(title: str, x: str, y: str, shapes: Iterable[tuple[str, str]]) -> tuple[str, int]:
    """Axes from 0 to 1, shapes, and a legend below; and how many rows that has."""
    parts = [
        f'<text class="title" y="-20">{words(title)}</text>',
        f'<rect class="axis" width="{SIZE}" height="{SIZE}"/>',
        f'<text x="{SIZE / 2}" y="{SIZE + 34}" text-anchor="middle">{x}</text>',
        f'<text transform="translate(-40 {SIZE / 2}) rotate(-90)" text-anchor="middle">{y}</text>',
    ]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        at = tick * SIZE
        parts.append(f'<text x="{at}" y="{SIZE + 17}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="-8" y="{SIZE - at + 4}" text-anchor="end">{tick:g}</text>')
    rows = 0
    for n, (shape, label) in enumerate(shapes):
        colour = _COLOURS[n % len(_COLOURS)]
        below = SIZE + 56 + LEGEND * n
        parts.append(f'<g fill="{colour}" stroke="{colour}">{shape}</g>')
        parts.append(f'<circle cx="5" cy="{below - 4}" r="4" fill="{colour}"/>')
        parts.append(f'<text x="16" y="{below}">{words(label)}</text>')
        rows = n + 1
    return "".join(parts), rows


def _points(table: Table) -> Iterator[tuple[str, str]]:
    for line in table.lines:
        if line.precision is not None and line.recall is not None:
            spot = f'<circle cx="{line.recall * SIZE:.1f}" cy="{(1 - line.precision) * SIZE:.1f}" '
            yield f'{spot}r="5" fill-opacity=".7"/>', line.rule


def _curves(reliability: Sequence[Reliability]) -> Iterator[tuple[str, str]]:
    ideal = f'<path class="ideal" d="M0 {SIZE}L{SIZE} 0"/>'
    for curve in reliability:
        spots = [(bin.said * SIZE, (1 - bin.happened) * SIZE, bin.pairs) for bin in curve.bins]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in spots)
        dots = "".join(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{min(2 + pairs**0.25, 9):.1f}">'
            f"<title>{pairs:,} pairs</title></circle>"
            for x, y, pairs in spots
        )
        shape = f'{ideal}<polyline fill="none" points="{line}"/>{dots}'
        yield shape, f"{curve.title}: Brier {curve.brier:.3f}"
        ideal = ""
