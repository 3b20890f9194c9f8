"""The state as the rules want to see it: one pass over it, then look-ups.

Also the scheduler's order, which more than one rule needs: what has begun; then how much work a
unit unblocks, transitively; then priority; then age. Every ``AGING`` of waiting counts as one more
unit unblocked and one step of priority, so that age slowly beats the others and nobody starves.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from functools import cached_property
from graphlib import TopologicalSorter

from pointsman.model.attention import AttentionItem, Reason
from pointsman.model.conflict import Conflict, Verdict
from pointsman.model.footprint import OPERATOR
from pointsman.model.records import Doing
from pointsman.model.state import State
from pointsman.model.work_unit import ACTIVE, ENDED, Phase, Status, WorkUnit

AGING = timedelta(minutes=10)

Rank = tuple[int, int, int, datetime, str]


class View:
    """What the rules ask of a state. Chunk names stand for their live units."""

    def __init__(self, state: State, now: datetime) -> None:
        self.state = state
        self.now = now
        self.live: dict[str, WorkUnit] = {}
        self.landed: dict[str, datetime] = {}
        for unit in state.units.values():
            if unit.status not in ENDED:
                self.live[unit.chunk] = unit
            elif unit.landed_at is not None:
                self.landed[unit.chunk] = max(
                    unit.landed_at, self.landed.get(unit.chunk, unit.landed_at)
                )
        self.conflicts: dict[str, list[Conflict]] = defaultdict(list)
        """By chunk: the conflicts of a live unit that are unresolved or SERIALIZE."""
        for conflict in state.conflicts.values():
            a, b = conflict.a, conflict.b
            if conflict.verdict is not Verdict.INDEPENDENT and OPERATOR not in (a, b):
                if a in self.live:
                    self.conflicts[a].append(conflict)
                if b in self.live:
                    self.conflicts[b].append(conflict)
        self.items: dict[str, list[AttentionItem]] = defaultdict(list)
        """By unit: its open items, oldest first."""
        self.about: dict[str, AttentionItem] = {}
        """By conflict: the item that asks for its verdict."""
        for item in state.items.values():
            if item.unit is not None:
                self.items[item.unit].append(item)
            if item.reason is Reason.CONFLICT and item.subject is not None:
                self.about[item.subject] = item
        self.owed = {a.unit for a in state.answers.values() if a.unit is not None}
        """Units whose agent has not got an answer yet."""

    # ---- who waits for whom

    def waits_for(self, unit: WorkUnit) -> tuple[str, ...]:
        """The chunks that hold it: dependencies that may still land, and who goes first."""
        found = [
            dep.chunk
            for d in unit.depends_on
            if (dep := self.state.units.get(d)) is not None and dep.live
        ]
        for conflict in self.conflicts.get(unit.chunk, ()):
            other = conflict.other(unit.chunk)
            if conflict.first == other and other in self.live:
                found.append(other)
        return tuple(dict.fromkeys(found))

    def gone(self, unit: WorkUnit) -> tuple[str, ...]:
        """The dependencies that can't land any more, as unit ids."""
        return tuple(
            d
            for d in unit.depends_on
            if (dep := self.state.units.get(d)) is None
            or dep.status in (Status.CANCELLED, Status.FAILED)
        )

    def unresolved(self, unit: WorkUnit) -> list[Conflict]:
        """Its conflicts with live units that wait for the operator's verdict."""
        return [
            c
            for c in self.conflicts.get(unit.chunk, ())
            if c.verdict is Verdict.ASK_OPERATOR and c.other(unit.chunk) in self.live
        ]

    def undirected(self, unit: WorkUnit) -> bool:
        """Whether it is to be serialized with somebody, and nobody knows yet who goes first."""
        return any(
            c.verdict is Verdict.SERIALIZE and c.first is None and c.other(unit.chunk) in self.live
            for c in self.conflicts.get(unit.chunk, ())
        )

    def has_begun(self, unit: WorkUnit) -> bool:
        """Its workspace is cut, or is being cut."""
        return unit.begun or unit.status in ACTIVE

    def later(self, conflict: Conflict) -> WorkUnit:
        """Which of two live units goes later: who was asked about first, else by the order."""
        a, b = self.live[conflict.a], self.live[conflict.b]
        item = self.about.get(conflict.id)
        if item is not None and item.unit in (a.id, b.id):
            asked = a if item.unit == a.id else b
            if not self.has_begun(asked) or (self.has_begun(a) and self.has_begun(b)):
                return asked
        return max(a, b, key=self.rank)

    def overtaken_by(self, conflict: Conflict, unit: WorkUnit) -> bool:
        """Whether the other side landed after ``unit`` was cut: base has what it never saw."""
        landed = self.landed.get(conflict.other(unit.chunk))
        return landed is not None and unit.base.since is not None and landed > unit.base.since

    def stands_in_the_way(self, unit: WorkUnit, item: AttentionItem) -> bool:
        """Whether ``unit`` can't go on while ``item`` is open.

        An unresolved conflict stops nobody who has begun; but who finishes second does not land
        before it is judged.
        """
        if item.reason is not Reason.CONFLICT:
            return item.blocking
        if not self.has_begun(unit):
            return True
        conflict = self.state.conflicts.get(item.subject or "")
        return (
            conflict is not None
            and unit.works_at is Phase.LAND
            and not unit.base_moved
            and self.overtaken_by(conflict, unit)
        )

    def in_the_way(self, unit: WorkUnit) -> AttentionItem | None:
        """The oldest open item without whose answer the unit can't go on."""
        for item in self.items.get(unit.id, ()):
            if self.stands_in_the_way(unit, item):
                return item
        return None

    # ---- slots

    def holds_slot(self, unit: WorkUnit) -> bool:
        """An agent's slot: claimed for one, or its process is at work (also on its way out)."""
        process = self.state.processes.get(unit.id)
        if process is not None and process.doing is Doing.BUSY:
            return True
        return unit.status in ACTIVE and unit.needs_agent

    def under_way(self, unit: WorkUnit) -> bool:
        """ASSIGNED, RUNNING, or waiting with a process: what it conflicts with can't start."""
        return unit.status in ACTIVE or unit.id in self.state.processes

    def neighbours(self, unit: WorkUnit) -> list[WorkUnit]:
        """The live units that it must never run beside: unresolved, or to be serialized."""
        return [
            other
            for c in self.conflicts.get(unit.chunk, ())
            if (other := self.live.get(c.other(unit.chunk))) is not None
        ]

    @cached_property
    def slots_used(self) -> int:
        ended = [u for p in self.state.processes if not (u := self.state.units[p]).live]
        return sum(1 for u in (*self.live.values(), *ended) if self.holds_slot(u))

    def crowded(self, unit: WorkUnit) -> bool:
        """Something that it must never run beside is under way."""
        return any(self.under_way(n) for n in self.neighbours(unit))

    # ---- the order

    @cached_property
    def edges(self) -> dict[str, set[str]]:
        """chunk -> the chunks that wait for it, among live units."""
        edges: dict[str, set[str]] = defaultdict(set)
        for unit in self.live.values():
            for before in self.waits_for(unit):
                edges[before].add(unit.chunk)
        return edges

    @cached_property
    def unblocks(self) -> dict[str, int]:
        """How many units wait for a chunk, transitively. Reach as bit sets: exact, and linear
        enough for ten thousand units."""
        chunks = list(TopologicalSorter(self.edges).static_order())  # followers come first
        bit = {chunk: 1 << n for n, chunk in enumerate(chunks)}
        reach: dict[str, int] = {}
        for chunk in chunks:
            bits = 0
            for follower in self.edges.get(chunk, ()):
                bits |= bit[follower] | reach[follower]
            reach[chunk] = bits
        return {chunk: bits.bit_count() for chunk, bits in reach.items()}

    def _stage(self, unit: WorkUnit) -> int:
        """What is done goes before what has begun, and that before what has not."""
        if unit.begun and not unit.needs_agent:
            return 0
        return 1 if self.has_begun(unit) else 2

    def rank(self, unit: WorkUnit) -> Rank:
        """Sorts first what goes first."""
        aged = int((self.now - unit.created_at) / AGING)
        return (
            self._stage(unit),
            -(self.unblocks.get(unit.chunk, 0) + aged),
            -(unit.priority + aged),
            unit.created_at,
            unit.id,
        )
