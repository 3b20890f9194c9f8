"""Conflicts: two participants, what they have in common, and the verdict on the pair.

Verdicts are of pairs, symmetric and durable. What the operator decided stands until the evidence
becomes worse in kind (a type or a symbol that it did not cover); then it is asked again.
"""

from enum import StrEnum
from typing import Any

from pydantic import Field

from pointsman.model.base import Word


class ConflictType(StrEnum):
    FILE = "FILE"
    SYMBOL = "SYMBOL"
    REFERENCE = "REFERENCE"
    SUBSYSTEM = "SUBSYSTEM"
    TEXTUAL = "TEXTUAL"


class Verdict(StrEnum):
    INDEPENDENT = "INDEPENDENT"
    SERIALIZE = "SERIALIZE"
    ASK_OPERATOR = "ASK_OPERATOR"


class DecidedBy(StrEnum):
    ORACLE = "oracle"
    OPERATOR = "operator"


class Overlap(Word):
    """One thing that two footprints have in common. ``detail`` is a sentence for a person."""

    type: ConflictType
    path: str
    symbol: str | None = None
    detail: str
    evidence: dict[str, Any] = Field(default_factory=dict)
    """``{a: …, b: …}``: for each side its access, evidence, lines and where it was read."""
    stops: bool = True
    """Whether it alone is reason enough to ask about the pair, or to let one wait."""

    @property
    def kind(self) -> tuple[str, str, str]:
        """What makes an overlap new to an operator who has judged others of the pair."""
        return (self.type, self.path, self.symbol or "")


class Conflict(Word):
    """A pair of participants with overlaps, a verdict and a probability. ``a`` < ``b`` always."""

    id: str
    a: str
    b: str
    overlaps: tuple[Overlap, ...] = ()
    verdict: Verdict
    decided_by: DecidedBy = DecidedBy.ORACLE
    probability: float
    why: str = ""
    """One sentence: files, symbols, lines, and what it rests on."""
    first: str | None = None
    """Where the verdict is SERIALIZE: the chunk that goes first."""
    covered: tuple[tuple[str, str, str], ...] = ()
    """The kinds of overlap that the operator's verdict was given on."""
    asked_again: bool = False
    """The operator said INDEPENDENT, and is asked about overlaps that are not ``covered``. What
    they said is not forgotten: it holds again once those are gone."""
    resolved: bool = False
    """The verdict is not ASK_OPERATOR. Kept as a field for the wire; ``of`` sets it."""

    @classmethod
    def of(cls, **fields: Any) -> "Conflict":
        """A conflict with its sides in order and ``resolved`` derived from its verdict."""
        a, b = sorted((fields.pop("a"), fields.pop("b")))
        fields.pop("resolved", None)
        verdict = Verdict(fields["verdict"])
        return cls(a=a, b=b, resolved=verdict is not Verdict.ASK_OPERATOR, **fields)

    def with_(self, **fields: Any) -> "Conflict":
        """A copy with some fields changed; ``resolved`` follows the verdict."""
        verdict = fields.get("verdict", self.verdict)
        return self.model_copy(update={**fields, "resolved": verdict is not Verdict.ASK_OPERATOR})

    def other(self, chunk: str) -> str:
        """The participant that ``chunk`` is in conflict with."""
        return self.b if chunk == self.a else self.a


def pair(a: str, b: str) -> tuple[str, str]:
    """The key of a pair: symmetric."""
    return (a, b) if a < b else (b, a)


def revise(previous: Conflict | None, proposed: Conflict) -> Conflict:
    """What to hold of a pair now that the oracle proposes ``proposed``.

    The operator's verdict stands unless an overlap appeared that it did not cover and that would
    itself stop the pair; then it is asked again, with what is new. The direction of a SERIALIZE
    stands as long as it stays SERIALIZE.
    """
    if previous is None:
        return proposed
    judged = previous.decided_by is DecidedBy.OPERATOR
    if judged or previous.asked_again:
        news = [o for o in proposed.overlaps if o.stops and o.kind not in previous.covered]
        given = previous.verdict if judged else Verdict.INDEPENDENT
        if given is Verdict.SERIALIZE or proposed.verdict is Verdict.INDEPENDENT or not news:
            return previous.with_(
                verdict=given,
                decided_by=DecidedBy.OPERATOR,
                asked_again=False,
                overlaps=proposed.overlaps,
                probability=proposed.probability,
                why=proposed.why,
            )
        return proposed.with_(
            id=previous.id,
            verdict=Verdict.ASK_OPERATOR,
            why=_what_is_new(news),
            first=None,
            covered=previous.covered,
            asked_again=True,
        )
    first = previous.first if proposed.verdict is Verdict.SERIALIZE else None
    return proposed.with_(id=previous.id, first=first)


def _what_is_new(news: list[Overlap]) -> str:
    first, *others = news
    more = f"; {len(others)} more that are new" if others else ""
    return f"New since you judged them independent: {first.type}: {first.detail}{more}."
