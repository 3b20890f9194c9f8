"""What a unit's agent can't reach; each attempt is made outside too, where it works."""

import shlex
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig import GATE, Rig

pytestmark = pytest.mark.e2e

SECRET = "OPERATORS_SECRET"
CONNECT = "import socket, sys; socket.socket({family}).connect({address})"


def connecting(family: str, address: object) -> str:
    """A command that connects to a socket."""
    code = CONNECT.format(family=f"socket.{family}", address=repr(address))
    return f"python3 -c {shlex.quote(code)}"


@pytest.fixture(scope="module")
def listener() -> Iterator[int]:
    """A port of the operator's machine on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def attempts(shared: Rig, listener: int) -> dict[str, str]:
    """Commands by what they try. ``other`` is at work meanwhile, with a workspace of its own."""
    rig = shared
    rig.stop()
    rig.env[SECRET] = "hunter2"
    rig.start()
    (rig.home / "secret.txt").write_text("hunter2\n")
    rig.chunk("other", {"write": {"path": "other.txt", "text": "1\n"}}, GATE)
    rig.inject("other")
    other = rig.at_gate("other")["workspace"]
    state = other.removesuffix("/workspaces/other.1")
    ours = f"{rig.root}/.git/pointsman"
    (sock,) = rig.runtime.glob("pointsman/*.sock")
    return {
        "read-checkout": f"cat {rig.root}/src/greet.py",
        "read-config": f"cat {rig.root}/.git/config",
        "read-ledger": f"head -c 16 {ours}/ledger.db",
        "list-state": f"ls {ours}",
        "daemon-socket": connecting("AF_UNIX", str(sock)),
        "network": connecting("AF_INET", ("127.0.0.1", listener)),
        "read-other-workspace": f"cat {other}/other.txt",
        "read-other-snapshots": f"ls {state}/units/other.1/snap.git",
        "read-other-home": f"ls {state}/units/other.1/home",
        "read-operators-home": f"cat {rig.home}/secret.txt",
        "environment": f"env | grep {SECRET}",
        "daemon-environment": f"tr '\\0' '\\n' < /proc/{rig.daemon_pid}/environ | grep {SECRET}",
        "daemon-memory": f"head -c 1 /proc/{rig.daemon_pid}/maps",
        "write-checkout": f"touch {rig.root}/planted",
        "write-refs": f"touch {rig.root}/.git/refs/heads/planted",
        "write-hooks": f"touch {rig.root}/.git/hooks/planted",
        "write-objects": f"touch {rig.root}/.git/objects/planted",
        "write-ledger": f"touch {ours}/planted",
        "write-other-workspace": f"touch {other}/planted",
        "write-operators-home": f"touch {rig.home}/planted",
    }


def planted(command: str) -> Path | None:
    """The file that an attempt makes. Folders on the way to what an agent may see are its own, so
    it may well think that it made it."""
    program, path = command.split()[:2]
    return Path(path) if program == "touch" else None


def test_an_agent_reaches_nothing_but_its_own(world, attempts):
    steps = [
        {"run": f"mkdir -p tried; ({command}) > tried/{name} 2>&1; echo $? >> tried/{name}"}
        for name, command in attempts.items()
    ]
    own = {"run": "git log --format=%s -1 > own; touch $HOME/mine && echo $HOME >> own"}
    world.chunk("spy", *steps, own)
    world.inject("spy")
    unit = world.reach("spy", "COMPLETED")

    for name, command in attempts.items():
        tried = world.on_base(f"tried/{name}")
        file = planted(command)
        if file is not None:
            assert not file.exists(), name
        else:
            assert tried.splitlines()[-1] != "0", f"{name}: {tried}"
        assert "hunter2" not in tried
        outside = subprocess.run(["sh", "-c", command], env=world.env, capture_output=True)
        assert outside.returncode == 0, f"the control of {name} fails: {outside.stderr!r}"
        if file is not None:
            file.unlink()

    # What is its own works as anywhere: git in its workspace, and a HOME.
    said, home = world.on_base("own").splitlines()
    assert said == "plan spy"
    assert home == unit["workspace"].replace("/workspaces/", "/units/") + "/home"


def test_nothing_of_an_agent_outlives_its_unit(world):
    world.chunk(
        "daemonic",
        {"run": "setsid -f sleep 600 > /dev/null 2>&1; (nohup sleep 601 > /dev/null 2>&1 &)"},
        {"write": {"path": "daemonic.txt", "text": "1\n"}},
    )
    world.inject("daemonic")
    world.reach("daemonic", "COMPLETED")
    world.eventually(lambda: not world.agents("daemonic.1"))
    assert not [w for w in world.processes().values() if w.startswith("sleep 60")]


def test_what_was_kept_from_an_agent_is_shown_to_the_operator(world):
    assert Path("/sys/kernel").is_dir(), "the control: outside it is there"
    world.chunk("curious", {"run": "ls /sys/kernel"})
    world.inject("curious")
    item = world.item("curious", "SANDBOX_DENIED")
    assert "- reading /sys/kernel" in item["text"]
    assert "`read_paths` in [agents.demo]" in item["text"]
    assert item["denied"][0] == {"what": "read", "where": "/sys/kernel", "times": 1}
    # It tries again.
    world.eventually(lambda: world.item("curious", "SANDBOX_DENIED")["denied"][0]["times"] > 1)

    world.chunk("talkative", {"run": connecting("AF_INET", ("192.0.2.1", 80))})
    world.inject("talkative")
    item = world.item("talkative", "SANDBOX_DENIED")
    assert "- the network" in item["text"]
    assert 'network = "host"' in item["text"]
    assert world.unit("talkative")["status"] != "NEEDS_ATTENTION"

    for chunk in ("curious", "talkative"):
        world.call("cancel", unit=chunk)
        world.reach(chunk, "CANCELLED")
        assert not world.items(chunk)
