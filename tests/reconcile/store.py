"""Where a world's facts go: in memory here; the real ledger does the same in tests/ledger."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from pointsman.model import facts as f
from pointsman.model.state import Draft, State
from pointsman.reconcile import settle
from pointsman.reconcile.actions import Effect
from pointsman.reconcile.fold import fold


class Store(Protocol):
    """Where facts go: in memory, or the ledger."""

    @property
    def state(self) -> State: ...

    @property
    def effects(self) -> list[Effect]: ...

    def record(self, now: datetime, *facts: f.Fact) -> None: ...

    def reopen(self) -> None:
        """Everything that is not kept on disk is gone."""
        ...


class Memory:
    """What the ledger does, without the ledger. ``watch`` sees every transaction."""

    def __init__(self) -> None:
        self.state = State()
        self.effects: list[Effect] = []
        self.watch: Callable[[State, Draft], None] = lambda before, draft: None

    def record(self, now: datetime, *facts: f.Fact) -> None:
        before = self.state
        draft = Draft(before, now)
        for fact in facts:
            fold(fact, draft)
        effects = settle(draft)
        self.state, self.effects = draft.state, effects
        self.watch(before, draft)

    def reopen(self) -> None:
        self.effects = []
