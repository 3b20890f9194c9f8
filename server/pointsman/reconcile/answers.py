"""What an answer to an attention item does: recorded once, then acted on by the item's reason."""

from datetime import datetime

from pointsman.model.attention import Answer, AttentionItem, Delivery, Reason
from pointsman.model.budget import Day
from pointsman.model.conflict import Conflict, DecidedBy, Verdict
from pointsman.model.errors import PointsmanError
from pointsman.model.state import Draft, State
from pointsman.model.work_unit import Cause, Phase, Status, WorkUnit, move
from pointsman.reconcile.failures import FRESH
from pointsman.reconcile.items import CANCEL, GIVE_UP, GO_ON_TODAY, LAND, close_item
from pointsman.reconcile.order import circle_through

TO_THE_AGENT = frozenset({Reason.QUESTION, Reason.PERMISSION})
"""The reasons whose answers are delivered to the agent."""


def settle_answer(
    draft: Draft, item: AttentionItem, *, option: str | None, text: str | None, door: str
) -> None:
    """Record the answer, close the item, and do what the answer says.

    Raises PointsmanError for what is refused.
    """
    if (refused := refusal(draft.state, draft.now, item, option, text)) is not None:
        raise refused
    unit: WorkUnit | None = draft.get("units", item.unit) if item.unit else None
    chosen = next((o for o in item.options if o.id == option), None)
    answer = Answer(
        id=item.id,
        unit=item.unit,
        reason=item.reason,
        question=item.text,
        option=chosen.label if chosen else None,
        text=text,
        door=door,
        at=draft.now,
    )
    draft.put("answers", answer)
    close_item(draft, item.id, answer)
    asked_by_agent = item.reason in TO_THE_AGENT and item.subject != LAND
    if asked_by_agent and unit is not None and unit.live:
        return  # it stays among the answers until the agent has it
    draft.put("answers", answer.model_copy(update={"delivery": Delivery.CONFIRMED}))
    draft.drop("answers", answer.id)
    if unit is not None and unit.live:
        _act(draft, unit, item, answer, option)
    elif item.unit is None and option == GO_ON_TODAY.id:
        day: Day = draft.get("days", item.subject or "")
        draft.put("days", day.model_copy(update={"allowance": day.allowance + 1}))


def landing_in_progress(unit: WorkUnit) -> PointsmanError:
    """The refusal to end a unit whose work base has, or is about to have."""
    return PointsmanError(
        "landing-in-progress",
        f"{unit.id} is landing: {unit.base.branch} has its work, or is about to.",
        "Wait until it is COMPLETED; take it back with a new chunk if need be.",
        data={"unit": unit.id},
    )


def refusal(
    state: State, now: datetime, item: AttentionItem, option: str | None, text: str | None
) -> PointsmanError | None:
    """Why the answer can't be taken: ``answer-invalid`` for an option the item does not offer, for
    a text where it takes none, and for neither; ``landing-in-progress`` for giving up what base may
    have; ``order-cycle`` for a verdict that would make units wait in a circle."""
    offered = [o.id for o in item.options]
    listed = ", ".join(offered) + (", or answer with a text" if item.free_text else "")
    wrong = None
    if option is not None and option not in offered:
        wrong = f"{item.id} does not offer {option!r}."
    elif option is None and not (text and text.strip()):
        wrong = f"The answer to {item.id} is empty."
    elif option is None and not item.free_text:
        wrong = f"{item.id} takes one of its options, not a text."
    if wrong is not None:
        return PointsmanError(
            "answer-invalid",
            wrong,
            f"Choose one of: {listed}." if offered else "Answer with a text.",
            data={"item": item.id, "options": offered},
        )
    unit = state.units.get(item.unit or "")
    if unit is not None and unit.base_moved and option in (GIVE_UP.id, CANCEL.id):
        return landing_in_progress(unit)
    conflict = state.conflicts.get(item.subject or "") if item.reason is Reason.CONFLICT else None
    first = _first(option or "")
    return order_cycle(state, now, conflict, first) if conflict is not None and first else None


def _first(option: str) -> str | None:
    """Who goes first by the option of a conflict; None where nobody does."""
    return option.removeprefix("first:") if option.startswith("first:") else None


def order_cycle(
    state: State, now: datetime, conflict: Conflict, first: str
) -> PointsmanError | None:
    """The refusal to let ``first`` go first, where units would wait in a circle."""
    circle = circle_through(state, now, conflict, first)
    if circle is None:
        return None
    return PointsmanError(
        "order-cycle",
        f"If {first} went first, these would wait in a circle: {' -> '.join(circle)}.",
        f"Let {conflict.other(first)} go first, or judge the pair INDEPENDENT.",
        data={"circle": circle},
    )


def _act(
    draft: Draft,
    unit: WorkUnit,
    item: AttentionItem,
    answer: Answer,
    option: str | None,
) -> None:
    fields: dict[str, object] = {}
    if option == "give-up":
        _give_up(draft, unit)
        return
    if item.reason is Reason.CONFLICT:
        _judge(draft, item, option or "", answer.door)
        return
    if option == "cancel":
        fields["ending"] = "cancel"
    elif option == "go-on":
        fields["depends_on"] = tuple(d for d in unit.depends_on if d != item.subject)
    elif option == LAND:
        fields["approved"] = unit.snapshot
    elif option == "continue":
        fields["allowance"] = unit.allowance + 1
    elif option == "retry":
        fields |= FRESH
    elif option == "send-back" or answer.text:
        fields |= {
            **FRESH,
            "phase": _back_to(unit, item),
            "note": unit.note_and("\n\n".join(filter(None, (item.text, answer.text)))),
        }
    if fields:
        draft.put_unit(unit.changed(**fields))


def _back_to(unit: WorkUnit, item: AttentionItem) -> Phase:
    """What its agent is at when it goes on."""
    if item.reason is Reason.LANDING_CONFLICT:
        return Phase.REBASE
    return unit.works_at if unit.needs_agent else Phase.IMPLEMENT


def _give_up(draft: Draft, unit: WorkUnit) -> None:
    if unit.status is Status.NEEDS_ATTENTION:
        draft.put_unit(move(unit, Status.FAILED, Cause.GIVEN_UP))
    else:
        draft.put_unit(unit.changed(ending="cancel"))


def _judge(draft: Draft, item: AttentionItem, option: str, door: str) -> None:
    conflict: Conflict | None = draft.get("conflicts", item.subject or "")
    if conflict is None:
        return
    first = _first(option)
    give_verdict(draft, conflict, Verdict.SERIALIZE if first else Verdict.INDEPENDENT, first, door)


def give_verdict(
    draft: Draft, conflict: Conflict, verdict: Verdict, first: str | None, door: str
) -> None:
    """The operator's word on a pair. It covers what the pair has in common now.

    Raises PointsmanError ``verdict-invalid`` where ``first`` is neither of the two, and
    ``order-cycle`` where it would make units wait in a circle.
    """
    if first not in (None, conflict.a, conflict.b):
        raise PointsmanError(
            "verdict-invalid",
            f"{first} is not one of the two that are serialized.",
            f"Let {conflict.a} or {conflict.b} go first.",
            data={"first": first},
        )
    if first is not None:
        cycle = order_cycle(draft.state, draft.now, conflict, first)
        if cycle is not None:
            raise cycle
    judged = conflict.with_(
        verdict=verdict,
        decided_by=DecidedBy.OPERATOR,
        first=first,
        covered=tuple(o.kind for o in conflict.overlaps),
    )
    draft.put("conflicts", judged)
    draft.tell("conflict.changed", None, {"conflict": judged, "door": door})
