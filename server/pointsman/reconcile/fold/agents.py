"""What an agent says and does, from its start to its exit."""

from pointsman.model import facts as f
from pointsman.model.attention import Delivery, Reason
from pointsman.model.records import Attempt, Doing, Process
from pointsman.model.state import Draft
from pointsman.model.work_unit import ACTIVE
from pointsman.reconcile.denials import note_denials
from pointsman.reconcile.failures import after_exit, after_turn
from pointsman.reconcile.fold.base import fold, process_gone, repeat_unconfirmed, started, use
from pointsman.reconcile.items import (
    AGENT_FAILED_OPTIONS,
    Stale,
    live,
    open_item,
)


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
    started(draft, unit)


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
    open_item(
        draft,
        unit,
        fact.reason,
        fact.text,
        fact.options,
        place=fact.place,
        free_text=True,
        default=fact.default,
    )
    _doing(draft, unit.id, Doing.WAITING)


@fold.register
def _(fact: f.Denied, draft: Draft) -> None:
    note_denials(draft, live(draft, fact.unit), fact.denials)


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
    unit = use(draft, live(draft, fact.unit).changed(transient_failures=0), turns=1)
    _doing(draft, unit.id, Doing.IDLE)
    draft.tell("log", unit.id, {"kind": "turn", "text": fact.reason})
    after_turn(draft, unit, fact)


@fold.register
def _(fact: f.AgentExited, draft: Draft) -> None:
    process: Process | None = draft.get("processes", fact.unit)
    if process is not None:
        process_gone(draft, process, fact.code, fact.words)
    repeat_unconfirmed(draft, (fact.unit,))
    after_exit(draft, fact)


@fold.register
def _(fact: f.StartFailed, draft: Draft) -> None:
    unit = live(draft, fact.unit)
    if unit.status not in ACTIVE:
        raise Stale(unit.id)
    repeat_unconfirmed(draft, (unit.id,))
    open_item(draft, unit, Reason.AGENT_FAILED, fact.text, AGENT_FAILED_OPTIONS)


@fold.register
def _(fact: f.Used, draft: Draft) -> None:
    unit = live(draft, fact.unit)
    use(draft, unit, tokens=fact.tokens, money=fact.money, seconds=fact.seconds)
