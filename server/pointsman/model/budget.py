"""Budgets: what may be used before agents are stopped and the operator asked; and what was."""

from datetime import UTC, datetime

from pydantic import ConfigDict, Field

from pointsman.model.base import Word


class Usage(Word):
    """What agents have used."""

    turns: int = 0
    """Prompts given whose turn is over, also where its process died over it."""
    tokens: int = 0
    money: float = 0.0
    """US dollars, as the agents report them."""
    seconds: float = 0.0
    """Wall clock with an agent process up; of several side by side, the sum."""

    def plus(
        self, *, turns: int = 0, tokens: int = 0, money: float = 0.0, seconds: float = 0.0
    ) -> "Usage":
        return Usage(
            turns=self.turns + turns,
            tokens=self.tokens + tokens,
            money=self.money + money,
            seconds=self.seconds + seconds,
        )


class Budget(Word):
    """Limits of one unit, or of one day. What is absent is not limited. Unknown keys are refused: a
    limit that is misspelt would be no limit."""

    model_config = ConfigDict(extra="forbid")

    seconds: float | None = Field(None, gt=0, description="Wall clock with an agent process up.")
    turns: int | None = Field(None, gt=0, description="Prompts that the agent may be given.")
    tokens: int | None = Field(None, gt=0, description="Tokens, in and out, as the agent reports.")
    money: float | None = Field(None, gt=0, description="US dollars, as the agent reports.")

    def spent(self, used: Usage, times: int) -> str | None:
        """What is used up where it is allowed so many times, as ``120 of 100 tokens``; or None."""
        for name, amount, limit in (
            ("seconds", used.seconds, self.seconds),
            ("turns", used.turns, self.turns),
            ("tokens", used.tokens, self.tokens),
            ("US dollars", used.money, self.money),
        ):
            if limit is not None and amount >= limit * times:
                allowed = f"{times} times {limit:,.9g}" if times > 1 else f"{limit:,.9g}"
                return f"{amount:,.9g} of {allowed} {name}"
        return None


class Day(Word):
    """What all units together used on one day. ``id`` is the day in UTC, as ``2026-01-31``."""

    id: str
    usage: Usage = Usage()
    allowance: int = 1
    """How many times the daily budget may be used: the operator raises it on its BUDGET item."""


def day_of(time: datetime) -> str:
    """The day, in UTC, that ``time`` is in: the id of its ``Day``."""
    return time.astimezone(UTC).date().isoformat()
