"""Who is held by others, who is free, and who goes on because what it waited for is settled."""

from collections.abc import Iterator

from pointsman.model.records import Doing
from pointsman.model.work_unit import Cause, Status, WorkUnit
from pointsman.reconcile.actions import Decision, Move, Update
from pointsman.reconcile.view import View


def release(view: View) -> Iterator[Decision]:
    """Moves between waiting states, and out of them."""
    answered = 0
    for unit in view.live.values():
        if unit.ending and not unit.base_moved:
            if unit.id not in view.state.processes:
                yield _ended(unit)
            continue
        if view.in_the_way(unit) is not None and not _goes_by_blocked(view, unit):
            continue  # ask() moves it
        holders = view.waits_for(unit)
        match unit.status:
            case Status.PENDING:
                yield from _first_look(view, unit, holders)
            case Status.READY if holders and not unit.base_moved:
                yield Move(unit.id, Status.BLOCKED, Cause.HELD, {"blocked_by": holders})
            case Status.BLOCKED:
                yield from _still_blocked(view, unit, holders)
            case Status.ASSIGNED | Status.RUNNING if holders and not unit.base_moved:
                yield Move(unit.id, Status.BLOCKED, Cause.OVERTAKEN, {"blocked_by": holders})
            case Status.ASSIGNED | Status.RUNNING if unit.needs_agent and view.day_spent:
                yield Move(unit.id, Status.READY, Cause.DAY_SPENT)
            case Status.NEEDS_ATTENTION if holders:
                yield Move(unit.id, Status.BLOCKED, Cause.HELD, {"blocked_by": holders})
            case Status.NEEDS_ATTENTION:
                live = _agent_still_there(view, unit, answered)
                answered += live
                yield (
                    Move(unit.id, Status.RUNNING, Cause.ANSWERED_LIVE, {"life": view.state.life})
                    if live
                    else Move(unit.id, Status.READY, Cause.ANSWERED)
                )


def _goes_by_blocked(view: View, unit: WorkUnit) -> bool:
    """A lost dependency is asked about from BLOCKED, where it was waited for."""
    return unit.status is Status.BLOCKED or (
        unit.status is Status.PENDING and bool(view.gone(unit))
    )


def _ended(unit: WorkUnit) -> Move:
    return Move(
        unit.id,
        Status.CANCELLED,
        Cause.CANCELLED,
        {"ending": None, "hidden": unit.hidden or unit.ending == "delete"},
    )


def _first_look(view: View, unit: WorkUnit, holders: tuple[str, ...]) -> Iterator[Move]:
    gone = tuple(d.rpartition(".")[0] for d in view.gone(unit))
    if holders or gone:
        yield Move(unit.id, Status.BLOCKED, Cause.HELD, {"blocked_by": holders or gone})
    elif unit.examined and unit.chunk not in view.awaiting_verdict:
        yield Move(unit.id, Status.READY, Cause.RELEASED)


def _still_blocked(view: View, unit: WorkUnit, holders: tuple[str, ...]) -> Iterator[Decision]:
    if view.gone(unit):
        return  # ask() opens DEPENDENCY_GONE
    if not holders:
        yield Move(unit.id, Status.READY, Cause.UNBLOCKED)
    elif holders != unit.blocked_by:
        yield Update(unit.id, {"blocked_by": holders})


def _agent_still_there(view: View, unit: WorkUnit, answered: int) -> bool:
    """Its process waits or works, a slot is free, and nobody in conflict with it is under way."""
    process = view.state.processes.get(unit.id)
    if process is None or process.doing is Doing.IDLE:
        return False
    if view.state.draining or view.day_spent:
        return False
    if unit.life != view.state.life or not unit.needs_agent:
        return False
    taken = view.slots_used - view.holds_slot(unit) + answered
    return taken < view.state.limits.max_agents and not view.crowded(unit)
