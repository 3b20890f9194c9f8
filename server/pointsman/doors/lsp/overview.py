"""What a session shows, as it is now: asked for anew whenever an event says that it changed.

Features draw the whole of it and compare with what they drew before; none keeps count of events.
A unit or a conflict that is as it was at the last look is the same object: with many of them, one
look costs what changed.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pointsman.model.attention import AttentionItem
from pointsman.model.budget import Usage
from pointsman.model.conflict import Conflict
from pointsman.model.footprint import OPERATOR
from pointsman.model.once import Once
from pointsman.model.work_unit import ENDED, Status

CHANGING = frozenset({"unit", "conflict", "attention", "settings", "daemon", "footprint"})
"""The families of events (``unit.changed`` is of ``unit``) after which to look again."""

Call = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Unit:
    """What a session needs to know of a work unit."""

    id: str
    chunk: str
    status: Status
    workspace: str | None
    phase: str | None
    agent: str | None
    base: str | None
    """The branch, and the commit that its workspace was cut from, as people write it."""
    blocked_by: tuple[str, ...]
    attempts: int
    usage: Usage

    @classmethod
    def of(cls, wire: Mapping[str, Any]) -> "Unit":
        base = wire.get("base", {})
        at = str(base.get("commit") or "")[:10]
        return cls(
            wire["id"],
            wire["chunk"],
            Status(wire["status"]),
            wire.get("workspace"),
            wire.get("phase"),
            wire.get("agent"),
            " at ".join(filter(None, (base.get("branch"), at))) or None,
            tuple(wire.get("blockedBy", ())),
            int(wire.get("attempts", 0)),
            Usage.model_validate(wire.get("usage", {})),
        )

    @property
    def number(self) -> int:
        """Its place among the units of its chunk."""
        return int(self.id.rpartition(".")[2])


@dataclass(frozen=True)
class Overview:
    """The live units by chunk, the conflicts that matter to one of them, and what waits."""

    units: Mapping[str, Unit]
    conflicts: tuple[Conflict, ...]
    items: tuple[AttentionItem, ...]
    chunks: str
    """The folder of chunk documents, relative to the repository."""
    ended: Mapping[str, Unit]
    """By chunk that has no live unit, the newest one that has ended."""
    unguarded: tuple[str, ...] = ()
    """How agents are held back less than usual, in sentences."""

    def goal(self, chunk: str) -> str:
        """The path of a chunk's GOAL.md."""
        return f"{self.chunks}/{chunk}/GOAL.md"


class Looking:
    """One session's looks."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._units: Once[Mapping[str, Any], Unit] = Once(Unit.of)
        self._conflicts: Once[Mapping[str, Any], Conflict] = Once(Conflict.model_validate)

    async def look(self) -> Overview:
        """Ask for everything. Raises PointsmanError."""
        status = await self._call("status", {})
        newest = sorted(self._units.of(status["units"]), key=lambda unit: unit.number)
        units = {unit.chunk: unit for unit in newest if unit.status not in ENDED}
        ended = {unit.chunk: unit for unit in newest if unit.chunk not in units}
        conflicts = (await self._call("conflicts", {}))["conflicts"]
        items = (await self._call("attention", {}))["items"]
        daemon = status.get("daemon", {})
        here = {*units, OPERATOR}
        return Overview(
            units,
            tuple(c for c in self._conflicts.of(conflicts) if c.a in here and c.b in here),
            tuple(map(AttentionItem.model_validate, items)),
            str(daemon.get("chunks", "docs/chunks")).strip("/"),
            ended,
            tuple(_unguarded(daemon)),
        )


def _unguarded(daemon: Mapping[str, Any]) -> Iterator[str]:
    if daemon.get("sandbox") == "none":
        yield "Pointsman runs agents without a sandbox here: they may do whatever you may."
    if opened := daemon.get("network"):
        names = ", ".join(opened)
        yield f"The network is open to these agents, this machine's services too: {names}."


def concerns(kind: str) -> bool:
    """Whether an event of that kind changes what an Overview says."""
    return kind.partition(".")[0] in CHANGING
