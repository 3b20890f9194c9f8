"""Which agent processes have to go, and whose workspace is needed no more."""

from collections.abc import Iterator

from pointsman.model.attention import Reason
from pointsman.model.records import Doing, Process
from pointsman.model.work_unit import ACTIVE, Status, WorkUnit
from pointsman.reconcile.actions import Clear, Effect, Stop
from pointsman.reconcile.view import View


def retire(view: View) -> Iterator[Effect]:
    """Stop processes without a purpose; clear the workspaces of units that have ended."""
    parked: list[Process] = []
    for process in view.state.processes.values():
        unit = view.state.units[process.id]
        if _at_once(view, unit):
            yield Stop(unit.id, at_once=True)
        elif process.doing is not Doing.BUSY and _without_purpose(view, unit, process):
            yield Stop(unit.id, at_once=False)
        elif process.doing is Doing.WAITING and unit.status not in ACTIVE:
            parked.append(process)
    parked.sort(key=lambda p: p.started_at)
    for process in parked[view.state.limits.max_parked :]:
        yield Stop(process.id, at_once=False)
    over = [u for u in view.among[Status.COMPLETED] if not u.retain]
    for unit in (*over, *view.among[Status.CANCELLED]):
        if unit.workspace is not None and unit.id not in view.state.processes:
            yield Clear(unit.id)


def _at_once(view: View, unit: WorkUnit) -> bool:
    if not unit.live or unit.ending or view.state.stopping or view.day_spent:
        return True
    return any(i.reason is Reason.BUDGET for i in view.items.get(unit.id, ()))


def _without_purpose(view: View, unit: WorkUnit, process: Process) -> bool:
    """Held by others; or its turn is over and no further prompt comes."""
    if unit.status is Status.BLOCKED or view.waits_for(unit):
        return True
    if unit.status is Status.READY and view.crowded(unit):
        return True  # two that must not run side by side would wait for each other's process
    if process.doing is Doing.IDLE:
        return unit.status is not Status.RUNNING or not unit.needs_agent
    return False
