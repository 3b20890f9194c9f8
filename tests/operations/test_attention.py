"""How many units wait for an item: the same number wherever it is shown."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.ledger.on_disk import OnDisk
from tests.reconcile.world import NOON, World

from pointsman.operations.app import App
from pointsman.operations.inside import DaemonInfo, IndexInfo, Inside
from pointsman.operations.seam import Caller


class Pool(World):
    """A world over the real ledger, with the operations that look at it."""

    def __init__(self, disk: OnDisk) -> None:
        super().__init__(store=disk, max_agents=3)
        self.disk = disk

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        inside = SimpleNamespace(ledger=self.disk.ledger, daemon_info=_daemon, transcripts={})
        inside.blocks = lambda: Inside.blocks(cast(Inside, inside))
        app = App(cast(Inside, inside))
        return self.disk.run(app.call(operation, params, Caller("cli", "s1")))

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [e.data for e in self.disk.events if e.kind == kind]


def _daemon() -> DaemonInfo:
    return DaemonInfo(
        version="0",
        pid=1,
        started_at=NOON,
        repository="/r",
        base="main",
        paused=False,
        sandbox="none",
        chunks="docs/chunks",
        index=IndexInfo(done=0, total=0),
    )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Pool]:
    disk = OnDisk(tmp_path / "ledger.sqlite")
    yield Pool(disk)
    disk.close()


def shown(world: Pool, chunk: str) -> set[int]:
    """The number for the chunk's item at every place that shows it."""
    (item,) = [i for i in world.call("attention")["items"] if i["chunk"] == chunk]
    (unit,) = [u for u in world.call("status")["units"] if u["chunk"] == chunk]
    alone = world.call("unit", unit=chunk)["unit"]
    return {item["blocks"], unit["attention"]["blocks"], alone["attention"]["blocks"]}


def test_a_unit_that_asks_and_all_that_wait_for_it_are_counted_everywhere(world: Pool) -> None:
    world.pool("a b>a c>b d")
    world.start("a", "d")
    world.ask("a")
    world.ask("d")
    assert (shown(world, "a"), shown(world, "d")) == ({3}, {1})
    assert [i["chunk"] for i in world.call("attention")["items"]] == ["a", "d"]
    opened = [data["item"] for data in world.events("attention.opened")]
    assert [(item["chunk"], item["blocks"]) for item in opened] == [("a", 3), ("d", 1)]
    changed = [data["unit"] for data in world.events("unit.changed")]
    asking = [u for u in changed if u["status"] == "NEEDS_ATTENTION"]
    assert [(u["chunk"], u["attention"]["blocks"]) for u in asking] == [("a", 3), ("d", 1)]


def test_the_number_is_of_now_in_results_and_of_then_in_events(world: Pool) -> None:
    world.pool("a")
    world.start("a")
    world.ask("a")
    world.inject("b", after={"b": ["a"]})
    assert shown(world, "a") == {2}
    world.delete("b")
    assert shown(world, "a") == {1}
    (event,) = [
        e for e in world.call("events", since=0)["events"] if e["kind"] == "attention.opened"
    ]
    assert event["data"]["item"]["blocks"] == 1


def test_an_answered_item_says_how_many_it_set_free(world: Pool) -> None:
    world.pool("a b>a")
    world.start("a")
    item = world.ask("a", "which?", "left", "right")
    assert world.call("answer", item=item.id, option="left")["item"]["blocks"] == 2


def test_nobody_waits_for_the_verdict_on_two_that_run_side_by_side(world: Pool) -> None:
    world.pool("a b c>a")
    world.start("a", "b")
    world.pool("", ask=["a b"])
    world.examine("a")
    (item,) = world.call("attention")["items"]
    assert (item["reason"], item["blocks"]) == ("CONFLICT", 0)


def test_rows_that_did_not_change_are_the_same_json_and_those_with_a_count_are_made_anew(
    world: Pool,
) -> None:
    world.pool("a b c>a")
    world.start("a", "b")
    world.ask("a")
    first = {u["chunk"]: u for u in world.call("status")["units"]}
    world.delete("c")
    then = {u["chunk"]: u for u in world.call("status")["units"]}
    assert then["b"] is first["b"]
    assert first["a"]["attention"]["blocks"] == 2
    assert then["a"]["attention"]["blocks"] == 1
    assert {key: then["b"][key] for key in ("id", "status")} == {"id": "b.1", "status": "RUNNING"}
    assert "c" not in then
