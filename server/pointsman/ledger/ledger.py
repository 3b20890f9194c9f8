"""The one writer: facts in, a settled state and events out, all in one transaction.

The state lives in memory and in SQLite, and the two are never apart: a transaction makes a draft,
lets it settle, writes every step of it, commits, and only then puts the new state and the events in
front of anybody. There is no other way to change anything, so nothing goes unrecorded or untold.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Self

import aiosqlite

from pointsman.ledger.keeping import Oldest, skip_past, trim
from pointsman.ledger.reader import Reader
from pointsman.ledger.schema import (
    Corrupt,
    connect,
    migrate,
    migrations,
    moved_aside,
    parameters,
    parsed,
    removal,
    upsert,
)
from pointsman.model.base import iso
from pointsman.model.facts import Fact
from pointsman.model.records import Event
from pointsman.model.state import MEMORY, Change, Draft, State
from pointsman.reconcile import settle
from pointsman.reconcile.actions import Effect
from pointsman.reconcile.blocks import Blocks
from pointsman.reconcile.fold import fold

log = logging.getLogger(__name__)

FOLLOWER_BEHIND_MOST = 10_000
"""Events that a follower may be behind; past that it is cut off and has to sync anew."""

Deciding = Callable[[State], Iterable[Fact]]
"""Facts chosen inside the transaction, on the state as it is there. May raise to refuse."""

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time that transactions are stamped with, but for tests."""
    return datetime.now(UTC)


class CutOff(Exception):
    """A follower was too slow; it may start again from the last ``seq`` it saw."""


class Missed(Exception):
    """What came after that ``seq`` is not to be had: it was never told here, or is kept no more."""


class Ledger:
    """Opened by ``Ledger.open``; ``state`` is always the last committed one."""

    def __init__(
        self,
        connection: aiosqlite.Connection,
        state: State,
        seq: int,
        reader: Reader,
        clock: Clock,
    ) -> None:
        self._connection = connection
        self._oldest: Oldest | None = None
        self._clock = clock
        self._lock = asyncio.Lock()
        self._followers: set[asyncio.Queue[Event | None]] = set()
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[State]] = set()
        self.state = state
        self.seq = seq
        self.effects: list[Effect] = []
        """What the last transaction wants done; replaced by each."""
        self.settled_at: datetime | None = None
        """The time at which that transaction looked at the state."""
        self.reader = reader

    # ---- opening and closing

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, clock: Clock = utc_now) -> AsyncIterator[Self]:
        """Open (make, migrate) the ledger at ``path``. A corrupt file is moved aside, with a word
        in the log. Raises LedgerTooNew."""
        connection, anew = await connect_soundly(path)
        try:
            await migrate(connection, migrations())
            if anew:
                await skip_past(connection, clock())
            state, seq = await _load(connection)
            async with Reader.open(path) as reader:
                ledger = cls(connection, state, seq, reader, clock)
                try:
                    yield ledger
                finally:
                    await ledger._finish()
        finally:
            await connection.close()

    async def _finish(self) -> None:
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        for queue in self._followers:
            queue.put_nowait(None)

    # ---- writing

    async def record(self, *facts: Fact, deciding: Deciding | None = None) -> State:
        """Fold facts into the state, settle it, commit, publish. Returns the state committed.

        What ``deciding`` or a fact's fold raises leaves everything as it was. A caller that is
        cancelled meanwhile does not tear the transaction apart: it is carried to its end.
        """
        task = asyncio.ensure_future(self._record(facts, deciding))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def _record(self, facts: tuple[Fact, ...], deciding: Deciding | None) -> State:
        async with self._lock:
            draft = Draft(self.state, self._clock())
            for fact in (*facts, *(deciding(self.state) if deciding else ())):
                fold(fact, draft)
            effects = settle(draft)
            blocks = Blocks(draft.state, draft.now)
            events = [
                Event(seq=self.seq + n, at=draft.now, kind=t.kind, unit=t.unit, data=t.wire(blocks))
                for n, t in enumerate(draft.told, start=1)
            ]
            if events or draft.state is not self.state:
                await self._write(draft, events)
            self.state, self.seq, self.effects = draft.state, self.seq + len(events), effects
            self.settled_at = draft.now
        self._publish(events)
        async with self._changed:
            self._changed.notify_all()
        return self.state

    async def _write(self, draft: Draft, events: list[Event]) -> None:
        connection = self._connection
        await connection.execute("BEGIN IMMEDIATE")
        try:
            for statement, group in groupby(map(_statement, draft.changes), key=lambda s: s[0]):
                await connection.executemany(statement, [p for _, p in group])
            await connection.executemany(
                "INSERT INTO events (seq, at, kind, unit, data) VALUES (?, ?, ?, ?, ?)",
                [(e.seq, iso(e.at), e.kind, e.unit, json.dumps(e.data)) for e in events],
            )
            oldest = await trim(connection, self._oldest, events)
            await connection.executemany(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                _meta(draft.state),
            )
            await connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                await connection.execute("ROLLBACK")
            raise
        self._oldest = oldest

    # ---- being told

    def _publish(self, events: list[Event]) -> None:
        for queue in list(self._followers):
            if queue.qsize() + len(events) > FOLLOWER_BEHIND_MOST:
                self._followers.discard(queue)
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(None)
                continue
            for event in events:
                queue.put_nowait(event)

    async def events(self, since: int) -> list[Event]:
        """A page of the events after ``since``, oldest first; 0: from the oldest that is kept.

        Raises Missed.
        """
        newest = self.seq
        page = [e for e in await self.reader.events(since) if e.seq <= newest]
        first = page[0].seq if page else newest + 1
        if since > newest or (since and first != since + 1):
            raise Missed
        return page

    def follow(self, since: int | None = None) -> AsyncIterator[Event]:
        """Every event after ``since`` (None: from this call on), first from the file, then as they
        come; ends when the ledger is closed.

        Raises Missed, and CutOff for a follower that is too far behind.
        """
        return self._follow(self.seq if since is None else since)

    async def _follow(self, seen: int) -> AsyncIterator[Event]:
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._followers.add(queue)
        try:
            while page := await self.events(seen):
                for event in page:
                    seen = event.seq
                    yield event
            while (event_or_end := await queue.get()) is not None:
                if event_or_end.seq > seen:
                    yield event_or_end
            if queue not in self._followers:
                raise CutOff
        finally:
            self._followers.discard(queue)

    async def until(self, true_of: Callable[[State], bool]) -> State:
        """The first committed state that ``true_of`` holds of; at once, if it does already."""
        async with self._changed:
            await self._changed.wait_for(lambda: true_of(self.state))
            return self.state


async def connect_soundly(path: Path) -> tuple[aiosqlite.Connection, bool]:
    """A connection to a database that is in order; a corrupt one is moved aside first (True)."""
    try:
        return await connect(path), False
    except Corrupt as error:
        log.error("the ledger is corrupt (%s); moved to %s", error, moved_aside(path).name)
    return await connect(path), True


def _statement(change: Change) -> tuple[str, tuple[Any, ...]]:
    if change.row is None:
        return removal(change.table), (change.key,)
    return upsert(change.table), parameters(change.table, change.row)


def _meta(state: State) -> list[tuple[str, str]]:
    return [
        ("life", str(state.life)),
        ("paused", str(int(state.paused))),
        ("counters", json.dumps(dict(state.counters))),
    ]


async def _load(connection: aiosqlite.Connection) -> tuple[State, int]:
    tables: dict[str, Any] = {}
    for name, kind in MEMORY.items():
        where = " WHERE is_open" if name in ("items", "answers") else ""
        query = f"SELECT json FROM {name}{where} ORDER BY rowid"  # noqa: S608 (our own names)
        async with connection.execute(query) as cursor:
            rows = [parsed(kind, text) async for (text,) in cursor]
        tables[name] = {row.id: row for row in rows}
    async with connection.execute("SELECT key, value FROM meta") as cursor:
        meta = {key: value async for key, value in cursor}
    query = "SELECT seq FROM sqlite_sequence WHERE name = 'events'"  # the last ever, kept or not
    async with connection.execute(query) as cursor:
        last = await cursor.fetchone()
    state = replace(
        State(**tables),
        life=int(meta.get("life", "0")),
        paused=meta.get("paused") == "1",
        counters=json.loads(meta.get("counters", "{}")),
    )
    return state, int(last[0]) if last else 0
