"""Files of a workspace are touched through no link, wherever the agent put one."""

import os
from pathlib import Path

import pytest
from tests.workspaces.conftest import Yard

from pointsman.model.errors import PointsmanError

GOAL = "docs/chunks/x/GOAL.md"


async def test_files_are_read_and_written(yard: Yard) -> None:
    await yard.cut()
    assert await yard.workspaces.read("a.1", "a.txt") == b"one\n"
    assert await yard.workspaces.read("a.1", "no/such") is None
    assert await yard.workspaces.read("a.1", "a.txt/below") is None
    await yard.workspaces.write("a.1", GOAL, b"text")
    assert await yard.workspaces.read("a.1", GOAL) == b"text"
    (yard.files / "a.txt").chmod(0o755)
    await yard.workspaces.write("a.1", "a.txt", b"new")
    assert (yard.files / "a.txt").stat().st_mode & 0o777 == 0o755
    assert {p.name for p in (yard.files / "docs/chunks/x").iterdir()} == {"GOAL.md"}


async def test_a_link_in_place_of_the_file_is_replaced_never_followed(
    yard: Yard, tmp_path: Path
) -> None:
    await yard.cut()
    outside = tmp_path / "outside"
    outside.write_text("precious")
    (yard.files / "docs/chunks/x").mkdir(parents=True)
    (yard.files / GOAL).symlink_to(outside)
    with pytest.raises(PointsmanError) as error:
        await yard.workspaces.read("a.1", GOAL)
    assert error.value.code == "path-outside"
    (yard.files / "docs/chunks/x/.GOAL.md.pointsman").symlink_to(outside)
    await yard.workspaces.write("a.1", GOAL, b"ours")
    assert outside.read_text() == "precious"
    assert not (yard.files / GOAL).is_symlink()
    assert (yard.files / GOAL).read_bytes() == b"ours"


async def test_a_link_on_the_way_stops_both(yard: Yard, tmp_path: Path) -> None:
    await yard.cut()
    outside = tmp_path / "outside"
    (outside / "x").mkdir(parents=True)
    (outside / "x" / "GOAL.md").write_text("precious")
    (yard.files / "docs").mkdir()
    (yard.files / "docs" / "chunks").symlink_to(outside)
    for attempt in (
        yard.workspaces.read("a.1", GOAL),
        yard.workspaces.write("a.1", GOAL, b"ours"),
        yard.workspaces.write("a.1", "docs/chunks/new", b"ours"),
    ):
        with pytest.raises(PointsmanError) as error:
            await attempt
        assert error.value.code == "path-outside"
    assert (outside / "x" / "GOAL.md").read_text() == "precious"
    assert not (outside / "new").exists()


async def test_a_hard_linked_file_is_not_written_through(yard: Yard, tmp_path: Path) -> None:
    await yard.cut()
    (tmp_path / "outside").write_text("precious")
    os.link(tmp_path / "outside", yard.files / "hard")
    await yard.workspaces.write("a.1", "hard", b"ours")
    assert (tmp_path / "outside").read_text() == "precious"


@pytest.mark.parametrize("path", ["../out", "/etc/passwd", "a/../../out", "", ".", "a//b", "a\0b"])
async def test_paths_that_lead_out_are_refused(yard: Yard, path: str) -> None:
    await yard.cut()
    for attempt in (yard.workspaces.read("a.1", path), yard.workspaces.write("a.1", path, b"")):
        with pytest.raises(PointsmanError) as error:
            await attempt
        assert error.value.code == "path-outside"


async def test_what_is_no_plain_file_is_refused_without_waiting(yard: Yard) -> None:
    await yard.cut()
    os.mkfifo(yard.files / "fifo")
    for path in ("fifo", "src"):
        with pytest.raises(PointsmanError) as error:
            await yard.workspaces.read("a.1", path)
        assert error.value.code == "path-outside"
    with pytest.raises(PointsmanError):
        await yard.workspaces.write("a.1", "src", b"")
    assert [p.name for p in yard.files.iterdir() if p.name.endswith(".pointsman")] == []
