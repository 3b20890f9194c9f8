"""A repository with workspaces in it, sandboxed as in real life."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.git.world import World, operators_home

from pointsman.git import Git, Repository, list_tree, read_blobs
from pointsman.model.records import Snapshot
from pointsman.sandbox import Sandbox, find_sandbox
from pointsman.workspaces import Workspaces

START = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)


class Yard:
    """The operator's repository, and the workspace of one unit ``a.1`` cut from it."""

    unit = "a.1"

    def __init__(self, world: World, repository: Repository, state: Path, sandbox: Sandbox) -> None:
        self.world = world
        self.repository = repository
        self.state = state
        self.sandbox = sandbox
        self.workspaces = Workspaces(repository, state, sandbox, size_limit=1000)
        self.at = START

    @property
    def files(self) -> Path:
        return self.workspaces.path(self.unit)

    @property
    def store(self) -> Git:
        return self.workspaces.store(self.unit)

    def restart(self) -> None:
        """What a new daemon has: nothing but what is on disk."""
        self.workspaces = Workspaces(self.repository, self.state, self.sandbox, size_limit=1000)

    async def cut(self) -> str:
        base = self.world.git("rev-parse", "refs/heads/main")
        await self.workspaces.cut(self.unit, "a", base)
        return base

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    async def snapshot(self, why: str = "change", **more: object) -> Snapshot | None:
        return await self.workspaces.snapshot(self.unit, why, at=self.now(), **more)  # type: ignore[arg-type] # ``paths`` alone

    async def tree(self, commit: str) -> dict[str, bytes]:
        entries = await list_tree(self.store, commit)
        return await read_blobs(self.store, commit, [e.path for e in entries])

    def agent_git(self, *args: str) -> str:
        """Git as the agent runs it in its workspace."""
        return self.world.git(*args, at=self.files)

    def write(self, files: dict[str, str | bytes]) -> None:
        self.world.write(files, at=self.files)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path / "repository", operators_home(tmp_path / "home", monkeypatch))


@pytest.fixture
async def yard(world: World, tmp_path: Path) -> Yard:
    world.commit({"a.txt": "one\n", "src/b.py": "two\n", ".gitignore": "*.log\nbuild/\n"})
    return Yard(world, await world.find(), tmp_path / "state", find_sandbox("bubblewrap"))


@pytest.fixture
def unsandboxed(yard: Yard) -> Callable[[], None]:
    def switch() -> None:
        yard.sandbox = find_sandbox("none")
        yard.restart()

    return switch
