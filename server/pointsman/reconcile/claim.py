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
    free = view.state.limits.max_agents - view.slots_used - _answered(view)

    def fits(unit: WorkUnit) -> bool:
        return not unit.needs_agent or (view.day_spent is None and free + view.holds_slot(unit) > 0)

    ready = [u for u in view.among[Status.READY] if fits(u) and _claimable(view, u)]
    begun: set[str] = set()
    for unit in sorted(ready, key=view.rank):
        if not fits(unit):
            continue
        if any(view.under_way(n) or n.chunk in begun for n in view.neighbours(unit)):
            continue
        begun.add(unit.chunk)
        if unit.needs_agent and not view.holds_slot(unit):
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
        and unit.chunk not in view.without_direction
        and not view.gone(unit)
        and (unit.begun or unit.chunk not in view.awaiting_verdict)
    )


def _answered(view: View) -> int:
    """Units that may take a slot in this very pass because they were answered; they come first."""
    asked = (view.state.units[p] for p in view.state.processes)
    return sum(
        1 for u in asked if u.status is Status.NEEDS_ATTENTION and view.in_the_way(u) is None
    )
