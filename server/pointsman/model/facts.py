"""Facts: what effectors and operations report. They say what happened, never what follows from it.

Each is folded into the state by ``reconcile.fold``; what follows is decided there and by
``reconcile``, in the same transaction.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pointsman.model.attention import Denial, Option, Reason
from pointsman.model.conflict import Conflict, Verdict
from pointsman.model.place import Place
from pointsman.model.records import Claim, Landing, Snapshot
from pointsman.model.state import Limits
from pointsman.model.unmerged import Unmerged
from pointsman.model.work_unit import WorkUnit


@dataclass(frozen=True)
class Fact:
    """Base of all facts."""


@dataclass(frozen=True)
class OfUnit(Fact):
    """A fact about one unit. Where the unit is not live any more, it is refused (``Stale``)."""

    unit: str


# ---- the daemon and the operator


@dataclass(frozen=True)
class DaemonStarted(Fact):
    """A new life: no agent process of an earlier one is left."""


@dataclass(frozen=True)
class DaemonStopping(Fact):
    """Nothing new is claimed from here on. Unless it drains, agents are stopped too."""

    drain: bool = False


@dataclass(frozen=True)
class LimitsSet(Fact):
    limits: Limits


@dataclass(frozen=True)
class SettingSet(Fact):
    key: str
    value: Any


@dataclass(frozen=True)
class Paused(Fact):
    paused: bool


@dataclass(frozen=True)
class Injected(Fact):
    """New units, in an order in which every dependency comes first."""

    units: tuple[WorkUnit, ...]


@dataclass(frozen=True)
class Answered(Fact):
    item: str
    door: str
    option: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class VerdictGiven(Fact):
    conflict: str
    verdict: Verdict
    door: str
    first: str | None = None


@dataclass(frozen=True)
class Noted(OfUnit):
    """A note for the unit's agent, told with its next prompt."""

    text: str


@dataclass(frozen=True)
class Prioritized(OfUnit):
    priority: int


@dataclass(frozen=True)
class EndWanted(OfUnit):
    """The operator wants the unit cancelled, or deleted (cancelled and hidden)."""

    delete: bool


@dataclass(frozen=True)
class Retried(Fact):
    unit: str


@dataclass(frozen=True)
class Told(Fact):
    """Nothing of the state changes; the doors are told (``progress``, ``log``)."""

    kind: str
    unit: str | None
    data: dict[str, Any] = field(default_factory=dict)


# ---- the oracle


@dataclass(frozen=True)
class Examined(Fact):
    """A participant was compared with others: every conflict that was found, and no other."""

    participant: str
    found: tuple[Conflict, ...]
    """As the oracle proposes them; their ids are given when they are folded."""
    compared: frozenset[str]
    """With whom. Of all others nothing new is known, least of all that they collide no more."""


@dataclass(frozen=True)
class Claimed(OfUnit):
    claim: Claim


# ---- workspaces


@dataclass(frozen=True)
class WorkspaceCut(OfUnit):
    path: str
    commit: str
    displaced: str | None
    since: datetime
    """Before base's tip was read: what lands from then on may be missing in the workspace."""


@dataclass(frozen=True)
class WorkspaceRemoved(Fact):
    unit: str


@dataclass(frozen=True)
class SnapshotTaken(Fact):
    snapshot: Snapshot


@dataclass(frozen=True)
class BroughtUp(OfUnit):
    """The workspace was brought up to a newer tip of base; the agent is told ``note``."""

    commit: str
    note: str | None
    since: datetime
    """Before base's tip was read."""


# ---- the agent


@dataclass(frozen=True)
class AgentStarted(OfUnit):
    pid: int
    attempt: str
    n: int


@dataclass(frozen=True)
class SessionOpened(OfUnit):
    """The agent's own id of its session; None where an old one could not be resumed."""

    session: str | None


@dataclass(frozen=True)
class Prompted(OfUnit):
    """A prompt is about to be written to the agent; these answers go with it."""

    answers: tuple[str, ...]


@dataclass(frozen=True)
class PromptHeard(OfUnit):
    """The agent has said something since: these answers and this note are delivered."""

    answers: tuple[str, ...]
    note: str | None


@dataclass(frozen=True)
class Asked(OfUnit):
    """The agent asks; its tool call waits."""

    reason: Reason
    text: str
    options: tuple[Option, ...] = ()
    place: Place | None = None
    default: str | None = None


@dataclass(frozen=True)
class Denied(OfUnit):
    """The sandbox kept these from the agent."""

    denials: tuple[Denial, ...]


@dataclass(frozen=True)
class AnswerSent(OfUnit):
    """About to be written to the agent."""

    item: str


@dataclass(frozen=True)
class AnswerConfirmed(Fact):
    """The agent has said something after it."""

    item: str


@dataclass(frozen=True)
class WaitEnded(OfUnit):
    """No tool call of the agent waits any more: it got its answers or its tickets."""


@dataclass(frozen=True)
class TurnEnded(OfUnit):
    """The agent's turn is over. ``finished``: its chunk's status is ACTIVE in the snapshot."""

    reason: str
    finished: bool


@dataclass(frozen=True)
class AgentExited(Fact):
    """The process is gone. ``words``: the last of what it said, for a person."""

    unit: str
    code: int | None
    words: str = ""
    transient: bool = False
    """It may pass by itself: its API is overloaded or out of reach."""
    wait: float | None = None
    """Seconds until then, where the agent said so."""
    wanted: bool = False
    """Nothing went wrong: it was we who ended it."""


@dataclass(frozen=True)
class StartFailed(OfUnit):
    """Agent, sandbox or workspace can't be had; trying again would not help by itself."""

    text: str


@dataclass(frozen=True)
class Used(OfUnit):
    """What was used since the last such fact."""

    tokens: int = 0
    money: float = 0.0
    seconds: float = 0.0


# ---- verify and landing


@dataclass(frozen=True)
class PhaseStarted(OfUnit):
    """VERIFY or LAND is under way; they need no process."""


@dataclass(frozen=True)
class Verified(OfUnit):
    pass


@dataclass(frozen=True)
class VerifyFailed(OfUnit):
    """``text`` says what is wrong, in words for the agent and the operator alike."""

    text: str


@dataclass(frozen=True)
class LandingStep(OfUnit):
    """Recorded before the step is done."""

    landing: Landing


@dataclass(frozen=True)
class LandingConflicted(OfUnit):
    """It does not merge with base. ``text`` says so in words for agent and operator alike."""

    text: str
    unmerged: tuple[Unmerged, ...] = ()


@dataclass(frozen=True)
class LandingGuarded(OfUnit):
    """It changes protected paths, which need the operator's go."""

    text: str


@dataclass(frozen=True)
class LandingHeld(OfUnit):
    """Base can't be moved now (dirty files, a rebase under way); nothing was touched."""

    text: str


@dataclass(frozen=True)
class BaseFree(OfUnit):
    """What held the landing is gone."""


@dataclass(frozen=True)
class Landed(OfUnit):
    commit: str
