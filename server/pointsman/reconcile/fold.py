"""facts -> changes of the state: what each fact means, one small function a fact.

A fact about a unit that has ended raises ``Stale``: whoever reports it works on something that is
over and stops. Nothing here does I/O or looks at a clock but the draft's.
"""

from collections.abc import Collection
from functools import singledispatch

from pointsman.model import facts as f
from pointsman.model.attention import AttentionItem, Delivery, Reason
from pointsman.model.conflict import Conflict, DecidedBy, Verdict, pair, revise
from pointsman.model.footprint import OPERATOR
from pointsman.model.records import Attempt, Doing, LandingState, Process, Setting
from pointsman.model.state import Draft
from pointsman.model.work_unit import ACTIVE, BaseRef, Cause, Phase, Status, WorkUnit, move
from pointsman.reconcile.answers import give_verdict, settle_answer
from pointsman.reconcile.failures import after_exit, after_turn, send_back
from pointsman.reconcile.items import (
    AGENT_FAILED_OPTIONS,
    BASE_DIRTY_OPTIONS,
    GUARDED_OPTIONS,
    LAND,
    Stale,
    close_item,
    live,
    open_item,
)
from pointsman.reconcile.order import held_by, redirect


@singledispatch
def fold(fact: f.Fact, draft: Draft) -> None:
    """Put what ``fact`` means into the draft."""
    raise AssertionError(f"no meaning is known for {type(fact).__name__}")


# ---- the daemon and the operator


@fold.register
def _(fact: f.DaemonStarted, draft: Draft) -> None:
    draft.set(life=draft.state.life + 1, draining=False)
    for process in list(draft.state.processes.values()):
        _process_gone(draft, process, None, "The daemon that ran it is gone.")
    _repeat_unconfirmed(draft, draft.state.units)


def _repeat_unconfirmed(draft: Draft, of: Collection[str]) -> None:
    """What the agents were sent and never confirmed is sent again, under the same ids."""
    for answer in draft.state.answers.values():
        if answer.unit in of and answer.delivery is Delivery.SENT:
            draft.put("answers", answer.model_copy(update={"delivery": Delivery.PENDING}))


def _process_gone(draft: Draft, process: Process, code: int | None, words: str) -> None:
    """The attempt ends with its process."""
    draft.drop("processes", process.id)
    unit: WorkUnit = draft.get("units", process.id)
    draft.put(
        "attempts",
        Attempt(
            id=process.attempt,
            unit=unit.id,
            n=int(process.attempt.rpartition("/")[2]),
            agent=unit.agent,
            session=unit.session,
            started_at=process.started_at,
            ended_at=draft.now,
            exit_code=code,
            last_words=words or None,
        ),
    )
    draft.tell("log", unit.id, {"kind": "exit", "text": words, "code": code})


@fold.register
def _(fact: f.DaemonStopping, draft: Draft) -> None:
    draft.set(draining=True)
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
    fresh = {"attempts": 0, "sent_back": 0, "nudges": 0, "not_before": None}
    draft.put_unit(move(unit, Status.READY, Cause.RETRIED, **fresh))
    redirect(draft, {unit.chunk})


@fold.register
def _(fact: f.Told, draft: Draft) -> None:
    draft.tell(fact.kind, fact.unit, fact.data)


# ---- the oracle


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
            draft.tell("conflict.changed", None, {"conflict": held.wire()})
    compared = {OPERATOR} | {u.chunk for u in draft.state.units.values() if u.live}
    for absent in known.values():
        if absent.other(fact.participant) in compared:
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
    draft.tell("conflict.changed", None, {"conflict": cleared.wire()})


@fold.register
def _(fact: f.Claimed, draft: Draft) -> None:
    live(draft, fact.unit)
    draft.put("claims", fact.claim)


# ---- workspaces


@fold.register
def _(fact: f.WorkspaceCut, draft: Draft) -> None:
    unit = live(draft, fact.unit)
    base = BaseRef(branch=unit.base.branch, commit=fact.commit, since=draft.now)
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
    draft.tell("snapshot.taken", snapshot.unit, {"snapshot": snapshot.wire()})
    if unit is not None and unit.snapshot != snapshot.id:
        draft.put_unit(unit.changed(snapshot=snapshot.id))


@fold.register
def _(fact: f.BroughtUp, draft: Draft) -> None:
    unit = live(draft, fact.unit)
    base = BaseRef(branch=unit.base.branch, commit=fact.commit, since=draft.now)
    draft.put_unit(unit.changed(base=base, note=unit.note_and(fact.note)))


# ---- the agent


@fold.register
def _(fact: f.AgentStarted, draft: Draft) -> None:
    unit = live(draft, fact.unit)
    draft.put(
        "processes",
        Process(id=unit.id, pid=fact.pid, attempt=fact.attempt, started_at=draft.now),
    )
    draft.put(
        "attempts",
        Attempt(
            id=fact.attempt,
            unit=unit.id,
            n=fact.n,
            agent=unit.agent,
            session=unit.session,
            started_at=draft.now,
        ),
    )
    _started(draft, unit)


def _started(draft: Draft, unit: WorkUnit) -> None:
    if unit.status is Status.ASSIGNED:
        draft.put_unit(move(unit, Status.RUNNING, Cause.STARTED, phase=unit.works_at))


@fold.register
def _(fact: f.SessionOpened, draft: Draft) -> None:
    draft.put_unit(live(draft, fact.unit).changed(session=fact.session))


@fold.register
def _(fact: f.Prompted, draft: Draft) -> None:
    unit = live(draft, fact.unit)
    for item in fact.answers:
        if answer := draft.get("answers", item):
            draft.put("answers", answer.model_copy(update={"delivery": Delivery.SENT}))
    _doing(draft, unit.id, Doing.BUSY)
    usage = unit.usage.model_copy(update={"turns": unit.usage.turns + 1})
    draft.put_unit(unit.changed(usage=usage))


@fold.register
def _(fact: f.PromptHeard, draft: Draft) -> None:
    unit = live(draft, fact.unit)
    for item in fact.answers:
        _confirm(draft, item)
    if fact.note and unit.note and unit.note.startswith(fact.note):
        later = unit.note.removeprefix(fact.note).strip()  # what was noted while it was told
        draft.put_unit(unit.changed(note=later or None))


def _doing(draft: Draft, unit: str, doing: Doing) -> None:
    process: Process | None = draft.get("processes", unit)
    if process is not None and process.doing is not doing:
        draft.put("processes", process.model_copy(update={"doing": doing}))


@fold.register
def _(fact: f.Asked, draft: Draft) -> None:
    unit = live(draft, fact.unit)
    process: Process | None = draft.get("processes", unit.id)
    if not unit.needs_agent or (process is not None and process.doing is Doing.IDLE):
        raise Stale(unit.id)  # its turn is over, whatever a straggler of it still asks
    open_item(draft, unit, fact.reason, fact.text, fact.options, place=fact.place, free_text=True)
    _doing(draft, unit.id, Doing.WAITING)


@fold.register
def _(fact: f.AnswerSent, draft: Draft) -> None:
    if draft.get("processes", live(draft, fact.unit).id) is None:
        raise Stale(fact.unit)
    answer = draft.get("answers", fact.item)
    if answer is not None:
        draft.put("answers", answer.model_copy(update={"delivery": Delivery.SENT}))


@fold.register
def _(fact: f.AnswerConfirmed, draft: Draft) -> None:
    _confirm(draft, fact.item)


def _confirm(draft: Draft, item: str) -> None:
    answer = draft.get("answers", item)
    if answer is not None and answer.delivery is Delivery.SENT:
        draft.put("answers", answer.model_copy(update={"delivery": Delivery.CONFIRMED}))
        draft.drop("answers", item)


@fold.register
def _(fact: f.WaitEnded, draft: Draft) -> None:
    process: Process | None = draft.get("processes", fact.unit)
    if process is not None and process.doing is Doing.WAITING:
        _doing(draft, fact.unit, Doing.BUSY)


@fold.register
def _(fact: f.TurnEnded, draft: Draft) -> None:
    unit = live(draft, fact.unit)
    _doing(draft, unit.id, Doing.IDLE)
    draft.tell("log", unit.id, {"kind": "turn", "text": fact.reason})
    after_turn(draft, unit, fact)


@fold.register
def _(fact: f.AgentExited, draft: Draft) -> None:
    process: Process | None = draft.get("processes", fact.unit)
    if process is not None:
        _process_gone(draft, process, fact.code, fact.words)
    _repeat_unconfirmed(draft, (fact.unit,))
    after_exit(draft, fact)


@fold.register
def _(fact: f.StartFailed, draft: Draft) -> None:
    unit = live(draft, fact.unit)
    if unit.status not in ACTIVE:
        raise Stale(unit.id)
    _repeat_unconfirmed(draft, (unit.id,))
    open_item(draft, unit, Reason.AGENT_FAILED, fact.text, AGENT_FAILED_OPTIONS)


@fold.register
def _(fact: f.Used, draft: Draft) -> None:
    unit = live(draft, fact.unit)
    usage = unit.usage.model_copy(
        update={
            "tokens": unit.usage.tokens + fact.tokens,
            "money": unit.usage.money + fact.money,
            "seconds": unit.usage.seconds + fact.seconds,
        }
    )
    draft.put_unit(unit.changed(usage=usage))


# ---- verify and landing


@fold.register
def _(fact: f.PhaseStarted, draft: Draft) -> None:
    _started(draft, live(draft, fact.unit))


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
    draft.tell("landing.step", unit.id, {"landing": fact.landing.wire()})
    moving = fact.landing.state is LandingState.MOVING
    if unit.base_moved != moving:
        draft.put_unit(unit.changed(base_moved=moving))


@fold.register
def _(fact: f.LandingConflicted, draft: Draft) -> None:
    send_back(draft, live(draft, fact.unit), Phase.REBASE, fact.text)


@fold.register
def _(fact: f.LandingGuarded, draft: Draft) -> None:
    unit = _at(draft, fact.unit, Phase.LAND)
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
