"""A fresh ledger for each test, and an eye on what is really on disk."""

import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.reconcile.world import NOON

from pointsman.ledger import Ledger
from pointsman.model.facts import Injected
from pointsman.model.work_unit import BaseRef, WorkUnit

Rows = Callable[[str], list[Any]]


def injected(*chunks: str) -> Injected:
    return Injected(
        tuple(
            WorkUnit(
                id=f"{c}.1",
                chunk=c,
                base=BaseRef(branch="main"),
                agent="demo",
                created_at=NOON,
                updated_at=NOON,
            )
            for c in chunks
        )
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest_asyncio.fixture
async def ledger(path: Path) -> AsyncIterator[Ledger]:
    async with Ledger.open(path) as opened:
        yield opened


@pytest.fixture
def on_disk(path: Path) -> Rows:
    """The answer of the file itself to a query, past everything that is in memory."""

    def rows(query: str) -> list[Any]:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()

    return rows


@pytest.fixture
def same(ledger: Ledger, on_disk: Rows) -> Callable[[], None]:
    """Asserts that memory and disk agree."""

    def check() -> None:
        units = {i: json.loads(text) for i, text in on_disk("SELECT id, json FROM units")}
        assert units == {i: u.wire() for i, u in ledger.state.units.items()}
        assert on_disk("SELECT coalesce(max(seq), 0) FROM events") == [(ledger.seq,)]

    return check
