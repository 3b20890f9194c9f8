"""Rows that are told of a unit: processes, attempts, snapshots, landings, events, settings."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from pointsman.model.base import Moment, Word


class Doing(StrEnum):
    """What an agent process is at."""

    BUSY = "BUSY"
    WAITING = "WAITING"
    """Parked in a tool call until the operator answers: it holds no agent's slot."""
    IDLE = "IDLE"
    """Its turn has ended; it takes another prompt, or is stopped."""


class Process(Word):
    """An agent process that is believed to live. ``id`` is its unit's: one a unit."""

    id: str
    pid: int
    attempt: str
    started_at: Moment
    doing: Doing = Doing.BUSY


class Claim(Word):
    """What a unit's agent declared to be about to change. ``id`` is its chunk; kept to its end."""

    id: str
    paths: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    """``path#Outer::inner``, or a bare name."""
    why: str = ""


class Attempt(Word):
    """One run of a unit's agent, from start to exit."""

    id: str
    """``<unit>/<n>``."""
    unit: str
    n: int
    agent: str
    session: str | None = None
    started_at: Moment
    ended_at: Moment | None = None
    exit_code: int | None = None
    last_words: str | None = None


class Snapshot(Word):
    """A commit of a workspace's whole tree, made by Pointsman."""

    id: str
    """The commit."""
    unit: str
    at: Moment
    why: str
    """``change``, ``prompt``, ``turn``, ``question``, ``stop``, ``rebase``, ``restore`` …"""
    files: int
    """How many files differ from the snapshot before (or from base)."""
    tree: str
    base: str
    unsaved: tuple[str, ...] = ()
    """Files that git refused or that are over the size limit: reported, never silently dropped."""


class LandingState(StrEnum):
    VERIFIED = "VERIFIED"
    MERGED = "MERGED"
    """The commit object exists; its id is known and made again the same if it got lost."""
    MOVING = "MOVING"
    LANDED = "LANDED"


class Landing(Word):
    """How a unit's tree comes onto base. Each step is recorded before it is done."""

    id: str
    """The unit's."""
    unit: str
    state: LandingState
    snapshot: str
    tip: str | None = None
    tree: str | None = None
    commit: str | None = None
    message: str | None = None
    author: str | None = None
    committer: str | None = None
    at: Moment
    """The date of the commit: chosen once, so that making it twice gives the same id."""
    settled: tuple[str, ...] = ()
    """What became of files that only a merge rule could merge, in a sentence each."""


class Event(Word):
    """What every door is told, after the transaction that made it so. ``seq`` grows by one."""

    seq: int
    at: Moment
    kind: str
    unit: str | None = None
    data: dict[str, Any] = Field(default_factory=dict)


class Setting(Word):
    """A setting changed while running (``setSettings``); ``id`` is its key."""

    id: str
    value: Any = None
    at: Moment
