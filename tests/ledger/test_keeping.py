"""How many events are kept; and a follower who missed some is told so, never left waiting."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.conftest import injected
from tests.reconcile.world import NOON

from pointsman.ledger import Ledger, Missed, keeping
from pointsman.model import facts as f


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def ledger(path: Path, clock: Clock) -> AsyncIterator[Ledger]:
    async with Ledger.open(path, clock) as opened:
        yield opened


async def tell(ledger: Ledger, count: int) -> None:
    for n in range(count):
        await ledger.record(f.Told("progress", None, {"n": n}))


async def kept(ledger: Ledger) -> list[int]:
    return [e.seq for e in await ledger.reader.events(0, limit=10_000)]


async def test_no_more_events_are_kept_than_so_many(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "KEPT_MOST", 10)
    await tell(ledger, 30)
    assert await kept(ledger) == list(range(21, 31))
    assert ledger.seq == 30


async def test_what_is_too_much_at_first_melts_away_a_few_at_a_time(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(ledger, 30)
    monkeypatch.setattr(keeping, "KEPT_MOST", 10)
    sizes = []
    for _ in range(10):
        await tell(ledger, 1)
        sizes.append(len(await kept(ledger)))
    assert all(before - after < keeping.TRIMMED_MOST for before, after in pairwise(sizes))
    assert sizes[-1] == 10


async def test_old_events_go_and_the_numbers_go_on(
    path: Path, ledger: Ledger, clock: Clock
) -> None:
    await tell(ledger, 3)
    clock.now += keeping.KEPT_FOR + timedelta(seconds=1)
    await tell(ledger, 1)
    assert await kept(ledger) == [4]
    async with Ledger.open(path, clock) as again:
        await tell(again, 1)
        assert await kept(again) == [4, 5]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(-40, 60)), max_size=12))
def test_whatever_the_clock_does_what_is_kept_has_no_gap_and_ends_with_the_newest(
    steps: list[tuple[int, int]],
) -> None:
    async def play(path: Path) -> None:
        clock = Clock()
        async with Ledger.open(path, clock) as ledger:
            for count, days in steps:
                clock.now += timedelta(days=days)
                await tell(ledger, count)
                seqs = await kept(ledger)
                assert seqs == list(range(seqs[0], ledger.seq + 1))

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder) / "ledger.sqlite"))


async def test_a_follower_from_beyond_the_newest_event_is_told(ledger: Ledger) -> None:
    await tell(ledger, 3)
    assert [e.seq for e in await ledger.events(3)] == []
    with pytest.raises(Missed):
        await ledger.events(4)
    with pytest.raises(Missed):
        await anext(ledger.follow(4))


async def test_a_follower_from_before_the_oldest_event_is_told(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "KEPT_MOST", 3)
    await tell(ledger, 10)  # 8, 9 and 10 are kept
    for since in (1, 6):
        with pytest.raises(Missed):
            await anext(ledger.follow(since))
    assert (await anext(ledger.follow(7))).seq == 8
    assert (await anext(ledger.follow(0))).seq == 8  # from the oldest that is kept


async def test_who_followed_a_ledger_that_was_moved_aside_is_told_by_the_new_one(
    path: Path,
) -> None:
    async with Ledger.open(path) as ledger:
        await ledger.record(injected("a"))
        old = ledger.seq
    path.write_bytes(b"this is no database" * 100)
    async with Ledger.open(path) as ledger:
        assert await ledger.events(0) == []
        await tell(ledger, old + 10)  # its own count has caught up
        for since in range(1, old + 1):
            with pytest.raises(Missed):
                await anext(ledger.follow(since))
        first = ledger.seq - old - 9
        assert (await anext(ledger.follow(0))).seq == first
    async with Ledger.open(path) as ledger:
        assert ledger.seq == first + old + 9
