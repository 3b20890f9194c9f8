"""Attention items: what waits for the operator, always with a reason.

An item that nobody answers stays: nothing is answered for the operator, unless they configured a
default and a time for its reason. The first answer wins, and it reaches the agent exactly once.
"""

from enum import StrEnum
from typing import Literal

from pydantic import SerializationInfo, field_serializer

from pointsman.model.base import Moment, Word
from pointsman.model.place import Place
from pointsman.model.unmerged import Unmerged


class Reason(StrEnum):
    QUESTION = "QUESTION"
    PERMISSION = "PERMISSION"
    CONFLICT = "CONFLICT"
    LANDING_CONFLICT = "LANDING_CONFLICT"
    CHECKS_FAILED = "CHECKS_FAILED"
    AGENT_FAILED = "AGENT_FAILED"
    DEPENDENCY_GONE = "DEPENDENCY_GONE"
    BUDGET = "BUDGET"
    BASE_DIRTY = "BASE_DIRTY"
    SANDBOX_DENIED = "SANDBOX_DENIED"
    CIRCUIT_OPEN = "CIRCUIT_OPEN"


NEVER_BLOCKS = frozenset({Reason.SANDBOX_DENIED, Reason.CIRCUIT_OPEN})


BY_DEFAULT = "default"
"""The door of an answer that nobody gave: the operator's settings did."""


class Option(Word):
    id: str
    label: str
    description: str | None = None
    kind: str | None = None
    """Of a permission, what the option does: ``allow_once``, ``allow_always``, ``reject_once`` or
    ``reject_always`` (ACP, PermissionOptionKind)."""


class Denial(Word):
    """One thing that the sandbox did not let an agent have."""

    what: Literal["read", "write", "network"]
    where: str = ""
    """The path or the host, where the agent's words name it."""
    times: int = 1


class AttentionItem(Word):
    """One thing that waits for the operator. ``text`` is whole; nothing cuts it in storage."""

    id: str
    unit: str | None = None
    chunk: str | None = None
    reason: Reason
    text: str
    options: tuple[Option, ...] = ()
    place: Place | None = None
    since: Moment
    blocks: int = 0
    """How many units wait for this one, transitively. Counted when shown, by ``Blocks``."""
    subject: str | None = None
    """What it is about: a conflict's id, a dependency's chunk name."""
    unmerged: tuple[Unmerged, ...] = ()
    """Of a LANDING_CONFLICT: the files that don't merge. Their blobs are kept while it is open."""
    free_text: bool = True
    """Whether an answer in the operator's own words is accepted."""
    denied: tuple[Denial, ...] = ()
    """What SANDBOX_DENIED is about, each once."""
    default: str | None = None
    """What the agent would do without an answer. Shown; taken only where the operator's settings
    say so."""

    @field_serializer("blocks")
    def _counted(self, blocks: int, info: SerializationInfo) -> int:
        return info.context(self) if info.context is not None else blocks

    @property
    def words(self) -> str:
        """The text, and what the agent would do without an answer."""
        if self.default is None:
            return self.text
        return f"{self.text}\n\nWithout an answer it would choose: {self.default}"

    @property
    def blocking(self) -> bool:
        """Whether its unit is NEEDS_ATTENTION while it is open."""
        return self.unit is not None and self.reason not in NEVER_BLOCKS


class Delivery(StrEnum):
    """How far an answer has come on its way to the agent."""

    PENDING = "PENDING"
    SENT = "SENT"
    """Marked before it is written to the agent; repeated under the same id after a crash."""
    CONFIRMED = "CONFIRMED"
    """The agent has said something since."""


class Answer(Word):
    """The operator's answer to an item, recorded once. ``id`` is the item's."""

    id: str
    unit: str | None = None
    reason: Reason
    question: str
    option: str | None = None
    text: str | None = None
    door: str
    at: Moment
    delivery: Delivery = Delivery.PENDING

    @property
    def words(self) -> str:
        """What the agent is told: the text if there is one, else the option."""
        return self.text if self.text is not None else (self.option or "")
