"""Followers: nothing missed, nothing twice, nothing before its commit; the slow are cut off."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.ledger.conftest import Rows, injected

from pointsman.ledger import CutOff, Ledger, reader
from pointsman.ledger import ledger as module
from pointsman.model import facts as f
from pointsman.model.records import Event


async def chatter(ledger: Ledger, count: int) -> None:
    for n in range(count):
        await ledger.record(f.Told("progress", None, {"n": n}), f.Told("log", None, {"n": n}))


async def take(stream: AsyncIterator[Event], count: int) -> list[int]:
    return [(await anext(stream)).seq for _ in range(count)]


async def test_a_follower_misses_nothing_and_repeats_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "PAGE", 3)
    await chatter(ledger, 10)
    followers = [ledger.follow(since) for since in (0, 7, 20)]
    async with asyncio.TaskGroup() as group:
        group.create_task(chatter(ledger, 20))  # while they read what was before
        taken = [
            group.create_task(take(stream, 60 - since))
            for stream, since in zip(followers, (0, 7, 20), strict=True)
        ]
    for task, since in zip(taken, (0, 7, 20), strict=True):
        assert task.result() == list(range(since + 1, 61))


async def test_from_now_on_means_from_the_call_on(ledger: Ledger) -> None:
    await chatter(ledger, 1)
    stream = ledger.follow()
    await chatter(ledger, 2)
    assert await take(stream, 4) == [3, 4, 5, 6]


async def test_an_event_is_on_disk_before_anybody_is_told(ledger: Ledger, on_disk: Rows) -> None:
    stream = ledger.follow()
    writing = asyncio.create_task(chatter(ledger, 5))
    for _ in range(10):
        event = await anext(stream)
        assert on_disk(f"SELECT kind FROM events WHERE seq = {event.seq}") == [(event.kind,)]
    await writing


async def test_a_slow_follower_is_cut_off_and_can_start_again(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FOLLOWER_BEHIND_MOST", 10)
    slow, quick = ledger.follow(), ledger.follow()
    await chatter(ledger, 1)
    assert await take(slow, 1) == [1]
    seen = await take(quick, 2)
    for _ in range(10):
        await chatter(ledger, 1)
        seen += await take(quick, 2)
    assert seen == list(range(1, 23))
    with pytest.raises(CutOff):
        await take(slow, 30)
    assert await take(ledger.follow(1), 21) == list(range(2, 23))


async def test_followers_end_when_the_ledger_is_closed(path: object) -> None:
    async with Ledger.open(path) as ledger:  # type: ignore[arg-type]  # the fixture's Path
        reading = asyncio.create_task(_all(ledger.follow()))
        await asyncio.sleep(0)
        await chatter(ledger, 1)
    assert [e.seq for e in await reading] == [1, 2]


async def _all(stream: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in stream]


async def test_until_returns_the_first_state_that_it_is_true_of(ledger: Ledger) -> None:
    waiting = asyncio.create_task(ledger.until(lambda s: len(s.units) >= 2))
    await ledger.record(injected("a"))
    assert not waiting.done()
    await ledger.record(injected("b"))
    assert list((await waiting).units) == ["a.1", "b.1"]
    assert await ledger.until(lambda s: True) is ledger.state


async def test_nothing_is_written_where_nothing_changed(ledger: Ledger, on_disk: Rows) -> None:
    await ledger.record(injected("a"))
    before = on_disk("PRAGMA data_version"), ledger.seq
    state = ledger.state
    assert await ledger.record() is state
    assert (on_disk("PRAGMA data_version"), ledger.seq) == before
