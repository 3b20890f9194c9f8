"""What is answered for the operator: an item whose default and time they set, once it is due.

Without such a setting nothing is. The answer is recorded and acted on like any other; an item that
does not offer what was configured, or where it would be refused, stays open.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from pointsman.model.attention import AttentionItem, Reason
from pointsman.model.default_answer import ALLOW, DENY, SERIALIZE, DefaultAnswer
from pointsman.model.state import State
from pointsman.reconcile.actions import AnswerByDefault
from pointsman.reconcile.answers import refusal
from pointsman.reconcile.ask import moot
from pointsman.reconcile.items import LAND
from pointsman.reconcile.view import View

KINDS = {ALLOW: "allow_once", DENY: "reject_once"}
"""By the configured word: the kind of the agent's option (ACP, PermissionOptionKind)."""


def due(state: State, item: AttentionItem) -> datetime | None:
    """When the item is answered for the operator; None: never."""
    default = state.limits.answers.of(item.reason)
    return item.since + timedelta(seconds=default.after) if default is not None else None


def expire(view: View) -> Iterator[AnswerByDefault]:
    """The default answers that are due. What is about no unit always waits for the operator."""
    judged = view.state.limits.answers.of(Reason.CONFLICT) is not None
    later = {c.id: chunk for c, chunk in view.later} if judged else {}
    for item in view.state.items.values():
        at = due(view.state, item)
        unit = view.state.units.get(item.unit or "")
        if at is None or at > view.now or unit is None or unit.ending or moot(view, unit, item):
            continue
        default = view.state.limits.answers.of(item.reason)
        assert default is not None, "it is due"
        for option, text in _choices(view, item, default, later):
            if refusal(view.state, view.now, item, option, text) is None:
                yield AnswerByDefault(item.id, option, text)
                break


def _choices(
    view: View, item: AttentionItem, default: DefaultAnswer, later: Mapping[str, str]
) -> Iterator[tuple[str | None, str | None]]:
    """What the default comes to for this item, as option and text; the first that is not refused
    counts. ``later``: by conflict between live units, who goes later."""
    if default.agents_default:
        if item.default is not None:
            chosen = next((o.id for o in item.options if item.default in (o.id, o.label)), None)
            yield (chosen, None) if chosen is not None else (None, item.default)
    elif default.text is not None:
        yield None, default.text
    elif item.reason is Reason.PERMISSION and item.subject != LAND:
        # By kind: an agent may call an option whatever it likes, `land` too.
        kind = KINDS.get(default.option or "")
        yield from ((o.id, None) for o in item.options if kind is not None and o.kind == kind)
    elif item.reason is Reason.CONFLICT and default.option == SERIALIZE:
        yield from ((f"first:{chunk}", None) for chunk in _in_order(view, item, later))
    else:
        yield default.option, None


def _in_order(view: View, item: AttentionItem, later: Mapping[str, str]) -> Iterator[str]:
    """Both sides of the item's conflict: who goes first, by what has landed and the order."""
    conflict = view.state.conflicts[item.subject or ""]
    asked = view.state.units[item.unit or ""]
    last = later.get(conflict.id, asked.chunk)
    yield conflict.other(last)
    yield last
