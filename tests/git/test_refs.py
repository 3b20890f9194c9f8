"""Refs move by compare-and-swap; who has a branch checked out is known, whatever the names."""

from pathlib import Path

from tests.git.world import World

from pointsman.git import (
    branch_tip,
    checkouts,
    graph,
    move_ref,
    ref_tip,
    refs_below,
    set_refs,
    unfinished_on,
)


async def test_a_ref_moves_only_from_where_it_is_thought_to_be(world: World) -> None:
    a, b = world.commit({"x": "1"}), world.commit({"x": "2"})
    git = (await world.find()).git
    world.git("branch", "work", a)
    assert not await move_ref(git, "refs/heads/work", a, b)
    assert await branch_tip(git, "work") == a
    assert await move_ref(git, "refs/heads/work", b, a)
    assert await branch_tip(git, "work") == b
    assert await move_ref(git, "refs/heads/fresh", a, None)
    assert not await move_ref(git, "refs/heads/fresh", b, None)
    assert await branch_tip(git, "nothing") is None


async def test_a_lock_that_a_killed_git_left_on_a_ref_of_ours_holds_up_nobody(world: World) -> None:
    a = world.commit({"x": "1"})
    git = (await world.find()).git
    mine = "refs/pointsman/base/u.1"
    lock = git.git_dir / f"{mine}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    await set_refs(git, {mine: a})
    assert await ref_tip(git, mine) == a
    assert not lock.exists()


async def test_several_refs_are_set_together(world: World) -> None:
    a = world.commit({"x": "1"})
    git = (await world.find()).git
    await set_refs(git, {"refs/pointsman/base/u.1": a, "refs/pointsman/base/u.2": a})
    assert set(await refs_below(git, "refs/pointsman/")) == {
        "refs/pointsman/base/u.1",
        "refs/pointsman/base/u.2",
    }
    await set_refs(git, {"refs/pointsman/base/u.1": None})
    assert await ref_tip(git, "refs/pointsman/base/u.1") is None


async def test_no_hook_of_the_repository_runs_when_a_ref_moves(
    world: World, tmp_path: Path
) -> None:
    a, b = world.commit({"x": "1"}), world.commit({"x": "2"})
    hook = world.root / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    await move_ref((await world.find()).git, "refs/heads/main", a, b)
    assert not (tmp_path / "ran").exists()
    world.git("update-ref", "refs/heads/main", b)
    assert (tmp_path / "ran").exists(), "the control: the hook works"


async def test_checkouts_are_listed_with_their_branches(world: World, tmp_path: Path) -> None:
    head = world.commit({"x": "1"})
    world.git("worktree", "add", "--quiet", "-b", "grün", str(tmp_path / "new\nline"))
    world.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "detached"))
    world.git("worktree", "add", "--quiet", "-b", "lost", str(tmp_path / "lost"))
    (tmp_path / "lost" / ".git").unlink()
    (tmp_path / "lost").rmdir() if not any((tmp_path / "lost").iterdir()) else None
    found = {c.path.name: c for c in await checkouts((await world.find()).git)}
    assert found["repository"].branch == "main"
    assert found["new\nline"].branch == "grün"
    assert (found["detached"].branch, found["detached"].head) == (None, head)
    assert found["lost"].prunable


async def test_a_rebase_or_bisect_of_a_branch_is_noticed_in_any_worktree(
    world: World, tmp_path: Path
) -> None:
    world.commit({"x": "1\n"})
    for n in range(3):
        world.commit({"x": f"{n}\n"})
    common = world.root / ".git"
    assert unfinished_on(common, "main") is None
    world.git("bisect", "start", "HEAD", "HEAD~3")
    assert unfinished_on(common, "main") == "bisect"
    world.git("bisect", "reset")

    other = tmp_path / "other"
    world.git("checkout", "--quiet", "-b", "side", "HEAD~2")
    world.commit({"x": "conflict\n"})
    world.git("worktree", "add", "--quiet", str(other), "main")
    world.git("rebase", "side", at=other, ok=False)
    assert unfinished_on(common, "main") == "rebase"
    assert unfinished_on(common, "side") is None
    world.git("rebase", "--abort", at=other)
    assert unfinished_on(common, "main") is None


async def test_the_graph_has_parents_refs_and_subjects(world: World) -> None:
    first = world.commit({"x": "1"}, "first: ä, b")
    world.git("tag", "v1")
    second = world.commit({"x": "2"}, "second")
    commits = await graph((await world.find()).git, 10)
    assert [c.id for c in commits] == [second, first]
    assert commits[0].parents == (first,)
    assert commits[0].refs[0] == "refs/heads/main"
    assert commits[1].subject == "first: ä, b"
    assert commits[1].author == "Olga Weiß"
    assert commits[1].refs == ("tag: refs/tags/v1",)
    assert len(await graph((await world.find()).git, 1)) == 1
