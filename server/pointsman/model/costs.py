"""The cost model: what mistakes about a pair cost, in hours; verdicts are measured by it."""

from pydantic import ConfigDict, Field

from pointsman.model.base import Word
from pointsman.model.conflict import Verdict


class Costs(Word):
    """Hours. Who is asked is taken to answer rightly."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    waiting: float = Field(1.0, gt=0, le=1000, description="Waiting in vain: as long as a task.")
    collision: float = Field(1.5, gt=0, le=1000, description="A collision: what is done again.")
    asking: float = Field(1 / 12, gt=0, le=1000, description="Asking you.")

    @property
    def even(self) -> float:
        """The probability from which waiting is cheaper than risking it, with nobody to ask."""
        return self.waiting / (self.waiting + self.collision)

    @property
    def asks_from(self) -> float:
        """The probability from which asking is cheaper than risking it,"""
        return min(self.asking / self.collision, 1.0)

    @property
    def waits_from(self) -> float:
        """and that from which waiting is cheaper than asking."""
        return max(1 - self.asking / self.waiting, 0.0)

    def of(self, verdict: Verdict, collides: bool) -> float:
        if verdict is Verdict.ASK_OPERATOR:
            return self.asking
        if verdict is Verdict.SERIALIZE:
            return 0.0 if collides else self.waiting
        return self.collision if collides else 0.0
