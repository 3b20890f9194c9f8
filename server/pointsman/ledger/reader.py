"""Reading what is not kept in memory: past events, attempts, snapshots, closed items."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiosqlite

from pointsman.ledger.schema import parsed
from pointsman.model.attention import Answer, AttentionItem
from pointsman.model.base import Word
from pointsman.model.records import Attempt, Event, Snapshot

PAGE = 1000
"""Events read at once."""


class Reader:
    """A read-only connection of its own, so that a long read holds up no writer."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[Self]:
        connection = await aiosqlite.connect(f"{path.as_uri()}?mode=ro", uri=True)
        try:
            yield cls(connection)
        finally:
            await connection.close()

    async def _rows(self, query: str, *values: Any) -> list[Any]:
        async with self._connection.execute(query, values) as cursor:
            return list(await cursor.fetchall())

    async def _all(self, kind: type[Word], query: str, *values: Any) -> list[Any]:
        return [parsed(kind, row[0]) for row in await self._rows(query, *values)]

    async def events(self, since: int, limit: int = PAGE) -> list[Event]:
        """Events after ``since``, oldest first."""
        return _events(
            await self._rows(
                "SELECT seq, at, kind, unit, data FROM events WHERE seq > ? ORDER BY seq LIMIT ?",
                since,
                limit,
            )
        )

    async def history(self, unit: str) -> list[Event]:
        """All events of a unit, oldest first."""
        return _events(
            await self._rows(
                "SELECT seq, at, kind, unit, data FROM events WHERE unit = ? ORDER BY seq", unit
            )
        )

    async def attempts(self, unit: str) -> list[Attempt]:
        return await self._all(
            Attempt, "SELECT json FROM attempts WHERE unit = ? ORDER BY rowid", unit
        )

    async def snapshots(self, unit: str) -> list[Snapshot]:
        return await self._all(
            Snapshot, "SELECT json FROM snapshots WHERE unit = ? ORDER BY rowid", unit
        )

    async def item(self, item: str) -> AttentionItem | None:
        """An item, open or closed."""
        found = await self._all(AttentionItem, "SELECT json FROM items WHERE id = ?", item)
        return found[0] if found else None

    async def answer(self, item: str) -> Answer | None:
        found = await self._all(Answer, "SELECT json FROM answers WHERE id = ?", item)
        return found[0] if found else None

    async def answers(self, unit: str) -> list[Answer]:
        """Every answer that the unit's agent was or is to be given, oldest first."""
        return await self._all(
            Answer, "SELECT json FROM answers WHERE unit = ? ORDER BY rowid", unit
        )


def _events(rows: list[Any]) -> list[Event]:
    return [
        Event.model_validate(
            {"seq": seq, "at": at, "kind": kind, "unit": unit, "data": json.loads(data)}
        )
        for seq, at, kind, unit, data in rows
    ]
