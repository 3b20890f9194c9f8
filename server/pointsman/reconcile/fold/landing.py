"""How VERIFY and LAND go."""

from pointsman.model import facts as f
from pointsman.model.attention import Reason
from pointsman.model.records import LandingState
from pointsman.model.state import Draft
from pointsman.model.work_unit import Cause, Phase, Status, WorkUnit, move
from pointsman.reconcile.failures import send_back
from pointsman.reconcile.fold.base import fold, started
from pointsman.reconcile.items import (
    BASE_DIRTY_OPTIONS,
    GUARDED_OPTIONS,
    LAND,
    Stale,
    close_item,
    live,
    open_item,
)


@fold.register
def _(fact: f.PhaseStarted, draft: Draft) -> None:
    started(draft, live(draft, fact.unit))


@fold.register
def _(fact: f.Verified, draft: Draft) -> None:
    draft.put_unit(_at(draft, fact.unit, Phase.VERIFY).changed(phase=Phase.LAND))


def _at(draft: Draft, unit: str, phase: Phase) -> WorkUnit:
    """The unit, which must be RUNNING at that phase. Raises Stale."""
    found = live(draft, unit)
    if found.status is not Status.RUNNING or found.works_at is not phase:
        raise Stale(unit)
    return found


@fold.register
def _(fact: f.VerifyFailed, draft: Draft) -> None:
    send_back(draft, live(draft, fact.unit), Phase.IMPLEMENT, fact.text)


@fold.register
def _(fact: f.LandingStep, draft: Draft) -> None:
    unit = _at(draft, fact.unit, Phase.LAND)
    if fact.landing.state is LandingState.MOVING and unit.ending:
        raise Stale(unit.id)
    draft.put("landings", fact.landing)
    draft.tell("landing.step", unit.id, {"landing": fact.landing})
    moving = fact.landing.state is LandingState.MOVING
    if unit.base_moved != moving:
        draft.put_unit(unit.changed(base_moved=moving))


@fold.register
def _(fact: f.LandingConflicted, draft: Draft) -> None:
    send_back(draft, live(draft, fact.unit), Phase.REBASE, fact.text, fact.unmerged)


@fold.register
def _(fact: f.LandingGuarded, draft: Draft) -> None:
    unit = _at(draft, fact.unit, Phase.LAND).changed(base_moved=False)
    draft.put_unit(unit)
    open_item(
        draft, unit, Reason.PERMISSION, fact.text, GUARDED_OPTIONS, subject=LAND, free_text=True
    )


@fold.register
def _(fact: f.LandingHeld, draft: Draft) -> None:
    unit = _at(draft, fact.unit, Phase.LAND).changed(base_moved=False)
    draft.put_unit(unit)
    open_item(draft, unit, Reason.BASE_DIRTY, fact.text, BASE_DIRTY_OPTIONS)


@fold.register
def _(fact: f.BaseFree, draft: Draft) -> None:
    for item in [i for i in draft.state.items.values() if i.unit == fact.unit]:
        if item.reason is Reason.BASE_DIRTY:
            close_item(draft, item.id)


@fold.register
def _(fact: f.Landed, draft: Draft) -> None:
    unit = _at(draft, fact.unit, Phase.LAND)
    landed = move(
        unit,
        Status.COMPLETED,
        Cause.LANDED,
        landed_at=draft.now,
        landed_commit=fact.commit,
        base_moved=True,
        ending=None,
    )
    draft.put_unit(landed)
    draft.tell("landing.step", unit.id, {"state": "LANDED", "commit": fact.commit})
