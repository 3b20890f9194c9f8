"""All that Pointsman knows of the pool, as one immutable value, and the draft of its successor.

``State`` is what ``reconcile`` reads. ``Draft`` is how a transaction makes the next one: it copies
a table at the first write to it, and keeps every step in order, since each step is written to the
ledger and told to the doors, also where a later one of the same transaction replaces it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple, cast

from pointsman.model.attention import Answer, AttentionItem
from pointsman.model.base import Word, moment
from pointsman.model.budget import Budget, Day
from pointsman.model.conflict import Conflict
from pointsman.model.default_answer import DefaultAnswers
from pointsman.model.records import Attempt, Claim, Landing, Process, Setting, Snapshot
from pointsman.model.work_unit import WorkUnit

MEMORY: dict[str, type[Word]] = {
    "units": WorkUnit,
    "items": AttentionItem,
    "answers": Answer,
    "conflicts": Conflict,
    "processes": Process,
    "landings": Landing,
    "claims": Claim,
    "settings": Setting,
    "days": Day,
}
"""The tables that State holds whole, keyed by ``id``."""

ARCHIVE: dict[str, type[Word]] = {"attempts": Attempt, "snapshots": Snapshot}
"""The tables that are only written by transactions, and read from the ledger when asked for."""


@dataclass(frozen=True)
class Limits:
    """The settings that decide scheduling."""

    max_agents: int = 4
    max_parked: int = 16
    max_attempts: int = 3
    max_sent_back: int = 3
    max_nudges: int = 2
    daily_budget: Budget = field(default_factory=Budget)
    answers: DefaultAnswers = field(default_factory=DefaultAnswers)
    """What is answered for the operator."""


@dataclass(frozen=True)
class State:
    """The pool at one moment. Mappings are never changed in place once the state is made."""

    units: Mapping[str, WorkUnit] = field(default_factory=dict)
    items: Mapping[str, AttentionItem] = field(default_factory=dict)
    """Open ones only."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """Those that have not been confirmed by the agent."""
    conflicts: Mapping[str, Conflict] = field(default_factory=dict)
    processes: Mapping[str, Process] = field(default_factory=dict)
    landings: Mapping[str, Landing] = field(default_factory=dict)
    claims: Mapping[str, Claim] = field(default_factory=dict)
    settings: Mapping[str, Setting] = field(default_factory=dict)
    days: Mapping[str, Day] = field(default_factory=dict)
    limits: Limits = Limits()
    paused: bool = False
    draining: bool = False
    """Nothing new is claimed: the daemon is to end."""
    stopping: bool = False
    """It ends now: every agent is stopped."""
    life: int = 0
    """How often a daemon has started on this ledger."""
    counters: Mapping[str, int] = field(default_factory=dict)
    """The last number given: ``q`` of items, ``c`` of conflicts, ``unit:<chunk>`` of units."""

    def wire(self) -> dict[str, Any]:
        """The whole state as JSON values."""
        return {
            name: [row.wire() for row in cast("Mapping[str, Word]", getattr(self, name)).values()]
            for name in MEMORY
        }


class Change(NamedTuple):
    """One row written (``row``), or taken out of the state (None)."""

    table: str
    key: str
    row: Word | None


class Told(NamedTuple):
    """An event before the ledger gives it its ``seq``. Words in ``data`` are not JSON yet."""

    kind: str
    unit: str | None
    data: dict[str, Any]

    def wire(self, blocks: Callable[[AttentionItem], int]) -> dict[str, Any]:
        """The data as JSON. ``blocks``: of the state that the transaction ends in."""
        return {k: v.wire(blocks) if isinstance(v, Word) else v for k, v in self.data.items()}


class Draft:
    """The next state while a transaction makes it. ``now`` is the transaction's one time."""

    def __init__(self, state: State, now: datetime) -> None:
        self._state = state
        self._owned: dict[str, dict[str, Word]] = {}
        self._counters: dict[str, int] | None = None
        self.now = moment(now)
        self.changes: list[Change] = []
        self.told: list[Told] = []

    @property
    def state(self) -> State:
        """The state as far as it is made. Later writes to the draft do not reach it."""
        if self._owned or self._counters is not None:
            tables: dict[str, Any] = dict(self._owned)
            if self._counters is not None:
                tables["counters"] = self._counters
            self._state = replace(self._state, **tables)
            self._owned, self._counters = {}, None
        return self._state

    def _table(self, name: str) -> dict[str, Word]:
        if name not in self._owned:
            self._owned[name] = dict(getattr(self._state, name))
        return self._owned[name]

    def get(self, table: str, key: str) -> Any:
        """The row of that key as the draft has it, or None."""
        source = self._owned.get(table)
        return (source if source is not None else getattr(self._state, table)).get(key)

    def put(self, table: str, row: Any) -> None:
        """Write a row whole, under its ``id``."""
        if table in MEMORY:
            self._table(table)[row.id] = row
        self.changes.append(Change(table, row.id, row))

    def drop(self, table: str, key: str) -> None:
        """Take a row out of the state (the ledger keeps closed items and confirmed answers)."""
        self._table(table).pop(key)
        self.changes.append(Change(table, key, None))

    def tell(self, kind: str, unit: str | None, data: dict[str, Any]) -> None:
        """An event, published after the commit."""
        self.told.append(Told(kind, unit, data))

    def set(self, **scalars: Any) -> None:
        """Set ``paused``, ``draining``, ``stopping``, ``life`` or ``limits``."""
        self._state = replace(self.state, **scalars)

    def number(self, counter: str) -> int:
        """The next number of a counter."""
        if self._counters is None:
            self._counters = dict(self._state.counters)
        self._counters[counter] = self._counters.get(counter, 0) + 1
        return self._counters[counter]

    def put_unit(self, unit: WorkUnit) -> None:
        """Write a unit, stamped, and tell everybody."""
        stamped = unit.model_copy(update={"updated_at": self.now})
        self.put("units", stamped)
        self.tell("unit.changed", unit.id, {"unit": stamped})
