"""``pointsman replay`` as a process, without a daemon."""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.git.world import World, operators_home

MAIN = "import sys; from pointsman.doors.cli.main import main; sys.exit(main())"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path / "repository", operators_home(tmp_path / "home", monkeypatch))
    base = made.commit({"a.py": "def f():\n    return 1\n"})
    for name in ("one", "two"):
        made.git("checkout", "--quiet", "-b", name, base)
        made.commit({"a.py": f"def f():\n    return '{name}'\n"})
    made.git("checkout", "--quiet", "main")
    return made


def pointsman(world: World, *words: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "HOME": world.env["HOME"]}
    command = [sys.executable, "-P", "-c", MAIN, "replay", *words]
    return subprocess.run(
        command, cwd=world.root, env=env, capture_output=True, text=True, timeout=60
    )


def test_it_prints_its_tables_and_says_where_the_report_is(world: World, tmp_path: Path):
    done = pointsman(world, "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert "Branches and pull requests on one base" in done.stdout
    assert "overlapping lines" in done.stdout
    assert "waiting in vain 60 min" in done.stdout
    assert str(tmp_path / "out") in done.stdout
    assert (tmp_path / "out" / "picture.svg").is_file()


def test_as_json_it_is_the_report(world: World, tmp_path: Path):
    done = pointsman(world, "--json", "--pulls", "5", "--calibrate", "--out", str(tmp_path / "out"))
    report = json.loads(done.stdout)
    assert report == json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["pairs"] == {"pulls": 1}
    assert Path(report["calibration"]).is_file()


def heeds_ctrl_c() -> None:
    """Also where whoever runs the tests has it ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupted_it_says_so_and_goes_on_where_it_was(world: World, tmp_path: Path):
    for n in range(12):
        world.git("checkout", "--quiet", "-b", f"b{n}", "main")
        world.commit({f"{n}.py": "x = 1\n"})
    records = tmp_path / "out" / "records.jsonl"
    options = ["--pulls", "60", "--out", str(tmp_path / "out")]
    env = {"PATH": os.environ["PATH"], "HOME": world.env["HOME"]}
    command = [sys.executable, "-P", "-c", MAIN, "replay", *options]
    running = subprocess.Popen(
        command,
        cwd=world.root,
        env=env,
        start_new_session=True,
        preexec_fn=heeds_ctrl_c,  # noqa: PLW1509 - takes no locks
    )
    while running.poll() is None and not (
        records.is_file() and records.read_bytes().count(b"\n") > 3
    ):
        select.select([], [], [], 0.01)
    os.kill(running.pid, signal.SIGINT)
    assert running.wait(30) == 130
    kept = records.read_bytes().count(b"\n") - 1
    done = json.loads(pointsman(world, "--json", *options).stdout)
    assert kept >= 3
    assert sum(done["pairs"].values()) == 50  # at most so many of one base
    assert done["anew"] == 50 - kept


def test_outside_of_a_repository_it_is_refused(world: World, tmp_path: Path):
    done = pointsman(world, "--repository", str(tmp_path))
    assert done.returncode == 3
    assert "not inside a git repository" in done.stderr


def test_cases_that_are_none_are_refused_with_what_is_wrong(world: World, tmp_path: Path):
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "case.json").write_text("{}")
    done = pointsman(world, "--cases", str(tmp_path / "cases"))
    assert done.returncode == 3
    assert "case.json is not a case: base" in done.stderr


def test_there_are_no_fewer_than_no_merges(world: World):
    assert pointsman(world, "--merges", "-1").returncode == 2
