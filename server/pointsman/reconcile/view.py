"""The state as the rules want to see it: one pass over it, then look-ups.

Also the scheduler's order, which more than one rule needs: what has begun; then how much work a
unit unblocks, transitively; then priority; then age. Every ``AGING`` of waiting counts as one more
unit unblocked and one step of priority, so that age slowly beats the others and nobody starves.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from functools import cached_property

from pointsman.model.attention import AttentionItem, Reason
from pointsman.model.conflict import Conflict, Verdict
from pointsman.model.records import Doing
from pointsman.model.state import State
from pointsman.model.work_unit import ACTIVE, ENDED, Phase, Status, WorkUnit
from pointsman.reconcile.budget import over_daily_budget

AGING = timedelta(minutes=10)

Rank = tuple[int, int, int, datetime, str]


class View:
    """What the rules ask of a state. Chunk names stand for their live units."""

    def __init__(self, state: State, now: datetime) -> None:
        self.state = state
        self.now = now
        self.live: dict[str, WorkUnit] = {}
        self.among: dict[Status, list[WorkUnit]] = {status: [] for status in Status}
        """By status, in the order in which they were injected."""
        self.dependent: list[WorkUnit] = []
        """Live, and it depends on others, landed or not."""
        self.unexamined: list[WorkUnit] = []
        self.landed: dict[str, datetime] = {}
        self.items: dict[str, list[AttentionItem]] = defaultdict(list)
        """By unit: its open items, oldest first."""
        self.of_no_unit: list[AttentionItem] = []
        self.about: dict[str, AttentionItem] = {}
        """By conflict: the item that asks for its verdict."""
        self.pairs: list[Conflict] = []
        """What is unresolved or SERIALIZE between two live units."""
        self._unresolved: list[Conflict] = []
        self.outlived: list[Conflict] = []
        """What is unresolved where not both units are live any more."""
        self.undirected: list[Conflict] = []
        """SERIALIZE between two live units, and nobody goes first yet."""
        self._after: dict[str, list[str]] = defaultdict(list)
        for unit in state.units.values():
            self._see_unit(unit)
        for item in state.items.values():
            self._see_item(item)
        for conflict in state.conflicts.values():
            if conflict.verdict is not Verdict.INDEPENDENT:
                self._see_conflict(conflict)

    def _see_unit(self, unit: WorkUnit) -> None:
        self.among[unit.status].append(unit)
        if unit.status not in ENDED:
            self.live[unit.chunk] = unit
            if unit.depends_on:
                self.dependent.append(unit)
            if not unit.examined:
                self.unexamined.append(unit)
        elif unit.landed_at is not None:
            before = self.landed.get(unit.chunk, unit.landed_at)
            self.landed[unit.chunk] = max(unit.landed_at, before)

    def _see_item(self, item: AttentionItem) -> None:
        if item.unit is not None:
            self.items[item.unit].append(item)
        else:
            self.of_no_unit.append(item)
        if item.reason is Reason.CONFLICT and item.subject is not None:
            self.about[item.subject] = item

    def _see_conflict(self, conflict: Conflict) -> None:
        """All that is asked of conflicts, in one look at each: there are far more of them than of
        units, and looking is what costs."""
        unresolved = conflict.verdict is Verdict.ASK_OPERATOR
        if conflict.a not in self.live or conflict.b not in self.live:
            if unresolved:
                self.outlived.append(conflict)
            return
        self.pairs.append(conflict)
        if unresolved:
            self._unresolved.append(conflict)
        elif conflict.first is None:
            self.undirected.append(conflict)
        else:
            self._after[conflict.other(conflict.first)].append(conflict.first)

    # ---- pairs

    @cached_property
    def without_direction(self) -> set[str]:
        """The chunks of ``undirected``."""
        return {chunk for c in self.undirected for chunk in (c.a, c.b)}

    @cached_property
    def _neighbours(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for conflict in self.pairs:
            found[conflict.a].append(conflict.b)
            found[conflict.b].append(conflict.a)
        return found

    def neighbours(self, unit: WorkUnit) -> list[WorkUnit]:
        """The live units that it must never run beside: unresolved, or to be serialized."""
        return [self.live[chunk] for chunk in self._neighbours.get(unit.chunk, ())]

    @cached_property
    def awaiting_verdict(self) -> set[str]:
        """The chunks that go later in a pair without a verdict: they don't start before it."""
        return {chunk for _, chunk in self.later}

    # ---- who waits for whom

    def waits_for(self, unit: WorkUnit) -> tuple[str, ...]:
        """The chunks that hold a live unit: dependencies that may land yet, and who goes first."""
        return self.holders.get(unit.chunk, ())

    @cached_property
    def holders(self) -> dict[str, tuple[str, ...]]:
        """By chunk: what ``waits_for`` says, where anything holds it."""
        found: dict[str, list[str]] = defaultdict(list)
        units = self.state.units
        for unit in self.dependent:
            found[unit.chunk] += [
                dep.chunk for d in unit.depends_on if (dep := units.get(d)) and dep.live
            ]
        for chunk, before in self._after.items():
            found[chunk] += before
        return {chunk: tuple(dict.fromkeys(holders)) for chunk, holders in found.items()}

    def gone(self, unit: WorkUnit) -> tuple[str, ...]:
        """The dependencies that can't land any more, as unit ids."""
        return tuple(
            d
            for d in unit.depends_on
            if (dep := self.state.units.get(d)) is None
            or dep.status in (Status.CANCELLED, Status.FAILED)
        )

    def has_begun(self, unit: WorkUnit) -> bool:
        """Its workspace is cut, or is being cut."""
        return unit.begun or unit.status in ACTIVE

    @cached_property
    def later(self) -> list[tuple[Conflict, str]]:
        """Each unresolved conflict between two live units, and which of the chunks goes later."""
        place = {unit.chunk: n for n, unit in enumerate(self.in_order)}
        found: list[tuple[Conflict, str]] = []
        for conflict in self._unresolved:
            a, b = conflict.a, conflict.b
            found.append((conflict, self._asked(conflict) or (a if place[a] > place[b] else b)))
        return found

    def _asked(self, conflict: Conflict) -> str | None:
        """Who was asked about it first, and goes on being the later one."""
        item = self.about.get(conflict.id)
        if item is None:
            return None
        a, b = self.live[conflict.a], self.live[conflict.b]
        if item.unit not in (a.id, b.id):
            return None
        asked = a if item.unit == a.id else b
        stays = not self.has_begun(asked) or (self.has_begun(a) and self.has_begun(b))
        return asked.chunk if stays else None

    def overtaken_by(self, conflict: Conflict, unit: WorkUnit) -> bool:
        """Whether the other side landed after ``unit`` was cut: base has what it never saw."""
        landed = self.landed.get(conflict.other(unit.chunk))
        return landed is not None and unit.base.since is not None and landed >= unit.base.since

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

    @cached_property
    def obstacles(self) -> dict[str, AttentionItem]:
        """By unit: the oldest open item without whose answer it can't go on."""
        found: dict[str, AttentionItem] = {}
        for of, items in self.items.items():
            unit = self.state.units[of]
            for item in items:
                if self.stands_in_the_way(unit, item):
                    found[of] = item
                    break
        return found

    def in_the_way(self, unit: WorkUnit) -> AttentionItem | None:
        return self.obstacles.get(unit.id)

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

    @property
    def active(self) -> list[WorkUnit]:
        """ASSIGNED or RUNNING."""
        return self.among[Status.ASSIGNED] + self.among[Status.RUNNING]

    @cached_property
    def slots_used(self) -> int:
        with_process = [self.state.units[p] for p in self.state.processes]
        others = [u for u in self.active if u.id not in self.state.processes]
        return sum(1 for u in (*with_process, *others) if self.holds_slot(u))

    def crowded(self, unit: WorkUnit) -> bool:
        """Something that it must never run beside is under way."""
        return any(self.under_way(n) for n in self.neighbours(unit))

    @cached_property
    def day_spent(self) -> str | None:
        """In words, what keeps all agents from working today; None within the day's budget."""
        return over_daily_budget(self.state, self.now)

    # ---- the order

    @cached_property
    def followers(self) -> dict[str, list[str]]:
        """chunk -> the chunks that wait for it, among live units."""
        followers: dict[str, list[str]] = defaultdict(list)
        for chunk, holders in self.holders.items():
            for before in holders:
                followers[before].append(chunk)
        return followers

    @cached_property
    def unblocks(self) -> dict[str, int]:
        """How many units wait for a chunk, transitively. Reach as bit sets: exact, and linear
        enough for ten thousand units."""
        reach = dict.fromkeys(self.live, 0)
        left = {chunk: len(followers) for chunk, followers in self.followers.items()}
        ready = [chunk for chunk in self.live if chunk not in left]
        waiting = 0
        for chunk in ready:  # which grows: every chunk comes after its followers
            if holders := self.holders.get(chunk):
                bits = reach[chunk] | 1 << waiting
                waiting += 1
            for before in holders or ():
                reach[before] |= bits
                left[before] -= 1
                if left[before] == 0:
                    ready.append(before)
        return {chunk: bits.bit_count() for chunk, bits in reach.items()}

    def _stage(self, unit: WorkUnit) -> int:
        """What base may have already, what is done, what has begun, what has not."""
        if unit.base_moved:
            return 0
        if unit.begun and not unit.needs_agent:
            return 1
        return 2 if self.has_begun(unit) else 3

    @cached_property
    def in_order(self) -> list[WorkUnit]:
        """The live units, first what goes first."""
        return sorted(self.live.values(), key=self.rank)

    def rank(self, unit: WorkUnit) -> Rank:
        """Sorts first what goes first, of live units."""
        aged = int((self.now - unit.created_at) / AGING)
        return (
            self._stage(unit),
            -(self.unblocks[unit.chunk] + aged),
            -(unit.priority + aged),
            unit.created_at,
            unit.id,
        )
