"""Chunks in a real checkout, checked against a real base."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pointsman.chunks.checks import Checked, check
from pointsman.chunks.load import load
from pointsman.git import Repository, find_repository

FOLDER = "docs/chunks"


class World:
    """A checkout with a commit on main; ``chunk`` writes one chunk's documents into it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "O")
        self.git("config", "user.email", "o@example.invalid")
        self.git("commit", "-q", "--allow-empty", "-m", "first")

    def git(self, *args: str) -> str:
        env = {"PATH": os.environ["PATH"], "HOME": str(self.root), "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["git", *args], cwd=self.root, env=env, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def chunk(self, name: str, status: str = "FUTURE", more: str = "") -> None:
        self.write(f"{FOLDER}/{name}/GOAL.md", f"---\nstatus: {status}\n{more}\n---\n# {name}\n")
        self.write(f"{FOLDER}/{name}/PLAN.md", "## Approach\n\nText.\n")

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "more")

    async def repository(self) -> Repository:
        return await find_repository(self.root)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return World(tmp_path / "repository")


async def checked(world: World, *names: str, **options: Any) -> Checked:
    repository = await world.repository()
    loaded = await load(repository, "main", names, chunks_folder=FOLDER, **options)
    return check(loaded.sources, loaded.around)


def codes(checked: Checked) -> list[str]:
    return [problem.code for problem in checked.problems]
