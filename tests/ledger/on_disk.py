"""The real ledger as a store for the world of tests/reconcile: a crash is a reopened file."""

import asyncio
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from tests.reconcile.world import NOON

from pointsman.ledger import Ledger
from pointsman.model.facts import Fact
from pointsman.model.records import Event
from pointsman.model.state import Limits, State
from pointsman.reconcile.actions import Effect

T = TypeVar("T")


class OnDisk:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = NOON
        self.events: list[Event] = []
        self._runner = asyncio.Runner()
        self._opened: AbstractAsyncContextManager[Ledger]
        self.ledger = self._open()

    def _open(self) -> Ledger:
        self._opened = Ledger.open(self.path, clock=lambda: self.now)
        return self._runner.run(self._opened.__aenter__())

    def _close(self) -> None:
        self._runner.run(self._opened.__aexit__(None, None, None))

    @property
    def state(self) -> State:
        return self.ledger.state

    @property
    def effects(self) -> list[Effect]:
        return self.ledger.effects

    def record(self, now: datetime, *facts: Fact) -> None:
        self.now = now
        self._runner.run(self.ledger.record(*facts))
        self.events += self._runner.run(self.ledger.reader.events(len(self.events), limit=10_000))

    def run(self, asking: Coroutine[Any, Any, T]) -> T:
        """Something asked of the ledger, to its end."""
        return self._runner.run(asking)

    def reopen(self) -> None:
        """What is read back is what was there, but for what the daemon says anew at its start."""
        kept = replace(self.state, limits=Limits(), draining=False, stopping=False)
        seq = self.ledger.seq
        self._close()
        self.ledger = self._open()
        assert self.state == kept
        for name in ("units", "items", "answers", "conflicts", "processes"):
            assert list(getattr(self.state, name)) == list(getattr(kept, name)), "in order"
        assert self.ledger.seq == seq

    def close(self) -> None:
        self._close()
        self._runner.close()
