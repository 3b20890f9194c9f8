"""``pointsman status --watch``: follow events and draw frames, until Ctrl-C.

One thread hears events and feeds the pool; the main thread draws frames. Without a terminal, every
change is a line; with ``--json``, the status and then every event is an object on its own line.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from rich.live import Live

from pointsman.doors.cli.lanes.pool import Pool
from pointsman.doors.cli.lanes.view import Frame, says
from pointsman.doors.cli.out import Out, status_text
from pointsman.doors.cli.run import DONE, Invocation
from pointsman.doors.client import Client
from pointsman.model.refusal import Refusal

FRAMES_A_SECOND = 8
WORDS_EVERY = 10.0
"""Seconds between two looks at when agents were last heard of."""
HISTORIES = 60
"""Of how many units the past is fetched."""


def load(client: Client) -> Pool:
    """The pool as it is now, with the past of its units."""
    status = client.call("status")
    items = client.call("attention")["items"]
    conflicts = client.call("conflicts")["conflicts"]
    pool = Pool.of(status, items, conflicts)
    newest = sorted(pool.lanes.values(), key=lambda lane: (not lane.ended, lane.since))
    for lane in newest[-HISTORIES:]:
        unit = lane.unit["id"]
        pool.remember(unit, client.call("history", {"unit": unit})["events"])
    return pool


class Follower:
    """Feeds a pool with events from a connection of its own, in a thread of its own.

    ``changed`` is set after every event and at the end; hold ``lock`` while reading the pool.
    """

    def __init__(self, pool: Pool, client: Client, asking: Client) -> None:
        self.pool = pool
        self.lock = threading.Lock()
        self.changed = threading.Event()
        self.ended: Refusal | None = None
        self._client, self._asking = client, asking
        self._asked = time.monotonic()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def look_for_words(self) -> None:
        """Ask, now and then, when agents were last heard of. For the thread that draws."""
        if time.monotonic() - self._asked < WORDS_EVERY:
            return
        self._asked = time.monotonic()
        with suppress(Refusal, OSError):  # the events' connection tells what is wrong
            status = self._asking.call("status")
            with self.lock:
                self.pool.hear(status)

    def _run(self) -> None:
        try:
            for event in self._client.follow(self.pool.seq):
                with self.lock:
                    self.pool.feed(event)
                self.changed.set()
        except Refusal as refusal:
            self.ended = refusal
        except (OSError, ValueError) as error:  # the connection was closed under it
            self.ended = Refusal("daemon-unreachable", str(error), "")
        self.changed.set()


@contextmanager
def following(connect: Callable[[], Client]) -> Iterator[Follower]:
    """The pool, kept up to date until the end of the ``with``."""
    with connect() as asking, connect() as client:
        follower = Follower(load(asking), client, asking)
        follower.start()
        yield follower


def watch(invocation: Invocation) -> int:
    """Until Ctrl-C, or until the daemon is gone: then Refusal ``daemon-unreachable``."""
    if invocation.json:
        return _as_json(invocation)
    out = Out()
    if out.terminal and not out.console.is_dumb_terminal:
        with following(invocation.connect) as follower:
            draw(follower, out)
    else:
        with invocation.connect() as client:
            _tell(client, out)
    raise Refusal(
        "daemon-unreachable", "The daemon has stopped.", "`pointsman daemon start` starts it again."
    )


def draw(follower: Follower, out: Out) -> None:
    """Frames, until the daemon is gone."""
    opened = datetime.now(UTC)

    def frame() -> Frame:
        with follower.lock:
            return Frame(follower.pool, datetime.now(UTC), opened)

    try:
        with Live(frame(), console=out.console, screen=True, auto_refresh=False) as live:
            while follower.ended is None:
                follower.look_for_words()
                live.update(frame(), refresh=True)
                follower.changed.wait(1 / FRAMES_A_SECOND)
                follower.changed.clear()
    finally:  # what was last seen stays on the ordinary screen
        out.console.print(frame())


class Changes:
    """A pool as lines of text: one for every change of what a unit is at."""

    def __init__(self, out: Out) -> None:
        self._out = out
        self._told: dict[str, tuple[object, ...]] = {}

    def tell(self, pool: Pool) -> None:
        """Print what is not as it was told last."""
        for id, lane in pool.lanes.items():
            state = (lane.status, lane.unit.get("phase"), tuple(lane.unit.get("blockedBy", ())))
            if self._told.get(id) != state:
                self._told[id] = state
                self._out.say(f"{id:20} ", status_text(lane.status), "  ", says(lane, pool))
        self._out.stream.flush()


def _tell(client: Client, out: Out) -> None:
    """Lines, until the daemon is gone."""
    pool, changes = load(client), Changes(out)
    changes.tell(pool)
    with suppress(Refusal):
        for event in client.follow(pool.seq):
            pool.feed(event)
            changes.tell(pool)


def _as_json(invocation: Invocation) -> int:
    with invocation.connect() as client:
        status = client.call("status")
        print(json.dumps(status, ensure_ascii=False), flush=True)
        try:
            for event in client.follow(status["seq"]):
                print(json.dumps(event, ensure_ascii=False), flush=True)
        except Refusal as refusal:
            if refusal.code != "daemon-stopping":
                raise
    sys.stdout.flush()
    return DONE
