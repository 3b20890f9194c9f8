"""The world of a test: a repository, agents' trees in stores of their own, an oracle."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from tests.git.world import World, operators_home

from pointsman.git import Repository
from pointsman.oracle.engine import Oracle


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path / "repository", operators_home(tmp_path / "home", monkeypatch))


@pytest.fixture
async def repository(world: World) -> Repository:
    return await world.find()


@pytest.fixture
async def oracle(repository: Repository) -> AsyncIterator[Oracle]:
    made = Oracle(repository)
    yield made
    await made.close()


class Agent:
    """An agent's clone of the repository; what it commits is in its own object folder alone."""

    def __init__(self, world: World, name: str) -> None:
        self.name = name
        self.root = world.root.parent / name
        self._world = world
        world.git("clone", "--quiet", "--shared", str(world.root), str(self.root))

    @property
    def objects(self) -> Path:
        return self.root / ".git" / "objects"

    def snapshot(self, files: Mapping[str, str | bytes | None]) -> str:
        """Writes files (None: removes them) and commits; the commit."""
        self._world.write({p: text for p, text in files.items() if text is not None}, at=self.root)
        for path in (p for p, text in files.items() if text is None):
            (self.root / path).unlink()
        self._world.git("add", "--all", at=self.root)
        self._world.git("commit", "--quiet", "--allow-empty", "-m", "snapshot", at=self.root)
        return self._world.git("rev-parse", "HEAD", at=self.root)
