"""What a unit may use before it is stopped and the operator asked."""

from pointsman.model.work_unit import WorkUnit


def over_budget(unit: WorkUnit) -> str | None:
    """What it has used up, in words; None within its budget, and where no agent is needed: what
    is done already may land."""
    if not unit.needs_agent:
        return None
    budget, used = unit.budget, unit.usage
    for name, spent, limit in (
        ("seconds", used.seconds, budget.seconds),
        ("turns", used.turns, budget.turns),
        ("tokens", used.tokens, budget.tokens),
        ("US dollars", used.money, budget.money),
    ):
        if limit is not None and spent >= limit * unit.allowance:
            times = f", allowed {unit.allowance} times" if unit.allowance > 1 else ""
            return f"{unit.chunk} has used {spent:g} {name}; its budget is {limit:g}{times}."
    return None
