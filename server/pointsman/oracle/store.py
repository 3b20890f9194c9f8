"""Symbols on disk: what was extracted once is not extracted again, not even after a restart.

One SQLite file, by blob, language, extractor's version, and whether with hashes. It is a cache: it
may be deleted at any time, is made anew when it is damaged, and is bounded; what was not used for
longest goes first.
"""

import sqlite3
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from pointsman.oracle.languages import EXTRACTOR_VERSION

SIZE_LIMIT = 256 * 1024**2
"""Bytes of symbols that are kept; ten repositories of a thousand files take a tenth of it."""
_ASKED_AT_ONCE = 500
_PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL})
"""What is wrong for a while only, and no reason to begin anew."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS symbols (
    blob TEXT, language TEXT, version INTEGER, hashes INTEGER,
    used INTEGER,   -- days since 1970
    names TEXT,     -- what is defined, last parts only, parted by blanks
    data BLOB,      -- see symbols.dump
    PRIMARY KEY (blob, language, version, hashes)
)
"""


class Kept(NamedTuple):
    """One blob's symbols, as they are stored."""

    blob: str
    language: str
    hashes: bool
    names: str
    data: bytes


class SymbolStore:
    """The file. Raises OSError where it can't be made at all; what fails later is as if empty."""

    def __init__(self, path: Path, *, size_limit: int = SIZE_LIMIT) -> None:
        self._path = path
        self._size_limit = size_limit
        self._lock = threading.Lock()
        self._added = 0
        """Bytes since it was last trimmed."""
        try:
            self._database = self._opened()
        except sqlite3.DatabaseError:
            self._remove()
            try:
                self._database = self._opened()
            except sqlite3.Error as failed:
                raise OSError(f"{path}: {failed}") from failed

    def get(self, blob: str, language: str, *, hashes: bool) -> bytes | None:
        """What is stored; symbols with hashes do for those without."""
        with self._transaction():
            row = self._database.execute(
                "SELECT data FROM symbols WHERE blob = ? AND language = ? AND version = ?"
                " AND hashes >= ? ORDER BY hashes LIMIT 1",
                (blob, language, EXTRACTOR_VERSION, hashes),
            ).fetchone()
            if row:
                return bytes(row[0])
        return None

    def missing(self, wanted: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
        """Those (blob, language) of which nothing is stored, in their order. Marks the others."""
        listed = list(wanted)
        there: set[tuple[str, str]] = set()
        with self._transaction():
            for at in range(0, len(listed), _ASKED_AT_ONCE):
                blobs = [blob for blob, _ in listed[at : at + _ASKED_AT_ONCE]]
                marks = ",".join("?" * len(blobs))
                where = f"WHERE version = ? AND blob IN ({marks})"
                values = (EXTRACTOR_VERSION, *blobs)
                there.update(
                    self._database.execute(
                        f"SELECT blob, language FROM symbols {where}",  # noqa: S608 - marks only
                        values,
                    )
                )
                self._database.execute(
                    f"UPDATE symbols SET used = ? {where} AND used < ?",  # noqa: S608 - marks only
                    (_today(), *values, _today()),
                )
        return [key for key in listed if key not in there]

    def put(self, rows: Iterable[Kept]) -> None:
        """Stores, in one transaction. A full disk is no reason to fail: it is a cache."""
        listed = [
            (r.blob, r.language, EXTRACTOR_VERSION, r.hashes, _today(), r.names, r.data)
            for r in rows
        ]
        with self._lock:
            if not self._path.exists():
                self._renew()
        with self._transaction():
            self._database.executemany(
                "INSERT OR REPLACE INTO symbols VALUES (?, ?, ?, ?, ?, ?, ?)", listed
            )
        self._added += sum(len(names) + len(data) for *_, names, data in listed)
        if self._added > self._size_limit // 8:
            self.trim()

    def names(self) -> list[tuple[str, str]]:
        """Each blob with the names that it defines (parted by blanks)."""
        with self._transaction():
            return self._database.execute(
                "SELECT DISTINCT blob, names FROM symbols WHERE version = ?",
                (EXTRACTOR_VERSION,),
            ).fetchall()
        return []

    def trim(self) -> None:
        """Removes what other versions extracted, and what is too much."""
        self._added = 0
        with self._transaction():
            self._database.execute("DELETE FROM symbols WHERE version <> ?", (EXTRACTOR_VERSION,))
            self._database.execute(
                "DELETE FROM symbols WHERE rowid IN (SELECT rowid FROM (SELECT rowid,"
                " SUM(LENGTH(data) + LENGTH(names)) OVER (ORDER BY used DESC, rowid DESC) AS total"
                " FROM symbols) WHERE total > ?)",
                (self._size_limit,),
            )
        with self._transaction():
            self._database.execute("PRAGMA incremental_vacuum").fetchall()

    def close(self) -> None:
        with self._lock, suppress(sqlite3.DatabaseError):
            self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """What fails in it is as if nothing was stored; a file that was harmed is made anew."""
        with self._lock:
            try:
                with self._database:
                    yield
            except sqlite3.Error as failed:
                if getattr(failed, "sqlite_errorcode", None) not in _PASSING:
                    self._renew()

    def _renew(self) -> None:
        with suppress(sqlite3.Error, OSError):
            self._database.close()
            self._remove()
            self._database = self._opened()

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._path, check_same_thread=False, timeout=2)
        try:
            database.execute("PRAGMA auto_vacuum = INCREMENTAL")
            # (no WAL: whoever empties its shared memory takes the process down)
            database.execute("PRAGMA journal_mode = TRUNCATE")
            database.execute("PRAGMA synchronous = OFF")  # what a power cut takes is made again
            database.execute(_SCHEMA)
            database.execute("SELECT blob, names, used FROM symbols LIMIT 1").fetchone()
        except BaseException:
            database.close()
            raise
        return database

    def _remove(self) -> None:
        for suffix in ("", "-journal", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)


def _today() -> int:
    return int(time.time() // 86400)
