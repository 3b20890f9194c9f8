"""The demo's chunks: whichever way the operator decides, their work fits together."""

import subprocess
import sys
from itertools import permutations
from pathlib import Path

import pytest

from pointsman.agents.demo.plan import read_steps
from pointsman.doors.demo.scenario import CHUNKS, FILES, files

DONE_BEFORE = {"delay-report": "board-delays"}
ORDERS = [
    order
    for order in permutations(("board-platforms", "board-delays", "delay-report", "station-names"))
    if order.index("board-delays") < order.index("delay-report")
]


def apply(folder: Path, name: str, answer: str = "Deutsch") -> None:
    """What the demo agent does to the files, without its waits and runs."""
    plan = files()[f"docs/chunks/{name}/PLAN.md"]
    for step in read_steps(plan).steps:
        kind, value = step.with_answer(answer)
        if kind not in ("write", "replace", "append"):
            continue
        file = folder / value["path"]
        old = file.read_text() if file.exists() else ""
        if kind == "replace":
            assert value["old"] in old, f"{name}: {value['old']!r}"
        new = value["text"] if kind == "write" else old + value.get("text", "")
        if kind == "replace":
            new = old.replace(value["old"], value["new"], 1)
        file.write_text(new)


def repository(folder: Path) -> Path:
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def python(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, env={"LANG": "C"}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_in_any_order_the_tests_pass(order: tuple[str, ...], tmp_path: Path) -> None:
    repository(tmp_path)
    for name in (*order, "clock-minutes", "csv-timetable"):
        apply(tmp_path, name)
    python(tmp_path, "-m", "unittest", "-q")
    board = python(tmp_path, "-X", "utf8", "-m", "timetable").splitlines()
    assert board[0] == "07:04  platform  7  Wien          +12"
    assert "2 of 5 trains were late" in python(tmp_path, "-m", "timetable.report")


@pytest.mark.parametrize("chunk", CHUNKS, ids=lambda chunk: chunk.name)
def test_each_is_whole_by_itself(chunk, tmp_path: Path) -> None:
    repository(tmp_path)
    if chunk.name in DONE_BEFORE:
        apply(tmp_path, DONE_BEFORE[chunk.name])
    apply(tmp_path, chunk.name)
    python(tmp_path, "-m", "unittest", "-q")


def test_the_two_that_write_one_function_merge_if_they_are_judged_independent(
    tmp_path: Path,
) -> None:
    sides = {}
    for name in ("base", "board-platforms", "board-delays"):
        folder = repository(tmp_path / name)
        if name != "base":
            apply(folder, name)
        sides[name] = folder / "timetable/board.py"
    order = ("board-platforms", "base", "board-delays")
    merge = ["git", "merge-file", "-p", *(str(sides[name]) for name in order)]
    assert subprocess.run(merge, capture_output=True).returncode == 0
