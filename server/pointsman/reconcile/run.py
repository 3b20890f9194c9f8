"""What is to be carried on with: level-triggered, asked for as long as the state says so."""

from collections.abc import Iterator

from pointsman.model.work_unit import Phase, Status, WorkUnit
from pointsman.reconcile.actions import Effect, Examine, Run
from pointsman.reconcile.view import View


def run(view: View) -> Iterator[Effect]:
    """Units the oracle has not seen; claimed and running phases; one landing at a time."""
    landing: list[WorkUnit] = []
    for unit in view.live.values():
        if not unit.examined:
            yield Examine(unit.id)
        if unit.life != view.state.life:
            continue
        if unit.status is Status.ASSIGNED:
            yield Run(unit.id)
        elif unit.status is Status.RUNNING:
            if unit.works_at is Phase.LAND:
                landing.append(unit)
            else:
                yield Run(unit.id)
    if landing:
        yield Run(min(landing, key=lambda u: (not u.base_moved, view.rank(u))).id)
