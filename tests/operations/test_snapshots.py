"""The ledger's newest snapshot is the store's newest: whoever takes it, and whatever is killed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.git.world import World, operators_home

from pointsman.ledger import Ledger
from pointsman.model.errors import PointsmanError
from pointsman.model.facts import Injected, WorkspaceCut
from pointsman.model.records import Snapshot
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


async def ready_to_restore(bench: Bench) -> str:
    """A unit that waits, whose workspace has moved on since its first snapshot."""
    bench.change("good")
    first = (await bench.snapshots.take("a.1", "turn")).snapshot
    assert first is not None
    await bench.ledger.record(
        WorkspaceCut("a.1", str(bench.workspaces.path("a.1")), "c", None, NOW)
    )
    bench.change("bad")
    return first


async def test_a_restore_is_one_operation_and_nothing_is_lost(bench: Bench) -> None:
    first = await ready_to_restore(bench)
    restored = await bench.snapshots.restore("a.1", first)
    assert (bench.workspaces.path("a.1") / "made.txt").read_text() == "good"
    assert restored.snapshot == bench.recorded == await bench.workspaces.newest("a.1")
    reasons = [s.why for s in await bench.ledger.reader.snapshots("a.1")]
    assert reasons == ["turn", "restore", "restore"]


async def test_who_is_to_work_in_a_workspace_waits_until_it_is_restored(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await ready_to_restore(bench)
    begun, go_on = asyncio.Event(), asyncio.Event()
    restore = bench.workspaces.restore

    async def slow(unit: str, snapshot: str, *, at: datetime) -> Snapshot:
        begun.set()
        await go_on.wait()
        return await restore(unit, snapshot, at=at)

    monkeypatch.setattr(bench.workspaces, "restore", slow)
    restoring = asyncio.create_task(bench.snapshots.restore("a.1", first))
    await begun.wait()

    async def works() -> str:
        async with bench.snapshots.in_use("a.1"):
            return (bench.workspaces.path("a.1") / "made.txt").read_text()

    working = asyncio.create_task(works())
    with pytest.raises(PointsmanError) as refused:
        await bench.snapshots.restore("a.1", first)
    assert refused.value.code == "illegal-transition"
    go_on.set()
    assert await working == "good"
    await restoring


async def test_a_workspace_in_use_is_not_restored(bench: Bench) -> None:
    first = await ready_to_restore(bench)
    async with bench.snapshots.in_use("a.1"):
        with pytest.raises(PointsmanError, match="being worked on"):
            await bench.snapshots.restore("a.1", first)
    assert (bench.workspaces.path("a.1") / "made.txt").read_text() == "bad"
