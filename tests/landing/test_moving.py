"""Base moves by compare-and-swap or as git allows in the checkout; the operator's files stay."""

import asyncio
import os
from pathlib import Path

import pytest
from tests.landing.conftest import Yard

from pointsman.landing import Held, Moved, TipMoved, held


def files(root: Path) -> dict[str, bytes]:
    found = (p for p in root.rglob("*") if p.is_file() and ".git" not in p.relative_to(root).parts)
    return {str(p.relative_to(root)): p.read_bytes() for p in found}


async def test_base_that_is_checked_out_moves_with_its_files(yard: Yard) -> None:
    commit, tip = await yard.made(yard.work({"a.txt": "2\n", "new": "x"})), yard.tip
    assert await yard.move(commit, tip) == Moved()
    assert yard.world.git("rev-parse", "HEAD", "refs/heads/main").split() == [commit, commit]
    assert (yard.world.root / "a.txt").read_text() == "2\n"
    assert yard.world.git("status", "--porcelain") == ""


@pytest.mark.parametrize("head", ["another branch", "detached"])
async def test_base_that_is_not_checked_out_moves_and_nothing_else(yard: Yard, head: str) -> None:
    if head == "detached":
        yard.world.git("checkout", "--quiet", "--detach")
    else:
        yard.world.git("checkout", "--quiet", "-b", "feature")
    yard.world.write({"a.txt": "dirty\n", "new": "untracked"})
    yard.world.git("add", "a.txt")
    before, status = files(yard.world.root), yard.world.git("status", "--porcelain")
    commit, tip = await yard.made(yard.work({"a.txt": "2\n", "new": "x"})), yard.tip
    assert await yard.move(commit, tip) == Moved()
    assert yard.tip == commit
    assert yard.world.git("rev-parse", "HEAD") == tip
    assert (files(yard.world.root), yard.world.git("status", "--porcelain")) == (before, status)


async def test_unrelated_work_of_the_operator_is_no_obstacle_and_stays(yard: Yard) -> None:
    yard.world.write({"b.txt": "dirty\n", "untracked": "x", ".env": "secret", "staged": "s"})
    yard.world.git("add", "staged")
    status = yard.world.git("status", "--porcelain", "--ignored")
    commit, tip = await yard.made(yard.work({"a.txt": "2\n"})), yard.tip
    assert await held(yard.repository, "main", commit) is None
    assert await yard.move(commit, tip) == Moved()
    assert yard.world.git("status", "--porcelain", "--ignored") == status
    assert (yard.world.root / ".env").read_text() == "secret"


@pytest.mark.parametrize("how", ["modified", "staged", "untracked", "ignored", "conflicted"])
async def test_where_the_operators_files_are_in_the_way_nothing_is_touched(
    yard: Yard, how: str
) -> None:
    path = {"untracked": "new", "ignored": ".env"}.get(how, "a.txt")
    commit = await yard.made(yard.work({path: "agent's\n"}))
    if how == "conflicted":
        tip = yard.tip
        yard.world.git("checkout", "--quiet", "-b", "side")
        yard.world.commit({"a.txt": "side\n"})
        yard.world.git("checkout", "--quiet", "main")
        yard.world.commit({"a.txt": "here\n"})
        yard.world.git("merge", "side", ok=False)
        commit, tip = await yard.made(yard.work({"a.txt": "agent's\n"})), yard.tip
    else:
        tip = yard.tip
        yard.world.write({path: "operator's\n"})
        if how == "staged":
            yard.world.git("add", path)
    before = files(yard.world.root)
    status = yard.world.git("status", "--porcelain", "--ignored")
    outcome = await yard.move(commit, tip)
    assert isinstance(outcome, Held)
    if how != "conflicted":
        assert f"- {path}" in outcome.reason
    assert isinstance(await held(yard.repository, "main", commit), Held)
    assert yard.tip == tip
    assert files(yard.world.root) == before
    assert yard.world.git("status", "--porcelain", "--ignored") == status
    assert yard.world.git("stash", "list") == ""


async def test_once_the_operator_is_done_it_moves(yard: Yard) -> None:
    commit, tip = await yard.made(yard.work({"a.txt": "2\n"})), yard.tip
    yard.world.write({"a.txt": "operator's\n"})
    assert isinstance(await yard.move(commit, tip), Held)
    yard.world.git("checkout", "--quiet", "a.txt")
    assert await held(yard.repository, "main", commit) is None
    assert await yard.move(commit, tip) == Moved()


async def test_a_linked_worktree_that_has_base_is_the_one_that_moves(
    yard: Yard, tmp_path: Path
) -> None:
    yard.world.git("checkout", "--quiet", "-b", "feature")
    other = tmp_path / "other ö\ndir"
    yard.world.git("worktree", "add", "--quiet", str(other), "main")
    commit, tip = await yard.made(yard.work({"a.txt": "2\n"})), yard.tip
    assert await yard.move(commit, tip) == Moved()
    assert (other / "a.txt").read_text() == "2\n"
    assert (yard.world.root / "a.txt").read_text() == "1\n"


async def test_base_in_two_checkouts_is_left_alone(yard: Yard, tmp_path: Path) -> None:
    yard.world.git("worktree", "add", "--quiet", "--force", str(tmp_path / "two"), "main")
    commit, tip = await yard.made(yard.work({"a.txt": "2\n"})), yard.tip
    assert isinstance(await yard.move(commit, tip), Held)
    assert yard.tip == tip


async def test_a_worktree_that_is_gone_counts_unless_it_is_locked(
    yard: Yard, tmp_path: Path
) -> None:
    yard.world.git("checkout", "--quiet", "-b", "feature")
    drive = tmp_path / "drive"
    yard.world.git("worktree", "add", "--quiet", str(drive), "main")
    yard.world.git("worktree", "lock", str(drive))
    drive.rename(tmp_path / "unplugged")
    commit, tip = await yard.made(yard.work({"a.txt": "2\n"})), yard.tip
    assert isinstance(await yard.move(commit, tip), Held)
    assert yard.tip == tip
    yard.world.git("worktree", "unlock", str(drive))
    assert await yard.move(commit, tip) == Moved()


@pytest.mark.parametrize("what", ["rebase", "bisect"])
async def test_in_the_middle_of_a_rebase_or_bisect_base_is_left_alone(
    yard: Yard, tmp_path: Path, what: str
) -> None:
    start = yard.tip
    for n in range(3):
        yard.world.commit({"b.txt": f"{n}\n"})
    commit, tip = await yard.made(yard.work({"a.txt": "2\n"})), yard.tip
    if what == "bisect":
        yard.world.git("bisect", "start", "main", start)
    else:
        yard.world.git("checkout", "--quiet", "-b", "side", start)
        yard.world.commit({"b.txt": "side\n"})
        yard.world.git("rebase", "side", "main", ok=False)
    outcome = await yard.move(commit, tip)
    assert isinstance(outcome, Held)
    assert what in outcome.reason
    assert yard.tip == tip


async def test_if_base_moved_meanwhile_it_is_told_and_nothing_is_done(yard: Yard) -> None:
    commit, tip = await yard.made(yard.work({"a.txt": "2\n"})), yard.tip
    moved = yard.world.commit({"b.txt": "operator's\n"})
    assert await yard.move(commit, tip) == TipMoved()
    yard.world.git("checkout", "--quiet", "--detach")
    assert await yard.move(commit, tip) == TipMoved()
    assert yard.tip == moved


async def test_done_twice_it_has_moved_also_if_base_went_on_since(yard: Yard) -> None:
    commit, tip = await yard.made(yard.work({"a.txt": "2\n"})), yard.tip
    assert await yard.move(commit, tip) == Moved()
    assert await yard.move(commit, tip) == Moved()
    later = yard.world.commit({"b.txt": "later\n"})
    assert await yard.move(commit, tip) == Moved()
    assert yard.tip == later


async def test_no_hook_of_the_operator_runs(yard: Yard, tmp_path: Path) -> None:
    hooks = yard.world.root / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-merge", "post-checkout", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        (hooks / name).chmod(0o755)
    commit, tip = await yard.made(yard.work({"a.txt": "2\n"})), yard.tip
    (tmp_path / "ran").unlink(missing_ok=True)
    assert await yard.move(commit, tip) == Moved()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("seconds", [0.0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05])
async def test_a_landing_that_is_killed_anywhere_ends_the_same(yard: Yard, seconds: float) -> None:
    work, tip = yard.work({"a.txt": "2\n", "new": "x"}), yard.tip
    yard.world.write({"b.txt": "operator's\n"})

    async def land() -> tuple[str, object]:
        commit = await yard.made(work, tip)
        return commit, await yard.move(commit, tip)

    task = asyncio.create_task(land())
    await asyncio.wait([task], timeout=seconds)
    task.cancel()
    await asyncio.wait([task])
    commit, outcome = await land()
    assert outcome == Moved()
    assert yard.tip == commit
    assert (yard.world.root / "new").read_text() == "x"
    assert yard.world.git("status", "--porcelain") == " M b.txt"
    assert not list((yard.world.root / ".git").rglob("*.lock"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
async def test_a_folder_that_can_not_be_written_holds_it(yard: Yard) -> None:
    commit, tip = await yard.made(yard.work({"new": "x"})), yard.tip
    yard.world.root.chmod(0o500)
    try:
        assert isinstance(await yard.move(commit, tip), Held)
    finally:
        yard.world.root.chmod(0o700)
