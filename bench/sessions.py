"""Whether a session among a hundred is answered as fast as one alone.

`python -m bench.sessions [ROUNDS]`. Two real daemons, one with a single session, the other with a
hundred attached at once, each with a file open; round trips on both, in turns.
"""

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.editor import Editor
from bench.measuring import print_machine, timed
from bench.start import cpu_seconds, rig
from tests.e2e.rig import CODE, Rig

SESSIONS = 100
ROUNDS = 30
IDLE = 0.03
"""Seconds of processor time in a second, below which a daemon has nothing to do."""
MOST = 1.5
"""Times the round trip of a session alone that each among them may take, at most."""


def main(rounds: int = ROUNDS) -> int:
    """Measure and print. The exit code: whether every target is met."""
    print_machine()
    with ExitStack() as stack:
        one, many = (stack.enter_context(served()) for _ in range(2))
        (alone,) = attached(stack, one, 1)
        among = attached(stack, many, SESSIONS)
        for world in (one, many):
            settle(world)
        by_itself: list[float] = []
        by_session: list[list[float]] = [[] for _ in among]
        for _ in range(rounds):
            for editor, found in zip(among, by_session, strict=True):
                by_itself.append(timed(alone.trip))
                found.append(timed(editor.trip))
    floor = statistics.median(by_itself)
    whole = statistics.median(second for found in by_session for second in found)
    slowest = max(statistics.median(found) for found in by_session)
    print(f"round trip, alone: {floor * 1e6:.0f} µs")
    print(f"among {SESSIONS}: {whole * 1e6:.0f} µs, {whole / floor:.2f} times")
    print(f"the slowest of them: {slowest * 1e6:.0f} µs, {slowest / floor:.2f} (target ≤ {MOST:g})")
    print_machine()
    return 0 if slowest <= MOST * floor else 1


@contextmanager
def served() -> Iterator[Rig]:
    with rig() as world:
        world.make_repository()
        world.start()
        yield world


def settle(world: Rig) -> None:
    """Wait until the daemon has done what it does after a start and after sessions have come."""
    before = cpu_seconds(world.daemon_pid)
    while True:
        time.sleep(1)
        now = cpu_seconds(world.daemon_pid)
        if now - before < IDLE:
            return
        before = now


def attached(stack: ExitStack, world: Rig, sessions: int) -> list[Editor]:
    editors = []
    for n in range(sessions):
        editor = stack.enter_context(Editor.directly(world))
        uri = (world.root / f"src/{n}.py").as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": CODE}
        editor.send(method="textDocument/didOpen", params={"textDocument": document})
        editor.trip()
        editors.append(editor)
    return editors


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
