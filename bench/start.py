"""How long the operator waits for a start, and what a daemon costs that has nothing to do.

`python -m bench.start [ROUNDS]`. Times are told as ratios to a yardstick that is measured in the
same run: what the same machine takes for a thing that can't be avoided.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.measuring import Row, in_turns, print_machine, print_ratios, timed
from tests.e2e.rig import Rig, rigs

from pointsman.doors.client import Client
from pointsman.doors.framing import frame, read_message

FILES = 2000
ROUNDS = 12
IDLE_SECONDS = 20.0
IDLE_CPU = 1.0
"""Per cent of one core, at most."""
IDLE_MEGABYTES = 120.0

INJECT, CLONE = "inject to agent started", "git clone --shared"
WARM, SOCKET = "lsp to initialize, warm", "import json, socket"
COLD, PYGLS = "lsp to initialize, cold", "import pygls.lsp.server"
ROWS = (Row(INJECT, CLONE, 3.0), Row(WARM, SOCKET, 3.0), Row(COLD, PYGLS, 1.8))

PROGRAM = Path(sys.executable).with_name("pointsman")
INITIALIZE = (
    b'{"jsonrpc":"2.0","id":1,"method":"initialize",'
    b'"params":{"processId":null,"rootUri":null,"capabilities":{}}}'
)


def main(rounds: int = ROUNDS) -> int:
    """Measure and print. The exit code: whether every target is met."""
    print_machine()
    with rig() as world:
        make_repository(world, chunks=rounds)
        world.start()
        seconds = in_turns({INJECT: InjectOnce(world), CLONE: lambda: clone_by_hand(world)}, rounds)
        idle = print_idle(world)
        world.stop()
        seconds |= in_turns({COLD: lambda: cold(world), PYGLS: lambda: imported(PYGLS)}, rounds)
        world.start()
        seconds |= in_turns(
            {WARM: lambda: answered(world), SOCKET: lambda: imported(SOCKET)}, rounds
        )
    met = print_ratios(ROWS, seconds)
    print_machine()
    return 0 if met and idle else 1


# ---- the world


@contextmanager
def rig() -> Iterator[Rig]:
    yield from rigs()


def make_repository(world: Rig, chunks: int, files: int = FILES, **front: str) -> None:
    """Python files, and chunks of which each changes a function of its own."""
    world.make_repository({path(n): source(n) for n in range(files)})
    for n in range(chunks):
        old, new = f"return {n} + number", f"return {n} - number"
        world.chunk(
            f"change-{n}",
            {"replace": {"path": path(n), "old": old, "new": new}},
            approach=f"`count_{n}` in {path(n)} is to count down.",
            commit=False,
            **front,
        )
    world.commit("plan")


def path(n: int) -> str:
    return f"src/part_{n % 100}/module_{n}.py"


def source(n: int) -> str:
    lines = [f'"""Module {n}."""', ""]
    for other in range(10):
        lines += [
            "",
            f"def other_{n}_{other}(names):",
            f"    return [n for n in names if n > {other}]",
            "",
        ]
    return "\n".join([*lines, "", f"def count_{n}(number):", f"    return {n} + number", ""])


# ---- from inject to the agent's start


class InjectOnce:
    """Injects the next chunk while nothing else runs, and waits until it has landed."""

    def __init__(self, world: Rig) -> None:
        self._world, self._next = world, 0

    def __call__(self) -> float:
        chunk, self._next = f"change-{self._next}", self._next + 1
        seq = self._world.call("status")["seq"]
        called = time.time()
        self._world.inject(chunk)
        landed(self._world, chunk, since=seq)
        (attempt,) = self._world.call("unit", unit=chunk)["attempts"]
        return datetime.fromisoformat(attempt["startedAt"]).timestamp() - called


def landed(world: Rig, chunk: str, since: int) -> None:
    """Wait, by events, until the chunk's unit is COMPLETED and its workspace is gone."""
    with closing(connected(world)) as client:
        for event in client.follow(since):
            unit: dict[str, Any] = event["data"].get("unit", {})
            done = unit.get("chunk") == chunk and unit["status"] == "COMPLETED"
            if done and "workspace" not in unit:
                return


def connected(world: Rig) -> Client:
    os.environ["XDG_RUNTIME_DIR"] = str(world.runtime)
    return Client.connect(world.root, start=False)


def clone_by_hand(world: Rig) -> float:
    into = world.home / "by-hand"
    command = ["git", "clone", "--quiet", "--shared", str(world.root), str(into)]
    seconds = timed(lambda: subprocess.run(command, env=world.env, check=True))
    shutil.rmtree(into)
    return seconds


# ---- from an editor's start to the server's first answer


def answered(world: Rig) -> float:
    """Seconds from the start of ``pointsman lsp`` to the answer to ``initialize``."""
    start = time.perf_counter()
    with subprocess.Popen(
        [PROGRAM, "lsp"],
        cwd=world.root,
        env=world.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as shim:
        assert shim.stdin and shim.stdout
        shim.stdin.write(frame(INITIALIZE))
        shim.stdin.flush()
        answer = read_message(shim.stdout)
        seconds = time.perf_counter() - start
        assert answer is not None and b'"capabilities":{"' in answer.replace(b" ", b""), answer
        shim.stdin.close()
    return seconds


def cold(world: Rig) -> float:
    """The same where the daemon has to be started. It is stopped afterwards."""
    seconds = answered(world)
    with closing(connected(world)) as client:
        pid = client.pid
        client.call("shutdown")
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.01)
    return seconds


def imported(what: str) -> float:
    command = [sys.executable, "-c", what]
    return timed(lambda: subprocess.run(command, check=True))


# ---- doing nothing


def print_idle(world: Rig) -> bool:
    """CPU and memory of the daemon and its children, after it has run units. True if within."""
    before = cpu_seconds(world.daemon_pid)
    time.sleep(IDLE_SECONDS)
    cpu = (cpu_seconds(world.daemon_pid) - before) / IDLE_SECONDS * 100
    processes = [world.daemon_pid, *children(world.daemon_pid)]
    pss = sum(kilobytes(pid, "Pss") for pid in processes) / 1024
    rss = kilobytes(world.daemon_pid, "Rss") / 1024
    print(
        f"idle daemon: {cpu:.2f} % CPU over {IDLE_SECONDS:g} s (target < {IDLE_CPU:g}); "
        f"{pss:.0f} MB PSS in {len(processes)} processes (target < {IDLE_MEGABYTES:g}), "
        f"{rss:.0f} MB RSS of the daemon itself"
    )
    return cpu < IDLE_CPU and pss < IDLE_MEGABYTES


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of the children that it has waited for (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return [*found, *(deeper for child in found for deeper in children(child))]


def kilobytes(pid: int, field: str) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(f"{field}:"))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
