"""Bringing a workspace up to base, and restoring a snapshot; killed anywhere, done again."""

import asyncio

import pytest
from tests.workspaces.conftest import Yard

from pointsman.git import is_ancestor, read_commit, ref_tip, set_refs
from pointsman.model.errors import PointsmanError
from pointsman.model.merge_rule import MergeRule
from pointsman.workspaces import BroughtUp


async def bring_up(yard: Yard) -> BroughtUp:
    tip = yard.world.git("rev-parse", "main")
    return await yard.workspaces.bring_up("a.1", tip, at=yard.now())


async def test_base_comes_into_the_workspace_beside_the_agents_work(yard: Yard) -> None:
    await yard.cut()
    yard.write({"mine.txt": "mine", "x.log": "ignored"})
    (yard.files / "src" / "b.py").unlink()
    tip = yard.world.commit({"a.txt": "base moved\n", "theirs.txt": "theirs"})
    done = await bring_up(yard)
    assert (done.conflicts, done.before is not None) == ((), True)
    assert (yard.files / "a.txt").read_text() == "base moved\n"
    assert (yard.files / "theirs.txt").read_text() == "theirs"
    assert (yard.files / "mine.txt").read_text() == "mine"
    assert (yard.files / "x.log").read_text() == "ignored"
    assert not (yard.files / "src" / "b.py").exists()
    assert done.before
    assert done.snapshot
    assert (await read_commit(yard.store, done.snapshot.id)).parents == (done.before.id, tip)
    assert done.snapshot.base == tip
    assert await ref_tip(yard.repository.git, "refs/pointsman/base/a.1") == tip
    assert await yard.snapshot() is None


async def test_a_conflict_is_in_the_file_as_markers_and_told_with_its_versions(yard: Yard) -> None:
    await yard.cut()
    yard.write({"a.txt": "mine\n"})
    yard.world.commit({"a.txt": "theirs\n"})
    done = await bring_up(yard)
    (conflict,) = done.conflicts
    assert conflict.path == "a.txt"
    assert conflict.ours
    assert conflict.theirs
    text = (yard.files / "a.txt").read_text()
    assert text.startswith("<<<<<<< ")
    assert "mine\n=======\ntheirs\n" in text


async def test_of_a_generated_file_the_agents_version_is_kept_and_told(yard: Yard) -> None:
    await yard.cut()
    yard.write({"uv.lock": "mine\n"})
    yard.world.commit({"uv.lock": "theirs\n"})
    done = await bring_up(yard)
    assert (yard.files / "uv.lock").read_text() == "mine\n"
    assert (done.conflicts, done.settled) == ((), (("uv.lock", MergeRule.GENERATED),))
    again = await bring_up(yard)
    assert again.settled == done.settled


async def test_a_resolved_conflict_does_not_come_back(yard: Yard) -> None:
    await yard.cut()
    yard.write({"a.txt": "mine\n"})
    yard.world.commit({"a.txt": "theirs\n"})
    await bring_up(yard)
    yard.write({"a.txt": "both\n"})
    await yard.snapshot()
    yard.world.commit({"other.txt": "x"})
    done = await bring_up(yard)
    assert done.conflicts == ()
    assert (yard.files / "a.txt").read_text() == "both\n"


async def test_done_twice_it_tells_the_same_and_changes_nothing(yard: Yard) -> None:
    await yard.cut()
    yard.write({"a.txt": "mine\n"})
    yard.world.commit({"a.txt": "theirs\n"})
    first = await bring_up(yard)
    yard.restart()
    second = await bring_up(yard)
    assert second.conflicts == first.conflicts
    assert first.snapshot
    assert second.snapshot
    assert second.snapshot.id == first.snapshot.id
    assert await ref_tip(yard.store, "refs/pointsman/snapshots/a.1") == first.snapshot.id


async def test_with_nothing_to_bring_nothing_happens(yard: Yard) -> None:
    await yard.cut()
    yard.write({"a.txt": "mine\n"})
    done = await bring_up(yard)
    assert (done.before, done.snapshot, done.conflicts) == (None, None, ())


async def test_a_workspace_without_work_takes_base_as_it_is(yard: Yard) -> None:
    await yard.cut()
    tip = yard.world.commit({"a.txt": "moved\n"})
    done = await bring_up(yard)
    assert done.snapshot
    assert done.snapshot.tree == yard.world.git("rev-parse", f"{tip}^{{tree}}")
    assert (yard.files / "a.txt").read_text() == "moved\n"


async def test_big_files_are_saved_before_they_could_be_replaced(yard: Yard) -> None:
    await yard.cut()
    yard.write({"a.txt": "x" * 5000})
    yard.world.commit({"src/b.py": "moved\n"})
    await bring_up(yard)
    assert (yard.files / "a.txt").read_text() == "x" * 5000


@pytest.mark.parametrize("seconds", [0.02, 0.05, 0.08, 0.11, 0.14, 0.17, 0.2])
async def test_a_bring_up_that_is_killed_anywhere_is_done_again(yard: Yard, seconds: float) -> None:
    await yard.cut()
    yard.write({"mine.txt": "mine", "a.txt": "mine\n"})
    tip = yard.world.commit({"a.txt": "theirs\n", "src/b.py": "theirs\n"})
    at = yard.now()
    task = asyncio.create_task(yard.workspaces.bring_up("a.1", tip, at=at))
    await asyncio.wait([task], timeout=seconds)
    task.cancel()
    await asyncio.wait([task])
    yard.restart()
    yard.world.git("gc", "--quiet", "--prune=now")
    done = await yard.workspaces.bring_up("a.1", tip, at=at)
    assert [c.path for c in done.conflicts] == ["a.txt"]
    text = (yard.files / "a.txt").read_text()
    assert text.count("<<<<<<<") == 1
    assert (yard.files / "mine.txt").read_text() == "mine"
    assert (yard.files / "src" / "b.py").read_text() == "theirs\n"
    assert await yard.snapshot() is None
    assert done.snapshot
    assert await is_ancestor(yard.store, tip, done.snapshot.id)


async def test_what_was_unfinished_is_finished_before_anything_else(yard: Yard) -> None:
    await yard.cut()
    yard.write({"mine.txt": "mine"})
    first = await yard.snapshot()
    assert first
    tip = yard.world.commit({"src/b.py": "theirs\n"})
    done = await bring_up(yard)
    assert done.snapshot
    # As if killed in the middle: the files are half the old ones, the refs still say so.
    yard.write({"src/b.py": "two\n"})
    refs: dict[str, str | None] = {
        "refs/pointsman/snapshots/a.1": first.id,
        "refs/pointsman/base/a.1": first.base,
        "refs/pointsman/unfinished/a.1": done.snapshot.id,
    }
    await set_refs(yard.store, refs)
    yard.restart()
    assert await yard.snapshot() is None
    assert (yard.files / "src" / "b.py").read_text() == "theirs\n"
    assert await ref_tip(yard.store, "refs/pointsman/base/a.1") == tip
    assert await ref_tip(yard.store, "refs/pointsman/unfinished/a.1") is None


async def test_what_an_agent_ruined_comes_back_from_any_snapshot(yard: Yard) -> None:
    await yard.cut()
    yard.write({"good.txt": "work", "dir/deep": "x"})
    (yard.files / "link").symlink_to("good.txt")
    good = await yard.snapshot()
    assert good
    for path in ("good.txt", "link", "a.txt"):
        (yard.files / path).unlink()
    (yard.files / "src").rename(yard.files / "moved")
    (yard.files / "src").symlink_to("/etc")
    yard.write({"late.txt": "also kept"})
    again = await yard.workspaces.restore("a.1", good.id, at=yard.now())
    assert again.tree == good.tree
    assert (yard.files / "good.txt").read_text() == "work"
    assert (yard.files / "link").readlink().name == "good.txt"
    assert (yard.files / "src" / "b.py").read_text() == "two\n"
    assert not (yard.files / "late.txt").exists()
    assert await yard.snapshot() is None
    before = await ref_tip(yard.store, f"{again.id}^")
    assert before
    assert (await yard.tree(before))["late.txt"] == b"also kept"


async def test_a_restore_done_twice_is_done_once(yard: Yard) -> None:
    await yard.cut()
    yard.write({"a.txt": "1"})
    first = await yard.snapshot()
    assert first
    yard.write({"a.txt": "2"})
    one = await yard.workspaces.restore("a.1", first.id, at=yard.now())
    two = await yard.workspaces.restore("a.1", first.id, at=yard.now())
    assert one.id == two.id


async def test_only_a_snapshot_of_the_unit_can_be_restored(yard: Yard) -> None:
    await yard.cut()
    other = yard.world.commit({"a.txt": "not a snapshot\n"})
    for nonsense in (other, "1" * 40):
        with pytest.raises(PointsmanError) as error:
            await yard.workspaces.restore("a.1", nonsense, at=yard.now())
        assert error.value.code == "snapshot-not-found"
    assert (yard.files / "a.txt").read_text() == "one\n"


async def test_where_files_can_not_be_put_everything_stays_as_it_was(yard: Yard) -> None:
    await yard.cut()
    yard.write({"place": "a file"})
    first = await yard.snapshot()
    assert first
    (yard.files / "place").unlink()
    yard.agent_git("init", "--quiet", "place")
    yard.write({"place/x.log": "ignored, so in no snapshot"})
    try:
        await yard.workspaces.restore("a.1", first.id, at=yard.now())
    except PointsmanError as error:
        assert error.code == "git-failed"
        assert (yard.files / "place" / "x.log").exists()
    else:
        assert (yard.files / "place").read_text() == "a file"
    assert await ref_tip(yard.store, "refs/pointsman/unfinished/a.1") is None


async def test_the_diff_tells_lines_per_file_against_base_or_any_commit(yard: Yard) -> None:
    base = await yard.cut()
    assert (await yard.workspaces.diff("a.1")).files == ()
    yard.write({"a.txt": "one\nmore\n", "new ö.txt": "1\n2\n", "bin": b"\0"})
    first = await yard.snapshot()
    yard.write({"a.txt": "other\n"})
    await yard.snapshot()
    diff = await yard.workspaces.diff("a.1")
    assert {f.path: (f.added, f.removed) for f in diff.files} == {
        "a.txt": (1, 1),
        "new ö.txt": (2, 0),
        "bin": (None, None),
    }
    assert b"+other" in diff.patch
    assert first
    since = await yard.workspaces.diff("a.1", first.id)
    assert [f.path for f in since.files] == ["a.txt"]
    assert (await yard.workspaces.diff("a.1", base)).files == diff.files
