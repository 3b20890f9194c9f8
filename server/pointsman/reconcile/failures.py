"""What follows when an agent ends its turn, exits, or its work is refused: again, back, or ask."""

import zlib
from datetime import datetime, timedelta
from typing import Any

from pointsman.model.attention import Reason
from pointsman.model.base import moment
from pointsman.model.facts import AgentExited, TurnEnded
from pointsman.model.place import Place
from pointsman.model.state import Draft
from pointsman.model.unmerged import Unmerged
from pointsman.model.work_unit import ACTIVE, Cause, Phase, Status, WorkUnit, move
from pointsman.reconcile.items import (
    AGENT_FAILED_OPTIONS,
    CHECKS_FAILED_OPTIONS,
    LANDING_CONFLICT_OPTIONS,
    Stale,
    open_item,
)

BACK_OFF_FIRST = 5.0
"""Seconds after the first failure; doubled with each."""
BACK_OFF_CAP = 600.0
DOUBLED_MOST = 10
"""Times, by when the cap is long reached: a failure that passes by itself may come for weeks."""
WAIT_MOST = 86_400.0
"""Seconds until a limit is reset, at most: it is the agent's word, and no failure is counted."""

FRESH: dict[str, Any] = {
    "attempts": 0,
    "transient_failures": 0,
    "sent_back": 0,
    "nudges": 0,
    "not_before": None,
}
"""Everything that is counted and waited for, as the operator's word to try again leaves it."""


def not_before(unit: str, failures: int, now: datetime, wait: float | None = None) -> datetime:
    """When to try again after so many failures in a row; ``wait``: the agent's word, if it gave
    one, of how many seconds that is.

    The jitter (up to a quarter) comes from the unit's own name and count, so that units failing
    together don't come back together and a replay gives the same.
    """
    if wait is not None:
        return moment(now + timedelta(seconds=min(max(wait, BACK_OFF_FIRST), WAIT_MOST)))
    delay = min(BACK_OFF_CAP, BACK_OFF_FIRST * 2.0 ** min(failures - 1, DOUBLED_MOST))
    jitter = zlib.crc32(f"{unit}/{failures}".encode()) / 2**32 / 4
    return moment(now + timedelta(seconds=delay * (1 + jitter)))


def after_turn(draft: Draft, unit: WorkUnit, fact: TurnEnded) -> None:
    """Finished: on to VERIFY. Else told so and prompted again, a few times; then the operator."""
    owed = any(a.unit == unit.id for a in draft.state.answers.values())
    asks = any(i.unit == unit.id and i.blocking for i in draft.state.items.values())
    if owed or (asks and unit.status is not Status.RUNNING) or not unit.needs_agent:
        return
    if fact.finished:
        draft.put_unit(unit.changed(phase=Phase.VERIFY, nudges=0))
    elif unit.status is not Status.RUNNING:
        return
    elif unit.nudges < draft.state.limits.max_nudges:
        draft.put_unit(unit.changed(nudges=unit.nudges + 1))
    else:
        open_item(
            draft,
            unit,
            Reason.AGENT_FAILED,
            _unfinished(unit, fact),
            AGENT_FAILED_OPTIONS,
            free_text=True,
        )


def _unfinished(unit: WorkUnit, fact: TurnEnded) -> str:
    """What became of its turns, for a person."""
    often = "" if unit.nudges == 0 else f" {unit.nudges + 1} times in a row"
    why = "" if fact.reason == "end_turn" else f"\nThe last one: {fact.reason}"
    return (
        f"The agent ended its turn{often} without finishing {unit.chunk}: the chunk's status is "
        f"not ACTIVE.{why}\nWhat you answer in words is told to the agent, which then goes on."
    )


def after_exit(draft: Draft, fact: AgentExited) -> None:
    """An exit that nobody wanted: later again. It is a failed attempt, of which there are only so
    many, unless what made it fail may pass by itself."""
    unit: WorkUnit | None = draft.get("units", fact.unit)
    if unit is None or unit.status not in ACTIVE or not unit.needs_agent:
        return
    if unit.ending:
        return
    if draft.state.stopping:
        draft.put_unit(move(unit, Status.READY, Cause.RESTARTED))
        return
    if fact.wanted:
        return  # claimed again meanwhile: another process follows
    if fact.transient:  # nobody's failure
        failures = unit.transient_failures + 1
        counted = {"transient_failures": failures}
    else:
        failures = unit.attempts + 1
        counted = {"attempts": failures}
        if failures >= draft.state.limits.max_attempts:
            draft.put_unit(move(unit, Status.FAILED, Cause.EXHAUSTED, **counted))
            return
    at = not_before(unit.id, failures, draft.now, fact.wait)
    draft.put_unit(move(unit, Status.READY, Cause.BACK_OFF, **counted, not_before=at))


def send_back(
    draft: Draft, unit: WorkUnit, phase: Phase, text: str, unmerged: tuple[Unmerged, ...] = ()
) -> None:
    """Its work does not verify or merge: back to its agent with the reason, a bounded number of
    times; then the operator decides."""
    if unit.status is not Status.RUNNING or unit.needs_agent:
        raise Stale(unit.id)
    if unit.sent_back < draft.state.limits.max_sent_back:
        back = unit.sent_back + 1
        draft.put_unit(
            move(
                unit,
                Status.READY,
                Cause.SENT_BACK,
                phase=phase,
                note=unit.note_and(text),
                sent_back=back,
                nudges=0,
                base_moved=False,
            )
        )
        return
    rebase = phase is Phase.REBASE
    open_item(
        draft,
        unit,
        Reason.LANDING_CONFLICT if rebase else Reason.CHECKS_FAILED,
        text,
        LANDING_CONFLICT_OPTIONS if rebase else CHECKS_FAILED_OPTIONS,
        place=next((Place(path=u.path) for u in unmerged if u.ours), None),
        unmerged=unmerged,
        free_text=True,
    )
    draft.put_unit(unit.changed(base_moved=False))
