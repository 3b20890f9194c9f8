"""Snapshots come into the repository; a workspace goes only once they are there."""

import asyncio
from pathlib import Path

import pytest
from tests.workspaces.conftest import Yard

from pointsman.model.errors import PointsmanError


async def test_published_snapshots_are_under_their_ref_and_outlive_the_store(yard: Yard) -> None:
    await yard.cut()
    yard.write({"work.txt": "1"})
    await yard.snapshot()
    yard.write({"work.txt": "2"})
    last = await yard.snapshot()
    assert last
    assert yard.world.git("for-each-ref", "refs/pointsman/snapshots") == ""
    await yard.workspaces.publish("a.1")
    await yard.workspaces.publish("a.1")
    (yard.state).rename(yard.state.with_name("lost"))
    assert yard.world.git("rev-parse", "refs/pointsman/snapshots/a.1") == last.id
    assert yard.world.git("show", f"{last.id}~1:work.txt") == "1"
    assert yard.world.git("fsck", "--connectivity-only") == ""
    assert "pointsman" not in yard.world.git("branch", "--all")


async def test_without_snapshots_there_is_nothing_to_publish(yard: Yard) -> None:
    await yard.cut()
    await yard.workspaces.publish("a.1")
    assert yard.world.git("for-each-ref", "refs/pointsman/snapshots") == ""


async def test_publishing_leaves_the_operators_checkout_alone(yard: Yard) -> None:
    await yard.cut()
    yard.write({"a.txt": "agent's"})
    await yard.snapshot()
    yard.world.write({"a.txt": "operator's", "untracked": "x"})
    yard.world.git("config", "fetch.prune", "true")
    yard.world.git("config", "submodule.recurse", "true")
    before = yard.world.git("status", "--porcelain")
    refs = yard.world.git("for-each-ref", "refs/heads")
    await yard.workspaces.publish("a.1")
    assert yard.world.git("status", "--porcelain") == before
    assert yard.world.git("for-each-ref", "refs/heads") == refs
    assert not (yard.world.root / ".git" / "FETCH_HEAD").exists()


async def test_a_workspace_is_not_removed_before_its_last_snapshot_is_kept(yard: Yard) -> None:
    await yard.cut()
    yard.write({"work.txt": "1"})
    with pytest.raises(PointsmanError) as error:
        await yard.workspaces.remove("a.1")
    assert error.value.code == "snapshot-missing"
    await yard.snapshot()
    with pytest.raises(PointsmanError) as error:
        await yard.workspaces.remove("a.1")
    assert "refs/pointsman/snapshots/a.1" in error.value.problem.message
    await yard.workspaces.publish("a.1")
    yard.write({"work.txt": "2"})
    with pytest.raises(PointsmanError):
        await yard.workspaces.remove("a.1")
    await yard.snapshot()
    await yard.workspaces.publish("a.1")
    await yard.workspaces.remove("a.1")
    assert list((yard.state / "workspaces").iterdir()) == []
    await yard.workspaces.remove("a.1")


async def test_an_untouched_workspace_is_removed_at_once(yard: Yard) -> None:
    await yard.cut()
    await yard.workspaces.remove("a.1")
    assert not yard.files.exists()


async def test_refused_files_do_not_keep_a_workspace_for_ever(yard: Yard) -> None:
    await yard.cut()
    yard.write({".GIT/x": "refused", "big": "x" * 5000})
    await yard.snapshot()
    await yard.workspaces.publish("a.1")
    await yard.workspaces.remove("a.1")
    assert not yard.files.exists()


async def test_links_are_not_followed_when_a_workspace_is_deleted(
    yard: Yard, tmp_path: Path
) -> None:
    await yard.cut()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x")
    (yard.files / "link").symlink_to(outside)
    locked = yard.files / "build" / "locked"
    locked.mkdir(parents=True)
    (locked / "file").write_text("ignored")
    (locked / "link").symlink_to(outside)
    locked.chmod(0o500)
    await yard.snapshot()
    await yard.workspaces.publish("a.1")
    await yard.workspaces.remove("a.1")
    assert (outside / "precious").read_text() == "x"
    assert outside.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.03, 0.06])
async def test_publish_and_remove_that_are_killed_are_done_again(
    yard: Yard, seconds: float
) -> None:
    await yard.cut()
    yard.write({"work.txt": "1"})
    last = await yard.snapshot()
    assert last

    async def retire() -> None:
        await yard.workspaces.publish("a.1")
        await yard.workspaces.remove("a.1")

    task = asyncio.create_task(retire())
    await asyncio.wait([task], timeout=seconds)
    task.cancel()
    await asyncio.wait([task])
    yard.restart()
    yard.world.git("gc", "--quiet", "--prune=now")
    await retire()
    assert yard.world.git("show", "refs/pointsman/snapshots/a.1:work.txt") == "1"
    assert list((yard.state / "workspaces").iterdir()) == []
