"""Replay on small repositories whose past is known."""

import json
from pathlib import Path

import pytest
from tests.git.world import World

from pointsman.git import find_history, line_changes, without_config
from pointsman.model.conflict import Verdict
from pointsman.model.errors import PointsmanError
from pointsman.operations.replay import ReplayReport, run
from pointsman.oracle.index import SymbolIndex
from pointsman.oracle.replay.pairs import Kind, Label
from pointsman.oracle.replay.past import merges, pulls
from pointsman.oracle.replay.plain import MEANING_RULES, RULES, changed
from pointsman.oracle.replay.records import Kept, Record
from pointsman.oracle.replay.run import Replayed, Wanted, replay

STORE = """\
class Store:
    def load(self):
        first = 1
        return first

    def save(self):
        second = 2
        return second


def connect():
    third = 3
    return third
"""


def unheard(text: str, fraction: float | None) -> None:
    pass


class Past:
    """A main branch, and branches that begin at its first commit."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.base = world.commit({"store.py": STORE, "other.py": "x = 1\n", "notes.txt": "a\nb\n"})

    def branch(self, name: str, old: str, new: str, path: str = "store.py") -> str:
        """A branch that replaces a piece of a file."""
        self.world.git("checkout", "--quiet", "-b", name, self.base)
        text = (self.world.root / path).read_text()
        assert old in text
        commit = self.world.commit({path: text.replace(old, new)}, name)
        self.world.git("checkout", "--quiet", "main")
        return commit

    def merge(self, name: str, resolved: str | None = None) -> None:
        """Merges a branch into main; with ``resolved``, as the store's content."""
        self.world.git("merge", "--quiet", "--no-ff", "-m", f"merge {name}", name, ok=False)
        if resolved is not None:
            self.world.commit({"store.py": resolved}, f"merge {name}")


@pytest.fixture
def past(world: World) -> Past:
    return Past(world)


async def replayed(world: World, tmp_path: Path, **wanted: object) -> Replayed:
    kept = Kept(tmp_path / "out" / "records.jsonl")
    return await replay(await find_history(world.root), Wanted(**wanted), kept, unheard)  # type: ignore[arg-type]


def by_rules(records: list[Record]) -> dict[tuple[str, ...], bool]:
    return {record.rules: record.conflicts for record in records}


async def test_merges_are_judged_on_both_parents_and_git_tells_which_conflict(
    past: Past, world: World, tmp_path: Path
):
    past.branch("one", "first = 1", "first = 11")
    past.branch("two", "first = 1", "first = 12")
    past.branch("far", "third = 3", "third = 33")
    past.merge("one")
    past.merge("two", resolved=STORE.replace("first = 1", "first = 13"))
    past.merge("far")
    done = await replayed(world, tmp_path, merges=10)
    assert [record.kind for record in done.records] == [Kind.MERGE, Kind.MERGE]
    far, two = done.records  # main had nothing of its own when the first was merged
    assert not far.conflicts and far.rules == ("same file",)
    assert two.conflicts and two.rules == tuple(RULES)
    assert two.observed.verdict is two.merged.verdict is Verdict.SERIALIZE
    assert far.merged.verdict is Verdict.INDEPENDENT


async def test_branches_on_one_base_are_paired_merged_or_not(
    past: Past, world: World, tmp_path: Path
):
    past.branch("one", "first = 1", "first = 11")
    past.branch("two", "first = 1", "first = 12")
    far = past.branch("far", "third = 3", "third = 33")
    world.git("update-ref", "refs/pull/7/head", far)
    world.git("branch", "--quiet", "-D", "far")
    world.commit({"other.py": "x = 2\n"})
    past.merge("one")
    done = await replayed(world, tmp_path, pulls=10)
    assert len(done.records) == 3
    assert sum(record.conflicts for record in done.records) == 1
    done = await replayed(world, tmp_path, pulls=2)
    assert len(done.records) == 2


async def test_a_merge_in_which_one_side_has_nothing_is_left_out(past: Past, world: World):
    past.branch("one", "first = 1", "first = 11")
    past.merge("one")
    git = (await find_history(world.root)).git
    assert [pair async for pair in merges(git, 10)] == []
    assert [pair async for pair in pulls(git, 10)] == []


async def test_a_branch_on_top_of_another_is_no_pair_with_it(past: Past, world: World):
    one = past.branch("one", "first = 1", "first = 11")
    world.git("checkout", "--quiet", "-b", "stacked", one)
    world.commit({"other.py": "x = 2\n"})
    world.git("checkout", "--quiet", "main")
    past.branch("two", "third = 3", "third = 33")
    git = (await find_history(world.root)).git
    assert len([pair async for pair in pulls(git, 10)]) == 2


async def test_what_was_judged_is_not_judged_again(past: Past, world: World, tmp_path: Path):
    for name in ("one", "two", "three"):
        past.branch(name, "first = 1", f"first = '{name}'")
    first = await replayed(world, tmp_path, pulls=2)
    again = await replayed(world, tmp_path, pulls=3)
    assert (first.anew, again.anew) == (2, 1)
    assert again.records[:2] == first.records


async def test_a_run_that_was_cut_short_goes_on_where_it_was(
    past: Past, world: World, tmp_path: Path
):
    for name in ("one", "two", "three"):
        past.branch(name, "first = 1", f"first = '{name}'")

    class Interrupted(Exception):
        pass

    def interrupt(text: str, fraction: float | None) -> None:
        if fraction is not None and fraction > 0.5:
            raise Interrupted

    path = tmp_path / "records.jsonl"
    history = await find_history(world.root)
    with pytest.raises(Interrupted):
        await replay(history, Wanted(pulls=3), Kept(path), interrupt)
    with path.open("a") as file:
        file.write('{"key": "cut sho')
    done = await replay(history, Wanted(pulls=3), Kept(path), unheard)
    assert (done.anew, len(done.records)) == (1, 3)
    assert len(Kept(path).records) == 3


async def test_what_another_version_said_is_not_mixed_in(past: Past, world: World, tmp_path: Path):
    past.branch("one", "first = 1", "first = 11")
    past.branch("two", "first = 1", "first = 12")
    await replayed(world, tmp_path, pulls=1)
    path = tmp_path / "out" / "records.jsonl"
    path.write_text(path.read_text().replace('"madeBy": "', '"madeBy": "0'))
    assert (await replayed(world, tmp_path, pulls=1)).anew == 1


async def test_a_branch_of_another_history_and_one_that_is_too_large_are_left_out(
    past: Past, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("pointsman.oracle.replay.judge.FILES_MOST", 2)
    past.branch("one", "first = 1", "first = 11")
    world.git("checkout", "--quiet", "-b", "large", past.base)
    world.commit({f"{n}.txt": "new\n" for n in range(3)})
    world.git("checkout", "--quiet", "--orphan", "other")
    world.commit({"z": "z\n"})
    world.git("checkout", "--quiet", "main")
    done = await replayed(world, tmp_path, pulls=10)
    assert (len(done.records), done.left_out) == (0, 1)


@pytest.mark.parametrize(
    ("edits", "rules"),
    [
        ((("first = 1", "first = 2"), ("third = 3", "third = 4")), ("same file",)),
        (
            (("first = 1", "first = 2"), ("second = 2", "second = 3")),
            ("same file", "same class", "lines within 3"),
        ),
        (
            (("first = 1", "first = 2"), ("return first", "return 1")),
            tuple(RULES),  # git does not merge changes of adjacent lines
        ),
    ],
)
async def test_the_plain_rules_flag_what_their_names_say(
    past: Past, world: World, edits, rules: tuple[str, ...]
):
    commits = [past.branch(f"b{n}", *edit) for n, edit in enumerate(edits)]
    index = SymbolIndex()
    with without_config((await find_history(world.root)).objects) as git:
        files = [await line_changes(git, past.base, commit) for commit in commits]
        a, b = [await changed(git, index, side) for side in files]
    await index.close()
    assert tuple(name for name, rule in RULES.items() if rule(a, b)) == rules


async def test_a_change_of_what_a_changed_function_calls_is_found_by_name(past: Past, world: World):
    one = past.branch("one", "third = 3", "third = load()")
    two = past.branch("two", "first = 1", "first = 2")
    far = past.branch("far", "second = 2", "second = 3")
    index = SymbolIndex()
    with without_config((await find_history(world.root)).objects) as git:
        files = [await line_changes(git, past.base, commit) for commit in (one, two, far)]
        a, b, c = [await changed(git, index, side) for side in files]
    await index.close()
    rule = MEANING_RULES["touched names touched"]
    assert rule(a, b) and rule(b, a)
    assert not rule(b, c) and not rule(a, c)


async def test_the_repository_is_left_as_it_was(past: Past, world: World, tmp_path: Path):
    past.branch("one", "first = 1", "first = 11")
    past.branch("two", "first = 1", "first = 12")

    def everything() -> dict[str, bytes]:
        files = (path for path in world.root.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files}

    before = everything()
    await run(world.root, pulls=10, out=tmp_path / "out")
    assert everything() == before


async def test_a_bare_repository_will_do(past: Past, world: World, tmp_path: Path):
    past.branch("one", "first = 1", "first = 11")
    past.branch("two", "first = 1", "first = 12")
    bare = tmp_path / "bare.git"
    world.git("clone", "--quiet", "--bare", str(world.root), str(bare))
    found = await run(bare, pulls=10, out=tmp_path / "out")
    assert found.pairs == {"pulls": 1}


async def test_outside_of_a_repository_it_says_so(tmp_path: Path, world: World):
    with pytest.raises(PointsmanError, match="not inside a git repository"):
        await run(tmp_path, out=tmp_path / "out")


async def test_report_and_picture_are_written_and_the_model_where_it_is_looked_for(
    past: Past, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    past.branch("one", "first = 1", "first = 11")
    past.branch("two", "first = 1", "first = 12")
    found = await run(world.root, pulls=10, calibrate=True)
    folder = Path(found.folder)
    told = ReplayReport.model_validate_json((folder / "report.json").read_bytes())
    assert told == found
    assert (folder / "picture.svg").read_text().startswith("<svg")
    assert found.calibration is not None
    model = json.loads(Path(found.calibration).read_text())
    assert (model["pairs"], model["collisions"]) == (1, 1)
    (table,) = [t for t in found.measured.tables if "one base" in t.title]
    assert {line.recall for line in table.lines[:5]} == {1.0}


def test_labels_are_what_they_are_on_the_wire() -> None:
    assert [str(label) for label in Label] == ["textual", "semantic", "none"]


async def test_a_lock_file_that_does_not_merge_is_no_collision(
    past: Past, world: World, tmp_path: Path
):
    for name in ("one", "two"):
        world.git("checkout", "--quiet", "-b", name, past.base)
        world.commit({"uv.lock": f"{name}\n"}, name)
    world.git("checkout", "--quiet", "main")
    (record,) = (await replayed(world, tmp_path, pulls=5)).records
    assert "same file" in record.rules
    assert not record.conflicts
