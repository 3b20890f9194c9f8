"""What people see of a result: a console that respects NO_COLOR, pipes and narrow terminals.

To a terminal, tables fit its width. To a pipe, nothing is coloured, wrapped or cut.
"""

import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pointsman.doors.cli.text import clean

Cell = Text | str

STYLES = {
    "PENDING": "dim",
    "READY": "white",
    "ASSIGNED": "cyan",
    "RUNNING": "bold cyan",
    "NEEDS_ATTENTION": "bold yellow",
    "BLOCKED": "magenta",
    "COMPLETED": "green",
    "FAILED": "bold red",
    "CANCELLED": "dim",
}
"""The colour of each status; the same in every table, in the lanes and in the demo."""

GLYPHS = {
    "PENDING": "·",
    "READY": "○",
    "ASSIGNED": "◐",
    "RUNNING": "●",
    "NEEDS_ATTENTION": "◆",
    "BLOCKED": "■",
    "COMPLETED": "✓",
    "FAILED": "✗",
    "CANCELLED": "−",
}
"""And its sign, so that nothing depends on colour alone."""

PIPE_WIDTH = 10_000


class Out:
    """Standard output for people."""

    def __init__(self, stream: TextIO | None = None) -> None:
        stream = stream or sys.stdout
        self.terminal = stream.isatty()
        self.stream = stream
        self.console = Console(
            file=stream,
            highlight=False,
            soft_wrap=False,
            width=None if self.terminal else PIPE_WIDTH,
        )

    def say(self, *words: Cell, style: str = "", indent: int = 0) -> None:
        """A paragraph. Plain strings may come from anybody; they are cleaned."""
        text = joined(*words)
        text.style = style
        for line in text.split("\n", allow_blank=True):
            for row in line.wrap(self.console, max(self.console.width - indent, 20)):
                self.console.print(Text(" " * indent) + row)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """Rows under headings. The last column takes what is left of the width, and wraps."""
        table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
        for n, heading in enumerate(columns):
            last = n == len(columns) - 1
            table.add_column(heading, no_wrap=not last, overflow="fold" if last else "ellipsis")
        for row in rows:
            table.add_row(*(cell if isinstance(cell, Text) else Text(clean(cell)) for cell in row))
        if table.row_count:
            self.show(table)

    def show(self, table: Table) -> None:
        """A table; in a pipe without the blanks that fill up its lines."""
        if self.terminal:
            self.console.print(table)
            return
        with self.console.capture() as captured:
            self.console.print(table)
        for line in captured.get().splitlines():
            self.stream.write(line.rstrip() + "\n")

    def ruled(self, title: str) -> None:
        """A heading."""
        self.console.print(Text(title, style="bold"))


def joined(*words: Cell) -> Text:
    """One text of several; plain strings are cleaned."""
    return Text.assemble(*(w if isinstance(w, Text) else clean(w) for w in words))


def dotted(parts: Iterable[Text]) -> Text:
    """Parts on one line, a dot between them."""
    return Text(" · ").join(parts)


def status_text(status: str) -> Text:
    """A status with its sign, in its colour."""
    return Text(f"{GLYPHS.get(status, '?')} {status}", style=STYLES.get(status, ""))


def fields(*pairs: tuple[str, Any]) -> Table:
    """Names and values below each other; absent values are left out."""
    grid = Table(box=None, show_header=False, pad_edge=False)
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs:
        if value not in (None, "", []):
            grid.add_row(name, value if isinstance(value, Text) else Text(clean(value)))
    return grid
