"""What holds of every state and every transaction: the domain's invariants as code."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from graphlib import TopologicalSorter

from tests.reconcile.world import World

from pointsman.model.attention import BY_DEFAULT, Answer, AttentionItem, Delivery
from pointsman.model.conflict import Conflict, Verdict
from pointsman.model.footprint import OPERATOR
from pointsman.model.records import Doing
from pointsman.model.state import Draft, State
from pointsman.model.work_unit import ACTIVE, TRANSITIONS, Phase, Status, WorkUnit
from pointsman.reconcile import reconcile
from pointsman.reconcile.actions import Decision, Run, Stop

LEGAL = {(t.source, t.to) for t in TRANSITIONS}


def live(state: State) -> dict[str, WorkUnit]:
    return {u.chunk: u for u in state.units.values() if u.live}


def held_apart(state: State, unit: WorkUnit) -> Iterator[tuple[Conflict, WorkUnit]]:
    """The live units that it must not run beside."""
    units = live(state)
    for conflict in state.conflicts.values():
        if conflict.verdict is Verdict.INDEPENDENT or unit.chunk not in (conflict.a, conflict.b):
            continue
        other = units.get(conflict.other(unit.chunk))
        if other is not None:
            yield conflict, other


def waits(state: State) -> dict[str, set[str]]:
    """Who waits for whom, told from the state alone."""
    units = live(state)
    edges = {
        chunk: {d.chunk for i in u.depends_on if (d := state.units.get(i)) and d.live}
        for chunk, u in units.items()
    }
    for c in state.conflicts.values():
        if c.first is not None and {c.a, c.b} <= units.keys():
            edges[c.other(c.first)].add(c.first)
    return edges


# ---- of a transaction


def check_transaction(before: State, draft: Draft) -> None:
    """Every step of a transaction, not only its end."""
    units, processes = dict(before.units), set(before.processes)
    conflicts = dict(before.conflicts)
    items, answers = dict(before.items), dict(before.answers)
    announced = [t.data["unit"] for t in draft.told if t.kind == "unit.changed"]
    written = 0
    for change in draft.changes:
        match change.table, change.row:
            case "units", WorkUnit() as unit:
                assert announced[written] == unit, "each change has its event, in order"
                written += 1
                old = units.get(unit.id)
                if old is None:
                    assert unit.status is Status.PENDING
                elif old.status is not unit.status:
                    assert (old.status, unit.status) in LEGAL, (old.status, unit.status)
                units[unit.id] = unit
                if unit.status in ACTIVE and (old is None or old.status not in ACTIVE):
                    now = replace(before, units=units, conflicts=conflicts)
                    for conflict, other in held_apart(now, unit):
                        assert other.status not in ACTIVE, f"{unit.id} beside {conflict}"
                        assert other.id not in processes, f"{unit.id} beside {conflict}"
                if unit.status is Status.CANCELLED and old and old.status is not unit.status:
                    assert unit.id not in processes, "its agent is stopped first"
                    assert not old.base_moved, "what has landed is not cancelled"
            case "items", AttentionItem() as item:
                items[item.id] = item
            case "items", None:
                del items[change.key]
            case "answers", Answer() as answer:
                _check_answer(draft, answer, items, answers)
                answers[answer.id] = answer
            case "processes", row:
                (processes.add if row else processes.discard)(change.key)
            case "conflicts", Conflict() as conflict:
                conflicts[conflict.id] = conflict
    assert written == len(announced)


def _check_answer(
    draft: Draft, answer: Answer, items: dict[str, AttentionItem], answers: dict[str, Answer]
) -> None:
    """Recorded once, to an open item; for the operator only as they said, and not before."""
    known = answers.get(answer.id)
    if known is not None:
        assert answer == known.model_copy(update={"delivery": answer.delivery})
        return
    item = items[answer.id]
    if answer.door == BY_DEFAULT:
        default = draft.state.limits.answers.of(item.reason)
        assert default is not None, "nothing is answered for the operator unasked"
        assert draft.now >= item.since + timedelta(seconds=default.after), "nor before its time"
    else:
        assert answer.door == "cli"


# ---- of a state


def check_state(world: World) -> None:
    state = world.state
    check_settled(world)
    for unit in state.units.values():
        _check_unit(state, unit)
    chunks = [u.chunk for u in state.units.values() if u.live]
    assert len(chunks) == len(set(chunks)), "one live unit a chunk"
    for unit in state.units.values():
        if unit.status in ACTIVE:
            for conflict, other in held_apart(state, unit):
                together = other.status in ACTIVE and conflict.verdict is Verdict.SERIALIZE
                assert not together or unit.base_moved or other.base_moved, conflict
    TopologicalSorter(waits(state)).prepare()  # raises CycleError
    agents = [u for u in state.units.values() if u.status in ACTIVE and u.needs_agent]
    assert len(agents) <= state.limits.max_agents
    _check_items(state)
    _check_effects(world)
    _check_day(world)
    landed = [u.id for u in state.units.values() if u.status is Status.COMPLETED]
    assert set(landed) <= set(world.base), "COMPLETED only what is on base"
    assert len(world.base) == len(set(world.base)), "and only once"
    for unit in state.units.values():
        ended = unit.status in (Status.FAILED, Status.CANCELLED)
        assert not (ended and unit.id in world.base), "nothing on base is called failed"


def _check_unit(state: State, unit: WorkUnit) -> None:
    unit.coherent()
    units = live(state)
    if unit.status is Status.NEEDS_ATTENTION and not unit.ending:
        assert unit.attention is not None
        assert state.items.get(unit.attention.id) == unit.attention
    if unit.status is Status.BLOCKED and not unit.ending:
        assert set(unit.blocked_by) == waits(state)[unit.chunk], "by those who can still go first"
        assert OPERATOR not in unit.blocked_by
    if unit.live and not unit.ending:
        gone = [d for d in unit.depends_on if not _may_land(state, d)]
        assert not gone or unit.status is Status.NEEDS_ATTENTION, f"{unit.id} waits for {gone}"
    if unit.status is Status.PENDING:
        asked = any(
            c.verdict is Verdict.ASK_OPERATOR and {c.a, c.b} <= units.keys()
            for c in state.conflicts.values()
            if unit.chunk in (c.a, c.b)
        )
        assert not unit.examined or asked, f"{unit.id} waits for nothing"
    if unit.ending:
        assert unit.live
        assert unit.id in state.processes or unit.base_moved


def _may_land(state: State, unit: str) -> bool:
    found = state.units.get(unit)
    return found is not None and found.status not in (Status.CANCELLED, Status.FAILED)


def _check_items(state: State) -> None:
    for item in state.items.values():
        assert item.unit is None or state.units[item.unit].live, "no item of what has ended"
    about = [i.subject for i in state.items.values() if i.reason == "CONFLICT"]
    assert len(about) == len(set(about)), "one item a pair"
    units = live(state)
    for conflict in state.conflicts.values():
        if {conflict.a, conflict.b} <= units.keys():
            undirected = conflict.verdict is Verdict.SERIALIZE and conflict.first is None
            assert not undirected, "every SERIALIZE has a first"
            unasked = conflict.verdict is Verdict.ASK_OPERATOR and conflict.id not in about
            assert not unasked, "what needs a verdict is asked"
    for answer in state.answers.values():
        assert answer.unit is not None
        if answer.delivery is Delivery.SENT:
            starting = state.units[answer.unit].status is Status.ASSIGNED
            assert answer.unit in state.processes or starting, "sent to an agent that lives"


def _check_effects(world: World) -> None:
    state = world.state
    landing = [
        e.unit
        for e in world.effects
        if isinstance(e, Run)
        and state.units[e.unit].status is Status.RUNNING
        and state.units[e.unit].works_at is Phase.LAND
    ]
    assert len(landing) <= 1, "one landing at a time"
    stopped = {e.unit for e in world.effects if isinstance(e, Stop)}
    parked = [
        p
        for p in state.processes.values()
        if p.doing is Doing.WAITING
        and state.units[p.id].status not in ACTIVE
        and p.id not in stopped
    ]
    assert len(parked) <= state.limits.max_parked
    for unit in state.units.values():
        if unit.id in state.processes and (not unit.live or unit.ending):
            assert unit.id in stopped


def _check_day(world: World) -> None:
    """Where the money of a day is spent no agent works, and that is asked once; else never."""
    state = world.state
    budget = state.limits.daily_budget
    asked = [i for i in state.items.values() if i.unit is None]
    day = state.days.get(f"{world.now:%Y-%m-%d}")
    may_use = None if budget.money is None else budget.money * (day.allowance if day else 1)
    spent = day is not None and may_use is not None and day.usage.money >= may_use
    wanted = [u for u in state.units.values() if u.live and u.needs_agent and not u.ending]
    assert len(asked) == (1 if spent and wanted else 0)
    if spent:
        stopped = {e.unit for e in world.effects if isinstance(e, Stop)}
        assert set(state.processes) <= stopped
        assert not [u for u in wanted if u.status in ACTIVE]


def check_settled(world: World) -> None:
    """A fixed point; and deciding twice is the same, and leaves no trace."""
    state = world.state
    kept = replace(
        state,
        units=dict(state.units),
        items=dict(state.items),
        answers=dict(state.answers),
        conflicts=dict(state.conflicts),
        processes=dict(state.processes),
        days=dict(state.days),
    )
    first = reconcile(state, world.now)
    assert reconcile(state, world.now) == first
    assert state == kept
    assert not [a for a in first if isinstance(a, Decision)]
    assert first == world.effects
