"""Labelled cases: the format of docs/replay.md, and what is said of a broken one."""

import json
import re
from pathlib import Path

import pytest
from tests.git.world import World

from pointsman.git import find_history
from pointsman.model.errors import PointsmanError
from pointsman.oracle.replay.cases import Case, find_cases
from pointsman.oracle.replay.pairs import Kind, Label
from pointsman.oracle.replay.records import Kept, Record
from pointsman.oracle.replay.run import Wanted, replay

CODE = "def load():\n    return 1\n\n\ndef save():\n    return 2\n"


class Cases:
    """A folder of cases of one repository."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.base = world.commit({"code.py": CODE})

    def patch(self, old: str, new: str) -> str:
        """A patch of the code; the repository is left as it was."""
        self.world.write({"code.py": CODE.replace(old, new)})
        text = self.world.git("diff") + "\n"
        self.world.git("checkout", "--quiet", ".")
        return text

    def add(self, name: str, files: dict[str, str], **case: object) -> None:
        folder = self.folder / name
        self.world.write(files, at=folder)
        self.world.write({"case.json": json.dumps({"base": self.base, **case})}, at=folder)

    def two_patches(self, name: str, one: tuple[str, str], other: tuple[str, str], **case: object):
        files = {"a.patch": self.patch(*one), "b.patch": self.patch(*other)}
        self.add(name, files, a={"patch": "a.patch"}, b={"patch": "b.patch"}, **case)

    async def replayed(self) -> list[Record]:
        kept = Kept(self.folder.parent / "out" / "records.jsonl")
        history = await find_history(self.world.root)
        done = await replay(history, Wanted(cases=self.folder), kept, lambda *_: None)
        return done.records


@pytest.fixture
def cases(world: World, tmp_path: Path) -> Cases:
    return Cases(world, tmp_path / "cases")


async def test_two_patches_are_made_into_commits_and_merged(cases: Cases):
    cases.two_patches("near", ("return 1", "return 3"), ("return 1", "return 4"))
    cases.two_patches("other", ("return 1", "return 3"), ("return 2", "return 4"))
    near, other = await cases.replayed()
    assert (near.kind, near.name, near.conflicts) == (Kind.CASE, "near", True)
    assert not other.conflicts
    loose = cases.world.git("count-objects")
    assert await cases.replayed() and cases.world.git("count-objects") == loose


async def test_commits_will_do_as_well(cases: Cases):
    world = cases.world
    commits = []
    for text in ("return 3", "return 4"):
        world.git("checkout", "--quiet", "--detach", cases.base)
        commits.append(world.commit({"code.py": CODE.replace("return 1", text)}))
    cases.add("commits", {}, a={"commit": commits[0]}, b={"commit": commits[1]})
    (record,) = await cases.replayed()
    assert record.conflicts


async def test_texts_are_judged_before_there_is_work(cases: Cases):
    cases.two_patches("both", ("return 1", "return 3"), ("return 1", "return 4"))
    path = cases.folder / "both" / "case.json"
    case = json.loads(path.read_text())
    for side, text in (("a", "Make `load()` faster."), ("b", "Change `load` in `code.py`.")):
        (path.parent / f"{side}.md").write_text(text)
        case[side]["text"] = f"{side}.md"
    path.write_text(json.dumps(case))
    (record,) = await cases.replayed()
    assert record.planned is not None and record.planned.probability > 0
    assert "named symbols" in record.plan_rules


async def test_a_label_that_git_cannot_know_counts_as_a_collision(cases: Cases):
    edits = (("return 1", "return 3"), ("return 2", "return 4"))
    cases.two_patches("broken", *edits, label="semantic")
    cases.two_patches("works", *edits, label="none")
    broken, works = await cases.replayed()
    assert (broken.label, broken.conflicts, broken.collides) == (Label.SEMANTIC, False, True)
    assert not works.collides


async def test_a_case_may_name_its_own_repository(cases: Cases, tmp_path: Path):
    cases.two_patches("own", ("return 1", "return 3"), ("return 1", "return 4"))
    path = cases.folder / "own" / "case.json"
    case = json.loads(path.read_text()) | {"repository": "../../repository"}
    path.write_text(json.dumps(case))
    kept = Kept(tmp_path / "out" / "records.jsonl")
    done = await replay(None, Wanted(cases=cases.folder), kept, lambda *_: None)
    assert len(done.records) == 1


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("{", "JSON"),
        ('{"a": {}, "b": {}}', "base"),
        ('{"base": "nothing", "a": {"commit": "x"}, "b": {"commit": "y"}}', "no commit nothing"),
        ('{"base": "main", "a": {}, "b": {}}', "commit or a patch"),
        ('{"base": "main", "a": {"patch": "none"}, "b": {}}', "No such file"),
        ('{"base": "main", "a": {"patch": "bad"}, "b": {}}', "git apply"),
        ('{"base": "main", "a": {"commit": "main"}, "b": {}, "label": "maybe"}', "label"),
    ],
)
async def test_what_is_no_case_is_said_with_its_place(cases: Cases, case: str, told: str):
    cases.world.write({"case.json": case, "bad": "no patch"}, at=cases.folder / "wrong")
    with pytest.raises(PointsmanError, match=re.escape(told)) as refused:
        await cases.replayed()
    assert refused.value.code == "case-invalid"
    assert "wrong" in str(refused.value)


def test_the_documented_example_is_a_case(tmp_path: Path):
    page = (Path(__file__).parents[2] / "docs" / "replay.md").read_text()
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    (tmp_path / "case.json").write_text(example)
    ((folder, case),) = find_cases(tmp_path)
    assert folder == tmp_path
    assert isinstance(case, Case) and case.a.patch and case.b.commit and case.label
