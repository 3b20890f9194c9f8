"""Budgets: what one unit may use before it is stopped and the operator asked."""

from pydantic import ConfigDict, Field

from pointsman.model.base import Word


class Budget(Word):
    """Limits of one unit. What is absent is not limited. Unknown keys are refused: a limit that is
    misspelt would be no limit."""

    model_config = ConfigDict(extra="forbid")

    seconds: float | None = Field(None, gt=0, description="Wall clock with an agent process up.")
    turns: int | None = Field(None, gt=0, description="Prompts that the agent may be given.")
    tokens: int | None = Field(None, gt=0, description="Tokens, in and out, as the agent reports.")
    money: float | None = Field(None, gt=0, description="US dollars, as the agent reports.")
