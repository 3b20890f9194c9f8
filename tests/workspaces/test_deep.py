"""Trees that are deeper than a path is long, and folders that forbid everything."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.workspaces.conftest import Yard

from pointsman.workspaces.beneath import opened
from pointsman.workspaces.deleting import delete
from pointsman.workspaces.walking import closed_folders

LONG = "n" * 255


def nest(top: Path, name: str, depth: int) -> None:
    """Folders in folders, as only a program can make them; a file in the last."""
    here = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("bottom", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)


@pytest.fixture
def deep_yard(yard: Yard) -> Iterator[Yard]:
    """Nothing of it is left for others to delete, who may not be able to."""
    yield yard
    delete(yard.state)


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Path]:
    """A folder of an agent's, with a link out of it."""
    top = tmp_path / "tree"
    top.mkdir()
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("precious")
    (top / "link").symlink_to(precious)
    yield top
    assert (precious / "file").read_text() == "precious"
    delete(top)


@pytest.mark.parametrize(("name", "depth"), [("d", 5000), (LONG, 1000), ("1", 100)])
def test_a_tree_is_deleted_however_deep_it_is(tree: Path, name: str, depth: int) -> None:
    nest(tree, name, depth)
    delete(tree)
    assert not os.path.lexists(tree)
    assert sorted(p.name for p in tree.parent.iterdir()) == ["precious"]


def test_folders_that_forbid_everything_are_deleted(tree: Path) -> None:
    for folder in ("a/b/c", "a/d"):
        (tree / folder).mkdir(parents=True)
        (tree / folder / "file").write_text("x")
    for folder in ("a/b/c", "a/b", "a/d", "a", "."):
        (tree / folder).chmod(0)
    delete(tree)
    assert not os.path.lexists(tree)


def test_a_deletion_that_was_killed_is_done_by_the_next(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nest(tree, "1", 20)
    (tree / "2").mkdir()
    rmdir, done = os.rmdir, 0

    def killed(*args: object, **more: object) -> None:
        nonlocal done
        done += 1
        if done % 3 == 0:
            raise KeyboardInterrupt
        rmdir(*args, **more)  # type: ignore[arg-type] # as it was called

    monkeypatch.setattr(os, "rmdir", killed)
    kills = 0
    while sorted(p.name for p in tree.parent.iterdir()) != ["precious"]:
        try:
            delete(tree)
        except KeyboardInterrupt:
            kills += 1
    assert kills > 3


def test_a_link_in_place_of_the_folder_goes_and_what_it_leads_to_stays(tree: Path) -> None:
    delete(tree / "link")
    assert not os.path.lexists(tree / "link")


@pytest.mark.parametrize(("name", "depth"), [("d" * 20, 5000), (LONG, 300)])
async def test_a_deep_tree_is_kept_as_far_as_git_can_name_it_and_the_rest_is_told(
    deep_yard: Yard, name: str, depth: int
) -> None:
    yard = deep_yard
    await yard.cut()
    yard.write({"plain.txt": "kept\n", f"{name}/near.txt": "kept\n"})
    nest(yard.files / name, name, depth)
    taken = await yard.snapshot()
    assert taken is not None
    kept = await yard.tree(taken.id)
    assert kept["plain.txt"] == kept[f"{name}/near.txt"] == b"kept\n"
    (told,) = taken.unsaved
    assert told.startswith(f"{name}/{name}/")
    assert told.endswith("/")
    assert await yard.snapshot() is None, "nothing has changed"
    await yard.workspaces.publish(yard.unit)
    await yard.workspaces.remove(yard.unit)
    assert list(yard.files.parent.iterdir()) == []


async def test_nested_repositories_may_be_deep_too(deep_yard: Yard) -> None:
    yard = deep_yard
    await yard.cut()
    inner = yard.files / "inner"
    inner.mkdir()
    yard.world.git("init", "--quiet", at=inner)
    (inner / "plain.txt").write_text("kept\n")
    nest(inner, "d", 3000)
    taken = await yard.snapshot()
    assert taken is not None
    assert (await yard.tree(taken.id))["inner/plain.txt"] == b"kept\n"


def test_a_folder_that_forbids_a_look_is_told(tree: Path) -> None:
    (tree / "open/closed/below").mkdir(parents=True)
    (tree / "unlisted").mkdir()
    (tree / "unlisted").chmod(0o300)
    (tree / "open/closed").chmod(0o600)
    with opened(tree) as root:
        assert closed_folders(root, 10) == {"open/closed/", "unlisted/"}
        assert len(closed_folders(root, 1)) == 1


async def test_what_forbids_a_look_is_opened_up_before_the_last_snapshot(yard: Yard) -> None:
    await yard.cut()
    yard.write({"shut/deeper/new.txt": "kept\n", "secret.txt": "kept\n"})
    for path in ("shut/deeper", "shut", "secret.txt"):
        (yard.files / path).chmod(0)
    await yard.workspaces.open_up(yard.unit)
    taken = await yard.snapshot("removal")
    assert taken is not None
    assert taken.unsaved == ()
    kept = await yard.tree(taken.id)
    assert kept["shut/deeper/new.txt"] == kept["secret.txt"] == b"kept\n"
