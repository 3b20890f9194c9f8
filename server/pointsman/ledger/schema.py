"""The database file: opening, migrating, and what a row of each type looks like in SQL."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import aiosqlite

from pointsman.model.base import Word
from pointsman.model.work_unit import TRANSITIONS


class LedgerTooNew(Exception):
    """The database was written by a newer Pointsman. Its message is for a person."""


class Corrupt(Exception):
    """The file is no database, or SQLite finds it damaged."""


CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Row(NamedTuple):
    """How a type is written: its columns beside ``json``, and their values from a row."""

    columns: tuple[str, ...]
    values: Callable[[Any], tuple[Any, ...]]
    kept: bool = False
    """Rows dropped from the state stay in the ledger, marked as not open."""


ROWS: dict[str, Row] = {
    "units": Row(
        ("chunk", "status", "attention", "blocked"),
        lambda u: (u.chunk, u.status, u.attention and u.attention.reason, len(u.blocked_by)),
    ),
    "items": Row(("unit", "reason"), lambda i: (i.unit, i.reason), kept=True),
    "answers": Row(("unit", "delivery"), lambda a: (a.unit, a.delivery), kept=True),
    "conflicts": Row(("a", "b", "verdict"), lambda c: (c.a, c.b, c.verdict)),
    "processes": Row(("pid",), lambda p: (p.pid,)),
    "landings": Row(("state",), lambda landing: (landing.state,)),
    "claims": Row((), lambda _: ()),
    "settings": Row((), lambda _: ()),
    "days": Row((), lambda _: ()),
    "attempts": Row(("unit",), lambda a: (a.unit,)),
    "snapshots": Row(("unit",), lambda s: (s.unit,)),
}


def upsert(table: str) -> str:
    """The statement that writes a row of ``table`` whole: id, its columns, its JSON."""
    columns = (*ROWS[table].columns, "json")
    key = "unit, id" if table == "snapshots" else "id"
    marks = ", ".join("?" * (len(columns) + 1))
    sets = ", ".join(f"{c} = excluded.{c}" for c in columns)
    return (
        f"INSERT INTO {table} (id, {', '.join(columns)}) VALUES ({marks}) "  # noqa: S608 (our names)
        f"ON CONFLICT ({key}) DO UPDATE SET {sets}"
    )


def removal(table: str) -> str:
    """The statement that takes a row out of the state."""
    if ROWS[table].kept:
        return f"UPDATE {table} SET is_open = 0 WHERE id = ?"  # noqa: S608 (our own names)
    return f"DELETE FROM {table} WHERE id = ?"  # noqa: S608 (our own names)


def parameters(table: str, row: Any) -> tuple[Any, ...]:
    """What ``upsert`` takes for ``row``."""
    return (row.id, *ROWS[table].values(row), row.json_text())


def migrations() -> list[str]:
    """The scripts, in order. The n-th leads to version n."""
    folder = resources.files("pointsman.ledger") / "migrations"
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [f.read_text(encoding="utf-8") for f in found]


def _make_private(path: Path) -> None:
    """Make the file before SQLite does; its companions get its mode."""
    path.touch(mode=0o600)


async def connect(path: Path) -> aiosqlite.Connection:
    """The writer's connection: WAL, FULL (what is committed survives power loss), foreign keys.

    Raises Corrupt, with the connection closed.
    """
    _make_private(path)
    connection = await aiosqlite.connect(path, isolation_level=None)
    try:
        await connection.execute("PRAGMA busy_timeout = 5000")
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            await connection.execute(f"PRAGMA {pragma}")
        async with connection.execute("PRAGMA quick_check(1)") as cursor:
            row = await cursor.fetchone()
        if row is None or row[0] != "ok":
            raise Corrupt(row and row[0])
    except aiosqlite.DatabaseError as error:
        await connection.close()
        if error.sqlite_errorcode & 0xFF in CORRUPT:
            raise Corrupt(str(error)) from error
        raise  # locked, full, not readable: the file itself is in order
    except BaseException:
        await connection.close()
        raise
    return connection


async def migrate(connection: aiosqlite.Connection, scripts: list[str]) -> None:
    """Bring the database to the newest version, each step in a transaction of its own.

    Raises LedgerTooNew where it is newer than the code.
    """
    async with connection.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    version = int(row[0]) if row else 0
    if version > len(scripts):
        raise LedgerTooNew(
            f"The ledger has schema version {version}; this Pointsman knows up to {len(scripts)}. "
            "Use the Pointsman that wrote it, or a newer one."
        )
    for number, script in enumerate(scripts[version:], start=version + 1):
        await connection.executescript(
            f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;"
        )
    await connection.execute("BEGIN IMMEDIATE")
    await connection.execute("DELETE FROM transitions")
    await connection.executemany(
        "INSERT OR IGNORE INTO transitions VALUES (?, ?)",
        [(t.source.value, t.to.value) for t in TRANSITIONS],
    )
    await connection.execute("COMMIT")


def moved_aside(path: Path) -> Path:
    """Move a corrupt database and its companions out of the way; never delete them."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    target = path.with_name(f"{path.name}.corrupt-{stamp}")
    for suffix in ("", "-wal", "-shm"):
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            companion.rename(target.with_name(target.name + suffix))
    return target


def parsed(kind: type[Word], text: str) -> Any:
    """A row's type from its JSON."""
    return kind.model_validate(json.loads(text))
