"""The demo for real: a daemon, agents in sandboxes, six landings. And what goes wrong with it."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from terminal import terminal

from pointsman.doors.demo.scenario import CHUNKS

BOUND = 60
"""Seconds that the demo may take on a machine that does nothing else."""


def pointsman(
    *arguments: str, home: Path, path: str = os.environ["PATH"]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pointsman.doors.cli.main", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={"PATH": path, "HOME": str(home), "LANG": "C.UTF-8"},
        cwd=home,
    )


@pytest.mark.e2e
@pytest.mark.timeout(200)
def test_without_a_terminal_everything_lands_by_default(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    began = time.monotonic()
    done = pointsman("demo", "--json", "--directory", str(tmp_path / "demo"), home=home)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert sorted(told["landed"]) == sorted(chunk.name for chunk in CHUNKS)
    assert time.monotonic() - began < 3 * BOUND  # other tests run beside it
    assert "board-platforms first (the default)" in done.stderr
    assert "English (the default)" in done.stderr
    repository = Path(told["repository"])
    assert not list(home.iterdir()), "the operator's home was touched"
    assert not (repository / ".git/pointsman/daemon.json").exists(), "the daemon lives on"
    shown = subprocess.run(
        [sys.executable, "-m", "timetable"], cwd=repository, capture_output=True, text=True
    )
    assert "Vienna" in shown.stdout
    found = subprocess.run(
        ["sh", "-c", ". ../env; command -v pointsman"],
        cwd=repository,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert found.stdout.strip() == str(Path(sys.executable).parent / "pointsman")
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=repository, capture_output=True, text=True
    )
    assert status.stdout == ""


@pytest.mark.e2e
@pytest.mark.timeout(200)
def test_at_a_terminal_the_operator_decides(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    home = {"HOME": str(tmp_path)}
    with terminal("demo", "--timeout", "90", "--directory", str(folder), env=home) as seen:
        seen.until("board-delays needs a verdict")
        seen.type("1\n")  # independent: both run at once, and their work is merged
        seen.until("station-names asks")
        seen.type("Deutsch\n")
        seen.until("All 6 chunks landed", patience=100)
        assert seen.ends() == 0
    stations = (folder / "timetable/timetable/stations.py").read_text()
    assert 'LANGUAGE = "Deutsch"' in stations
    board = (folder / "timetable/timetable/board.py").read_text()
    assert "platform" in board
    assert "train.late" in board


@pytest.mark.e2e
def test_an_interrupted_demo_leaves_no_daemon_behind(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with terminal("demo", "--directory", str(folder), env={"HOME": str(tmp_path)}) as seen:
        seen.until("waiting for you")
        seen.interrupt()
        assert seen.ends() == 130
    assert (folder / "timetable/.git/pointsman").is_dir()
    assert not (folder / "timetable/.git/pointsman/daemon.json").exists()


def test_a_folder_with_something_in_it_is_not_built_in(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    done = pointsman("demo", "--directory", str(tmp_path), home=tmp_path)
    assert done.returncode == 3
    assert "not an empty folder" in done.stderr
    assert [f.name for f in tmp_path.iterdir()] == ["precious"]


def test_without_a_sandbox_it_says_how_to_get_one_and_how_to_go_without(tmp_path: Path) -> None:
    git = shutil.which("git")
    assert git is not None
    (tmp_path / "git").symlink_to(git)
    done = pointsman("demo", home=tmp_path, path=str(tmp_path))
    assert done.returncode == 3
    assert "bubblewrap" in done.stderr
    assert "pointsman demo --no-sandbox" in done.stderr
