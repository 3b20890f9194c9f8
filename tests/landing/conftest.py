"""An operator's repository, and finished work that is to land on its main."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.git.world import World, operators_home

from pointsman import landing
from pointsman.git import Repository
from pointsman.model.names import landing_ref

AT = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
KEEP = landing_ref("a.1")


class Yard:
    """``work`` makes what an agent would: a commit beside main that no branch names."""

    def __init__(self, world: World, repository: Repository) -> None:
        self.world = world
        self.repository = repository
        self.git = repository.git

    @property
    def tip(self) -> str:
        return self.world.git("rev-parse", "refs/heads/main")

    def work(
        self, files: dict[str, str | bytes], *, on: str = "main", gone: tuple[str, ...] = ()
    ) -> str:
        aside = self.world.root.with_name("aside")
        self.world.git("worktree", "add", "--quiet", "--detach", str(aside), on)
        self.world.write(files, at=aside)
        for path in gone:
            (aside / path).unlink()
        self.world.git("add", "--all", "--force", at=aside)
        self.world.git("commit", "--quiet", "--allow-empty", "-m", "snapshot", at=aside)
        commit = self.world.git("rev-parse", "HEAD", at=aside)
        self.world.git("worktree", "remove", "--force", str(aside))
        self.world.git("update-ref", "refs/pointsman/snapshots/a.1", commit)
        return commit

    async def made(self, snapshot: str, tip: str | None = None) -> str:
        """The commit that would land it."""
        tip = tip or self.tip
        merged = await landing.trial(self.git, tip, snapshot, keep=KEEP)
        assert merged.clean
        return await self.commit(merged.tree, tip)

    async def commit(self, tree: str, tip: str) -> str:
        return await landing.make_commit(
            self.git,
            tree,
            tip,
            "feat: chunk a",
            author="demo <demo@pointsman.invalid>",
            committer="Olga Weiß <olga@example.org>",
            at=AT,
            keep=KEEP,
        )

    async def move(self, commit: str, tip: str) -> landing.Moved | landing.TipMoved | landing.Held:
        return await landing.move_base(self.repository, "main", commit, tip)

    def gc(self) -> None:
        self.world.git("reflog", "expire", "--expire=now", "--all")
        self.world.git("gc", "--quiet", "--prune=now")


@pytest.fixture
async def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Yard:
    world = World(tmp_path / "repository", operators_home(tmp_path / "home", monkeypatch))
    world.commit({"a.txt": "1\n", "b.txt": "1\n", ".gitignore": ".env\n*.log\n"})
    return Yard(world, await world.find())
