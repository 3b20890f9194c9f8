"""Opening and closing attention items, and the options that each reason offers.

What an option does is in ``answers``; an option is known by its id alone, so that a door, a script
and a test say the same.
"""

from pointsman.model.attention import Answer, AttentionItem, Denial, Option, Reason
from pointsman.model.place import Place
from pointsman.model.state import Draft, State
from pointsman.model.unmerged import Unmerged
from pointsman.model.work_unit import WorkUnit

RETRY = Option(id="retry", label="Try again")
SEND_BACK = Option(
    id="send-back", label="Send back", description="The agent goes on, told what is wrong."
)
GIVE_UP = Option(id="give-up", label="Give up", description="The unit fails; its work is kept.")
GO_ON = Option(id="go-on", label="Go on without it")
CANCEL = Option(id="cancel", label="Cancel the unit", description="Its work is kept.")
CONTINUE = Option(id="continue", label="Continue", description="Its budget is allowed once more.")
NOTED = Option(id="noted", label="Noted", description="Shown again if more is kept from it.")
GO_ON_TODAY = Option(
    id="continue", label="Continue", description="The same amount is allowed again today."
)

LAND = "land"
"""The subject of an item that asks for leave to land, and the option that gives it."""
LAND_IT = Option(id=LAND, label="Land it", description="These changes are wanted.")

GUARDED_OPTIONS = (LAND_IT, SEND_BACK, GIVE_UP)
AGENT_FAILED_OPTIONS = (RETRY, GIVE_UP)
CHECKS_FAILED_OPTIONS = (SEND_BACK, RETRY, GIVE_UP)
LANDING_CONFLICT_OPTIONS = (SEND_BACK, RETRY, GIVE_UP)
BASE_DIRTY_OPTIONS = (RETRY,)
DEPENDENCY_GONE_OPTIONS = (GO_ON, CANCEL)
BUDGET_OPTIONS = (CONTINUE, GIVE_UP)
DENIED_OPTIONS = (NOTED,)
DAILY_BUDGET_OPTIONS = (GO_ON_TODAY,)

INDEPENDENT = Option(
    id="independent", label="Independent", description="They may run at the same time."
)


def conflict_options(a: str, b: str) -> tuple[Option, ...]:
    """The verdicts on a pair: ``independent``, ``first:<a>``, ``first:<b>``."""
    return (
        INDEPENDENT,
        *(Option(id=f"first:{c}", label=f"Serialize, {c} first") for c in (a, b)),
    )


class Stale(Exception):
    """A fact about a unit that has ended, or whose claim is void."""


def live(draft: Draft, unit: str) -> WorkUnit:
    """The unit, which must be live. Raises Stale."""
    found: WorkUnit | None = draft.get("units", unit)
    if found is None or not found.live:
        raise Stale(unit)
    return found


def next_item(state: State) -> str:
    """The id that the next item gets."""
    return _item_id(state.counters.get("q", 0) + 1)


def _item_id(number: int) -> str:
    return f"q{number}"


def open_item(
    draft: Draft,
    unit: WorkUnit | None,
    reason: Reason,
    text: str,
    options: tuple[Option, ...],
    *,
    place: Place | None = None,
    subject: str | None = None,
    unmerged: tuple[Unmerged, ...] = (),
    free_text: bool = False,
    denied: tuple[Denial, ...] = (),
    default: str | None = None,
) -> None:
    """A new item under the next id, told to everybody."""
    item = AttentionItem(
        id=_item_id(draft.number("q")),
        unit=unit and unit.id,
        chunk=unit and unit.chunk,
        reason=reason,
        text=text,
        options=options,
        place=place,
        since=draft.now,
        subject=subject,
        unmerged=unmerged,
        free_text=free_text,
        denied=denied,
        default=default,
    )
    draft.put("items", item)
    tell_opened(draft, item)


def tell_opened(draft: Draft, item: AttentionItem) -> None:
    """Also of an item that has more to say than before."""
    draft.tell("attention.opened", item.unit, {"item": item})


def close_item(draft: Draft, item: str, answer: Answer | None = None) -> None:
    """The item waits no longer. The ledger keeps it."""
    unit = draft.get("items", item).unit
    draft.drop("items", item)
    how = {"answer": answer.words, "door": answer.door} if answer is not None else {}
    draft.tell("attention.closed", unit, {"item": item, **how})
