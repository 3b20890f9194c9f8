"""What a door sees of Pointsman: operations by name with raw JSON, and the stream of events.

Doors import this and the model, and nothing else of the inside.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

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


class App(Protocol):
    """All of Pointsman, to a door."""

    async def call(self, operation: str, params: object, caller: Caller) -> dict[str, Any]:
        """The operation's result. ``params`` is raw JSON. Cancelling the task cancels the call.

        Raises PointsmanError.
        """
        ...

    def operations(self) -> Mapping[str, OperationInfo]:
        """Every operation by its name."""
        ...

    def subscribe(self, since: int | None) -> AsyncIterator[Event]:
        """Events in order, after their commit: those after ``since``, or from now on if None.

        The queue is bounded: for a subscriber that falls behind, and when the daemon stops, the
        iterator ends. Subscribe again from the last ``seq`` seen. Raises PointsmanError ``resync``
        where what came after ``since`` is not to be had.
        """
        ...
