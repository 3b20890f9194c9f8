"""The shim and the blocking client, as processes, against a daemon that is started for them."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pointsman import __version__
from pointsman.daemon.address import Repository, announced, socket_path
from pointsman.daemon.lock import acquire
from pointsman.doors.client import Client
from pointsman.doors.framing import frame, read_message
from pointsman.model.refusal import Refusal

SMALL_DAEMON = [sys.executable, str(Path(__file__).parent / "small_daemon.py")]
RUN_SHIM = "import os, sys; from pointsman.doors import shim; os._exit(shim.main({daemon!r}))"


def environment(runtime: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(runtime), "XDG_RUNTIME_DIR": str(runtime)}


class Shim:
    """An editor's side of a shim process."""

    def __init__(self, runtime: Path, cwd: Path, daemon: list[str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN_SHIM.format(daemon=daemon)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=environment(runtime),
        )

    def send(self, **message: Any) -> None:
        assert self.process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(frame(body))
        self.process.stdin.flush()

    def read(self) -> dict[str, Any]:
        body = read_message(self.process.stdout)
        assert body is not None, self.process.stderr.read().decode()
        return json.loads(body)

    def answer(self, id: int) -> dict[str, Any]:
        while (message := self.read()).get("id") != id or "method" in message:
            pass
        return message

    def initialize(self, **params: Any) -> dict[str, Any]:
        content = {"processId": None, "rootUri": None, "capabilities": {}, **params}
        self.send(id=0, method="initialize", params=content)
        return self.answer(0)

    def execute(self, command: str, *arguments: Any) -> Any:
        params = {"command": f"pointsman.{command}", "arguments": list(arguments)}
        self.send(id=1, method="workspace/executeCommand", params=params)
        return self.answer(1)["result"]

    def leave(self) -> int:
        self.send(id=2, method="shutdown")
        self.answer(2)
        self.send(method="exit")
        return self.process.wait(10)


@pytest.fixture
def daemon(tmp_path: Path) -> list[str]:
    return [*SMALL_DAEMON, "--count", str(tmp_path / "starts")]


@pytest.fixture
def starts(tmp_path: Path) -> Callable[[], list[int]]:
    """The process ids of all daemons that got the lock so far."""

    def read() -> list[int]:
        file = tmp_path / "starts"
        return [int(line) for line in file.read_text().split()] if file.exists() else []

    return read


@pytest.fixture
def shim(runtime, repository: Repository, daemon, starts) -> Iterator[Callable[..., Shim]]:
    """Starts shims: ``shim()``. At the end they and the daemon are ended."""
    shims: list[Shim] = []

    def start(cwd: Path = repository.root, daemon: list[str] = daemon) -> Shim:
        shims.append(Shim(runtime, cwd, daemon))
        return shims[-1]

    yield start
    for one in shims:
        one.process.kill()
        one.process.wait()
        for stream in (one.process.stdin, one.process.stdout, one.process.stderr):
            with contextlib.suppress(BrokenPipeError):
                stream.close()
    for pid in starts():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_the_daemon_is_started_found_again_and_outlives_its_editors(shim, repository, starts):
    first = shim()
    assert first.initialize()["result"]["serverInfo"]["name"] == "pointsman"
    pid = first.execute("slow", {})["pid"]
    assert first.leave() == 0
    second = shim()
    second.initialize()
    assert second.execute("slow", {})["pid"] == pid
    assert starts() == [pid]
    assert announced(repository.state)["pid"] == pid
    assert second.leave() == 0


@pytest.mark.parametrize("how", ["workspaceFolders", "rootUri", "rootPath", "cwd", "subfolder"])
def test_the_repository_is_found_from_the_clients_first_message(shim, repository, tmp_path, how):
    root = repository.root
    named = {"uri": root.as_uri(), "name": "r"}
    params = {
        "workspaceFolders": {"workspaceFolders": [named], "rootUri": tmp_path.as_uri()},
        "rootUri": {"rootUri": root.as_uri()},
        "rootPath": {"rootPath": str(root)},
        "cwd": {},
        "subfolder": {"rootUri": (root / "src").as_uri()},
    }[how]
    one = shim(cwd=root if how == "cwd" else tmp_path)
    answer = one.initialize(**params)
    assert answer["result"]["capabilities"]["executeCommandProvider"]
    assert one.leave() == 0


def test_a_folder_with_odd_letters_is_found(shim, repository, tmp_path):
    odd = repository.root / "a b%20é#"
    odd.mkdir()
    one = shim(cwd=tmp_path)
    answer = one.initialize(rootUri=odd.as_uri())
    assert answer["result"]["capabilities"]["executeCommandProvider"]


@pytest.mark.parametrize("uri", [None, "untitled:x", "vscode-remote://host/x"])
def test_outside_any_repository_it_answers_by_itself(shim, tmp_path, starts, uri):
    one = shim(cwd=tmp_path)
    assert one.initialize(rootUri=uri)["result"]["capabilities"] == {}
    one.send(id=5, method="textDocument/hover", params={})
    assert "error" in one.answer(5)
    one.send(method="textDocument/didOpen", params={})
    assert one.leave() == 0
    assert starts() == []


def test_an_editor_that_hangs_up_leaves_no_shim_behind(shim):
    one = shim()
    one.initialize()
    one.process.stdin.close()
    assert one.process.wait(10) == 0


def test_a_daemon_that_dies_ends_the_shim_with_a_failure_and_is_started_anew(shim, starts):
    one = shim()
    one.initialize()
    (pid,) = starts()
    os.kill(pid, signal.SIGKILL)
    assert one.process.wait(10) == 1
    two = shim()
    two.initialize()
    assert len(starts()) == 2
    assert two.leave() == 0


def test_eight_shims_at_once_over_a_stale_socket_leave_one_daemon_and_eight_sessions(
    shim, repository, starts
):
    first = shim()
    first.initialize()
    os.kill(starts()[0], signal.SIGKILL)
    first.process.wait(10)
    assert socket_path(repository.id, {"XDG_RUNTIME_DIR": str(_runtime(repository))}).exists()

    shims = [shim() for _ in range(8)]
    answers: list[dict[str, Any]] = []
    threads = [threading.Thread(target=lambda s=s: answers.append(s.initialize())) for s in shims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all("result" in answer for answer in answers)
    assert len(answers) == 8
    assert {s.execute("slow", {})["pid"] for s in shims} == {starts()[1]}
    assert shims[0].execute("slow", {})["sessions"] == 8
    assert len(starts()) == 2
    assert [s.leave() for s in shims] == [0] * 8


def _runtime(repository: Repository) -> Path:
    return Path(announced(repository.state)["socket"]).parent.parent


def test_a_daemon_that_fails_is_quoted(shim):
    one = shim(daemon=[*SMALL_DAEMON, "--die", "the ledger is newer than I am"])
    error = one.initialize()["error"]
    assert error["data"]["code"] == "daemon-unreachable"
    assert "the ledger is newer than I am" in error["message"]
    one.send(method="exit")
    assert one.process.wait(10) == 0
    assert b"the ledger is newer than I am" in one.process.stderr.read()


def test_another_protocol_is_refused_with_the_command_that_helps(shim, repository, runtime):
    lock = acquire(repository.state)
    assert lock is not None
    listener = lock.bind(socket_path(repository.id))
    listener.listen()
    lock.announce("9.9", 9)

    def refuse() -> None:
        connection, _ = listener.accept()
        connection.recv(1000)
        error = {"code": "protocol-mismatch", "message": "Old.", "remedy": "Run `x`."}
        connection.sendall(json.dumps({"error": error}).encode() + b"\n")
        connection.close()

    threading.Thread(target=refuse).start()
    error = shim().initialize()["error"]
    assert error["data"]["code"] == "protocol-mismatch"
    assert error["message"] == "Old. Run `x`."
    listener.close()
    lock.release()


def test_a_daemon_of_another_build_is_used_with_a_warning(shim, daemon):
    one = shim(daemon=[*daemon, "--build", "0.0.9"])
    assert one.initialize()["result"]["serverInfo"]["version"] == "0.0.9"
    assert one.leave() == 0
    assert b"0.0.9" in one.process.stderr.read()


def test_large_messages_pass_both_ways(shim):
    one = shim()
    one.initialize()
    text = "é" * (3 << 20)
    assert one.execute("echo", {"text": text}) == {"params": {"text": text}}
    assert one.leave() == 0


def test_the_shim_imports_the_standard_library_only_and_little_of_it():
    code = "import pointsman.doors.shim"
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True
    ).stderr
    imported = {line.rpartition("|")[2].strip() for line in told.splitlines()}
    ours = {name for name in imported if name.startswith("pointsman")}
    assert ours <= {
        "pointsman",
        "pointsman.doors",
        "pointsman.doors.shim",
        "pointsman.doors.client",
        "pointsman.doors.framing",
        "pointsman.doors.hello",
        "pointsman.daemon",
        "pointsman.daemon.address",
        "pointsman.daemon.lock",
        "pointsman.daemon.start",
        "pointsman.model",
        "pointsman.model.refusal",
    }
    others = {name.partition(".")[0] for name in imported} & _installed()
    assert not others
    assert not {"asyncio", "subprocess", "hashlib", "dataclasses", "inspect"} & imported


def _installed() -> set[str]:
    return {"pydantic", "pygls", "lsprotocol", "attrs", "cattrs", "rich", "yaml", "aiosqlite"}


# The blocking client


@pytest.fixture
def client(repository: Repository, daemon, starts, shim) -> Iterator[Client]:
    with Client.connect(repository.root / "src", daemon=daemon) as client:
        yield client


def test_the_client_starts_a_daemon_and_calls_it(client, starts):
    assert client.call("echo", {"a": 1}) == {"params": {"a": 1}}
    assert client.call("echo") == {"params": {}}
    assert (client.build, client.pid) == (__version__, starts()[0])


def test_the_client_hears_of_progress(client):
    heard: list[Any] = []
    client.call("inject", {"chunks": ["a"]}, lambda text, fraction: heard.append((text, fraction)))
    assert heard == [("cutting", 0.5)]


def test_the_client_raises_what_the_operation_refuses(client):
    with pytest.raises(Refusal) as caught:
        client.call("nothing")
    assert caught.value.code == "operation-unknown"
    assert caught.value.remedy


def test_the_client_follows_and_stops(client):
    client.call("inject", {"chunks": ["a", "b"]})
    following = client.follow(0)
    assert [next(following)["seq"] for _ in range(2)] == [1, 2]
    following.close()
    assert client.call("echo") == {"params": {}}


def test_the_client_says_so_when_the_daemon_dies(client, starts):
    os.kill(starts()[0], signal.SIGKILL)
    for _ in range(2):
        with pytest.raises(Refusal) as caught:
            client.call("echo")
        assert caught.value.code == "daemon-unreachable"


def test_the_client_can_do_without_starting_one(repository, tmp_path):
    with pytest.raises(Refusal) as caught:
        Client.connect(repository.root, start=False)
    assert caught.value.code == "daemon-unreachable"
    assert not (repository.state / "daemon.json").exists()
    with pytest.raises(Refusal) as caught:
        Client.connect(tmp_path)
    assert caught.value.code == "repository-missing"
