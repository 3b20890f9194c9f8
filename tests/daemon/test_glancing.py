"""What an agent has just written is known before there is a snapshot of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.git.world import World, operators_home

from pointsman.daemon import glancing
from pointsman.daemon.glancing import Glances
from pointsman.model.footprint import Access, Footprint
from pointsman.model.work_unit import BaseRef, WorkUnit
from pointsman.oracle.engine import Oracle
from pointsman.sandbox import find_sandbox
from pointsman.workspaces import Workspaces

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CODE = "def f():\n    return 1\n\n\ndef g():\n    return f()\n"


class Bench:
    """A unit with a workspace, and the glances at it."""

    def __init__(self, workspaces: Workspaces, oracle: Oracle, unit: WorkUnit) -> None:
        self.workspaces, self.oracle, self.unit = workspaces, oracle, unit
        inside: Any = SimpleNamespace(workspaces=workspaces, oracle=oracle)
        self.glances = Glances(SimpleNamespace(inside=inside))  # type: ignore[arg-type]

    @property
    def folder(self) -> Path:
        return self.workspaces.path("a.1")

    async def written(self, path: str, text: str) -> bool:
        (self.folder / path).write_text(text)
        self.glances.changes += 1
        return await self.glances.look(self.unit, [path])

    def seen(self, before: Footprint | None = None) -> set[tuple[str | None, Access]]:
        found = self.glances.over(self.unit, before)
        return {(t.symbol, t.access) for t in found.touches} if found is not None else set()


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    world = World(tmp_path / "repository", operators_home(tmp_path / "home", monkeypatch))
    tip = world.commit({"a.py": CODE, "b.py": CODE, ".gitignore": "*.o\n"})
    repository = await world.find()
    workspaces = Workspaces(repository, tmp_path / "state", find_sandbox("none"))
    await workspaces.cut("a.1", "a", tip)
    base = BaseRef(branch="main", commit=tip)
    unit = WorkUnit(id="a.1", chunk="a", base=base, agent="demo", created_at=NOW, updated_at=NOW)
    oracle = Oracle(repository)
    yield Bench(workspaces, oracle, unit)
    await oracle.close()


F_CHANGED = {("f", Access.WRITE_BODY)}


async def test_a_changed_file_is_seen_without_any_snapshot(bench: Bench) -> None:
    assert await bench.written("a.py", CODE.replace("1", "2"))
    assert bench.seen() == F_CHANGED
    assert await bench.workspaces.newest("a.1") is None


async def test_it_says_of_a_file_what_the_snapshot_says(bench: Bench) -> None:
    changed = CODE.replace("return f()", "return f() + 1")
    assert await bench.written("a.py", changed)
    taken = await bench.workspaces.snapshot("a.1", "change", at=NOW)
    assert taken is not None
    objects = bench.workspaces.store("a.1").git_dir / "objects"
    base = str(bench.unit.base.commit)
    theirs = await bench.oracle.footprint_of_tree("a", base, taken.id, [objects])
    mine = bench.glances.over(bench.unit, None)
    assert mine is not None

    def said(footprint: Footprint) -> list[dict[str, object]]:
        return [
            t.model_dump(exclude={"why"}) for t in footprint.touches if t.access is not Access.READ
        ]

    assert said(mine) == said(theirs)
    over = bench.glances.over(bench.unit, theirs)
    assert over is not None
    assert {t.access for t in over.touches} == {t.access for t in theirs.touches}, "reads stay"


async def test_what_is_written_back_is_gone(bench: Bench) -> None:
    await bench.written("a.py", CODE.replace("1", "2"))
    seen = bench.glances.over(bench.unit, None)
    bench.glances.settle("a.1", bench.glances.changes)
    assert bench.seen(seen) == F_CHANGED
    assert await bench.written("a.py", CODE)
    assert bench.seen(seen) == set()


async def test_a_snapshot_takes_the_place_of_what_was_seen_before_it(bench: Bench) -> None:
    await bench.written("a.py", CODE.replace("1", "2"))
    begun = bench.glances.changes
    await bench.written("b.py", CODE.replace("1", "3"))  # while it is taken
    bench.glances.settle("a.1", begun)
    found = bench.glances.over(bench.unit, None)
    assert found is not None and {t.path for t in found.touches} == {"b.py"}


async def test_a_look_that_the_snapshot_was_faster_than_leaves_nothing(bench: Bench) -> None:
    bench.glances.settle("a.1", 1)  # a snapshot that was begun after the change was told of
    assert not await bench.written("a.py", CODE.replace("1", "2"))
    assert bench.seen() == set()
    assert await bench.written("a.py", CODE.replace("1", "3"))


async def test_new_files_wait_for_the_snapshot_which_knows_what_is_ignored(bench: Bench) -> None:
    assert not await bench.written("new.py", CODE)
    assert not await bench.written("made.o", "x")
    assert not await bench.glances.look(bench.unit, ["gone.py", ".", "a.py/x", "../a.py"])


async def test_many_files_at_once_wait_too(bench: Bench) -> None:
    paths = ["a.py", *(f"{n}.py" for n in range(glancing.MOST))]
    assert not await bench.glances.look(bench.unit, paths)


async def test_no_link_is_followed_and_nothing_large_is_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bench.folder / "a.py").unlink()
    (bench.folder / "a.py").symlink_to("/etc/passwd")
    assert not await bench.glances.look(bench.unit, ["a.py"])
    monkeypatch.setattr(glancing, "SIZE_LIMIT", 10)
    assert not await bench.written("b.py", CODE.replace("1", "2"))


async def test_what_was_seen_on_another_base_counts_no_more(bench: Bench) -> None:
    await bench.written("a.py", CODE.replace("1", "2"))
    bench.unit = bench.unit.changed(base=BaseRef(branch="main", commit="0" * 40))
    assert bench.seen() == set()
