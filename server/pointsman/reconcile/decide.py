"""Carrying out a decision of ``reconcile`` on the draft of the next state."""

from functools import singledispatch

from pointsman.model.attention import BY_DEFAULT, AttentionItem, Reason
from pointsman.model.conflict import Conflict
from pointsman.model.state import Draft
from pointsman.model.work_unit import Status, WorkUnit, move
from pointsman.reconcile import actions as a
from pointsman.reconcile.answers import refusal, settle_answer
from pointsman.reconcile.items import (
    BUDGET_OPTIONS,
    DAILY_BUDGET_OPTIONS,
    DEPENDENCY_GONE_OPTIONS,
    close_item,
    conflict_options,
    open_item,
)


@singledispatch
def decide(decision: a.Decision, draft: Draft) -> None:
    """Put the decision into the draft."""
    raise AssertionError(f"unknown decision {type(decision).__name__}")


@decide.register
def _(decision: a.Move, draft: Draft) -> None:
    before: WorkUnit = draft.get("units", decision.unit)
    after = move(before, decision.to, decision.cause, **decision.fields)
    draft.put_unit(after)
    if after.hidden and after.status is Status.CANCELLED:
        draft.tell("unit.deleted", after.id, {"id": after.id, "chunk": after.chunk})


@decide.register
def _(decision: a.Update, draft: Draft) -> None:
    draft.put_unit(draft.get("units", decision.unit).changed(**decision.fields))


@decide.register
def _(decision: a.Open, draft: Draft) -> None:
    if decision.reason is Reason.CONFLICT:
        conflict: Conflict = draft.get("conflicts", decision.subject or "")
        options = conflict_options(conflict.a, conflict.b)
    elif decision.unit is None:
        options = OPTIONS_OF_ALL[decision.reason]
    else:
        options = OPTIONS[decision.reason]
    unit = draft.get("units", decision.unit) if decision.unit else None
    open_item(draft, unit, decision.reason, decision.text, options, subject=decision.subject)


OPTIONS = {
    Reason.DEPENDENCY_GONE: DEPENDENCY_GONE_OPTIONS,
    Reason.BUDGET: BUDGET_OPTIONS,
}
OPTIONS_OF_ALL = {Reason.BUDGET: DAILY_BUDGET_OPTIONS}
"""Of items that belong to no unit."""


@decide.register
def _(decision: a.Close, draft: Draft) -> None:
    close_item(draft, decision.item)


@decide.register
def _(decision: a.AnswerByDefault, draft: Draft) -> None:
    item: AttentionItem | None = draft.get("items", decision.item)
    unit: WorkUnit | None = draft.get("units", item.unit or "") if item is not None else None
    if item is None or unit is None or not unit.live:
        return  # it went with another that was answered just before
    answer = {"option": decision.option, "text": decision.text}
    if refusal(draft.state, draft.now, item, **answer) is None:
        settle_answer(draft, item, **answer, door=BY_DEFAULT)


@decide.register
def _(decision: a.Forget, draft: Draft) -> None:
    draft.drop("answers", decision.answer)


@decide.register
def _(decision: a.Direct, draft: Draft) -> None:
    conflict = draft.get("conflicts", decision.conflict).with_(first=decision.first)
    draft.put("conflicts", conflict)
    draft.tell("conflict.changed", None, {"conflict": conflict})
