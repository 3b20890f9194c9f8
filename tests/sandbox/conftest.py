"""A world to break out of: a repository that borrows objects, two workspaces, a HOME, a secret."""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pointsman.sandbox import (
    Finished,
    Policy,
    Sandbox,
    Toolchains,
    Unsandboxed,
    agent_policy,
    find_sandbox,
    find_toolchains,
    object_folders,
    run,
)

CLEAN = {
    "PATH": "/usr/bin:/bin",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "t",
    "GIT_AUTHOR_EMAIL": "t@t.invalid",
    "GIT_COMMITTER_NAME": "t",
    "GIT_COMMITTER_EMAIL": "t@t.invalid",
}


def git(*argv: object) -> str:
    done = subprocess.run(
        ["git", *map(str, argv)], env=CLEAN, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@dataclass(frozen=True)
class World:
    """``root`` holds ``upstream``, ``repository`` (shared from it) and ``state`` (Pointsman's)."""

    root: Path
    sandbox: Sandbox
    tools: Toolchains

    @property
    def repository(self) -> Path:
        return self.root / "repository"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def workspace(self) -> Path:
        return self.state / "workspaces" / "one"

    @property
    def other(self) -> Path:
        return self.state / "workspaces" / "two"

    @property
    def home(self) -> Path:
        return self.state / "units" / "one" / "home"

    @property
    def secret(self) -> Path:
        return self.state / "ledger.db"

    def policy(self, **changes: Any) -> Policy:
        usual: dict[str, Any] = {
            "workspace": self.workspace,
            "home": self.home,
            "objects": object_folders(self.repository / ".git" / "objects"),
            "tools": self.tools,
            "masked": [self.state],
        }
        return agent_policy(**{**usual, **changes})

    async def inside(self, script: str, policy: Policy | None = None) -> Finished:
        return await self.bash(self.sandbox, script, policy)

    async def outside(self, script: str, policy: Policy | None = None) -> Finished:
        """The control: the same, unsandboxed."""
        return await self.bash(Unsandboxed(), script, policy)

    async def bash(self, sandbox: Sandbox, script: str, policy: Policy | None = None) -> Finished:
        return await run(
            sandbox,
            policy or self.policy(),
            ["bash", "-c", script],
            limit=20,
            output_limit=1_000_000,
        )

    async def denied(self, script: str, policy: Policy | None = None) -> str:
        """Assert that ``script`` fails inside and works outside; what was said inside."""
        inside = await self.inside(script, policy)
        outside = await self.outside(script, policy)
        assert outside.ok, f"the control must work: {outside}"
        assert inside.ended == "exit"
        assert inside.code != 0, f"not denied: {inside}"
        return inside.stderr.decode()


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    return find_sandbox("bubblewrap")


@pytest.fixture(scope="session")
def tools() -> Toolchains:
    """Of this Python alone: what else is installed here is no matter of the tests."""
    return find_toolchains([], "/usr/bin:/bin", home=Path.home(), environ={"PATH": "/usr/bin"})


@pytest.fixture
def root() -> Iterator[Path]:
    """A short folder: unix sockets in it have a path of less than 108 bytes."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="pm-") as folder:
        yield Path(folder)


@pytest.fixture
def world(root: Path, sandbox: Sandbox, tools: Toolchains) -> World:
    made = World(root, sandbox, tools)
    upstream = root / "upstream"
    git("init", "-q", "-b", "main", upstream)
    (upstream / "file").write_text("tracked\n")
    git("-C", upstream, "add", "file")
    git("-C", upstream, "commit", "-q", "-m", "first")
    git("clone", "-q", "--shared", upstream, made.repository)
    for workspace in (made.workspace, made.other):
        git("clone", "-q", "--shared", made.repository, workspace)
    made.home.mkdir(parents=True)
    made.secret.write_text("secret\n")
    return made


@dataclass
class Holders:
    """Processes that each hold a FIFO open: it is at its end when the last of them is gone."""

    fifo: Path

    #: Three processes, one of them with a session of its own and no parent.
    SCRIPT = (
        "trap '' TERM; exec 3>fifo; "
        " setsid sh -c 'echo $$ >escaped; exec sleep 1000 >/dev/null 2>&1' &"
        " sleep 1000 & wait; wait"
    )

    async def started(self) -> int:
        """Wait until they hold it; the reading end, which is `at_end` when they are gone."""
        fifo = await asyncio.to_thread(os.open, self.fifo, os.O_RDONLY)
        os.set_blocking(fifo, False)
        return fifo

    def at_end(self, fifo: int) -> bool:
        """Whether nobody holds the other end of the open, empty ``fifo`` any more."""
        try:
            return os.read(fifo, 1) == b""
        except BlockingIOError:
            return False

    async def all_gone(self, fifo: int) -> None:
        async with asyncio.timeout(5):
            while not self.at_end(fifo):
                await asyncio.sleep(0.005)

    async def escaped(self) -> int:
        """The pid of the one with a session of its own."""
        return await self.number_in("escaped")

    async def number_in(self, name: str) -> int:
        """What a file of the workspace says, once it does."""
        async with asyncio.timeout(5):
            while True:
                with suppress(OSError, ValueError):
                    return int((self.fifo.parent / name).read_text())
                await asyncio.sleep(0.005)


@pytest.fixture
def holders(world: World) -> Holders:
    os.mkfifo(world.workspace / "fifo")
    return Holders(world.workspace / "fifo")
