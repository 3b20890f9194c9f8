"""A repository's past: merges, heads, lines that changed, patches as trees; nothing is written."""

import pytest
from tests.git.world import World

from pointsman.git import (
    GitFailed,
    commits_since,
    find_history,
    heads,
    line_changes,
    merge_base,
    patched_tree,
    read_blob,
    recently_changed,
    trial_merges,
    two_parent_merges,
    without_config,
)
from pointsman.model.errors import PointsmanError

LINES = "".join(f"{n}\n" for n in range(1, 10))


def side(world: World, start: str, files: dict[str, str]) -> str:
    world.git("checkout", "--quiet", "--detach", start)
    return world.commit(files)


async def test_many_merges_in_one_process_say_what_single_ones_say(world: World):
    base = world.commit({"a": LINES, "b": LINES})
    ours = side(world, base, {"a": LINES.replace("5", "five")})
    theirs = side(world, base, {"a": LINES.replace("5", "fünf")})
    other = side(world, base, {"b": LINES.replace("5", "cinq")})
    history = await find_history(world.root)
    with without_config(history.objects) as git:
        found = await trial_merges(git, [(ours, theirs), (ours, other), (theirs, other)])
        assert await trial_merges(git, []) == []
    assert [merged and merged.clean for merged in found] == [False, True, True]
    assert found[0] is not None
    assert [conflict.path for conflict in found[0].conflicts] == ["a"]
    assert any(message.kind == "CONFLICT (contents)" for message in found[0].messages)


async def test_a_pair_that_cannot_be_merged_does_not_spoil_the_others(world: World):
    base = world.commit({"a": LINES})
    ours, theirs = (side(world, base, {name: "x"}) for name in ("b", "c"))
    world.git("checkout", "--quiet", "--orphan", "stranger")
    stranger = world.commit({"z": "z"})
    history = await find_history(world.root)
    pairs = [(ours, theirs), (ours, stranger), ("0" * 40, ours), (theirs, ours)]
    with without_config(history.objects) as git:
        found = await trial_merges(git, pairs)
    assert [merged and merged.clean for merged in found] == [True, None, None, True]


async def test_lines_are_told_half_open_with_insertions_where_they_are(world: World):
    base = world.commit({"a": LINES, "gone": "this\nwas\n", "old": LINES, "bin": "\0", "t": "x\n"})
    (world.root / "gone").unlink()
    world.git("mv", "old", "new\nname")
    (world.root / "t").unlink()
    (world.root / "t").symlink_to("a")
    text = LINES.replace("2\n", "two\n").replace("4\n", "4\n+\n").replace("9\n", "")
    tip = world.commit({"a": text, "bin": "\0\0", "fresh": "1\n"})
    git = (await find_history(world.root)).git
    found = {c.change.path: c for c in await line_changes(git, base, tip)}
    assert found["a"].hunks == (((1, 2), (1, 2)), ((4, 4), (4, 5)), ((8, 9), (9, 9)))
    assert found["gone"].hunks == (((0, 2), (0, 0)),)
    assert found["fresh"].hunks == (((0, 0), (0, 1)),)
    assert found["bin"].hunks == ()
    assert (found["new\nname"].change.old_path, found["new\nname"].hunks) == ("old", ())
    assert found["t"].hunks == (((0, 1), (0, 0)), ((0, 0), (0, 1)))
    assert await line_changes(git, base, base) == ()


async def test_content_that_looks_like_a_diff_is_content(world: World):
    base = world.commit({"a": "x\n"})
    tip = world.commit({"a": "x\ndiff --git a/b b/b\n@@ -1 +1 @@\n--- a\n"})
    git = (await find_history(world.root)).git
    (found,) = await line_changes(git, base, tip)
    assert found.hunks == (((1, 1), (1, 4)),)


async def test_merges_heads_and_where_they_began(world: World):
    base = world.commit({"a": LINES})
    one = side(world, base, {"b": "1"})
    two = side(world, base, {"c": "1"})
    world.git("update-ref", "refs/pull/1/head", one)
    world.git("update-ref", "refs/pull/1/merge", two)
    world.git("checkout", "--quiet", "main")
    world.git("merge", "--quiet", "--no-ff", "-m", "one", one)
    merge = world.git("rev-parse", "HEAD")
    git = (await find_history(world.root)).git
    assert await two_parent_merges(git, "HEAD", 5) == ((merge, base, one),)
    assert set(await heads(git)) == {merge, one}
    assert await merge_base(git, one, two) == base
    assert await merge_base(git, one, "0" * 40) is None
    assert await commits_since(git, base, "HEAD") == {merge, one}


async def test_the_files_that_changed_last_come_first(world: World):
    world.commit({"old": "1", "of both": "1"})
    world.commit({"new": "1"})
    tip = world.commit({"of both": "2"})
    history = await find_history(world.root)
    assert await recently_changed(history.git, tip) == ("of both", "new", "old")


async def test_a_patch_becomes_a_tree_in_a_store_of_its_own(world: World, tmp_path):
    base = world.commit({"a": LINES})
    world.write({"a": LINES.replace("5", "five")})
    patch = (world.git("diff") + "\n").encode()
    world.git("checkout", "--quiet", ".")
    history = await find_history(world.root)
    before = world.git("count-objects")
    store = tmp_path / "objects"
    store.mkdir()
    with without_config(history.objects, write_into=store) as git:
        tree = await patched_tree(git, base, patch)
        assert await read_blob(git, tree, "a") == LINES.replace("5", "five").encode()
        with pytest.raises(GitFailed):
            await patched_tree(git, tree, patch)
    assert world.git("count-objects") == before


async def test_a_history_is_found_from_any_folder_of_it_and_from_a_bare_one(world: World, tmp_path):
    world.commit({"deep/er/a": "x"})
    found = await find_history(world.root / "deep" / "er")
    assert found == await find_history(world.root)
    assert not (world.root / ".git" / "pointsman").exists()
    assert (await world.find()).id == found.id
    world.git("clone", "--quiet", "--bare", str(world.root), str(tmp_path / "bare"))
    assert (await find_history(tmp_path / "bare")).common_dir == (tmp_path / "bare").resolve()
    with pytest.raises(PointsmanError) as refused:
        await find_history(tmp_path)
    assert refused.value.code == "repository-missing"
