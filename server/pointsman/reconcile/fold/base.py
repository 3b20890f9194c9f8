"""The function that every fact goes through, and what several facts mean alike."""

from collections.abc import Collection
from functools import singledispatch
from typing import Any

from pointsman.model import facts as f
from pointsman.model.attention import Delivery
from pointsman.model.budget import Day, day_of
from pointsman.model.records import Attempt, Doing, Process
from pointsman.model.state import Draft
from pointsman.model.work_unit import Cause, Status, WorkUnit, move


@singledispatch
def fold(fact: f.Fact, draft: Draft) -> None:
    """Put what ``fact`` means into the draft."""
    raise AssertionError(f"no meaning is known for {type(fact).__name__}")


def repeat_unconfirmed(draft: Draft, of: Collection[str]) -> None:
    """What the agents were sent and never confirmed is sent again, under the same ids."""
    for answer in draft.state.answers.values():
        if answer.unit in of and answer.delivery is Delivery.SENT:
            draft.put("answers", answer.model_copy(update={"delivery": Delivery.PENDING}))


def process_gone(draft: Draft, process: Process, code: int | None, words: str) -> None:
    """The attempt ends with its process."""
    draft.drop("processes", process.id)
    unit: WorkUnit = draft.get("units", process.id)
    if process.doing is not Doing.IDLE:
        unit = use(draft, unit, turns=1)
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


def use(draft: Draft, unit: WorkUnit, **amounts: Any) -> WorkUnit:
    """The unit, written with more of its usage (``Usage.plus``); the day has used it too."""
    day = draft.get("days", day_of(draft.now)) or Day(id=day_of(draft.now))
    draft.put("days", day.model_copy(update={"usage": day.usage.plus(**amounts)}))
    unit = unit.changed(usage=unit.usage.plus(**amounts))
    draft.put_unit(unit)
    return unit


def started(draft: Draft, unit: WorkUnit) -> None:
    if unit.status is Status.ASSIGNED:
        draft.put_unit(move(unit, Status.RUNNING, Cause.STARTED, phase=unit.works_at))
