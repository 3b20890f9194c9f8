"""What a door sees of Pointsman: operations by name with raw JSON, and the stream of events.

Doors import this and the model, and nothing else of the inside.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from pointsman.model.conflict import Conflict, Overlap
from pointsman.model.place import Range
from pointsman.model.records import Event

Report = Callable[[str, float | None], None]
"""Tells the caller how far a long operation is: words, and a fraction from 0 to 1 if known."""


def unheard(message: str, fraction: float | None) -> None:
    """The Report of a caller who does not listen."""


@dataclass(frozen=True)
class Caller:
    """Who asks: at which door (``lsp``, ``cli``, …), in which session of it."""

    door: str
    session: str
    report: Report = unheard
    checkout: str | None = None
    """The top folder of the working tree that the caller looks at, where it has one."""


@dataclass(frozen=True)
class OperationInfo:
    """What a door needs to know to offer an operation."""

    name: str
    doc: str
    params: Mapping[str, Any]
    """JSON Schema of the parameters (an object)."""
    result: Mapping[str, Any]
    """JSON Schema of the result (an object)."""
    single: str | None = None
    """The parameter that a bare string fills, if one name is enough to call it."""
    long: bool = False
    """Whether it takes long enough to show progress."""


@dataclass(frozen=True)
class Met:
    """Something that an unsaved file has in common with a unit's work."""

    conflict: Conflict
    """Of the operator and the unit's chunk. Its id is empty unless the ledger knows the pair."""
    overlap: Overlap
    at: Range
    """Where that is in the unsaved text: at the symbol's name, or the lines;"""
    reach: Range
    """and all of it."""


class Defined(NamedTuple):
    """A definition in a text: its qualified name, its kind, its first and last line, and from where
    to where in which line its name stands, in UTF-8 bytes. All zero-based."""

    name: str
    kind: str
    first: int
    last: int
    line: int
    start: int
    end: int


class Unsaved(Protocol):
    """The unsaved text of one session's editor, compared with what the units do.

    Paths are relative to the top of the session's checkout. It is nobody else's: kept in memory
    alone, told to no other session and to no agent but by the names of files and symbols.
    """

    def open(self, path: str, text: bytes) -> None:
        """The editor has that file open, with this text; also instead of what it had before."""
        ...

    def edit(self, path: str, start: int, end: int, text: bytes) -> None:
        """``text`` takes the place of the bytes from ``start`` to ``end``."""
        ...

    def close(self, path: str) -> None:
        """Its text is as on disk, as far as we know."""
        ...

    async def meets(self, path: str) -> tuple[Met, ...]:
        """What the file, as it is now, has in common with the live units. Raises PointsmanError."""
        ...

    def symbols(self, path: str) -> tuple[Defined, ...] | None:
        """What the file, as it is now, defines; None where that is not known yet: ``meets`` finds
        it out."""
        ...

    async def study(self, path: str) -> bool:
        """Finds out what changed definitions of the file reference, elsewhere too, so that
        ``meets`` knows. Whether that is news. Takes its time. Raises PointsmanError."""
        ...

    def end(self) -> None:
        """The session is over: forget all of it."""
        ...


class App(Protocol):
    """All of Pointsman, to a door."""

    async def call(self, operation: str, params: object, caller: Caller) -> dict[str, Any]:
        """The operation's result, not to be changed in place. ``params`` is raw JSON. Cancelling
        the task cancels the call.

        A row of the state (a unit, a conflict) that has not changed is the same object again.
        Raises PointsmanError.
        """
        ...

    def operations(self) -> Mapping[str, OperationInfo]:
        """Every operation by its name."""
        ...

    def unsaved(self, caller: Caller, stale: Callable[[str], None]) -> Unsaved:
        """The unsaved text of the caller's session. ``stale`` is called with the path of each open
        file for which ``meets`` may say something new, and must not take time. ``end`` it."""
        ...

    def subscribe(self, since: int | None) -> AsyncIterator[Event]:
        """Events in order, after their commit: those after ``since``, or from now on if None.

        The queue is bounded: for a subscriber that falls behind, and when the daemon stops, the
        iterator ends. Subscribe again from the last ``seq`` seen. Raises PointsmanError ``resync``
        where what came after ``since`` is not to be had.
        """
        ...
