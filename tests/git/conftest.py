"""The world of a test: an operator with a repository."""

from pathlib import Path

import pytest
from tests.git.world import World, operators_home


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path / "repository", operators_home(tmp_path / "home", monkeypatch))
