"""Default answers: ``[answers.<REASON>]``, what is answered for the operator, and after how long.

Only the operator can configure one, and without it nothing is ever answered for them. The table
says what a reason can sensibly take; what an item does not offer leaves that item open.
"""

from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from pointsman.model.attention import Reason
from pointsman.model.base import Word

ALLOW, DENY = "allow", "deny"
"""Of a permission: whichever option of the agent's allows, or rejects, this one time."""
SERIALIZE = "serialize"
"""Of a conflict: one after the other, in the scheduler's order."""


class DefaultAnswer(Word):
    """What is answered where nobody has. One of ``option``, ``text`` and ``agents_default``."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    after: float = Field(
        gt=0, le=31_536_000, description="Seconds since it was asked, at most a year."
    )
    option: str | None = Field(None, description="The option that is chosen, by its id.")
    text: str | None = Field(None, pattern=r"\S", description="What is answered in words.")
    agents_default: bool = Field(
        False, description="What the agent said it would do; if it said nothing, it waits for you."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = (self.option is not None, self.text is not None, self.agents_default)
        if sum(given) != 1:
            raise ValueError("must have exactly one of option, text and agents_default")
        return self


@dataclass(frozen=True)
class Takes:
    """What the default answer to one reason can be."""

    options: tuple[str, ...] = ()
    any_option: bool = False
    text: bool = False
    agents_default: bool = False

    def __call__(self, answer: DefaultAnswer) -> DefaultAnswer:
        """The answer itself. Raises ValueError."""
        if answer.text is not None and not self.text:
            raise ValueError(f"must be answered by an option: {', '.join(self.options)}")
        if answer.agents_default and not self.agents_default:
            raise ValueError("must have an option: only a QUESTION has a default of its agent")
        if answer.option is not None and not self.any_option and answer.option not in self.options:
            raise ValueError(f"must have one of these options: {', '.join(self.options)}")
        return answer


TAKES: dict[Reason, Takes] = {
    Reason.QUESTION: Takes(any_option=True, text=True, agents_default=True),
    Reason.PERMISSION: Takes((ALLOW, DENY, "land", "send-back", "give-up")),
    Reason.CONFLICT: Takes((SERIALIZE, "independent")),
    Reason.LANDING_CONFLICT: Takes(("send-back", "retry", "give-up"), text=True),
    Reason.CHECKS_FAILED: Takes(("send-back", "retry", "give-up"), text=True),
    Reason.AGENT_FAILED: Takes(("retry", "give-up")),
    Reason.DEPENDENCY_GONE: Takes(("go-on", "cancel")),
    Reason.BUDGET: Takes(("continue", "give-up")),
}
"""The others need no answer: base is looked at again by itself, and nothing waits for the rest."""


class DefaultAnswers(Word):
    """By reason. The names of the fields are those of the reasons."""

    model_config = ConfigDict(extra="forbid")

    QUESTION: Annotated[DefaultAnswer, AfterValidator(TAKES[Reason.QUESTION])] | None = None
    PERMISSION: Annotated[DefaultAnswer, AfterValidator(TAKES[Reason.PERMISSION])] | None = None
    CONFLICT: Annotated[DefaultAnswer, AfterValidator(TAKES[Reason.CONFLICT])] | None = None
    LANDING_CONFLICT: (
        Annotated[DefaultAnswer, AfterValidator(TAKES[Reason.LANDING_CONFLICT])] | None
    ) = None
    CHECKS_FAILED: Annotated[DefaultAnswer, AfterValidator(TAKES[Reason.CHECKS_FAILED])] | None = (
        None
    )
    AGENT_FAILED: Annotated[DefaultAnswer, AfterValidator(TAKES[Reason.AGENT_FAILED])] | None = None
    DEPENDENCY_GONE: (
        Annotated[DefaultAnswer, AfterValidator(TAKES[Reason.DEPENDENCY_GONE])] | None
    ) = None
    BUDGET: Annotated[DefaultAnswer, AfterValidator(TAKES[Reason.BUDGET])] | None = None

    def of(self, reason: Reason) -> DefaultAnswer | None:
        """What is answered to items of that reason, if anything is."""
        found: DefaultAnswer | None = getattr(self, reason.value, None)
        return found
