"""Blobs, trees and what differs between them, with names that break line-based parsers."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.git.world import World

from pointsman.git import (
    EMPTY_TREE,
    GitFailed,
    Ident,
    blobs,
    commit_tree,
    edit_tree,
    exists,
    grep,
    is_ancestor,
    line_counts,
    list_tree,
    patch,
    printable,
    read_blob,
    read_blobs,
    read_small_blobs,
    small_blobs,
    tree_diff,
    tree_of,
    without_config,
    write_blob,
)

ODD = [
    "with space",
    "new\nline",
    "tab\t",
    "grün/ö.txt",
    '"quoted"',
    ":(glob)*",
    "\udcff\udcfe",
    "-x",
]
AT = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)


async def test_odd_names_survive_listing_reading_and_diffing(world: World) -> None:
    before = world.commit({"plain": "1"})
    after = world.commit({name: f"content of {n}" for n, name in enumerate(ODD)})
    git = (await world.find()).git
    assert {e.path for e in await list_tree(git, after)} == {"plain", *ODD}
    changes = await tree_diff(git, before, after)
    assert {(c.path, c.status) for c in changes} == {(name, "added") for name in ODD}
    read = await read_blobs(git, after, ODD)
    assert read == {name: f"content of {n}".encode() for n, name in enumerate(ODD)}
    counts = await line_counts(git, before, after)
    assert {c.path for c in counts} == set(ODD)
    assert printable("\udcff.txt") == "\\xff.txt"


async def test_a_diff_tells_renames_types_and_modes(world: World) -> None:
    text = "".join(f"line {n}\n" for n in range(30))
    before = world.commit({"old.py": text, "run.sh": "#!", "kind": "file", "gone": "x"})
    world.git("mv", "old.py", "new name.py")
    world.git("rm", "--quiet", "gone", "kind")
    (world.root / "run.sh").chmod(0o755)
    (world.root / "kind").symlink_to("run.sh")
    after = world.commit({"new name.py": text + "more\n"})
    changes = {c.path: c for c in await tree_diff((await world.find()).git, before, after)}
    assert {p: c.status for p, c in changes.items()} == {
        "new name.py": "renamed",
        "run.sh": "modified",
        "kind": "type",
        "gone": "deleted",
    }
    assert changes["new name.py"].old_path == "old.py"
    assert (changes["run.sh"].old_mode, changes["run.sh"].new_mode) == ("100644", "100755")
    assert changes["gone"].new_blob is None
    git = (await world.find()).git
    counts = {c.path: (c.added, c.removed) for c in await line_counts(git, before, after)}
    assert counts["new name.py"] == (1, 0)
    assert b"rename to new name.py" in await patch(git, before, after, ["new name.py", "old.py"])
    apart = await tree_diff(git, before, after, renames=False)
    assert {c.path: c.status for c in apart}["old.py"] == "deleted"


async def test_against_the_empty_tree_everything_is_added(world: World) -> None:
    commit = world.commit({"a": "1", "b/c": "2"})
    changes = await tree_diff((await world.find()).git, EMPTY_TREE, commit)
    assert [c.path for c in changes] == ["a", "b/c"]


async def test_what_is_no_file_reads_as_none(world: World) -> None:
    (world.root / "link").symlink_to("/etc/passwd")
    commit = world.commit({"folder/file": "x"})
    git = (await world.find()).git
    assert await read_blob(git, commit, "folder") is None
    assert await read_blob(git, commit, "nothing missing\n") is None
    assert await read_blob(git, commit, "link") == b"/etc/passwd"


async def test_blobs_come_in_one_batch_and_missing_ones_are_left_out(world: World) -> None:
    commit = world.commit({"a": b"\0 missing\n\xff", "b": ""})
    git = (await world.find()).git
    a, b = (e.id for e in await list_tree(git, commit))
    assert await blobs(git, [a, "0" * 39 + "1", b, a]) == {a: b"\0 missing\n\xff", b: b""}
    assert await blobs(git, []) == {}


async def test_of_what_is_too_large_to_look_into_nothing_is_read(world: World) -> None:
    commit = world.commit({"a": "1" * 10, "b": "2" * 20, "c": "3" * 10})
    git = (await world.find()).git
    a, b, c = (e.id for e in await list_tree(git, commit))
    assert await small_blobs(git, [a, b, c], largest=10) == {a: b"1" * 10, c: b"3" * 10}
    assert len(await small_blobs(git, [a, b, c], together=25)) == 2
    assert await small_blobs(git, ["0" * 39 + "1"]) == {}
    assert await small_blobs(git, []) == {}
    wanted = ["a", "b", "c", "none\n missing"]
    read = await read_small_blobs(git, commit, wanted, largest=10)
    assert read == {"a": b"1" * 10, "c": b"3" * 10}
    assert await read_small_blobs(git, commit, []) == {}


async def test_a_diff_of_a_large_file_says_only_that_it_differs(world: World) -> None:
    before = world.commit({"a": "1\n"})
    after = world.commit({"a": "1\n" * 3_000_000, "b": "1\n"})
    git = (await world.find()).git
    text = await patch(git, before, after)
    assert b"Binary files a/a and b/a differ" in text
    assert b"+1" in text
    assert {c.path: c.added for c in await line_counts(git, before, after)} == {"a": None, "b": 1}


async def test_grep_gives_the_files(world: World) -> None:
    files = {"a:b\n.py": "x = 1\n\ndef f():\n", "c.txt": "def f", "bin": b"\0def f"}
    commit = world.commit(files)
    git = (await world.find()).git
    assert await grep(git, commit, r"^def (f|g)\b", ["*.py"]) == ("a:b\n.py",)
    assert await grep(git, commit, "f()", fixed=True) == ("a:b\n.py",)
    assert await grep(git, commit, "nowhere") == ()


async def test_a_tree_is_edited_without_a_checkout(world: World) -> None:
    world.git("config", "core.hooksPath", "/nowhere")
    commit = world.commit({"docs/a.md": "a", "b": "b", "c": "c"})
    git = (await world.find()).git
    blob = await write_blob(git, b"new")
    files = {"docs/a.md": ("100644", blob), "deep/er/x": ("100755", blob), "c": None}
    tree = await edit_tree(git, commit, files)
    assert {e.path: e.mode for e in await list_tree(git, tree)} == {
        "b": "100644",
        "docs/a.md": "100644",
        "deep/er/x": "100755",
    }
    assert await read_blob(git, tree, "docs/a.md") == b"new"
    assert world.git("status", "--porcelain") == ""


async def test_the_same_commit_made_twice_has_the_same_id(world: World) -> None:
    parent = world.commit({"a": "1"})
    git = (await world.find()).git
    tree = await tree_of(git, parent)
    who = {"author": Ident("demo", "demo@pointsman.invalid"), "committer": Ident("Olga", "o@x")}
    first = await commit_tree(git, tree, [parent], "feat: chunk ä", at=AT, **who)
    there = AT.astimezone(timezone(timedelta(hours=5)))
    assert await commit_tree(git, tree, [parent], "feat: chunk ä\n", at=there, **who) == first
    assert world.git("log", "-1", "--format=%an %ae %cn %ce %aI|%s", first) == (
        "demo demo@pointsman.invalid Olga o@x 2024-05-01T12:00:00+00:00|feat: chunk ä"
    )


async def test_objects_of_a_trial_are_gone_afterwards(world: World) -> None:
    world.commit({"a": "1"})
    repository = await world.find()
    with without_config(repository.objects) as trial:
        blob = await write_blob(trial, b"only for now")
        assert await exists(trial, blob)
    assert not await exists(repository.git, blob)
    with without_config(repository.objects, write_into=repository.objects[0]) as kept:
        blob = await write_blob(kept, b"to stay")
    assert await exists(repository.git, blob)


async def test_ancestry(world: World) -> None:
    old = world.commit({"a": "1"})
    new = world.commit({"a": "2"})
    git = (await world.find()).git
    assert await is_ancestor(git, old, new)
    assert await is_ancestor(git, new, new)
    assert not await is_ancestor(git, new, old)
    assert not await is_ancestor(git, "1" * 40, new)


async def test_a_failing_command_tells_what_git_said(world: World) -> None:
    world.commit({"a": "1"})
    with pytest.raises(GitFailed) as error:
        await list_tree((await world.find()).git, "nonsense")
    assert "ls-tree" in str(error.value)
    assert error.value.finished.code == 128
