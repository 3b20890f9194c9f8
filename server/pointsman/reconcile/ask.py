"""What the operator has to be asked, what need not be asked any more, and who waits for it."""

from collections.abc import Iterator

from pointsman.model.attention import AttentionItem, Reason
from pointsman.model.budget import day_of
from pointsman.model.conflict import Conflict, Verdict
from pointsman.model.names import chunk_of
from pointsman.model.work_unit import Cause, Status, WorkUnit
from pointsman.reconcile.actions import Close, Decision, Forget, Move, Open, Update
from pointsman.reconcile.budget import over_budget
from pointsman.reconcile.view import View

WAITS_BECAUSE = {
    Status.PENDING: Cause.UNDECIDED,
    Status.READY: Cause.UNDECIDED,
    Status.ASSIGNED: Cause.CANNOT_START,
    Status.RUNNING: Cause.ASKS,
}

OVER = frozenset({Status.COMPLETED, Status.CANCELLED})
"""No agent will ever be told anything there."""


def ask(view: View) -> Iterator[Decision]:
    """Close moot items, open missing ones, and let units wait for what stands in their way."""
    for of, items in view.items.items():
        unit = view.state.units[of]
        yield from (Close(item.id) for item in items if moot(view, unit, item))
    for answer in view.state.answers.values():
        if answer.unit and view.state.units[answer.unit].status in OVER:
            yield Forget(answer.id)
    for conflict, later in view.later:
        if conflict.id not in view.about:
            yield _verdict_wanted(conflict, view.live[later])
    for conflict in view.outlived:
        left = view.live.get(conflict.a) or view.live.get(conflict.b)
        if left and view.overtaken_by(conflict, left) and conflict.id not in view.about:
            yield _verdict_wanted(conflict, left)
    for unit in view.dependent:
        yield from _dependencies(view, unit)
    for unit in (*view.among[Status.READY], *view.active):
        yield from _budget(view, unit)
    yield from _daily_budget(view)
    for of, item in view.obstacles.items():
        if (unit := view.state.units[of]).live:
            yield from _waiting(view, unit, item)


def moot(view: View, unit: WorkUnit, item: AttentionItem) -> bool:
    """Whether the item needs no answer any more."""
    if not unit.live:
        return True
    if item.reason is Reason.DEPENDENCY_GONE:
        return item.subject not in view.gone(unit)
    if item.reason is Reason.CONFLICT:
        conflict = view.state.conflicts.get(item.subject or "")
        return conflict is None or not _needs_verdict(view, unit, conflict)
    return False


def _needs_verdict(view: View, unit: WorkUnit, conflict: Conflict) -> bool:
    """Unresolved with a live unit, or with one that landed beside this one's work."""
    if conflict.verdict is not Verdict.ASK_OPERATOR:
        return False
    return conflict.other(unit.chunk) in view.live or view.overtaken_by(conflict, unit)


def _verdict_wanted(conflict: Conflict, asked: WorkUnit) -> Open:
    """One item a pair, on the unit later in the order; or on the one that is left."""
    why = conflict.why or f"{conflict.a} and {conflict.b} may collide."
    return Open(asked.id, Reason.CONFLICT, why, subject=conflict.id)


def _dependencies(view: View, unit: WorkUnit) -> Iterator[Open]:
    for dep in view.gone(unit):
        if not any(dep == i.subject for i in view.items.get(unit.id, ())):
            ended = view.state.units.get(dep)
            how = ended.status.lower() if ended is not None else "gone"
            yield Open(
                unit.id,
                Reason.DEPENDENCY_GONE,
                f"{unit.chunk} depends on {chunk_of(dep)}, which is {how} and has not landed.",
                subject=dep,
            )


def _budget(view: View, unit: WorkUnit) -> Iterator[Open]:
    """Asked while an agent works, or is about to."""
    spent = over_budget(unit)
    asked = any(i.reason is Reason.BUDGET for i in view.items.get(unit.id, ()))
    if spent is not None and not asked:
        yield Open(unit.id, Reason.BUDGET, spent)


def _daily_budget(view: View) -> Iterator[Decision]:
    """One item for all, as long as somebody needs an agent and today none may work."""
    today = day_of(view.now)
    spent = view.day_spent if any(map(_wants_an_agent, view.live.values())) else None
    asked = False
    for item in view.of_no_unit:
        if item.reason is Reason.BUDGET:
            if spent is None or item.subject != today:
                yield Close(item.id)
            else:
                asked = True
    if spent is not None and not asked:
        yield Open(None, Reason.BUDGET, spent, subject=today)


def _wants_an_agent(unit: WorkUnit) -> bool:
    return unit.needs_agent and not unit.ending


def _waiting(view: View, unit: WorkUnit, item: AttentionItem) -> Iterator[Decision]:
    if unit.ending and not unit.base_moved:
        return
    if unit.status is Status.NEEDS_ATTENTION:
        if unit.attention is None or unit.attention.id != item.id:
            yield Update(unit.id, {"attention": item})
    elif unit.status is Status.BLOCKED:
        if view.gone(unit):
            yield Move(unit.id, Status.NEEDS_ATTENTION, Cause.DEPENDENCY_GONE, {"attention": item})
    elif unit.status is not Status.PENDING or not view.gone(unit):
        yield Move(unit.id, Status.NEEDS_ATTENTION, WAITS_BECAUSE[unit.status], {"attention": item})
