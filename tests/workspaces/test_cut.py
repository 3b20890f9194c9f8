"""Cutting: from base as recorded, apart from the operator's repository, safe to do again."""

import asyncio
from pathlib import Path

import pytest
from tests.workspaces.conftest import Yard

from pointsman.git import ref_tip
from pointsman.model.errors import PointsmanError


async def test_a_workspace_is_cut_from_the_commit_not_from_what_is_checked_out(yard: Yard) -> None:
    yard.world.git("checkout", "--quiet", "-b", "feature")
    yard.world.commit({"a.txt": "feature\n", "feature.txt": "x"})
    yard.world.write({"a.txt": "uncommitted\n", "untracked": "x"})
    base = await yard.cut()
    assert (yard.files / "a.txt").read_text() == "one\n"
    assert not (yard.files / "feature.txt").exists()
    assert not (yard.files / "untracked").exists()
    assert yard.agent_git("rev-parse", "HEAD") == base
    assert yard.agent_git("status", "--porcelain") == ""


async def test_it_has_one_branch_no_remote_an_identity_and_borrows_objects(yard: Yard) -> None:
    await yard.workspaces.cut("a.1", "a", yard.world.git("rev-parse", "main"), agent="demo")
    assert yard.agent_git("for-each-ref", "--format=%(refname)") == "refs/heads/pointsman/a"
    assert yard.agent_git("branch", "--show-current") == "pointsman/a"
    assert yard.agent_git("remote") == ""
    assert yard.agent_git("config", "--local", "user.email") == "demo@pointsman.invalid"
    objects = yard.files / ".git" / "objects"
    alternates = (objects / "info" / "alternates").read_text()
    assert alternates == f"{yard.repository.common_dir}/objects\n"
    assert not list(objects.glob("pack/*"))
    assert not (yard.files / ".git" / "hooks").exists()


@pytest.mark.parametrize("head", ["detached", "unborn", "feature"])
async def test_whatever_the_repositorys_head_is_it_can_be_cut(yard: Yard, head: str) -> None:
    base = yard.world.git("rev-parse", "main")
    if head == "detached":
        yard.world.git("checkout", "--quiet", "--detach")
    elif head == "unborn":
        yard.world.git("checkout", "--quiet", "--orphan", "nothing")
    else:
        yard.world.git("checkout", "--quiet", "-b", "feature")
    await yard.workspaces.cut("a.1", "a", base)
    assert (yard.files / "a.txt").read_text() == "one\n"
    assert yard.agent_git("for-each-ref", "--format=%(refname)") == "refs/heads/pointsman/a"


async def test_the_commit_is_pinned_so_that_no_gc_takes_it(yard: Yard) -> None:
    base = await yard.cut()
    assert await ref_tip(yard.repository.git, "refs/pointsman/base/a.1") == base
    yard.world.git("checkout", "--quiet", "--orphan", "other")
    yard.world.commit({"x": "1"})
    yard.world.git("branch", "-D", "main")
    yard.world.git("reflog", "expire", "--expire=now", "--all")
    yard.world.git("gc", "--quiet", "--prune=now")
    assert yard.agent_git("fsck", "--connectivity-only", "--no-dangling") == ""


async def test_cut_twice_is_cut_once(yard: Yard) -> None:
    await yard.cut()
    yard.write({"work.txt": "agent's"})
    await yard.cut()
    assert (yard.files / "work.txt").read_text() == "agent's"


@pytest.mark.parametrize("seconds", [0.0, 0.005, 0.01, 0.02, 0.03, 0.05])
async def test_a_cut_that_is_killed_anywhere_is_done_again(yard: Yard, seconds: float) -> None:
    task = asyncio.create_task(yard.cut())
    await asyncio.wait([task], timeout=seconds)
    task.cancel()
    await asyncio.wait([task])
    yard.restart()
    base = await yard.cut()
    assert yard.agent_git("rev-parse", "HEAD") == base
    assert yard.agent_git("status", "--porcelain") == ""
    assert await yard.snapshot() is None
    assert [p.name for p in (yard.state / "workspaces").iterdir()] == ["a.1"]


async def test_remains_of_a_killed_cut_are_replaced(yard: Yard) -> None:
    half = yard.state / "workspaces" / ".a.1.half"
    (half / ".git").mkdir(parents=True)
    (yard.state / "units" / "a.1" / "snap.half").mkdir(parents=True)
    await yard.cut()
    assert not half.exists()
    assert yard.agent_git("status", "--porcelain") == ""


async def test_a_commit_that_does_not_exist_is_an_error(yard: Yard) -> None:
    with pytest.raises(PointsmanError) as error:
        await yard.workspaces.cut("a.1", "a", "1" * 40)
    assert error.value.code == "base-missing"
    assert not yard.files.exists()


async def test_a_shallow_repository_is_refused(yard: Yard, tmp_path: Path) -> None:
    yard.world.commit({"a.txt": "two\n"})
    url = f"file://{yard.world.root}"
    yard.world.git("clone", "--quiet", "--depth=1", url, str(tmp_path / "shallow"))
    yard.world.root = tmp_path / "shallow"
    yard.repository = await yard.world.find()
    yard.restart()
    with pytest.raises(PointsmanError) as error:
        await yard.cut()
    assert error.value.code == "repository-unsupported"
    assert not yard.files.exists()


async def test_hooks_and_filters_of_the_operator_do_not_run_at_the_cut(
    yard: Yard, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "post-checkout").write_text(f"#!/bin/sh\ntouch {ran}\n")
    (hooks / "post-checkout").chmod(0o755)
    yard.world.git("config", "--global", "core.hooksPath", str(hooks))
    yard.world.git("config", "--global", "init.templateDir", str(hooks))
    yard.world.git("config", "--global", "filter.planted.smudge", f"touch {ran}; cat")
    yard.world.commit({".gitattributes": "* filter=planted\n"})
    await yard.cut()
    assert not ran.exists()
    yard.world.git("clone", "--quiet", str(yard.world.root), str(tmp_path / "control"))
    assert ran.exists(), "the control: an ordinary clone runs them"


async def test_what_the_operator_ignores_here_alone_is_ignored_there_too(yard: Yard) -> None:
    (yard.world.root / ".git" / "info").mkdir(exist_ok=True)
    (yard.world.root / ".git" / "info" / "exclude").write_text(".venv/\n")
    await yard.cut()
    yard.write({".venv/x": "x"})
    assert yard.agent_git("status", "--porcelain") == ""
    assert await yard.snapshot() is None


async def test_a_unit_cut_again_goes_on_after_its_published_snapshots(yard: Yard) -> None:
    base = await yard.cut()
    yard.write({"work.txt": "1"})
    first = await yard.snapshot()
    await yard.workspaces.publish("a.1")
    await yard.workspaces.remove("a.1")
    (yard.state / "units").rename(yard.state / "lost")
    await yard.workspaces.cut("a.1", "a", base)
    yard.write({"other.txt": "2"})
    second = await yard.snapshot()
    assert first
    assert second
    assert await ref_tip(yard.store, f"{second.id}^") == first.id
    await yard.workspaces.restore("a.1", first.id, at=yard.now())
    assert (yard.files / "work.txt").read_text() == "1"
