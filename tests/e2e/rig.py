"""A real repository, a real daemon on it, and a client: what the end-to-end tests stand on."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pointsman.doors.client import Client
from pointsman.model.refusal import Refusal

T = TypeVar("T")
PATIENCE = 40.0
"""Seconds after which something that is waited for is taken to never come."""

GATE = {"run": "until test -e .git/open; do sleep 0.02; done"}
"""A step that takes until ``Rig.open`` is called: an agent at work, for as long as a test wants."""

CODE = '''"""Greetings."""


def greet(name):
    return "hi " + name


def part(name):
    return "bye " + name


def count(names):
    return len(names)
'''


class Rig:
    """One test's world. Everything of it lies below ``home`` and one short runtime folder."""

    def __init__(self, home: Path, runtime: Path) -> None:
        self.home, self.runtime = home, runtime
        self.root = home / "repo"
        self.env = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CONFIG_HOME": str(home / "config"),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._client: Client | None = None

    # ---- the repository

    def git(self, *args: str, at: Path | None = None) -> str:
        done = self.try_git(*args, at=at)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def try_git(self, *args: str, at: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", *args], cwd=at or self.root, env=self.env, capture_output=True, text=True
        )

    def make_repository(self, files: dict[str, str] | None = None) -> None:
        self.root.mkdir(parents=True)
        self.git("init", "-q", "-b", "main", ".")
        self.git("config", "user.name", "Olga Operator")
        self.git("config", "user.email", "olga@example.invalid")
        for path, text in (files or {"src/greet.py": CODE}).items():
            self.write(path, text)
        self.commit("start")

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def source(self, name: str) -> str:
        """A source file of its own for a test, committed; its path."""
        self.write(f"src/{name}.py", CODE)
        self.commit(f"add {name}")
        return f"src/{name}.py"

    def commit(self, message: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def chunk(
        self,
        name: str,
        *steps: dict[str, Any],
        approach: str = "As the steps say.",
        commit: bool = True,
        **front: Any,
    ) -> str:
        """A chunk for the demo agent. ``steps`` as in the demo agent's block."""
        front = {"status": "FUTURE", "agent": "demo", **front}
        head = "\n".join(f"{key}: {json.dumps(value)}" for key, value in front.items())
        block = "\n".join(f"- {json.dumps(step)}" for step in steps)
        self.write(f"docs/chunks/{name}/GOAL.md", f"---\n{head}\n---\n# {name}\n\nDo it.\n")
        self.write(
            f"docs/chunks/{name}/PLAN.md",
            f"# Plan\n\n## Approach\n\n{approach}\n\n```demo\n{block}\n```\n",
        )
        if commit:
            self.commit(f"plan {name}")
        return name

    def on_base(self, path: str) -> str | None:
        """A file's content at base's tip."""
        done = subprocess.run(
            ["git", "show", f"main:{path}"], cwd=self.root, capture_output=True, text=True
        )
        return done.stdout if done.returncode == 0 else None

    def times_landed(self, chunk: str) -> int:
        """How many commits of base are the chunk's landing."""
        return self.git("log", "main", "--format=%s").splitlines().count(f"feat: chunk {chunk}")

    # ---- the daemon

    def configure(self, text: str) -> None:
        """Write the operator's own settings file."""
        file = self.home / "config/pointsman/config.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def start(self) -> None:
        """Start a daemon of our own, so that its end can be waited for."""
        reader, writer = os.pipe()
        log = (self.home / "daemon.log").open("ab")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "pointsman.daemon"),
                *("--repository", str(self.root / ".git"), "--ready-fd", str(writer)),
            ],
            env=self.env,
            cwd="/",
            stdout=log,
            stderr=log,
            pass_fds=(writer,),
            start_new_session=True,
        )
        os.close(writer)
        log.close()
        ready = os.read(reader, 1)
        os.close(reader)
        assert ready == b"R", self.log()

    def kill(self) -> None:
        """As power loss does it."""
        assert self._process is not None
        self.forget_client()
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        self._process = None

    def stop(self, within: float = 40.0) -> None:
        """As a service manager does it."""
        if self._process is not None:
            self.forget_client()
            self._process.terminate()
            try:
                self._process.wait(within)
            finally:
                if self._process.poll() is None:
                    os.killpg(self._process.pid, signal.SIGKILL)
                    self._process.wait(10)
                self._process = None

    def ended(self, within: float = 20.0) -> None:
        """Wait for the end of a daemon that was told to stop."""
        assert self._process is not None
        self.forget_client()
        self._process.wait(within)
        self._process = None

    @property
    def daemon_pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def log(self) -> str:
        """What our own daemon has said; nothing where an editor started one."""
        file = self.home / "daemon.log"
        return file.read_text() if file.exists() else ""

    def processes(self) -> dict[int, str]:
        """Every process that has to do with this world, but its daemon: pid and command line.

        Known by the world's folder in what they were started with, or in where they are.
        """
        own = self._process.pid if self._process is not None else None
        found = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit() or int(folder.name) == own:
                continue
            with contextlib.suppress(OSError):
                command = (folder / "cmdline").read_bytes()
                place = os.fsencode((folder / "cwd").readlink())
                if self.home.name.encode() in command + place + (folder / "environ").read_bytes():
                    words = command.replace(b"\0", b" ") + b"in " + place
                    found[int(folder.name)] = words.decode(errors="replace")
        return found

    def agents(self, unit: str) -> dict[int, str]:
        """The processes of one unit's agent, and of what it started."""
        folder = f"/workspaces/{unit}"
        return {p: words for p, words in self.processes().items() if folder in words}

    def cli(self, *argv: str, at: Path | None = None) -> subprocess.CompletedProcess[str]:
        """The program ``pointsman``, run in the repository."""
        return subprocess.run(
            [Path(sys.executable).parent / "pointsman", *argv],
            cwd=at or self.root,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    # ---- the client

    @property
    def client(self) -> Client:
        if self._client is None:
            before = os.environ.get("XDG_RUNTIME_DIR")
            os.environ["XDG_RUNTIME_DIR"] = str(self.runtime)
            try:
                self._client = Client.connect(self.root, start=False)
            finally:
                if before is None:
                    del os.environ["XDG_RUNTIME_DIR"]
                else:
                    os.environ["XDG_RUNTIME_DIR"] = before
        return self._client

    def forget_client(self) -> None:
        """Hang up: the daemon has gone, or is about to."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.client.call(operation, params)

    def end_all(self) -> None:
        """Cancel all that is live, and let every setting be as it was."""
        for unit in self.call("status")["units"]:
            if unit["status"] not in ("COMPLETED", "FAILED", "CANCELLED"):
                with contextlib.suppress(Refusal):  # it has ended meanwhile, or is about to land
                    self.call("cancel", unit=unit["id"])

    def inject(self, *chunks: str, **more: Any) -> list[dict[str, Any]]:
        return self.call("inject", chunks=list(chunks), **more)["units"]

    def unit(self, chunk: str) -> dict[str, Any]:
        return self.call("unit", unit=chunk)["unit"]

    def items(self, chunk: str | None = None) -> list[dict[str, Any]]:
        found = self.call("attention")["items"]
        return [i for i in found if chunk is None or i.get("chunk") == chunk]

    def eventually(self, look: Callable[[], T], within: float = PATIENCE) -> T:
        """The first true thing that ``look`` gives. Fails with the log after ``within``."""
        deadline = time.monotonic() + within
        while not (found := look()):
            if time.monotonic() > deadline:
                units = self.call("status")["units"]
                at = {u["id"]: (u["status"], u.get("phase"), u.get("blockedBy")) for u in units}
                raise AssertionError(f"never came\n{at}\n{self.items()}\n{self.log()[-3000:]}")
            time.sleep(0.02)
        return found

    def refused(self, operation: str, **params: Any) -> Refusal:
        """What the operation is refused with; fails if it is not."""
        return self.refused_raw(operation, params)

    def refused_raw(self, operation: str, params: Any) -> Refusal:
        """The same for parameters that may be no object at all."""
        try:
            done = self.client.call(operation, params)
        except Refusal as refusal:
            return refusal
        raise AssertionError(f"{operation} was not refused: {done}")

    def item(self, chunk: str, reason: str) -> dict[str, Any]:
        """The open item of that reason, once there is one."""
        return self.eventually(
            lambda: next((i for i in self.items(chunk) if i["reason"] == reason), None)
        )

    def at_gate(self, chunk: str) -> dict[str, Any]:
        """The unit of ``chunk`` once its agent is at its GATE."""

        def there() -> dict[str, Any] | None:
            unit = self.unit(chunk)
            waits = any("until test -e" in words for words in self.agents(unit["id"]).values())
            return unit if waits else None

        return self.eventually(there)

    def open(self, chunk: str) -> None:
        """Let the agent of ``chunk`` go on from its GATE, now and if it ever comes to one again."""
        Path(self.unit(chunk)["workspace"], ".git/open").touch()

    def reach(self, chunk: str, *statuses: str, within: float = PATIENCE) -> dict[str, Any]:
        """The unit of ``chunk`` once it is in one of ``statuses``."""
        return self.eventually(
            lambda: u if (u := self.unit(chunk))["status"] in statuses else None, within
        )


def rigs() -> Iterator[Rig]:
    """A rig, and the end of all that it started."""
    home = Path(tempfile.mkdtemp(prefix="pointsman-e2e-"))
    runtime = Path(tempfile.mkdtemp(prefix="pm-", dir="/tmp"))
    rig = Rig(home, runtime)
    try:
        yield rig
    finally:
        rig.stop()
        shutil.rmtree(runtime, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)
