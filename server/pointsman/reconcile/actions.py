"""What ``reconcile`` answers with. Decisions change the state, in the same transaction; effects are
done outside of it by the daemon, and are asked for again until the state says that they are done.
"""

from dataclasses import dataclass, field
from typing import Any

from pointsman.model.attention import Reason
from pointsman.model.work_unit import Cause, Status


@dataclass(frozen=True, slots=True)
class Decision:
    """Changes the state."""


@dataclass(frozen=True, slots=True)
class Move(Decision):
    """A unit changes its status; ``fields`` change with it."""

    unit: str
    to: Status
    cause: Cause
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Update(Decision):
    """A unit's fields change, its status does not."""

    unit: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Open(Decision):
    """A new attention item, with the options of its reason. ``subject``: what it is about."""

    unit: str | None
    reason: Reason
    text: str
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Close(Decision):
    """An item that needs no answer any more."""

    item: str


@dataclass(frozen=True, slots=True)
class AnswerByDefault(Decision):
    """An item that the operator has not answered in the time that they configured."""

    item: str
    option: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Forget(Decision):
    """An answer that no agent is left to hear."""

    answer: str


@dataclass(frozen=True, slots=True)
class Direct(Decision):
    """Who goes first, where a SERIALIZE has no direction yet."""

    conflict: str
    first: str


@dataclass(frozen=True, slots=True)
class Effect:
    """Something to be done to the world. Safe to ask for twice."""

    unit: str


@dataclass(frozen=True, slots=True)
class Examine(Effect):
    """The oracle has never looked at the unit."""


@dataclass(frozen=True, slots=True)
class Run(Effect):
    """Carry on with the unit's phase: cut its workspace, run its agent, verify, land."""


@dataclass(frozen=True, slots=True)
class Stop(Effect):
    """Stop its agent process, after a snapshot. ``at_once``: not only between two turns."""

    at_once: bool


@dataclass(frozen=True, slots=True)
class Clear(Effect):
    """The unit has ended: publish its last snapshot, then remove its workspace."""


Action = Decision | Effect
