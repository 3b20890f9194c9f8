"""What the daemon and the operator do to the pool."""

from pointsman.model import facts as f
from pointsman.model.attention import AttentionItem
from pointsman.model.records import Setting
from pointsman.model.state import Draft
from pointsman.model.work_unit import Cause, Status, WorkUnit, move
from pointsman.reconcile.answers import give_verdict, settle_answer
from pointsman.reconcile.failures import FRESH
from pointsman.reconcile.fold.base import fold, process_gone, repeat_unconfirmed
from pointsman.reconcile.items import (
    Stale,
    live,
)
from pointsman.reconcile.order import held_by, redirect


@fold.register
def _(fact: f.DaemonStarted, draft: Draft) -> None:
    draft.set(life=draft.state.life + 1, draining=False, stopping=False)
    for process in list(draft.state.processes.values()):
        process_gone(draft, process, None, "The daemon that ran it is gone.")
    repeat_unconfirmed(draft, draft.state.units)


@fold.register
def _(fact: f.DaemonStopping, draft: Draft) -> None:
    draft.set(draining=True, stopping=not fact.drain)
    draft.tell("daemon.changed", None, {"draining": True})


@fold.register
def _(fact: f.LimitsSet, draft: Draft) -> None:
    draft.set(limits=fact.limits)


@fold.register
def _(fact: f.SettingSet, draft: Draft) -> None:
    draft.put("settings", Setting(id=fact.key, value=fact.value, at=draft.now))
    draft.tell("settings.changed", None, {"key": fact.key, "value": fact.value})


@fold.register
def _(fact: f.Paused, draft: Draft) -> None:
    draft.set(paused=fact.paused)
    draft.tell("daemon.changed", None, {"paused": fact.paused})


@fold.register
def _(fact: f.Injected, draft: Draft) -> None:
    for unit in fact.units:
        draft.number(f"unit:{unit.chunk}")
        draft.put_unit(unit)
    redirect(draft, {u.chunk for u in fact.units})
    for unit in fact.units:
        _awaited_again(draft, unit)


def _awaited_again(draft: Draft, new: WorkUnit) -> None:
    """A dependency that had ended without landing is live again under a new id. Whom the new one
    itself waits for can't wait for it: they go on asking what to do without it."""
    ended = {
        u.id
        for u in draft.state.units.values()
        if u.chunk == new.chunk and u.status in (Status.CANCELLED, Status.FAILED)
    }
    waiting = [
        u for u in draft.state.units.values() if u.live and not ended.isdisjoint(u.depends_on)
    ]
    for unit in waiting:
        if unit.chunk not in held_by(draft.state, draft.now, new.chunk):
            rest = tuple(d for d in unit.depends_on if d not in ended)
            draft.put_unit(unit.changed(depends_on=(*rest, new.id)))


@fold.register
def _(fact: f.Answered, draft: Draft) -> None:
    item: AttentionItem | None = draft.get("items", fact.item)
    if item is None:
        raise Stale(fact.item)
    settle_answer(draft, item, option=fact.option, text=fact.text, door=fact.door)


@fold.register
def _(fact: f.VerdictGiven, draft: Draft) -> None:
    conflict = draft.get("conflicts", fact.conflict)
    give_verdict(draft, conflict, fact.verdict, fact.first, fact.door)


@fold.register
def _(fact: f.Noted, draft: Draft) -> None:
    unit = live(draft, fact.unit)
    draft.put_unit(unit.changed(note=unit.note_and(fact.text)))


@fold.register
def _(fact: f.Prioritized, draft: Draft) -> None:
    draft.put_unit(live(draft, fact.unit).changed(priority=fact.priority))


@fold.register
def _(fact: f.EndWanted, draft: Draft) -> None:
    unit: WorkUnit = draft.get("units", fact.unit)
    delete = fact.delete or unit.ending == "delete"
    if unit.live:
        draft.put_unit(unit.changed(ending="delete" if delete else "cancel"))
        return
    if unit.status is Status.FAILED:
        unit = move(unit, Status.CANCELLED, Cause.CANCELLED)
    draft.put_unit(unit.changed(hidden=unit.hidden or delete))
    if delete:
        draft.tell("unit.deleted", unit.id, {"id": unit.id, "chunk": unit.chunk})


@fold.register
def _(fact: f.Retried, draft: Draft) -> None:
    unit: WorkUnit = draft.get("units", fact.unit)
    draft.put_unit(move(unit, Status.READY, Cause.RETRIED, **FRESH))
    redirect(draft, {unit.chunk})


@fold.register
def _(fact: f.Told, draft: Draft) -> None:
    draft.tell(fact.kind, fact.unit, fact.data)
