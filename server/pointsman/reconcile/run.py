"""What is to be carried on with: level-triggered, asked for as long as the state says so."""

from collections.abc import Iterator

from pointsman.model.work_unit import Phase, Status, WorkUnit
from pointsman.reconcile.actions import Effect, Examine, Run
from pointsman.reconcile.view import View


def run(view: View) -> Iterator[Effect]:
    """Units the oracle has not seen; claimed and running phases; and of those that may land, the
    one whose turn it is.

    Where the daemon or the unit is to end, only a landing that has begun to move base goes on.
    """
    for unit in view.unexamined:
        yield Examine(unit.id)
    landing: list[WorkUnit] = []
    for unit in view.active:
        if (view.state.stopping or unit.ending) and not unit.base_moved:
            continue
        if unit.works_at is Phase.LAND:
            landing.append(unit)
        if unit.status is Status.ASSIGNED or unit.works_at is not Phase.LAND:
            yield Run(unit.id)
    if landing:
        first = min(landing, key=view.rank)
        if first.status is Status.RUNNING:
            yield Run(first.id)
