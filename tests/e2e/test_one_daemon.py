"""One daemon a repository, however it is started and stopped."""

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from rig import GATE, Rig

from pointsman.doors.framing import frame, read_message

pytestmark = pytest.mark.e2e

PROGRAM = Path(sys.executable).parent / "pointsman"
SHIMS = 8


class Editor:
    """What an editor does with ``pointsman lsp``, as far as it matters here."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.process = subprocess.Popen(
            [PROGRAM, "lsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=rig.root,
            env=rig.env,
        )

    def ask(self, id: int, method: str, params: dict[str, Any] | None) -> Any:
        message = {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
        self.process.stdin.write(frame(json.dumps(message).encode()))
        self.process.stdin.flush()
        while (body := read_message(self.process.stdout)) is not None:
            said = json.loads(body)
            if said.get("id") == id and "method" not in said:
                return said["result"]
        raise EOFError

    def begin(self) -> dict[str, Any]:
        params = {"processId": None, "rootUri": self._rig.root.as_uri(), "capabilities": {}}
        self.ask(1, "initialize", params)
        params = {"command": "pointsman.status", "arguments": []}
        return self.ask(2, "workspace/executeCommand", params)["daemon"]

    def leave(self) -> int:
        self.ask(3, "shutdown", None)
        self.process.stdin.write(frame(b'{"jsonrpc": "2.0", "method": "exit"}'))
        self.process.stdin.close()
        return self.process.wait(20)


@pytest.fixture
def started_by_a_door(rig: Rig) -> Iterator[Rig]:
    """A rig whose daemon is started by whoever comes first. It is stopped at the end."""
    rig.make_repository()
    yield rig
    assert rig.cli("daemon", "stop").returncode == 0


def daemons(rig: Rig) -> list[int]:
    """The processes that serve the repository."""
    own = f"--repository {rig.root}/.git"
    found = [p for p, words in rig.processes().items() if "pointsman.daemon" in words]
    return [pid for pid in found if own in rig.processes().get(pid, "")]


def test_eight_shims_over_a_stale_socket_get_one_daemon_and_eight_sessions(started_by_a_door):
    rig = started_by_a_door
    # What a daemon that was killed leaves behind: its socket, and its word on where it is.
    rig.start()
    told = json.loads((rig.root / ".git/pointsman/daemon.json").read_text())
    rig.kill()
    assert Path(told["socket"]).is_socket()
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as knocking:
        assert knocking.connect_ex(told["socket"]) != 0

    editors = [Editor(rig) for _ in range(SHIMS)]
    with ThreadPoolExecutor(SHIMS) as pool:
        found = list(pool.map(Editor.begin, editors))
    assert len({daemon["pid"] for daemon in found}) == 1
    assert daemons(rig) == [found[0]["pid"]]
    assert [editor.leave() for editor in editors] == [0] * SHIMS
    assert daemons(rig) == [found[0]["pid"]], "it outlives every editor"


def test_a_second_daemon_is_refused(rig):
    rig.make_repository()
    rig.start()
    second = rig.cli("daemon", "run")
    assert second.returncode == 2
    assert "Another daemon" in second.stderr
    assert rig.call("status")["daemon"]["pid"] == rig.daemon_pid


def test_sigterm_snapshots_and_stops_agents_and_the_next_start_goes_on(rig):
    rig.make_repository()
    rig.chunk("going", {"write": {"path": "going.txt", "text": "1\n"}}, GATE)
    rig.chunk("asking", {"ask": {"question": "Well?"}}, {"run": "echo '{answer}' > asking.txt"})
    rig.start()
    rig.inject("going", "asking")
    rig.at_gate("going")
    question = rig.item("asking", "QUESTION")
    rig.stop(within=15)
    assert rig.processes() == {}
    kept = rig.git("rev-parse", "refs/pointsman/snapshots/going.1")
    assert rig.git("show", f"{kept}:going.txt") == "1"

    rig.start()
    rig.at_gate("going")
    rig.open("going")
    rig.call("answer", item=question["id"], text="well")
    rig.reach("going", "COMPLETED")
    rig.reach("asking", "COMPLETED")
    assert rig.on_base("asking.txt") == "well\n"
    assert {rig.unit(c)["attempts"] for c in ("going", "asking")} == {0}


def test_stop_with_drain_lets_what_runs_end_first(rig):
    rig.make_repository()
    rig.chunk("running", {"write": {"path": "running.txt", "text": "1\n"}}, GATE)
    rig.chunk("next", {"write": {"path": "next.txt", "text": "1\n"}})
    rig.configure("max_agents = 1\n")
    rig.start()
    rig.inject("running")
    rig.at_gate("running")
    rig.inject("next")
    stopping = subprocess.Popen(
        [PROGRAM, "daemon", "stop", "--drain"],
        cwd=rig.root,
        env=rig.env,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert "starts nothing new" in stopping.stdout.readline()
    rig.open("running")
    assert stopping.wait(30) == 0
    rig.ended()
    assert rig.times_landed("running") == 1
    assert rig.times_landed("next") == 0
    assert rig.processes() == {}


def test_daemon_stop_leaves_no_process_and_nobody_there(started_by_a_door):
    rig = started_by_a_door
    rig.chunk("endless", GATE)
    assert rig.cli("inject", "endless").returncode == 0
    rig.at_gate("endless")
    assert len(daemons(rig)) == 1
    assert rig.cli("daemon", "stop").returncode == 0
    assert rig.processes() == {}
    with (rig.root / ".git/pointsman/daemon.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert list(rig.runtime.rglob("*.sock")) == []


def test_a_daemon_that_is_stopped_twice_does_not_wait_for_the_drain(rig):
    rig.make_repository()
    rig.chunk("endless", GATE)
    rig.start()
    rig.inject("endless")
    rig.at_gate("endless")
    rig.call("shutdown", drain=True)
    assert rig.unit("endless")["status"] == "RUNNING"
    os.kill(rig.daemon_pid, signal.SIGTERM)
    rig.ended()
    assert rig.processes() == {}
