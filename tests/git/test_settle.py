"""What merge rules make of files that git can't merge, with real git."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.git.world import World, operators_home

from pointsman.git import Merged, read_blob, settle, trial_merge, without_config
from pointsman.git.settle import only_added
from pointsman.model.merge_rule import DEFAULT_RULES, MergeRule, RuleFor

RULES = (
    RuleFor("CHANGES.md", MergeRule.APPEND_ONLY),
    RuleFor("words.txt", MergeRule.UNION),
    RuleFor("*.snap", MergeRule.GENERATED),
    RuleFor("ignored/*", MergeRule.IGNORE),
    *DEFAULT_RULES,
)
Files = dict[str, str | bytes | None]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path / "repository", operators_home(tmp_path / "home", monkeypatch))


class Tried:
    """The merge of two sides that began at one commit, and the files of its tree."""

    def __init__(self, merged: Merged, files: dict[str, bytes | None]) -> None:
        self.merged = merged
        self.files = files

    @property
    def unsettled(self) -> list[str]:
        return [conflict.path for conflict in self.merged.conflicts]


async def tried(world: World, base: Files, ours: Files, theirs: Files) -> Tried:
    def commit(files: Files) -> str:
        for path in (path for path, text in files.items() if text is None):
            (world.root / path).unlink()
        return world.commit({path: text for path, text in files.items() if text is not None})

    root = commit(base)
    one = commit(ours)
    world.git("checkout", "--quiet", root)
    two = commit(theirs)
    with without_config([world.root / ".git" / "objects"]) as git:
        merged = await trial_merge(git, one, two)
        assert not merged.clean, "the control: git can't merge them by itself"
        done = await settle(git, merged, RULES, unit="theirs")
        paths = {*base, *ours, *theirs}
        return Tried(done, {path: await read_blob(git, done.tree, path) for path in paths})


async def test_both_entries_of_a_change_log_are_kept(world: World) -> None:
    done = await tried(
        world,
        {"CHANGES.md": "# 2\n\n# 1\n- old\n"},
        {"CHANGES.md": "# 2\n- base's\n\n# 1\n- old\n"},
        {"CHANGES.md": "# 2\n- the unit's\n\n# 1\n- old\n"},
    )
    assert done.files["CHANGES.md"] == b"# 2\n- base's\n- the unit's\n\n# 1\n- old\n"
    assert done.merged.clean and done.merged.messages == ()
    assert done.merged.settled == (("CHANGES.md", MergeRule.APPEND_ONLY),)


async def test_a_change_log_in_which_a_line_was_changed_stays_a_conflict(world: World) -> None:
    before = {"CHANGES.md": "- one\n", "words.txt": "one\n"}
    done = await tried(
        world,
        before,
        {"CHANGES.md": "- one more\n", "words.txt": "two\n"},
        {"CHANGES.md": "- one\n- two\n", "words.txt": "one\nthree\n"},
    )
    assert done.unsettled == ["CHANGES.md"]
    assert done.files["words.txt"] == b"two\none\nthree\n", "a union has the lines of both"


async def test_what_both_add_without_a_common_beginning_is_joined_too(world: World) -> None:
    done = await tried(world, {"a": "1"}, {"words.txt": "one"}, {"words.txt": "two\n"})
    assert done.merged.clean
    assert (done.files["words.txt"] or b"").split() == [b"one", b"two"]


async def test_of_a_generated_file_the_units_version_is_taken_and_told(world: World) -> None:
    done = await tried(
        world,
        {"uv.lock": "1\n", "a.snap": b"\0one"},
        {"uv.lock": "base\n", "a.snap": b"\0two"},
        {"uv.lock": "unit\n", "a.snap": b"\0three"},
    )
    assert done.files == {"uv.lock": b"unit\n", "a.snap": b"\0three"}
    assert done.merged.settled == (
        ("a.snap", MergeRule.GENERATED),
        ("uv.lock", MergeRule.GENERATED),
    )


async def test_what_is_not_settled_by_a_rule_stays_a_conflict(world: World) -> None:
    before: Files = {"a.py": "1\n", "ignored/x": "1\n", "uv.lock": "1\n", "words.txt": b"\0one"}
    ours: Files = {"a.py": "2\n", "ignored/x": "2\n", "uv.lock": None, "words.txt": b"\0two"}
    theirs: Files = {"a.py": "3\n", "ignored/x": "3\n", "uv.lock": "3\n", "words.txt": b"\0three"}
    done = await tried(world, before, ours, theirs)
    assert done.unsettled == ["a.py", "ignored/x", "uv.lock", "words.txt"]
    assert done.merged.settled == ()


async def test_one_file_is_settled_and_the_other_stays_with_its_message(world: World) -> None:
    before: Files = {"a.py": "1\n", "words.txt": "1\n"}
    done = await tried(
        world,
        before,
        {"a.py": "2\n", "words.txt": "1\n2\n"},
        {"a.py": "3\n", "words.txt": "1\n3\n"},
    )
    assert done.unsettled == ["a.py"] and not done.merged.clean
    assert done.files["words.txt"] == b"1\n2\n3\n"
    assert {path for m in done.merged.messages for path in m.paths} == {"a.py"}


async def test_a_link_is_no_list_of_lines(world: World) -> None:
    world.commit({"a": "1"})
    root = world.git("rev-parse", "HEAD")
    sides = []
    for target in ("one", "two"):
        world.git("checkout", "--quiet", root)
        (world.root / "words.txt").symlink_to(target)
        sides.append(world.commit())
    with without_config([world.root / ".git" / "objects"]) as git:
        done = await settle(git, await trial_merge(git, *sides), RULES, unit="theirs")
    assert [conflict.path for conflict in done.conflicts] and done.settled == ()


async def test_the_attributes_in_the_tree_decide_nothing(world: World) -> None:
    done = await tried(
        world,
        {".gitattributes": "* merge=union\n", "a.py": "1\n"},
        {"a.py": "2\n"},
        {"a.py": "3\n"},
    )
    assert done.unsettled == ["a.py"]


@pytest.mark.parametrize("unit", ["ours", "theirs"])
async def test_a_mode_that_one_side_changed_is_kept(world: World, unit) -> None:
    root = world.commit({"uv.lock": "1\n"})
    one = world.commit({"uv.lock": "2\n"})
    world.git("checkout", "--quiet", root)
    (world.root / "uv.lock").chmod(0o755)
    two = world.commit({"uv.lock": "3\n"})
    with without_config([world.root / ".git" / "objects"]) as git:
        done = await settle(git, await trial_merge(git, one, two), RULES, unit=unit)
        mode = (await git.run("ls-tree", done.tree, "uv.lock")).stdout.split()[0]
        text = await read_blob(git, done.tree, "uv.lock")
    assert (mode, text) == (b"100755", b"2\n" if unit == "ours" else b"3\n")


LINES = st.lists(st.sampled_from([b"a", b"b", b"", b"c\r"]), max_size=6)


@given(LINES, st.lists(st.tuples(st.integers(0, 6), st.sampled_from([b"a", b"x"])), max_size=4))
def test_to_insert_lines_is_to_add_and_to_take_one_away_is_not(lines, inserted) -> None:
    more = list(lines)
    for place, line in inserted:
        more.insert(place, line)
    before, after = b"\n".join([*lines, b""]), b"\n".join([*more, b""])
    assert only_added(before, after)
    assert only_added(after, before) == (len(more) == len(lines))
