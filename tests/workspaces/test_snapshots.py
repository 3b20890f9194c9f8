"""Snapshots hold the whole tree, whatever the agent does to its git."""

import os
import shutil
from collections.abc import Callable

import pytest
from tests.workspaces.conftest import Yard

from pointsman.git import Change, read_commit, tree_diff
from pointsman.workspaces.unsaved import unsaved_files


async def changes(yard: Yard, commit: str) -> dict[str, str]:
    def kind(change: Change) -> str:
        return change.status

    found = await tree_diff(yard.store, f"{commit}^", commit, renames=False)
    return {change.path: kind(change) for change in found}


async def test_a_snapshot_holds_what_changed_and_nothing_that_is_ignored(yard: Yard) -> None:
    base = await yard.cut()
    assert await yard.snapshot() is None
    yard.write({"a.txt": "changed\n", "new/ö\n.txt": "new", "x.log": "no", "build/y": "no"})
    (yard.files / "src" / "b.py").unlink()
    taken = await yard.snapshot("turn")
    assert taken
    assert await changes(yard, taken.id) == {
        "a.txt": "modified",
        "new/ö\n.txt": "added",
        "src/b.py": "deleted",
    }
    assert (taken.files, taken.why, taken.base, taken.unit) == (3, "turn", base, "a.1")
    assert await yard.snapshot() is None
    assert (await read_commit(yard.store, taken.id)).parents == (base,)
    assert await yard.workspaces.describe("a.1", taken.id) == taken


async def test_snapshots_are_chained_each_on_the_one_before(yard: Yard) -> None:
    base = await yard.cut()
    chain = [base]
    for n in range(3):
        yard.write({"n": str(n)})
        taken = await yard.snapshot()
        assert taken
        assert (await read_commit(yard.store, taken.id)).parents == (chain[-1],)
        chain.append(taken.id)


async def test_the_agents_commits_resets_and_stashes_make_no_difference(yard: Yard) -> None:
    await yard.cut()
    yard.write({"a.txt": "work\n", "new.txt": "x"})
    first = await yard.snapshot()
    yard.agent_git("add", "--all")
    yard.agent_git("commit", "--quiet", "-m", "agent's own")
    assert await yard.snapshot() is None
    yard.agent_git("checkout", "--quiet", "--orphan", "elsewhere")
    yard.agent_git("rm", "--quiet", "-r", "--cached", ".")
    assert await yard.snapshot() is None
    shutil.rmtree(yard.files / ".git")
    assert await yard.snapshot() is None
    assert first


async def test_only_the_named_paths_are_looked_at(yard: Yard) -> None:
    await yard.cut()
    yard.write({"a.txt": "1", "b.txt": "1", "dir/c.txt": "1", "dir/x.log": "1"})
    first = await yard.snapshot(paths=["a.txt", "gone.txt", "x.log"])
    assert first
    assert await changes(yard, first.id) == {"a.txt": "modified"}
    second = await yard.snapshot(paths=["dir"])
    assert second
    assert await changes(yard, second.id) == {"dir/c.txt": "added"}
    (yard.files / "dir").rename(yard.files / "moved")
    third = await yard.snapshot(paths=["dir", "moved"])
    assert third
    assert await changes(yard, third.id) == {"dir/c.txt": "deleted", "moved/c.txt": "added"}
    rest = await yard.snapshot()
    assert rest
    assert await changes(yard, rest.id) == {"b.txt": "added"}


async def test_changed_ignore_rules_are_applied_everywhere(yard: Yard) -> None:
    await yard.cut()
    yard.write({"keep.log": "1"})
    assert await yard.snapshot() is None
    yard.write({".gitignore": ""})
    taken = await yard.snapshot(paths=[".gitignore"])
    assert taken
    assert await changes(yard, taken.id) == {".gitignore": "modified", "keep.log": "added"}


async def test_files_that_the_agent_forced_in_are_kept(yard: Yard) -> None:
    await yard.cut()
    yard.write({"forced.log": "1", "ignored.log": "1", "build/deep/forced": "1"})
    yard.agent_git("add", "--force", "forced.log", "build/deep/forced")
    taken = await yard.snapshot()
    assert taken
    assert set(await changes(yard, taken.id)) == {"forced.log", "build/deep/forced"}
    yard.write({"forced.log": "2"})
    again = await yard.snapshot()
    assert again
    assert await changes(yard, again.id) == {"forced.log": "modified"}


async def test_modes_links_and_changes_of_kind_are_kept(yard: Yard) -> None:
    await yard.cut()
    (yard.files / "a.txt").chmod(0o755)
    shutil.rmtree(yard.files / "src")
    (yard.files / "src").symlink_to("/etc")
    yard.write({"dir/was": "x"})
    first = await yard.snapshot()
    assert first
    assert await changes(yard, first.id) == {
        "a.txt": "modified",
        "src": "added",
        "src/b.py": "deleted",
        "dir/was": "added",
    }
    shutil.rmtree(yard.files / "dir")
    yard.write({"dir": "a file now"})
    (yard.files / "a.txt").unlink()
    yard.write({"a.txt/inner": "a folder now"})
    os.mkfifo(yard.files / "fifo")
    second = await yard.snapshot()
    assert second
    tree = await yard.tree(second.id)
    assert tree["dir"] == b"a file now"
    assert tree["a.txt/inner"] == b"a folder now"
    assert tree["src"] == b"/etc"
    assert "fifo" not in tree
    (yard.files / "dir").unlink()
    os.mkfifo(yard.files / "dir")
    third = await yard.snapshot()
    assert third
    assert await changes(yard, third.id) == {"dir": "deleted"}


async def test_a_file_over_the_limit_is_told_and_the_rest_is_saved(yard: Yard) -> None:
    await yard.cut()
    yard.write({"big.bin": b"x" * 5000, "small": "x", "a.txt": "y" * 5000, "big.log": b"x" * 5000})
    taken = await yard.snapshot()
    assert taken
    assert taken.unsaved == ("a.txt", "big.bin")
    assert set(await changes(yard, taken.id)) == {"small"}
    assert (await yard.workspaces.describe("a.1", taken.id)).unsaved == ("a.txt", "big.bin")
    assert await yard.snapshot() is None


async def test_even_a_file_over_the_limit_alone_is_told(yard: Yard) -> None:
    await yard.cut()
    yard.write({"big.bin": b"x" * 5000})
    taken = await yard.snapshot()
    assert taken
    assert (taken.unsaved, taken.files) == (("big.bin",), 0)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
async def test_an_unreadable_file_is_told_and_the_rest_is_saved(yard: Yard) -> None:
    await yard.cut()
    yard.write({"secret": "x", "fine": "x"})
    (yard.files / "secret").chmod(0)
    taken = await yard.snapshot()
    assert taken
    assert taken.unsaved == ("secret",)
    assert "fine" in await yard.tree(taken.id)


async def test_line_endings_idents_and_encodings_come_back_as_base_has_them(yard: Yard) -> None:
    rules = ("*.crlf text eol=crlf", "*.id ident", "*.u16 working-tree-encoding=UTF-16")
    yard.world.commit({".gitattributes": "\n".join(rules)})
    yard.world.commit({"x.crlf": "1\n2\n", "x.id": "$Id$\n", "x.u16": "äöü\n".encode("utf-16")})
    await yard.cut()
    assert (yard.files / "x.crlf").read_bytes() == b"1\r\n2\r\n"
    assert await yard.snapshot() is None
    yard.write({"x.crlf": b"1\r\n2\r\n3\r\n"})
    taken = await yard.snapshot()
    assert taken
    assert (await yard.tree(taken.id))["x.crlf"] == b"1\n2\n3\n"


async def test_a_snapshot_survives_gc_between_every_two_steps(
    yard: Yard, unsandboxed: Callable[[], None]
) -> None:
    # Without a sandbox git finds an object in the repository and does not write it again.
    unsandboxed()

    def gc() -> None:
        yard.world.git("reflog", "expire", "--expire=now", "--all")
        yard.world.git("gc", "--quiet", "--prune=now")

    yard.world.write({"stashed.txt": "the operator's"})
    yard.world.git("add", "stashed.txt")
    yard.world.git("commit", "--quiet", "-m", "not for long")
    yard.world.git("repack", "-adq")
    yard.world.git("reset", "--quiet", "--hard", "HEAD^")
    base = await yard.cut()
    yard.write({"stashed.txt": "the operator's", "other": "x"})
    first = await yard.snapshot()
    assert first
    gc()
    yard.write({"other": "y"})
    second = await yard.snapshot()
    assert second
    assert (await yard.tree(second.id))["stashed.txt"] == b"the operator's"
    gc()
    assert await yard.snapshot() is None
    await yard.workspaces.publish("a.1")
    gc()
    assert yard.world.git("show", f"{second.id}:stashed.txt") == "the operator's"
    assert second.base == base


async def test_in_the_sandbox_a_snapshot_needs_nothing_but_its_base(yard: Yard) -> None:
    yard.world.commit({"stashed.txt": "the operator's"})
    yard.world.git("repack", "-adq")
    yard.world.git("reset", "--quiet", "--hard", "HEAD^")
    await yard.cut()
    yard.write({"stashed.txt": "the operator's", "dir/other": "x"})
    taken = await yard.snapshot()
    yard.world.git("reflog", "expire", "--expire=now", "--all")
    yard.world.git("gc", "--quiet", "--prune=now")
    assert taken
    assert (await yard.tree(taken.id))["stashed.txt"] == b"the operator's"


@pytest.mark.parametrize("damage", [b"", b"DIRC nonsense", None])
async def test_a_damaged_index_is_made_anew(yard: Yard, damage: bytes | None) -> None:
    await yard.cut()
    yard.write({"forced.log": "1", "a.txt": "2"})
    yard.agent_git("add", "--force", "forced.log")
    first = await yard.snapshot()
    assert first
    (yard.files / ".git" / "index").unlink()
    index = yard.store.git_dir / "index"
    index.unlink()
    if damage is not None:
        index.write_bytes(damage)
    yard.write({"a.txt": "3"})
    second = await yard.snapshot()
    assert second
    assert await changes(yard, second.id) == {"a.txt": "modified"}


async def test_a_stale_lock_of_a_killed_git_does_not_stop_snapshots(yard: Yard) -> None:
    await yard.cut()
    store = yard.store.git_dir
    for name in ("index.lock", "refs/pointsman/snapshots/a.1.lock", "packed-refs.lock"):
        (store / name).parent.mkdir(parents=True, exist_ok=True)
        (store / name).touch()
    yard.write({"a.txt": "2"})
    assert await yard.snapshot()


async def test_refused_files_are_kept_in_a_tar_blob(yard: Yard) -> None:
    await yard.cut()
    yard.write({".GIT/config": "[core]\n", "fine": "x", "deep/.Git/x": "y"})
    (yard.files / ".gitmodules").symlink_to("/etc/passwd")
    taken = await yard.snapshot()
    assert taken
    assert taken.unsaved == (".GIT/config", ".gitmodules", "deep/.Git/x")
    assert "fine" in await yard.tree(taken.id)
    blob = yard.world.git(
        "rev-parse", f"refs/pointsman/unsaved/a.1/{taken.id}", at=yard.store.git_dir
    )
    raw = await yard.store.run("cat-file", "blob", blob)
    assert unsaved_files(raw.stdout) == {".GIT/config": b"[core]\n", "deep/.Git/x": b"y"}
    assert await yard.snapshot() is None
    await yard.workspaces.publish("a.1")
    assert yard.world.git("rev-parse", f"refs/pointsman/unsaved/a.1/{taken.id}") == blob
