"""The life of a work unit: everything that decides a change of status lives here.

A unit is a chunk in the pool. It waits (PENDING until the oracle has looked at it, BLOCKED while
others go first, READY when only a slot is missing), works (ASSIGNED while its workspace and agent
are made, RUNNING), asks (NEEDS_ATTENTION, always with the reason at hand) and ends (COMPLETED when
its tree is on base, FAILED when its attempts are used up, CANCELLED by the operator).

What it works *at* is its phase, and the phase is kept while it waits, so that a unit which waited
for a clean base goes on landing and not back to its agent. Only IMPLEMENT and REBASE need an agent
and an agent's slot; VERIFY and LAND are done by Pointsman.

TRANSITIONS is the single truth. ``move`` is the only function that changes a status; what is not in
the table raises ``IllegalTransition``. The model's validators hold what the table can't say: a unit
has an attention item if and only if it is NEEDS_ATTENTION, and blockers if and only if BLOCKED.
"""

from enum import StrEnum
from typing import Any, Literal, NamedTuple, Self

from pydantic import model_validator

from pointsman.model.attention import AttentionItem
from pointsman.model.base import Moment, Word
from pointsman.model.budget import Budget, Usage


class Status(StrEnum):
    PENDING = "PENDING"
    READY = "READY"
    ASSIGNED = "ASSIGNED"
    RUNNING = "RUNNING"
    NEEDS_ATTENTION = "NEEDS_ATTENTION"
    BLOCKED = "BLOCKED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Phase(StrEnum):
    IMPLEMENT = "IMPLEMENT"
    REBASE = "REBASE"
    VERIFY = "VERIFY"
    LAND = "LAND"


class Cause(StrEnum):
    """Why a unit moves. The value is what people read."""

    RELEASED = "dependencies landed and no unresolved conflict with a live unit"
    HELD = "a dependency or a SERIALIZE verdict holds it"
    UNDECIDED = "a conflict needs the operator's verdict"
    CLAIMED = "a slot was claimed"
    STARTED = "workspace cut and, where the phase needs one, agent process up"
    CANNOT_START = "agent, sandbox or workspace can't be had"
    RESTARTED = "the daemon was restarted"
    DAY_SPENT = "the day's budget is used up"
    BACK_OFF = "a transient failure, with back-off left"
    SENT_BACK = "its work does not merge or verify: back to its agent"
    ASKS = "question, permission, failed check, landing conflict, budget, or the agent gave up"
    OVERTAKEN = "its own work shows a conflict with a unit that goes first"
    LANDED = "landed on base"
    EXHAUSTED = "attempts used up"
    ANSWERED_LIVE = "answered, and its agent is still there waiting"
    ANSWERED = "answered, judged or retried"
    GIVEN_UP = "the operator gave it up"
    UNBLOCKED = "the last blocker landed or holds it no longer"
    DEPENDENCY_GONE = "a dependency was cancelled, deleted or failed"
    RETRIED = "retried by the operator"
    CANCELLED = "cancelled by the operator"


class Transition(NamedTuple):
    source: Status
    to: Status
    cause: Cause


_S = Status
_LIVE_OR_FAILED = tuple(s for s in Status if s not in (_S.COMPLETED, _S.CANCELLED))

TRANSITIONS: tuple[Transition, ...] = (
    Transition(_S.PENDING, _S.READY, Cause.RELEASED),
    Transition(_S.PENDING, _S.BLOCKED, Cause.HELD),
    Transition(_S.READY, _S.BLOCKED, Cause.HELD),
    Transition(_S.PENDING, _S.NEEDS_ATTENTION, Cause.UNDECIDED),
    Transition(_S.READY, _S.NEEDS_ATTENTION, Cause.UNDECIDED),
    Transition(_S.READY, _S.ASSIGNED, Cause.CLAIMED),
    Transition(_S.ASSIGNED, _S.RUNNING, Cause.STARTED),
    Transition(_S.ASSIGNED, _S.NEEDS_ATTENTION, Cause.CANNOT_START),
    Transition(_S.ASSIGNED, _S.READY, Cause.RESTARTED),
    Transition(_S.RUNNING, _S.READY, Cause.RESTARTED),
    Transition(_S.ASSIGNED, _S.READY, Cause.DAY_SPENT),
    Transition(_S.RUNNING, _S.READY, Cause.DAY_SPENT),
    Transition(_S.ASSIGNED, _S.READY, Cause.BACK_OFF),
    Transition(_S.RUNNING, _S.READY, Cause.BACK_OFF),
    Transition(_S.RUNNING, _S.READY, Cause.SENT_BACK),
    Transition(_S.RUNNING, _S.NEEDS_ATTENTION, Cause.ASKS),
    Transition(_S.RUNNING, _S.BLOCKED, Cause.OVERTAKEN),
    Transition(_S.ASSIGNED, _S.BLOCKED, Cause.OVERTAKEN),
    Transition(_S.RUNNING, _S.COMPLETED, Cause.LANDED),
    Transition(_S.RUNNING, _S.FAILED, Cause.EXHAUSTED),
    Transition(_S.ASSIGNED, _S.FAILED, Cause.EXHAUSTED),
    Transition(_S.NEEDS_ATTENTION, _S.RUNNING, Cause.ANSWERED_LIVE),
    Transition(_S.NEEDS_ATTENTION, _S.READY, Cause.ANSWERED),
    Transition(_S.NEEDS_ATTENTION, _S.BLOCKED, Cause.HELD),
    Transition(_S.NEEDS_ATTENTION, _S.FAILED, Cause.GIVEN_UP),
    Transition(_S.BLOCKED, _S.READY, Cause.UNBLOCKED),
    Transition(_S.BLOCKED, _S.NEEDS_ATTENTION, Cause.DEPENDENCY_GONE),
    Transition(_S.FAILED, _S.READY, Cause.RETRIED),
    *(Transition(source, _S.CANCELLED, Cause.CANCELLED) for source in _LIVE_OR_FAILED),
)

ENDED = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})
ACTIVE = frozenset({Status.ASSIGNED, Status.RUNNING})
AGENT_PHASES = frozenset({Phase.IMPLEMENT, Phase.REBASE})
_LEGAL = frozenset(TRANSITIONS)


class IllegalTransition(Exception):
    """A change of status that the table does not know."""

    def __init__(self, unit: str, source: Status, to: Status, cause: Cause) -> None:
        super().__init__(f"{unit}: {source} to {to} because {cause.value!r} is not a legal move")
        self.source, self.to, self.cause = source, to, cause


class BaseRef(Word):
    """What a unit's work is cut from and lands on."""

    branch: str
    commit: str | None = None
    """The commit that the workspace was cut from; None before it is cut."""
    since: Moment | None = None
    """A time at which base was not past that commit: what lands from then on may be missing."""


class WorkUnit(Word):
    """A chunk in the pool. ``id`` is ``<chunk>.<n>``, n from 1 in each repository."""

    id: str
    chunk: str
    status: Status = Status.PENDING
    phase: Phase | None = None
    priority: int = 0
    depends_on: tuple[str, ...] = ()
    """Ids of the units that must land first: the live units of the chunks that it depends on."""
    blocked_by: tuple[str, ...] = ()
    attention: AttentionItem | None = None
    base: BaseRef
    injected_from: str | None = None
    """The commit of base that its chunk was injected from: what GOAL.md and PLAN.md say there is
    what counts, whatever they say later. None in rows older than this field."""
    workspace: str | None = None
    agent: str
    session: str | None = None
    """The agent's own id of its session, to resume it."""
    note: str | None = None
    """What the agent is told next, besides answers: why it was sent back, what landed meanwhile."""
    attempts: int = 0
    """Failed runs since it was injected or retried; a restart of the daemon is none."""
    transient_failures: int = 0
    """Failed runs in a row that may pass by themselves. They use up no attempt."""
    sent_back: int = 0
    """How often its work came back from landing; bounded."""
    nudges: int = 0
    """How often its agent ended a turn without finishing and was told so; bounded."""
    usage: Usage = Usage()
    not_before: Moment | None = None
    displaced_chunk: str | None = None
    snapshot: str | None = None
    """The newest snapshot: a commit in the unit's snapshot store."""
    life: int = 0
    """The daemon's life in which it was claimed. A claim from an earlier life is void."""
    examined: bool = False
    """The oracle has compared its first footprint with all others; before, it does not start."""
    retain: bool = False
    """Keep the workspace after landing."""
    hidden: bool = False
    """Deleted: its row and refs are kept, no list shows it."""
    ending: Literal["cancel", "delete"] | None = None
    """The operator wants it ended; it is CANCELLED once its agent process is gone."""
    budget: Budget = Budget()
    allowance: int = 1
    """How many times its budget it may use: the operator raises it on a BUDGET item."""
    network: str = "none"
    """``host`` where the agent's entry opens the network; every door shows it."""
    sandbox: str = "bubblewrap"
    created_at: Moment
    updated_at: Moment
    landed_at: Moment | None = None
    landed_commit: str | None = None
    approved: str | None = None
    """The snapshot that may land although it changes protected paths."""
    base_moved: bool = False
    """Base carries its work, COMPLETED follows: from here on it can't be cancelled."""

    @model_validator(mode="after")
    def _validate(self) -> Self:
        return self.coherent()

    def coherent(self) -> Self:
        """Itself; raises ValueError where an item or a blocker is missing or left over."""
        if (self.attention is not None) != (self.status is Status.NEEDS_ATTENTION):
            raise ValueError(f"{self.id}: an attention item if and only if NEEDS_ATTENTION")
        if bool(self.blocked_by) != (self.status is Status.BLOCKED):
            raise ValueError(f"{self.id}: blockers if and only if BLOCKED")
        return self

    @property
    def live(self) -> bool:
        return self.status not in ENDED

    @property
    def counted(self) -> bool:
        return self.attention is not None

    @property
    def works_at(self) -> Phase:
        """Its phase; a unit that never started is at IMPLEMENT."""
        return self.phase or Phase.IMPLEMENT

    def note_and(self, text: str | None) -> str | None:
        """Its note with ``text`` after it: what waits to be told is never replaced."""
        return "\n\n".join(filter(None, (self.note, text))) or None

    @property
    def needs_agent(self) -> bool:
        return self.works_at in AGENT_PHASES

    @property
    def begun(self) -> bool:
        """Its workspace has been cut: there is work that could be lost or collide."""
        return self.base.commit is not None

    def changed(self, **fields: Any) -> "WorkUnit":
        """A copy with fields other than the status changed, checked like a new one."""
        assert "status" not in fields, "a status is changed by move() alone"
        return _checked(self, fields)


def _checked(unit: WorkUnit, fields: dict[str, Any]) -> WorkUnit:
    """``unit`` with ``fields``, and the coherence rules held (``model_copy`` would not look)."""
    return unit.model_copy(update=fields).coherent()


def move(unit: WorkUnit, to: Status, cause: Cause, **fields: Any) -> WorkUnit:
    """``unit`` in status ``to``. Leaving NEEDS_ATTENTION or BLOCKED clears what belongs to it.

    Raises IllegalTransition for what the table does not have, ValueError for a NEEDS_ATTENTION
    without an item or a BLOCKED without a blocker.
    """
    if Transition(unit.status, to, cause) not in _LEGAL:
        raise IllegalTransition(unit.id, unit.status, to, cause)
    cleared: dict[str, Any] = {"attention": None, "blocked_by": ()}
    return _checked(unit, {**cleared, **fields, "status": to})


def diagram() -> str:
    """The table as a Mermaid state diagram, for the documentation."""
    arrows: dict[tuple[Status, Status], list[str]] = {}
    for source, to, cause in TRANSITIONS:
        arrows.setdefault((source, to), []).append(cause.name.lower().replace("_", " "))
    lines = ["stateDiagram-v2", "    [*] --> PENDING: injected"]
    lines += [f"    {s} --> {t}: {', '.join(names)}" for (s, t), names in arrows.items()]
    lines += [f"    {s} --> [*]" for s in Status if s in (Status.COMPLETED, Status.CANCELLED)]
    return "\n".join(lines) + "\n"
