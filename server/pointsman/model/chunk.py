"""Chunk documents: a piece of work described by ``GOAL.md`` and ``PLAN.md``, and its statuses.

A chunk is written before it is worked on (FUTURE), is worked on by one agent in one workspace
(IMPLEMENTING), and then says what is so (ACTIVE), until others share it (COMPOSITE), replace it
(SUPERSEDED) or nothing of it is left (HISTORICAL). IMPLEMENTING never reaches base: a workspace's
starting tree sets it, and the unit lands with ACTIVE.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from pointsman.model.base import Word
from pointsman.model.budget import Budget
from pointsman.model.place import Place, Range


class ChunkStatus(StrEnum):
    FUTURE = "FUTURE"
    IMPLEMENTING = "IMPLEMENTING"
    ACTIVE = "ACTIVE"
    COMPOSITE = "COMPOSITE"
    SUPERSEDED = "SUPERSEDED"
    HISTORICAL = "HISTORICAL"


_S = ChunkStatus

MOVES: dict[ChunkStatus, tuple[ChunkStatus, ...]] = {
    _S.FUTURE: (_S.IMPLEMENTING, _S.HISTORICAL),
    _S.IMPLEMENTING: (_S.ACTIVE, _S.COMPOSITE, _S.HISTORICAL),
    _S.ACTIVE: (_S.SUPERSEDED, _S.COMPOSITE, _S.HISTORICAL),
    _S.COMPOSITE: (_S.ACTIVE, _S.HISTORICAL),
    _S.SUPERSEDED: (_S.HISTORICAL,),
    _S.HISTORICAL: (),
}
"""The statuses that each may become. (Displacing a chunk in a workspace, IMPLEMENTING back to
FUTURE, is no move: it is undone before landing.)"""

INJECTABLE = frozenset({_S.FUTURE, _S.IMPLEMENTING})
DONE = frozenset(ChunkStatus) - INJECTABLE
"""ACTIVE or later: who depends on it need not wait."""

Priority = Annotated[int, Field(ge=-1000, le=1000)]
"""Higher goes first."""

GOAL = "GOAL.md"
PLAN = "PLAN.md"


class CodeReference(Word):
    """``ref`` is ``path`` or ``path#Outer::inner``; ``implements`` says what it does there."""

    ref: str
    implements: str | None = None

    @property
    def path(self) -> str:
        return self.ref.partition("#")[0]


class SubsystemLink(Word):
    subsystem_id: str
    relationship: Literal["implements", "uses"]


class FrontMatter(Word):
    """What is read of GOAL.md's front matter. Unknown keys stay in the file and are ignored."""

    status: ChunkStatus
    depends_on: tuple[str, ...] | None = None
    """None (absent or null): let the oracle decide. A list: these first; an empty one: none."""
    created_after: tuple[str, ...] = ()
    """Causal order; no dependency."""
    code_paths: tuple[str, ...] = ()
    code_references: tuple[CodeReference, ...] = ()
    subsystems: tuple[SubsystemLink, ...] = ()
    priority: Priority = 0
    agent: str | None = None
    budget: Budget | None = None


ABOUT: dict[str, str] = {
    "status": "FUTURE until it is worked on; ACTIVE once every criterion holds.",
    "depends_on": "Chunks that land first; []: none. Absent: the oracle alone decides.",
    "created_after": "Chunks that came before it; no dependency.",
    "code_paths": "Files or folders that it will touch.",
    "code_references": "Symbols that it will touch, each as ref: path#Outer::inner.",
    "subsystems": "subsystem_id, and relationship: implements or uses.",
    "priority": "Higher goes first among those that unblock as much.",
    "agent": "Which agent does it, if not the default one.",
    "budget": "seconds, turns, tokens, money: reaching one stops the agent and asks you.",
}
"""What each key of the front matter means, for people who write one."""


class ChunkDocument(Word):
    """A chunk as its two files say it."""

    name: str
    folder: str
    """Relative to the repository, without a slash at the end."""
    front: FrontMatter
    goal: str
    """The text of GOAL.md below the front matter."""
    goal_line: int = 0
    """The zero-based line of GOAL.md that ``goal`` begins with."""
    plan: str
    """The text of PLAN.md; empty where there is none."""
    ranges: dict[str, Range] = Field(default_factory=dict)
    """Where the front matter says what: ``status``, ``depends_on.0``, ``code_references.1.ref``."""

    @property
    def goal_path(self) -> str:
        return f"{self.folder}/{GOAL}"

    @property
    def plan_path(self) -> str:
        return f"{self.folder}/{PLAN}"

    def place(self, key: str) -> Place:
        """Where ``key`` is in GOAL.md; the whole file where it is not given."""
        return Place(path=self.goal_path, range=self.ranges.get(key))
