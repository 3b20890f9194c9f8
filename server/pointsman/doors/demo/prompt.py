"""A question below the lanes, answered by keys while the lanes go on; or by its default in time.

Pure: keys and times go in, parameters of ``answer`` come out.
"""

import re
from collections.abc import Callable
from typing import Any

from rich import box
from rich.panel import Panel
from rich.text import Text

from pointsman.doors.cli.show.attention import ASKS
from pointsman.doors.cli.text import clean, one_line
from pointsman.doors.typed import read_answer

Wire = dict[str, Any]

_ESCAPES = re.compile(r"\x1b(?:[\[O][0-9;]*[A-Za-z~])?")
"""What arrow and function keys send."""
_GIVE_UP = "give-up"


def default_of(item: Wire) -> Wire:
    """The answer that is taken if nobody gives one.

    Of a pair that collides, one goes first, as nothing can go wrong then; what an agent asks gets
    its first option. Where something is broken, the demo gives up rather than try for ever.
    """
    ids = [option["id"] for option in item["options"]]
    first = sorted(id for id in ids if id.startswith("first:"))
    if item["reason"] == "CONFLICT" and first:
        return {"item": item["id"], "option": first[-1]}
    if _GIVE_UP in ids:
        return {"item": item["id"], "option": _GIVE_UP}
    if ids:
        return {"item": item["id"], "option": ids[0]}
    return {"item": item["id"], "text": "As you think best."}


def in_words(item: Wire, answer: Wire) -> str:
    """An answer as a person would say it."""
    labels = {option["id"]: option["label"] for option in item["options"]}
    return one_line(answer.get("text") or labels.get(answer.get("option"), answer.get("option")))


class Prompt:
    """One attention item in front of the operator. ``deadline`` is on ``clock``, in seconds."""

    def __init__(self, item: Wire, deadline: float, clock: Callable[[], float]) -> None:
        self.item = item
        self.default = default_of(item)
        self._deadline, self._clock = deadline, clock
        self._typed = ""
        self._wrong = False

    @property
    def left(self) -> float:
        """Seconds until the default is taken. Whoever types has all the time they need."""
        return self._deadline - self._clock()

    def key(self, keys: str) -> Wire | None:
        """Take what was typed in; the answer once Enter was pressed on one.

        What was typed after that is dropped: it can't be meant for a question not yet seen.
        """
        for sign in _ESCAPES.sub("", keys):
            self._wrong = False
            if sign in "\r\n":
                answer = (
                    read_answer(self.item, self._typed) if self._typed.strip() else self.default
                )
                if answer is not None:
                    return answer
                self._typed, self._wrong = "", True
            elif sign in "\x7f\b":
                self._typed = self._typed[:-1]
            elif sign == "\x15":
                self._typed = ""
            elif sign.isprintable():
                self._typed += sign
        return None

    def timed_out(self) -> bool:
        """Whether it is time for the default."""
        return not self._typed and self.left <= 0

    def panel(self) -> Panel:
        """How it looks."""
        item = self.item
        lines = [Text(clean(item["text"]).strip())]
        for number, option in enumerate(item["options"], start=1):
            chosen = self.default.get("option") == option["id"]
            lines.append(
                Text.assemble(
                    (f" {number} ", "bold cyan"),
                    (one_line(option["label"]), "bold" if chosen else ""),
                    ("  ← Enter" if chosen else "", "dim"),
                )
            )
        lines.append(self._line())
        title = Text.assemble(
            ("◆ ", "bold yellow"),
            (one_line(item.get("chunk") or "Pointsman"), "bold"),
            f" {ASKS[item['reason']]}",
        )
        return Panel(
            Text("\n").join(lines),
            title=title,
            title_align="left",
            box=box.ROUNDED,
            border_style="yellow",
            padding=(0, 1),
        )

    def _line(self) -> Text:
        line = Text.assemble(("▸ ", "bold yellow"), self._typed, ("▏", "blink"))
        if self._wrong:
            line.append(f" choose 1 to {len(self.item['options'])}", style="red")
        elif not self._typed:
            words = "a number" + (", or your own words" if self.item.get("freeText", True) else "")
            line.append(f" {words}, then Enter · default in {max(self.left, 0):.0f}s", style="dim")
        return line
