"""Trees that an agent wrote to make git stumble, or to make it run something outside.

Each plant is tried with plain git first, where it works.
"""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.workspaces.conftest import Yard


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


async def test_nested_repositories_are_folders_like_others(yard: Yard) -> None:
    await yard.cut()
    for name in ("empty", "full", "full/inner"):
        yard.agent_git("init", "--quiet", name)
        yard.write({f"{name}/file": name, f"{name}/x.log": "ignored", f"{name}/ö\n": "x"})
    for name in ("full", "full/inner"):
        yard.agent_git("-C", name, "add", "file")
        yard.agent_git("-C", name, "commit", "--quiet", "-m", "nested")
    yard.agent_git("add", "full", "full/inner")
    yard.write({"plain": "x"})
    taken = await yard.snapshot()
    assert taken
    files = {n for n in await yard.tree(taken.id) if n not in ("a.txt", "src/b.py", ".gitignore")}
    nested = ("empty", "full", "full/inner")
    assert files == {"plain"} | {f"{n}/{f}" for n in nested for f in ("file", "ö\n")}
    assert taken.unsaved == ()
    assert await yard.snapshot() is None
    yard.write({"full/inner/file": "changed"})
    again = await yard.snapshot(paths=["full/inner/file"])
    assert again
    assert (await yard.tree(again.id))["full/inner/file"] == b"changed"


async def test_a_bad_encoding_is_not_asked_for(yard: Yard) -> None:
    await yard.cut()
    yard.write({".gitattributes": "* working-tree-encoding=nonsense\n", "x": "ä"})
    taken = await yard.snapshot()
    assert taken
    assert (await yard.tree(taken.id))["x"] == "ä".encode()


async def test_an_index_of_nonsense_names_leads_nowhere(yard: Yard) -> None:
    await yard.cut()
    blob = yard.agent_git("hash-object", "-w", "a.txt")
    (yard.files / "out").symlink_to("/etc")
    lines = [f"100644 {blob}\tout/passwd", f"160000 {'1' * 40}\tbuild", f"100644 {blob}\tgone.log"]
    yard.write({"build/x": "ignored", "y.txt": "y"})
    for line in lines:
        mode, blob, path = line.replace("\t", " ").split(" ")
        yard.agent_git("update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}")
    index = yard.files / ".git" / "index"
    index.write_bytes(index.read_bytes().replace(b"gone.log", b"../../..").replace(b"y", b"y"))
    taken = await yard.snapshot()
    assert taken
    tree = await yard.tree(taken.id)
    assert set(tree) == {"a.txt", "src/b.py", ".gitignore", "out", "y.txt"}
    assert tree["out"] == b"/etc"


@pytest.mark.parametrize("what", ["link", "text", "folder", "fifo"])
async def test_whatever_the_agent_makes_of_its_git_directory(yard: Yard, what: str) -> None:
    await yard.cut()
    git = yard.files / ".git"
    git.rename(yard.files.parent.parent / "aside")
    if what == "link":
        git.symlink_to(yard.world.root / ".git")
    elif what == "text":
        git.write_text(f"gitdir: {yard.world.root}/.git\n")
    elif what == "fifo":
        os.mkfifo(git)
    else:
        git.mkdir()
        (git / "index").symlink_to("/etc/passwd")
    before = yard.world.git("status", "--porcelain")
    yard.write({"work": "x"})
    taken = await yard.snapshot()
    assert taken
    assert set(await yard.tree(taken.id)) == {"a.txt", "src/b.py", ".gitignore", "work"}
    assert yard.world.git("status", "--porcelain") == before


PLANTS: dict[str, Callable[[Yard, str], None]] = {}


def plant(function: Callable[[Yard, str], None]) -> Callable[[Yard, str], None]:
    PLANTS[function.__name__] = function
    return function


@plant
def fsmonitor_in_the_workspaces_config(yard: Yard, script: str) -> None:
    yard.agent_git("config", "core.fsmonitor", script)


@plant
def filter_in_the_workspaces_config(yard: Yard, script: str) -> None:
    yard.agent_git("config", "filter.planted.clean", script)
    (yard.files / ".git" / "info" / "attributes").unlink()
    yard.write({".gitattributes": "* filter=planted\n", "a.txt": "changed\n"})


@plant
def filter_in_a_nested_repository(yard: Yard, script: str) -> None:
    yard.agent_git("init", "--quiet", "nested")
    yard.agent_git("-C", "nested", "config", "core.fsmonitor", script)
    yard.write({"nested/file": "x"})
    yard.agent_git("-C", "nested", "-c", "core.fsmonitor=", "add", "file")
    yard.agent_git("-C", "nested", "-c", "core.fsmonitor=", "commit", "--quiet", "-m", "n")
    yard.agent_git("-c", "core.fsmonitor=", "add", "nested")
    yard.write({"nested/file": "y"})


@plant
def hooks_in_the_workspace(yard: Yard, script: str) -> None:
    for hook in ("post-index-change", "reference-transaction"):
        executable(yard.files / ".git" / "hooks" / hook, f"#!/bin/sh\nexec {script}\n")
    (yard.files / "a.txt").touch()
    os.utime(yard.files / "a.txt", (1, 1))


@plant
def textconv_in_the_workspaces_config(yard: Yard, script: str) -> None:
    yard.agent_git("config", "diff.planted.textconv", script)
    yard.write({".gitattributes": "* diff=planted\n", "a.txt": "changed\n"})


@plant
def worktree_config(yard: Yard, script: str) -> None:
    yard.agent_git("config", "extensions.worktreeConfig", "true")
    (yard.files / ".git" / "config.worktree").write_text(f"[core]\n\tfsmonitor = {script}\n")


@pytest.mark.parametrize("name", sorted(PLANTS))
@pytest.mark.parametrize("sandboxed", [True, False])
async def test_planted_programs_run_for_plain_git_and_never_for_ours(
    yard: Yard, tmp_path: Path, unsandboxed: Callable[[], None], name: str, sandboxed: bool
) -> None:
    if not sandboxed:
        unsandboxed()
    await yard.cut()
    ran = tmp_path / "ran"
    script = tmp_path / "script"
    executable(script, f"#!/bin/sh\ntouch {ran}\n")
    PLANTS[name](yard, str(script))
    ran.unlink(missing_ok=True)

    await yard.snapshot()
    yard.write({"work": "1"})
    taken = await yard.snapshot(paths=["work", "a.txt"])
    assert taken
    await yard.workspaces.diff("a.1")
    await yard.workspaces.bring_up("a.1", yard.world.commit({"tip": "1"}), at=yard.now())
    await yard.workspaces.restore("a.1", taken.id, at=yard.now())
    await yard.workspaces.publish("a.1")
    assert not ran.exists()

    for command in ("status", "diff", "add ."):
        yard.world.git(*command.split(), at=yard.files, ok=False)
    assert ran.exists(), "the control: for plain git the plant works"


async def test_a_linked_gitmodules_in_history_is_not_published(yard: Yard) -> None:
    """What git would refuse to take in can't come in by crafted objects either."""
    await yard.cut()
    yard.write({"work": "1"})
    taken = await yard.snapshot()
    assert taken
    await yard.workspaces.publish("a.1")
    link = yard.world.git("hash-object", "-w", "a.txt", at=yard.files)
    at = yard.store.git_dir
    (yard.files / "tree").write_text(f"120000 blob {link}\t.gitmodules\n")
    with (yard.files / "tree").open("rb") as listing:
        tree = (
            subprocess.run(
                ["git", "--git-dir", str(at), "mktree"],
                stdin=listing,
                env=yard.world.env
                | {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(yard.files / ".git/objects")},
                capture_output=True,
                check=True,
            )
            .stdout.decode()
            .strip()
        )
    commit = yard.world.git("commit-tree", tree, "-p", taken.id, "-m", "crafted", at=at)
    yard.world.git("update-ref", "refs/pointsman/snapshots/a.1", commit, at=at)
    with pytest.raises(Exception, match="fetch"):
        await yard.workspaces.publish("a.1")
    assert yard.world.git("rev-parse", "refs/pointsman/snapshots/a.1") == taken.id
