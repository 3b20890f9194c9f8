"""Which events are kept, and from which number on they are told.

Events are a look back, never the state: what is old goes. A transaction that tells something takes
a few of the oldest away in the same commit, so that no transaction ever waits for a cleaning.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import aiosqlite

from pointsman.model.base import iso
from pointsman.model.records import Event

KEPT_MOST = 100_000
"""Events; some hundred megabytes at most."""
KEPT_FOR = timedelta(days=90)
TRIMMED_MOST = 4
"""Old events that go for each new one: more than come, so that what is too much melts away."""


class Oldest(NamedTuple):
    """The oldest event that is kept."""

    seq: int
    at: datetime


async def trim(
    connection: aiosqlite.Connection, oldest: Oldest | None, told: Sequence[Event]
) -> Oldest | None:
    """Inside the transaction that has told ``told``: the oldest event that is kept after it.
    ``oldest``: the one before, if it is known.

    Events go from the oldest on, so that what is kept has no gaps.
    """
    if not told:
        return oldest
    oldest = oldest or await _oldest(connection)
    too_many = told[-1].seq - KEPT_MOST
    too_old = told[-1].at - KEPT_FOR
    if oldest.seq > too_many and oldest.at >= too_old:
        return oldest
    await connection.execute(
        "DELETE FROM events WHERE seq <= (SELECT max(seq) FROM events WHERE seq < ? AND"
        " (seq <= ? OR at < ?))",
        (oldest.seq + TRIMMED_MOST * len(told), too_many, iso(too_old)),
    )
    return await _oldest(connection)


async def _oldest(connection: aiosqlite.Connection) -> Oldest:
    async with connection.execute("SELECT seq, at FROM events ORDER BY seq LIMIT 1") as cursor:
        row = await cursor.fetchone()
    assert row is not None, "what was just told is kept"
    return Oldest(int(row[0]), datetime.fromisoformat(row[1]))


async def skip_past(connection: aiosqlite.Connection, now: datetime) -> None:
    """A ledger that takes another's place goes on far behind its numbers (at the milliseconds since
    1970), so that whoever followed the other is told that it has missed something."""
    await connection.execute(
        "INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?)",
        (int(now.timestamp() * 1000),),
    )
