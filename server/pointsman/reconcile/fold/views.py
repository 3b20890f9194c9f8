"""What the oracle sees, and what became of workspaces."""

from pointsman.model import facts as f
from pointsman.model.conflict import Conflict, DecidedBy, Verdict, pair, revise
from pointsman.model.state import Draft
from pointsman.model.work_unit import BaseRef, Phase, WorkUnit
from pointsman.reconcile.fold.base import fold
from pointsman.reconcile.items import LAND, close_item, live


@fold.register
def _(fact: f.Examined, draft: Draft) -> None:
    known = {
        pair(c.a, c.b): c for c in draft.state.conflicts.values() if fact.participant in (c.a, c.b)
    }
    for proposed in fact.found:
        previous = known.pop(pair(proposed.a, proposed.b), None)
        held = revise(previous, proposed)
        if previous is None:
            held = held.with_(id=f"c{draft.number('c')}")
        if held != previous:
            draft.put("conflicts", held)
            draft.tell("conflict.changed", None, {"conflict": held})
    for absent in known.values():
        if absent.other(fact.participant) in fact.compared:
            _nothing_in_common_any_more(draft, absent)
    for unit in list(draft.state.units.values()):
        if unit.chunk == fact.participant and unit.live and not unit.examined:
            draft.put_unit(unit.changed(examined=True))


def _nothing_in_common_any_more(draft: Draft, conflict: Conflict) -> None:
    """The oracle's verdict goes with its reason; the operator's stays for when it comes back."""
    if not conflict.overlaps:
        return
    left: dict[str, object] = {"overlaps": (), "why": "They have nothing in common any more."}
    if conflict.decided_by is DecidedBy.ORACLE:
        left |= {"verdict": Verdict.INDEPENDENT, "first": None, "probability": 0.0}
    cleared = conflict.with_(**left)
    draft.put("conflicts", cleared)
    draft.tell("conflict.changed", None, {"conflict": cleared})


@fold.register
def _(fact: f.Claimed, draft: Draft) -> None:
    live(draft, fact.unit)
    draft.put("claims", fact.claim)


# ---- workspaces


@fold.register
def _(fact: f.WorkspaceCut, draft: Draft) -> None:
    unit = live(draft, fact.unit)
    base = unit.base  # one that lost its folder goes on from what it had, and when it had it
    if base.commit != fact.commit:
        base = BaseRef(branch=base.branch, commit=fact.commit, since=fact.since)
    draft.put_unit(unit.changed(base=base, workspace=fact.path, displaced_chunk=fact.displaced))


@fold.register
def _(fact: f.WorkspaceRemoved, draft: Draft) -> None:
    unit: WorkUnit | None = draft.get("units", fact.unit)
    if unit is not None and unit.workspace is not None:
        draft.put_unit(unit.changed(workspace=None))


@fold.register
def _(fact: f.SnapshotTaken, draft: Draft) -> None:
    snapshot = fact.snapshot
    unit: WorkUnit | None = draft.get("units", snapshot.unit)
    draft.put("snapshots", snapshot)
    draft.tell("snapshot.taken", snapshot.unit, {"snapshot": snapshot})
    if unit is None or unit.snapshot == snapshot.id or unit.base_moved:
        return  # what base has, or is about to have, is what was verified
    if unit.live and unit.works_at is Phase.LAND:
        unit = _to_be_verified_again(draft, unit)
    draft.put_unit(unit.changed(snapshot=snapshot.id))


def _to_be_verified_again(draft: Draft, unit: WorkUnit) -> WorkUnit:
    """Its files are others than those that were verified, and that the operator let land."""
    for item in [i for i in draft.state.items.values() if i.unit == unit.id]:
        if item.subject == LAND:
            close_item(draft, item.id)
    return unit.changed(phase=Phase.VERIFY)


@fold.register
def _(fact: f.BroughtUp, draft: Draft) -> None:
    unit = live(draft, fact.unit)
    base = BaseRef(branch=unit.base.branch, commit=fact.commit, since=fact.since)
    draft.put_unit(unit.changed(base=base, note=unit.note_and(fact.note)))
