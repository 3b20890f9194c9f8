"""The daemon itself: its settings, its events, its version, its end."""

from typing import Any

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_snake

from pointsman import __version__
from pointsman.ledger import Missed
from pointsman.model.errors import PointsmanError, Problem
from pointsman.model.facts import SettingSet
from pointsman.model.records import Event
from pointsman.operations.inside import TRUSTED, Inside
from pointsman.operations.seam import Caller
from pointsman.operations.table import Nothing, Params, Result, operation
from pointsman.settings import Origin, from_changes, show

PROTOCOL = 1
"""Of the hello line; doors and clients compare it."""


class SettingView(Result):
    value: Any
    origin: str
    description: str
    unit: str | None = None


class SettingsResult(Result):
    settings: dict[str, SettingView]


@operation()
async def settings(inside: Inside, params: Nothing, caller: Caller) -> SettingsResult:
    """Every setting: its value, where it comes from, and what it does."""
    return SettingsResult(settings=_described(inside))


def _described(inside: Inside) -> dict[str, SettingView]:
    shown = show(inside.effective).items()
    return {key: SettingView.model_validate(value) for key, value in shown}


class SetSettingsParams(Params):
    """Any settings, by their keys: ``{"max_agents": 2}``; null takes a change back."""

    model_config = ConfigDict(extra="allow")


@operation()
async def set_settings(inside: Inside, params: SetSettingsParams, caller: Caller) -> SettingsResult:
    """Set settings while the daemon runs; kept in the ledger, applied at once.

    All of them or none: the first wrong one is told.
    """
    changes = {to_snake(key): value for key, value in (params.model_extra or {}).items()}
    if not changes:
        raise PointsmanError(
            "invalid-params", "setSettings names no setting.", "Name at least one, with its value."
        )
    from_changes(changes)  # all of them or none
    facts = [SettingSet(key, value) for key, value in changes.items()]
    await inside.ledger.record(*facts)
    await inside.settle_settings()
    return SettingsResult(settings=_described(inside))


class TrustParams(Params):
    hash: str | None = None


class TrustResult(Result):
    hash: str | None
    """Of the repository's file as base has it; trust is given to this very text."""
    allows: tuple[Problem, ...]
    """What the file says that counts only once it is trusted."""
    trusted: bool


@operation()
async def trust(inside: Inside, params: TrustParams, caller: Caller) -> TrustResult:
    """Show what trusting the repository's settings file would allow; with its `hash`, trust it.

    Trust is of the text as it is: it ends when the file changes.
    """
    await inside.settle_settings()
    layer = inside.effective.layer(Origin.REPOSITORY)
    current = layer.hash if layer else None
    allows = tuple(p for p in inside.effective.ignored if (p.data or {}).get("trustable"))
    if params.hash is None:
        row = inside.ledger.state.settings.get(TRUSTED)
        return TrustResult(
            hash=current,
            allows=allows,
            trusted=row is not None and current is not None and row.value == current,
        )
    if params.hash != current:
        raise PointsmanError(
            "settings-invalid",
            "The repository's settings file is another one by now.",
            "Look at what it says with `pointsman trust`, then trust that.",
            data={"hash": current},
        )
    await inside.ledger.record(SettingSet(TRUSTED, current))
    await inside.settle_settings()
    return TrustResult(hash=current, allows=allows, trusted=True)


class EventsParams(Params):
    since: int = Field(ge=0, lt=2**63)


class EventsPage(Result):
    events: tuple[Event, ...]
    seq: int
    """The newest event there is; ask again from the last one here if it is greater."""
    resync: bool = False


@operation()
async def events(inside: Inside, params: EventsParams, caller: Caller) -> EventsPage:
    """Events after a `seq`, oldest first, a page at a time; 0: from the oldest that is kept.

    The last 100,000 are kept, for 90 days. With `resync`, what came after `since` is not to be had
    (it is kept no longer, or the ledger is another one): look at everything anew (`status`,
    `attention`, `conflicts`), and go on from the `seq` that `status` gives. Whoever follows events
    as they come is refused with the error `resync` for the same reason.
    """
    try:
        found = await inside.ledger.events(params.since)
    except Missed:
        return EventsPage(events=(), seq=inside.ledger.seq, resync=True)
    return EventsPage(events=tuple(found), seq=inside.ledger.seq)


class VersionResult(Result):
    version: str
    protocol: int


@operation()
async def version(inside: Inside, params: Nothing, caller: Caller) -> VersionResult:
    """The daemon's version."""
    return VersionResult(version=__version__, protocol=PROTOCOL)


class ShutdownParams(Params):
    drain: bool = False


class ShutdownResult(Result):
    stopping: bool = True


@operation()
async def shutdown(inside: Inside, params: ShutdownParams, caller: Caller) -> ShutdownResult:
    """End the daemon. Agents are stopped after a snapshot and go on at the next start; with
    `drain`, what runs is finished first."""
    inside.stop(params.drain)
    return ShutdownResult()
