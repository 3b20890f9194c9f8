"""The attention queue: what waits for the operator, and answering it."""

from pointsman.model.attention import AttentionItem
from pointsman.model.errors import PointsmanError
from pointsman.model.facts import Answered
from pointsman.model.records import Doing
from pointsman.operations.find import open_item_of
from pointsman.operations.inside import Inside
from pointsman.operations.seam import Caller
from pointsman.operations.table import Nothing, Params, Result, operation
from pointsman.reconcile.items import Stale


class AttentionResult(Result):
    items: tuple[AttentionItem, ...]


class AnswerParams(Params):
    item: str
    option: str | None = None
    text: str | None = None


class AnswerResult(Result):
    item: AttentionItem
    delivered: bool
    """Whether the agent that asked is waiting for it; else it is told with its next prompt."""


@operation()
async def attention(inside: Inside, params: Nothing, caller: Caller) -> AttentionResult:
    """What waits for the operator, the most pressing first: how many units wait for it, then age.

    `blocks` of an item is that number, the item's own unit and all that wait for it, transitively.
    It is counted whenever an item is sent: in every result as things are then, in an event as they
    were after the change that it tells of. That it changed is not told by an event of its own;
    ask again when a unit or a conflict has changed.
    """
    blocks = inside.blocks()
    items = sorted(inside.ledger.state.items.values(), key=lambda i: (-blocks(i), i.since))
    return AttentionResult(items=tuple(items))


@operation()
async def answer(inside: Inside, params: AnswerParams, caller: Caller) -> AnswerResult:
    """Answer an attention item with one of its options, or in words. The first answer stands."""
    item = await open_item_of(inside.ledger, params.item)
    if (params.option is None) == (params.text is None):
        offered = [option.id for option in item.options]
        raise PointsmanError(
            "answer-invalid",
            "An answer is either an option or a text.",
            f"{item.id} offers: {', '.join(offered)}."
            if offered
            else f"Answer {item.id} in words.",
            data={"item": item.id, "options": offered},
        )
    fact = Answered(item.id, caller.door, option=params.option, text=params.text)
    try:
        state = await inside.ledger.record(fact)
    except Stale:  # another door was faster, between the look and the transaction
        await open_item_of(inside.ledger, params.item)
        raise
    process = state.processes.get(item.unit or "")
    waiting = process is not None and process.doing is Doing.WAITING
    return AnswerResult(item=item, delivered=waiting and item.id in state.answers)
