"""Who gets a slot: an independent set in the conflict graph, greedy by the scheduler's order."""

from collections.abc import Iterator

from pointsman.model.records import Doing
from pointsman.model.work_unit import Cause, Status, WorkUnit
from pointsman.reconcile.actions import Move
from pointsman.reconcile.budget import over_budget
from pointsman.reconcile.view import View


def claim(view: View) -> Iterator[Move]:
    """READY to ASSIGNED. A unit in back-off or in conflict is skipped, and holds up nobody."""
    if view.state.paused or view.state.draining:
        return
    ready = [u for u in view.live.values() if u.status is Status.READY and _claimable(view, u)]
    if not ready:
        return
    free = view.state.limits.max_agents - view.slots_used - _answered(view)
    begun: set[str] = set()
    for unit in sorted(ready, key=view.rank):
        holds = view.holds_slot(unit)
        if unit.needs_agent and free + holds <= 0:
            continue
        if any(view.under_way(n) or n.chunk in begun for n in view.neighbours(unit)):
            continue
        begun.add(unit.chunk)
        if unit.needs_agent and not holds:
            free -= 1
        yield Move(
            unit.id,
            Status.ASSIGNED,
            Cause.CLAIMED,
            {"life": view.state.life, "not_before": None},
        )


def _claimable(view: View, unit: WorkUnit) -> bool:
    if unit.ending or (unit.not_before is not None and unit.not_before > view.now):
        return False
    process = view.state.processes.get(unit.id)
    if process is not None and (process.doing is Doing.IDLE or unit.life != view.state.life):
        return False  # on its way out
    return (
        unit.examined
        and over_budget(unit) is None
        and view.in_the_way(unit) is None
        and not view.waits_for(unit)
        and not view.undirected(unit)
        and not view.gone(unit)
        and not any(view.later(c).id == unit.id for c in view.unresolved(unit) if not unit.begun)
    )


def _answered(view: View) -> int:
    """Units that may take a slot in this very pass because they were answered; they come first."""
    return sum(
        1
        for u in view.live.values()
        if u.status is Status.NEEDS_ATTENTION
        and u.id in view.state.processes
        and view.in_the_way(u) is None
    )
