"""What a unit, and all of them in a day, may use before agents are stopped and the operator asked.

Only agents use anything: what needs none goes on, and what is done already lands.
"""

from datetime import datetime

from pointsman.model.budget import day_of
from pointsman.model.state import State
from pointsman.model.work_unit import WorkUnit


def over_budget(unit: WorkUnit) -> str | None:
    """What the unit has used up, in words; None within its budget."""
    if not unit.needs_agent:
        return None
    spent = unit.budget.spent(unit.usage, unit.allowance)
    return spent and f"{unit.chunk} has used {spent}: its budget."


def over_daily_budget(state: State, now: datetime) -> str | None:
    """What has been used up today, in words; None within the day's budget."""
    day = state.days.get(day_of(now))
    if day is None:
        return None
    spent = state.limits.daily_budget.spent(day.usage, day.allowance)
    return spent and (
        f"All agents together have used {spent}: the budget of a day. "
        "None works before you allow as much again, or the day is over (UTC)."
    )
