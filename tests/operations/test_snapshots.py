"""The ledger's newest snapshot is the store's newest: whoever takes it, and whatever is killed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.git.world import World, operators_home

from pointsman.ledger import Ledger
from pointsman.model.facts import Injected
from pointsman.model.work_unit import BaseRef, Status, WorkUnit
from pointsman.operations.snapshots import Snapshots
from pointsman.sandbox import find_sandbox
from pointsman.workspaces import Workspaces

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Bench:
    """A workspace with a file in it that changes, and the ledger that should know of it."""

    def __init__(self, workspaces: Workspaces, ledger: Ledger) -> None:
        self.workspaces, self.ledger = workspaces, ledger
        self.snapshots = Snapshots(workspaces, ledger)

    def change(self, text: str) -> None:
        (self.workspaces.path("a.1") / "made.txt").write_text(text)

    @property
    def recorded(self) -> str | None:
        return self.ledger.state.units["a.1"].snapshot


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    world = World(tmp_path / "repository", operators_home(tmp_path / "home", monkeypatch))
    world.commit({"a.txt": "one\n"})
    tip = world.git("rev-parse", "main")
    sandbox = find_sandbox("bubblewrap")
    workspaces = Workspaces(await world.find(), tmp_path / "state", sandbox, size_limit=1000)
    await workspaces.cut("a.1", "a", tip)
    unit = WorkUnit(
        id="a.1",
        chunk="a",
        status=Status.PENDING,
        base=BaseRef(branch="main", commit=tip),
        agent="demo",
        created_at=NOW,
        updated_at=NOW,
    )
    async with Ledger.open(tmp_path / "ledger.db") as ledger:
        await ledger.record(Injected((unit,)))
        yield Bench(workspaces, ledger)


async def test_nothing_changed_is_nothing_recorded(bench: Bench) -> None:
    unit = await bench.snapshots.take("a.1", "turn")
    assert unit.snapshot is None
    bench.change("1")
    first = await bench.snapshots.take("a.1", "turn")
    seq = bench.ledger.seq
    assert first.snapshot is not None
    assert await bench.snapshots.take("a.1", "exit") == first
    assert bench.ledger.seq == seq


async def test_a_snapshot_that_a_kill_kept_from_the_ledger_is_recorded_by_the_next(
    bench: Bench,
) -> None:
    bench.change("1")
    taken = await bench.workspaces.snapshot("a.1", "turn", at=NOW)  # and killed
    assert taken is not None
    assert (await bench.snapshots.take("a.1", "final")).snapshot == taken.id


async def test_what_many_take_at_once_ends_with_the_newest(bench: Bench) -> None:
    async def taken(n: int) -> WorkUnit:
        bench.change(str(n))
        return await bench.snapshots.take("a.1", f"change {n}")

    found = await asyncio.gather(*map(taken, range(6)))
    newest = await bench.workspaces.newest("a.1")
    assert bench.recorded == newest
    assert found[-1].snapshot == newest
