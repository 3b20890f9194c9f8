"""How long until the editor shows that two agents have come into each other's way.

`python -m bench.live_conflicts [ROUNDS]`. A real daemon, real workspaces, a real LSP session
through the shim: the clock runs from the write of a file in one workspace to the diagnostic of the
conflict that it makes with the work in another (and from the write that takes it back to its
going). Beside it what a peer does for the same knowledge: `git merge-tree` on all pairs, each time.
"""

import itertools
import math
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.editor import Editor
from bench.measuring import print_machine
from bench.start import FILES, make_repository, path, rig, source
from tests.e2e.rig import Rig

ROUNDS = 20
FEW, SOME, MANY = 5, 20, 50
"""Workspaces that are live."""
SMALL = 200
"""Files in each of few and of many: there it is the number of workspaces that matters."""
FASTER = 10.0
"""How many times as fast as the peer, at least, p95 against the peer's median."""
GROWTH = 1.5
"""The median with many workspaces beside that with few, at most."""
PATIENCE = 120.0
_WORD = re.compile(r"[\w-]+")


def main(rounds: int = ROUNDS) -> int:
    """Measure and print. The exit code: whether every target is met."""
    print_machine()
    faster = beside_a_peer(rounds)
    growth = beside_few(rounds)
    print_machine()
    return 0 if faster >= FASTER and growth <= GROWTH else 1


def beside_a_peer(rounds: int) -> float:
    """How many times as fast as the peer."""
    ours, peer = [], []
    with Pool.of(SOME, FILES) as some:
        for n in range(rounds):
            ours += some.both_ways()
            if n % 4 == 0:
                peer.append(some.all_pairs())
        faster = statistics.median(peer) / p95(ours)
        print(f"write to diagnostic, {SOME} workspaces of {FILES} files: {told(ours)}")
        print(f"all {SOME * (SOME - 1) // 2} pairs by merge-tree: {told(peer)}")
        print(f"  faster than the peer by {faster:.1f} (p95; target ≥ {FASTER:g})", flush=True)
    return faster


def beside_few(rounds: int) -> float:
    """How many times as long it takes with many workspaces as with few."""
    with ExitStack() as stack:
        pools = [stack.enter_context(Pool.of(n, SMALL)) for n in (FEW, MANY)]
        before = [pool.cpu() for pool in pools]
        seconds = in_turns(pools, rounds)
        used = [pool.cpu() - cpu for pool, cpu in zip(pools, before, strict=True)]
        growth = statistics.median(seconds[1]) / statistics.median(seconds[0])
        for n, found, cpu in zip((FEW, MANY), seconds, used, strict=True):
            print(f"write to diagnostic, {n} workspaces of {SMALL} files: {told(found)}")
            print(f"  {cpu / len(found) * 1000:.0f} ms of the daemon's own processor time a write")
        print(f"  {MANY} beside {FEW}: {growth:.2f} (median; target ≤ {GROWTH:g})", flush=True)
    return growth


def in_turns(pools: "list[Pool]", rounds: int) -> list[list[float]]:
    seconds: list[list[float]] = [[] for _ in pools]
    for _ in range(rounds):
        for pool, found in zip(pools, seconds, strict=True):
            found.extend(pool.both_ways())
    return seconds


def p95(seconds: list[float]) -> float:
    return sorted(seconds)[math.ceil(len(seconds) * 0.95) - 1]


def told(seconds: list[float]) -> str:
    middle, least = statistics.median(seconds), min(seconds)
    return f"{middle * 1000:.0f} ms, least {least * 1000:.0f}, p95 {p95(seconds) * 1000:.0f}"


class Pool:
    """A daemon with some live workspaces, and an editor on it."""

    def __init__(self, world: Rig, workspaces: int, editor: "Editor") -> None:
        self._world, self._editor = world, editor
        units = {unit["chunk"]: unit for unit in world.call("status")["units"]}
        self._folders = [Path(units[f"change-{n}"]["workspace"]) for n in range(workspaces)]
        self._units = [units[f"change-{n}"]["id"] for n in range(workspaces)]
        self._turn = itertools.cycle(range(workspaces))

    @classmethod
    @contextmanager
    def of(cls, workspaces: int, files: int) -> Iterator["Pool"]:
        """Every workspace has changed a function of its own, and has been seen to."""
        with rig() as world:
            world.configure(
                f"max_agents = {workspaces}\n"
                '[agents.idle]\ndriver = "command"\ncommand = ["sleep", "1000000"]\n'
            )
            make_repository(world, workspaces, files, agent="idle")
            world.start()
            world.inject(*(f"change-{n}" for n in range(workspaces)))
            for n in range(workspaces):
                world.reach(f"change-{n}", "RUNNING", within=PATIENCE)
                world.eventually(lambda n=n: world.agents(f"change-{n}.1"), within=PATIENCE)
            for n in range(workspaces):
                folder = Path(world.unit(f"change-{n}")["workspace"])
                (folder / path(n)).write_text(changed(n, "own"))
            for n in range(workspaces):
                world.eventually(lambda n=n: observed(world, n), within=PATIENCE)
            with Editor.on(world) as editor:
                yield cls(world, workspaces, editor)

    def cpu(self) -> float:
        """Seconds of processor time of the daemon itself, its children's left out (proc(5))."""
        stat = Path(f"/proc/{self._world.daemon_pid}/stat").read_text()
        return sum(map(int, stat.rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK")

    def both_ways(self) -> list[float]:
        """Seconds from a write to the conflict that it makes, and from its undoing to no conflict.

        The next workspace changes what the one after it has changed.
        """
        one = next(self._turn)
        other = (one + 1) % len(self._folders)
        file, pair = self._folders[one] / path(other), {f"change-{one}", f"change-{other}"}
        there = self._timed(file, changed(other, "else"), other, pair, shown=True)
        gone = self._timed(file, source(other), other, pair, shown=False)
        return [there, gone]

    def _timed(self, file: Path, text: str, n: int, pair: set[str], *, shown: bool) -> float:
        start = time.perf_counter()
        file.write_text(text)
        self._editor.until(
            (self._world.root / path(n)).as_uri(), lambda found: (pair in named(found)) is shown
        )
        return time.perf_counter() - start

    def all_pairs(self) -> float:
        """Seconds that a peer's look at all pairs takes; their commits are there already."""
        state = next((self._world.home / "state").rglob("units"))
        stores = [state / unit / "snap.git" for unit in self._units]
        refs = [f"refs/pointsman/snapshots/{unit}" for unit in self._units]
        commits = [
            self._world.git("--git-dir", str(store), "rev-parse", ref)
            for store, ref in zip(stores, refs, strict=True)
        ]
        objects = ":".join(str(store / "objects") for store in stores)
        env = {**self._world.env, "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects}
        start = time.perf_counter()
        for pair in itertools.combinations(commits, 2):
            command = ["git", "merge-tree", "--write-tree", *pair]
            subprocess.run(command, cwd=self._world.root, env=env, capture_output=True, check=False)
        return time.perf_counter() - start


def changed(n: int, words: str) -> str:
    return source(n).replace(f"return {n} + number", f"return {n} - number, {words!r}")


def named(diagnostics: list[dict[str, Any]]) -> list[set[str]]:
    """By diagnostic, the chunks that it names."""
    words = (set(_WORD.findall(d["message"])) for d in diagnostics)
    return [{word for word in found if word.startswith("change-")} for found in words]


def observed(world: Rig, n: int) -> bool:
    """Whether its change is in a snapshot."""
    touches: list[dict[str, Any]] = world.call("footprint", unit=f"change-{n}")["touches"]
    return any(t["path"] == path(n) and t["why"].startswith("snapshot") for t in touches)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
