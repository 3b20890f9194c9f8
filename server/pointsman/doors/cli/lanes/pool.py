"""What a viewer knows of the pool, kept up to date by events. Pure: no I/O, no clock.

Built from the results of ``status``, ``attention``, ``conflicts`` and ``history``, then fed with
events in their order. Feeding an event twice changes nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pointsman.doors.cli.text import moment

Wire = dict[str, Any]

ENDED = frozenset({"COMPLETED", "FAILED", "CANCELLED"})


@dataclass
class Lane:
    """A unit and its past. ``spans``: since when it was in which state, oldest first."""

    unit: Wire
    spans: list[tuple[datetime, str]] = field(default_factory=list)
    progress: str = ""
    heard: str | None = None
    """When its agent last said anything; None where none is at work."""

    @property
    def chunk(self) -> str:
        return str(self.unit["chunk"])

    @property
    def status(self) -> str:
        return str(self.unit["status"])

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def began(self) -> datetime:
        return moment(self.unit["createdAt"])

    @property
    def since(self) -> datetime:
        """Since when it is in its present state."""
        return self.spans[-1][0] if self.spans else moment(self.unit["updatedAt"])

    @property
    def landed_at(self) -> datetime | None:
        at = self.unit.get("landedAt")
        return moment(at) if at else None


def state_of(unit: Wire) -> str:
    """What a lane shows: the status; of a unit at work, its phase."""
    status = str(unit["status"])
    return str(unit.get("phase") or "IMPLEMENT") if status == "RUNNING" else status


class Pool:
    """The pool as a viewer sees it."""

    def __init__(self, daemon: Wire, seq: int) -> None:
        self.daemon = daemon
        self.seq = seq
        self.lanes: dict[str, Lane] = {}
        self.items: dict[str, Wire] = {}
        self.conflicts: dict[str, Wire] = {}

    @classmethod
    def of(cls, status: Wire, items: list[Wire], conflicts: list[Wire]) -> "Pool":
        """From the operations' results. Give it events after ``status``' ``seq``."""
        pool = cls(status["daemon"], status["seq"])
        for unit in status["units"]:
            pool._unit(unit, moment(unit["updatedAt"]))
        pool.hear(status)
        pool.items = {item["id"]: item for item in items}
        pool.conflicts = {conflict["id"]: conflict for conflict in conflicts}
        return pool

    def hear(self, status: Wire) -> None:
        """When agents were last heard of, from a ``status``: no event tells of every word."""
        for id, lane in self.lanes.items():
            lane.heard = status["heard"].get(id)

    def remember(self, unit: str, history: list[Wire]) -> None:
        """The past of a unit, from its ``history``."""
        lane = self.lanes[unit]
        spans: list[tuple[datetime, str]] = []
        for event in history:
            if event["kind"] == "unit.changed" and event["seq"] <= self.seq:
                _extend(spans, moment(event["at"]), state_of(event["data"]["unit"]))
        if spans:
            lane.spans = spans

    def feed(self, event: Wire) -> None:
        """Take an event in."""
        if event["seq"] <= self.seq:
            return
        self.seq = event["seq"]
        data = event["data"]
        match event["kind"]:
            case "unit.changed":
                self._unit(data["unit"], moment(event["at"]))
            case "unit.deleted":
                self.lanes.pop(str(event.get("unit")), None)
            case "conflict.changed":
                self.conflicts[data["conflict"]["id"]] = data["conflict"]
            case "attention.opened":
                self.items[data["item"]["id"]] = data["item"]
            case "attention.closed":
                self.items.pop(data["item"], None)
            case "progress":
                lane = self.lanes.get(str(event.get("unit")))
                if lane is not None:
                    lane.progress = str(data.get("text", ""))
                    lane.heard = event["at"]
            case "daemon.changed" if isinstance(data.get("daemon"), dict):
                self.daemon = data["daemon"]

    def _unit(self, unit: Wire, at: datetime) -> None:
        if unit.get("hidden"):
            self.lanes.pop(unit["id"], None)
            return
        lane = self.lanes.setdefault(unit["id"], Lane(unit))
        state = state_of(unit)
        if lane.spans and lane.spans[-1][1] != state:
            lane.progress = ""  # it was about what the unit did before
        lane.unit = unit
        _extend(lane.spans, at, state)

    def waiting(self) -> list[Wire]:
        """The open items, the oldest first."""
        return sorted(self.items.values(), key=lambda item: (item["since"], item["id"]))


def _extend(spans: list[tuple[datetime, str]], at: datetime, state: str) -> None:
    """Only a change begins a span."""
    if not spans or spans[-1][1] != state:
        spans.append((at, state))
