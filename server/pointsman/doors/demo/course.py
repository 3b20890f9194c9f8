"""From injection to the last landing: show the lanes, ask what has to be asked, answer in time."""

import os
import select
import sys
import termios
import time
import tty
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, Protocol

from rich.live import Live

from pointsman.doors.cli.lanes.pool import Pool
from pointsman.doors.cli.lanes.view import Frame, legend
from pointsman.doors.cli.lanes.watch import FRAMES_A_SECOND, Changes, Follower
from pointsman.doors.cli.out import Out
from pointsman.doors.client import Client
from pointsman.doors.demo.prompt import Prompt, in_words
from pointsman.model.refusal import Refusal

Wire = dict[str, Any]


class Show(Protocol):
    """Where the demo is seen."""

    def __enter__(self) -> "Show": ...

    def __exit__(self, *_: object) -> None: ...

    def update(self, pool: Pool, prompt: Prompt | None) -> None:
        """Show the pool as it is."""

    def answered(self, item: Wire, words: str, *, by_default: bool) -> None:
        """Tell that an item was answered."""

    def keys(self, seconds: float) -> str:
        """What was typed; waits no longer than that for it."""


class Course:
    """The course of one demo."""

    def __init__(self, follower: Follower, client: Client, patience: float, limit: float) -> None:
        self._follower, self._client = follower, client
        self._patience, self._limit = patience, limit
        self._prompt: Prompt | None = None

    def run(self, show: Show) -> None:
        """Until every unit has ended. Raises Refusal if the daemon goes away or time is over."""
        deadline = time.monotonic() + self._limit
        with show:
            while True:
                with self._follower.lock:
                    done = all(lane.ended for lane in self._follower.pool.lanes.values())
                    self._ask()
                    show.update(self._follower.pool, self._prompt)
                if done:
                    return
                if self._follower.ended is not None:
                    raise self._follower.ended
                if time.monotonic() > deadline:
                    words = f"Not everything landed within {self._limit:g} seconds."
                    raise Refusal("daemon-unreachable", words, "See `pointsman status`.")
                self._answer(show)

    def _ask(self) -> None:
        """One question at a time; one that was answered elsewhere is taken away."""
        items = self._follower.pool.items
        if self._prompt is not None and self._prompt.item["id"] not in items:
            self._prompt = None
        if self._prompt is None and items:
            oldest = self._follower.pool.waiting()[0]
            self._prompt = Prompt(oldest, time.monotonic() + self._patience, time.monotonic)

    def _answer(self, show: Show) -> None:
        """Wait for keys for a moment; send the answer if there is one now."""
        keys = show.keys(1 / FRAMES_A_SECOND)
        prompt = self._prompt
        if prompt is None:
            return
        answer = prompt.key(keys)
        by_default = answer is None and prompt.timed_out()
        if by_default:
            answer = prompt.default
        if answer is None:
            return
        self._prompt = None
        try:
            self._client.call("answer", answer)
        except Refusal as refusal:
            if refusal.code not in ("already-answered", "item-not-found"):
                raise
        with self._follower.lock:
            self._follower.pool.items.pop(prompt.item["id"], None)
        show.answered(prompt.item, in_words(prompt.item, answer), by_default=by_default)


def frame(pool: Pool, opened: datetime, prompt: Prompt | None) -> Frame:
    """The lanes, and below them the question if there is one."""
    below = prompt.panel() if prompt is not None else legend()
    return Frame(pool, datetime.now(UTC), opened, below)


class Screen:
    """A terminal with somebody at it: the lanes move, questions stand below them."""

    def __init__(self, out: Out) -> None:
        self._out = out
        self._opened = datetime.now(UTC)
        self._stack = ExitStack()
        self._live = Live(console=out.console, auto_refresh=False, vertical_overflow="crop")

    def __enter__(self) -> "Screen":
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        self._stack.callback(termios.tcsetattr, descriptor, termios.TCSADRAIN, before)
        tty.setcbreak(descriptor)  # keys come as they are pressed; Ctrl-C still interrupts
        self._stack.enter_context(self._live)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def update(self, pool: Pool, prompt: Prompt | None) -> None:
        self._live.update(frame(pool, self._opened, prompt), refresh=True)

    def answered(self, item: Wire, words: str, *, by_default: bool) -> None:
        pass  # the lanes show it

    def keys(self, seconds: float) -> str:
        readable, _, _ = select.select([sys.stdin], [], [], seconds)
        return os.read(sys.stdin.fileno(), 1024).decode(errors="ignore") if readable else ""


class Lines:
    """No terminal, or nobody at it: a line for every change and for every default taken."""

    def __init__(self, out: Out) -> None:
        self._out = out
        self._changes = Changes(out)

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, pool: Pool, prompt: Prompt | None) -> None:
        self._changes.tell(pool)

    def answered(self, item: Wire, words: str, *, by_default: bool) -> None:
        self._out.say(f"{item['id']}: {item['text']}")
        self._out.say(f"→ {words}" + (" (the default)" if by_default else ""), indent=2)
        self._out.stream.flush()

    def keys(self, seconds: float) -> str:
        time.sleep(seconds)
        return ""
