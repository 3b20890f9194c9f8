"""One transaction at a time: memory and disk are never apart, whatever fails or is cancelled."""

import asyncio
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ledger.conftest import Rows, injected

from pointsman.ledger import Ledger
from pointsman.model import facts as f
from pointsman.model.state import State
from pointsman.reconcile.items import Stale

Same = Callable[[], None]


async def test_what_is_recorded_is_in_memory_and_on_disk(ledger: Ledger, same: Same) -> None:
    state = await ledger.record(injected("a", "b"))
    assert list(state.units) == ["a.1", "b.1"]
    assert ledger.state is state
    same()


async def test_what_a_fact_raises_leaves_everything_as_it_was(ledger: Ledger, same: Same) -> None:
    await ledger.record(injected("a"))
    before, seq = ledger.state, ledger.seq
    with pytest.raises(Stale):
        await ledger.record(f.Prioritized("a.1", 5), f.Noted("z.1", "nobody"))
    assert (ledger.state, ledger.seq) == (before, seq)
    same()


async def test_what_is_decided_sees_the_state_of_its_own_transaction(ledger: Ledger) -> None:
    def one_more(state: State) -> list[f.Fact]:
        return [injected(f"c{len(state.units)}")]

    await asyncio.gather(*(ledger.record(deciding=one_more) for _ in range(20)))
    assert len(ledger.state.units) == 20


@pytest.mark.parametrize("steps", range(0, 24, 2))
async def test_a_cancelled_caller_tears_no_transaction_apart(
    ledger: Ledger, same: Same, steps: int
) -> None:
    await ledger.record(injected("a"))
    caller = asyncio.create_task(ledger.record(f.Prioritized("a.1", 5)))
    for _ in range(steps):
        await asyncio.sleep(0)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    await ledger.record(injected("b"))  # whatever was under way is over now
    same()


async def test_a_refused_write_changes_neither_memory_nor_disk(
    ledger: Ledger, same: Same, path: Path
) -> None:
    await ledger.record(injected("a"))
    follower = ledger.follow()
    before, seq = ledger.state, ledger.seq
    with sqlite3.connect(path) as other:
        other.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON events WHEN new.kind = 'log'"
            " BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    with pytest.raises(sqlite3.IntegrityError):
        await ledger.record(f.Prioritized("a.1", 5), f.Told("log", "a.1", {}))
    assert (ledger.state, ledger.seq) == (before, seq)
    same()
    await ledger.record(f.Prioritized("a.1", 7))
    assert (await anext(follower)).data["unit"]["priority"] == 7, "and nobody was told of it"
    same()


async def test_a_full_disk_changes_neither_memory_nor_disk(ledger: Ledger, same: Same) -> None:
    await ledger.record(injected("a"))
    before = ledger.state
    pages = "PRAGMA max_page_count = "
    await ledger._connection.execute(pages + "1")  # as many as there are
    with pytest.raises(sqlite3.OperationalError, match="full"):
        await ledger.record(f.Noted("a.1", "x" * 100_000))
    assert ledger.state == before
    same()
    await ledger._connection.execute(pages + "1000000")
    await ledger.record(f.Noted("a.1", "y"))
    same()


async def test_a_file_that_may_not_grow_loses_nothing_that_was_acknowledged(path: Path) -> None:
    done = _writer(path, limit=400_000)
    out, _ = done.communicate(timeout=60)
    acknowledged = [int(line) for line in out.split() if line.isdigit()]
    assert acknowledged
    assert b"OperationalError" in out
    async with Ledger.open(path) as ledger:
        assert ledger.seq == acknowledged[-1]
        assert len(ledger.state.units) == len(acknowledged)


async def test_a_killed_writer_loses_nothing_that_was_acknowledged(path: Path) -> None:
    for _ in range(3):
        writer = _writer(path)
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(15)]
        os.killpg(writer.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in writer.stdout.read().split(b"\n")[:-1]]
        writer.wait()
        async with Ledger.open(path) as ledger:
            events = await ledger.reader.events(0, limit=100_000)
            assert [e.seq for e in events] == list(range(1, ledger.seq + 1))
            assert ledger.seq >= acknowledged[-1]
            told = {
                e.data["unit"]["id"]: e.data["unit"] for e in events if e.kind == "unit.changed"
            }
            assert told == {i: u.wire() for i, u in ledger.state.units.items()}


def _writer(path: Path, *, limit: int = resource.RLIM_INFINITY) -> subprocess.Popen[bytes]:
    """A process that injects units one after the other, and says each ``seq`` it was told; no file
    of it may be longer than ``limit`` bytes."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.ledger.writer", str(path), str(limit)],
        stdout=subprocess.PIPE,
        start_new_session=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )


# ---- what SQL holds even against code that does not


BROKEN = {
    "illegal transition": "UPDATE units SET status = 'COMPLETED' WHERE id = 'a.1'",
    "units.chunk": "INSERT INTO units VALUES ('a.2', 'a', 'PENDING', NULL, 0, '{}')",
    "attention IS NOT NULL": "UPDATE units SET attention = 'QUESTION' WHERE id = 'a.1'",
    "blocked > 0": "UPDATE units SET blocked = 1 WHERE id = 'a.1'",
    "a < b": "INSERT INTO conflicts VALUES ('c1', 'b', 'a', 'SERIALIZE', '{}')",
    "items": "INSERT INTO items VALUES ('q1', 'nobody.1', 'QUESTION', 1, '{}')",
    "events.seq": "INSERT INTO events VALUES (1, '', '', NULL, '{}')",
}


@pytest.mark.parametrize("rule", BROKEN)
async def test_sql_refuses_what_the_code_never_does(ledger: Ledger, path: Path, rule: str) -> None:
    await ledger.record(injected("a"))
    with sqlite3.connect(path) as other, pytest.raises(sqlite3.IntegrityError) as caught:
        other.execute("PRAGMA foreign_keys = ON")
        other.execute(BROKEN[rule])
    assert rule in str(caught.value) or "FOREIGN KEY" in str(caught.value)


async def test_an_ended_unit_makes_room_for_the_next_of_its_chunk(
    ledger: Ledger, on_disk: Rows
) -> None:
    await ledger.record(injected("a"))
    await ledger.record(f.EndWanted("a.1", delete=False))
    (again,) = injected("a").units
    await ledger.record(f.Injected((again.changed(id="a.2"),)))
    assert on_disk("SELECT id FROM units WHERE chunk = 'a'") == [("a.1",), ("a.2",)]
    with pytest.raises(sqlite3.IntegrityError):
        await ledger.record(f.Injected((again.changed(id="a.3"),)))
