"""A real repository in a temporary folder, built with the plain git that an operator has."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from pointsman.git import Repository, find_repository


class World:
    """The operator at their repository: files, commits, checkouts."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root = root
        self.env = {"PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
        root.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *args: str, at: Path | None = None, ok: bool = True) -> str:
        done = subprocess.run(
            ["git", *args], cwd=at or self.root, env=self.env, capture_output=True, check=False
        )
        assert not ok or done.returncode == 0, done.stderr.decode()
        return os.fsdecode(done.stdout).removesuffix("\n")

    def write(self, files: Mapping[str, str | bytes], at: Path | None = None) -> None:
        for name, content in files.items():
            path = (at or self.root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Mapping[str, str | bytes] | None = None, message: str = "work") -> str:
        """Commits files (and whatever else changed); the commit."""
        self.write(files or {})
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    async def find(self) -> Repository:
        return await find_repository(self.root)


def operators_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A HOME of the test's own, with an identity; the environment's is never read."""
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Olga Weiß\n\temail = olga@example.org\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    return home
