"""The file: made, migrated from every earlier version, refused, moved aside."""

import logging
import sqlite3
from pathlib import Path

import pytest
from tests.ledger.conftest import injected
from tests.ledger.kept_versions import KEPT, expected, make

from pointsman.ledger import Ledger, LedgerTooNew
from pointsman.ledger.schema import migrations
from pointsman.model import facts as f

NEWEST = len(migrations())


def schema(path: Path) -> dict[str, str]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return dict(rows.fetchall())


def version(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


async def test_a_new_ledger_is_empty_private_and_of_the_newest_version(path: Path) -> None:
    async with Ledger.open(path) as ledger:
        assert not ledger.state.units
        assert ledger.seq == 0
        await ledger.record(injected("a"))
        for file in path.parent.iterdir():
            assert file.stat().st_mode & 0o077 == 0, file.name
    assert version(path) == NEWEST


@pytest.mark.parametrize("old", range(NEWEST + 1))
async def test_every_earlier_version_is_migrated_with_all_that_it_holds(
    path: Path, old: int
) -> None:
    script = (KEPT / f"{old}.sql").read_text(encoding="utf-8") if old else ""
    with sqlite3.connect(path) as connection:
        connection.executescript(f"{script}\nPRAGMA user_version = {old};")
    async with Ledger.open(path) as ledger:
        told = {u.id: u.status.value for u in ledger.state.units.values()}
        assert told == (expected() if old else {})
        await ledger.record(injected("fresh"))
    assert version(path) == NEWEST
    fresh = path.with_name("fresh.sqlite")
    async with Ledger.open(fresh):
        pass
    assert schema(path) == schema(fresh)


async def test_what_was_kept_of_the_newest_version_is_what_it_writes(tmp_path: Path) -> None:
    await make(tmp_path / "now.sqlite")
    with sqlite3.connect(tmp_path / "kept.sqlite") as connection:
        connection.executescript((KEPT / f"{NEWEST}.sql").read_text(encoding="utf-8"))
    assert schema(tmp_path / "now.sqlite") == schema(tmp_path / "kept.sqlite"), (
        "a released version never changes; an unreleased one: python -m tests.ledger.kept_versions"
    )


async def test_a_failing_migration_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Ledger.open(path) as ledger:
        await ledger.record(injected("a"))
    before = schema(path)
    worse = [*migrations(), "CREATE TABLE half (id TEXT) STRICT; INSERT INTO nowhere VALUES (1);"]
    monkeypatch.setattr("pointsman.ledger.ledger.migrations", lambda: worse)
    with pytest.raises(sqlite3.OperationalError):
        async with Ledger.open(path):
            pass
    assert (schema(path), version(path)) == (before, NEWEST)


async def test_a_newer_ledger_is_refused_and_left_alone(path: Path) -> None:
    async with Ledger.open(path) as ledger:
        await ledger.record(injected("a"))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerTooNew, match=rf"version 99; this Pointsman knows up to {NEWEST}"):
        async with Ledger.open(path):
            pass
    assert version(path) == 99
    assert not list(path.parent.glob("*corrupt*"))


@pytest.mark.parametrize("damage", ["garbage", "page", "truncated"])
async def test_a_corrupt_ledger_is_moved_aside_and_never_deleted(
    path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with Ledger.open(path) as ledger:
        for n in range(30):
            await ledger.record(injected(f"u{n}"))
    whole = path.read_bytes()
    broken = {
        "garbage": b"this is no database" * 100,
        "page": whole[:8192] + b"\xff" * 8192 + whole[16384:],
        "truncated": whole[: len(whole) // 2],
    }[damage]
    path.write_bytes(broken)
    with caplog.at_level(logging.ERROR):
        async with Ledger.open(path) as ledger:
            assert not ledger.state.units
            await ledger.record(injected("a"))
    (aside,) = path.parent.glob("ledger.sqlite.corrupt-*")
    assert aside.read_bytes() == broken
    assert aside.name in caplog.text


async def test_two_corrupt_ledgers_are_both_kept(path: Path) -> None:
    for n in range(2):
        path.write_bytes(b"no database %d" % n * 100)
        async with Ledger.open(path):
            pass
        path.unlink()
    assert len(list(path.parent.glob("ledger.sqlite.corrupt-*"))) == 2


async def test_a_file_that_merely_cannot_be_opened_is_not_moved_aside(path: Path) -> None:
    async with Ledger.open(path) as ledger:
        await ledger.record(injected("a"))
    path.with_name("ledger.sqlite-wal").mkdir()
    with pytest.raises(sqlite3.OperationalError):
        async with Ledger.open(path):
            pass
    path.with_name("ledger.sqlite-wal").rmdir()
    async with Ledger.open(path) as ledger:
        assert list(ledger.state.units) == ["a.1"]


async def test_a_setting_without_a_value_is_read_back(path: Path) -> None:
    async with Ledger.open(path) as ledger:
        state = await ledger.record(f.SettingSet("max_agents", None))
    async with Ledger.open(path) as ledger:
        assert ledger.state.settings == state.settings


async def test_closed_items_and_confirmed_answers_are_still_to_be_read(path: Path) -> None:
    await make(path)
    async with Ledger.open(path) as ledger:
        assert "q2" not in ledger.state.items
        item, answer = await ledger.reader.item("q2"), await ledger.reader.answer("q2")
        assert item is not None
        assert answer is not None
        assert (item.text, answer.words) == ("which?", "left")
        assert await ledger.reader.item("q99") is None
        assert [a.n for a in await ledger.reader.attempts("a.1")] == [1]
        assert [s.why for s in await ledger.reader.snapshots("a.1")] == ["change"]
        seqs = [e.seq for e in await ledger.reader.history("a.1")]
        assert seqs == sorted(seqs)
        assert len(seqs) > 10
