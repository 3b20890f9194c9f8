"""The pool of work units: injecting, looking, steering, ending."""

from typing import Literal

from pydantic import Field

from pointsman.chunks.checks import Checked
from pointsman.model.base import Moment
from pointsman.model.chunk import Priority
from pointsman.model.errors import PointsmanError, Problem
from pointsman.model.facts import EndWanted, Fact, Injected, Paused, Prioritized, Retried
from pointsman.model.names import unit_id
from pointsman.model.records import Attempt, Doing, Event, Landing, Snapshot
from pointsman.model.state import State
from pointsman.model.work_unit import Status, WorkUnit
from pointsman.operations.find import unit_of, unit_or_failed
from pointsman.operations.injecting import Wanted, drafted
from pointsman.operations.inside import DaemonInfo, Inside
from pointsman.operations.seam import Caller
from pointsman.operations.table import Nothing, Params, Result, operation


class UnitParams(Params):
    unit: str


class OneUnit(Result):
    unit: WorkUnit


class Units(Result):
    units: tuple[WorkUnit, ...]


class InjectParams(Params):
    chunks: tuple[str, ...]
    priority: Priority | None = None
    agent: str | None = None
    depends_on: tuple[str, ...] | None = None
    retain: bool = False


class InjectResult(Result):
    units: tuple[WorkUnit, ...]
    warnings: tuple[Problem, ...] = ()


@operation(single="chunks", long=True)
async def inject(inside: Inside, params: InjectParams, caller: Caller) -> InjectResult:
    """Put chunks into the pool: all of them, each after its dependencies, or none.

    A chunk is named by its name, its folder, an absolute path or a `file:` URI. What refuses it is
    told as one error with a code, the file and line, and the remedy.
    """
    if not params.chunks:
        raise PointsmanError(
            "invalid-params", "inject: chunks is empty.", "Name at least one chunk."
        )
    wanted = Wanted(params.priority, params.agent, params.depends_on, params.retain)
    checked, units = await drafted(inside, params.chunks, wanted, caller)
    return InjectResult(units=await _put_in(inside, checked, units), warnings=checked.warnings)


async def _put_in(
    inside: Inside, checked: Checked, units: tuple[WorkUnit, ...]
) -> tuple[WorkUnit, ...]:
    """Number the drafts and put them in, if the pool still allows it."""
    ids: list[str] = []

    def numbered(state: State) -> list[Fact]:
        ids.clear()
        own = {
            u.chunk: unit_id(u.chunk, state.counters.get(f"unit:{u.chunk}", 0) + 1) for u in units
        }
        live = {u.chunk: u.id for u in state.units.values() if u.live}
        made = []
        for draft in units:
            if (hinders := unit_or_failed(state, draft.chunk)) is not None:
                raise already_injected(hinders)
            waits = [own.get(c) or live.get(c) for c in draft.depends_on]
            made.append(draft.changed(id=own[draft.chunk], depends_on=tuple(d for d in waits if d)))
        ids.extend(own.values())
        return [Injected(tuple(made))]

    state = await inside.ledger.record(deciding=numbered)
    return tuple(state.units[i] for i in ids)


def already_injected(unit: WorkUnit) -> PointsmanError:
    """The refusal, for a race that the checks could not see."""
    return PointsmanError(
        "already-injected",
        f"{unit.chunk} is in the pool as {unit.id}, which is {unit.status}.",
        f"Say `pointsman retry {unit.id}`."
        if unit.status is Status.FAILED
        else "Wait for it, or cancel it first.",
        data={"chunk": unit.chunk, "unit": unit.id, "status": unit.status},
    )


class ValidateResult(Result):
    problems: tuple[Problem, ...]


class ChunksParams(Params):
    chunks: tuple[str, ...]


class ValidateParams(ChunksParams):
    unsaved: dict[str, str] = Field(default_factory=dict)
    """Texts that stand for the files of these paths: what an editor has not saved yet."""


@operation(single="chunks")
async def validate(inside: Inside, params: ValidateParams, caller: Caller) -> ValidateResult:
    """All that would refuse the chunks, and what is worth knowing about them. Changes nothing."""
    unsaved = {path: text.encode() for path, text in params.unsaved.items()}
    checked = await inside.checked(params.chunks, caller, unsaved=unsaved)
    return ValidateResult(problems=(*checked.problems, *checked.warnings))


class SubmitFutureResult(Result):
    injected: tuple[str, ...]
    uncommitted: tuple[str, ...]
    already_injected: tuple[str, ...]
    refused: tuple[Problem, ...] = ()
    """Chunks that are FUTURE and committed, and can't go in for another reason."""


@operation(long=True)
async def submit_future(inside: Inside, params: Nothing, caller: Caller) -> SubmitFutureResult:
    """Inject every committed FUTURE chunk; says which went in, and which were left out and why."""
    names = list(await inside.future_chunks(caller))
    left: dict[str, list[Problem]] = {}
    while names:  # a chunk that is left out may be what another depends on
        checked = await inside.checked(tuple(names), caller)
        wrong = {str((p.data or {}).get("chunk")): p for p in checked.problems}
        for name in [n for n in names if n in wrong]:
            left.setdefault(wrong[name].code, []).append(wrong[name])
            names.remove(name)
        if not wrong:
            break
    if names:
        checked, units = await drafted(inside, tuple(names), Wanted(), caller)
        await _put_in(inside, checked, units)

    def of(code: str) -> tuple[str, ...]:
        return tuple(str((p.data or {}).get("chunk")) for p in left.get(code, ()))

    others = [
        p for code in left.keys() - {"chunk-uncommitted", "already-injected"} for p in left[code]
    ]
    return SubmitFutureResult(
        injected=tuple(names),
        uncommitted=of("chunk-uncommitted"),
        already_injected=of("already-injected"),
        refused=tuple(others),
    )


class StatusResult(Result):
    rows = "units"

    daemon: DaemonInfo
    counts: dict[Status, int]
    units: tuple[WorkUnit, ...]
    heard: dict[str, Moment]
    """By unit whose agent is at work: when it last said anything, or was prompted."""
    seq: int


@operation()
async def status(inside: Inside, params: Nothing, caller: Caller) -> StatusResult:
    """The daemon, how many units are in which status, all units, and when their agents that are at
    work were last heard of."""
    state = inside.ledger.state
    shown = tuple(u for u in state.units.values() if not u.hidden)
    counts: dict[Status, int] = {}
    for unit in shown:
        counts[unit.status] = counts.get(unit.status, 0) + 1
    heard = {}
    for process in state.processes.values():
        if process.doing is Doing.BUSY:
            said = inside.transcripts.get(process.attempt)
            heard[process.id] = (said and said.last) or process.started_at
    return StatusResult(
        daemon=inside.daemon_info(),
        counts=counts,
        units=shown,
        heard=heard,
        seq=inside.ledger.seq,
    )


class UnitResult(Result):
    unit: WorkUnit
    attempts: tuple[Attempt, ...]
    snapshots: tuple[Snapshot, ...]
    landing: Landing | None = None


@operation(single="unit")
async def unit(inside: Inside, params: UnitParams, caller: Caller) -> UnitResult:
    """One unit, with its attempts, snapshots and landing."""
    found = unit_of(inside.ledger.state, params.unit)
    reader = inside.ledger.reader
    return UnitResult(
        unit=found,
        attempts=tuple(await reader.attempts(found.id)),
        snapshots=tuple(await reader.snapshots(found.id)),
        landing=inside.ledger.state.landings.get(found.id),
    )


class EventsResult(Result):
    events: tuple[Event, ...]


@operation(single="unit")
async def history(inside: Inside, params: UnitParams, caller: Caller) -> EventsResult:
    """Everything that happened to a unit, oldest first."""
    found = unit_of(inside.ledger.state, params.unit)
    return EventsResult(events=tuple(await inside.ledger.reader.history(found.id)))


class PrioritizeParams(Params):
    unit: str
    priority: Priority


@operation()
async def prioritize(inside: Inside, params: PrioritizeParams, caller: Caller) -> OneUnit:
    """Set a unit's priority: higher goes first among those that unblock as much."""
    found = unit_of(inside.ledger.state, params.unit)
    _must_be_live(found)
    state = await inside.ledger.record(Prioritized(found.id, params.priority))
    return OneUnit(unit=state.units[found.id])


def _must_be_live(unit: WorkUnit) -> None:
    if not unit.live:
        raise PointsmanError(
            "illegal-transition",
            f"{unit.id} is {unit.status}: it has ended.",
            f"Say `pointsman retry {unit.id}`."
            if unit.status is Status.FAILED
            else "Inject the chunk again if there is more to do.",
            data={"unit": unit.id, "status": unit.status},
        )


@operation(single="unit", long=True)
async def cancel(inside: Inside, params: UnitParams, caller: Caller) -> OneUnit:
    """End a unit: its agent is stopped first, and its work is kept under its ref."""
    return await _end(inside, params.unit, "cancel", caller)


@operation(single="unit", long=True)
async def delete(inside: Inside, params: UnitParams, caller: Caller) -> OneUnit:
    """Cancel a unit and take it off the lists. Its row and refs are kept."""
    return await _end(inside, params.unit, "delete", caller)


async def _end(
    inside: Inside, named: str, how: Literal["cancel", "delete"], caller: Caller
) -> OneUnit:
    found: list[str] = []

    def wanted(state: State) -> list[Fact]:
        unit = unit_of(state, named)
        found.append(unit.id)
        if unit.live and unit.base_moved:
            raise PointsmanError(
                "landing-in-progress",
                f"{unit.id} is landing: {unit.base.branch} has its work, or is about to.",
                "Wait until it is COMPLETED; take it back with a new chunk if need be.",
                data={"unit": unit.id},
            )
        if how == "cancel" and unit.status in (Status.COMPLETED, Status.CANCELLED):
            raise PointsmanError(
                "illegal-transition",
                f"{unit.id} is {unit.status} already.",
                f"`pointsman delete {unit.id}` takes it off the lists.",
                data={"unit": unit.id, "status": unit.status},
            )
        return [EndWanted(unit.id, delete=how == "delete")]

    await inside.ledger.record(deciding=wanted)
    unit_id = found[-1]
    caller.report(f"stopping {unit_id}", None)
    state = await inside.ledger.until(
        lambda s: not s.units[unit_id].live and unit_id not in s.processes
    )
    return OneUnit(unit=state.units[unit_id])


@operation(single="unit")
async def retry(inside: Inside, params: UnitParams, caller: Caller) -> OneUnit:
    """Try a FAILED unit again: its counters start anew, its work so far is kept."""

    def wanted(state: State) -> list[Fact]:
        unit = unit_of(state, params.unit)
        if unit.status is not Status.FAILED:
            raise PointsmanError(
                "illegal-transition",
                f"{unit.id} is {unit.status}; only a FAILED unit can be retried.",
                "`pointsman attention` shows what it waits for."
                if unit.status is Status.NEEDS_ATTENTION
                else "`pointsman status` shows what it is at.",
                data={"unit": unit.id, "status": unit.status},
            )
        return [Retried(unit.id)]

    found = unit_of(inside.ledger.state, params.unit).id
    state = await inside.ledger.record(deciding=wanted)
    return OneUnit(unit=state.units[found])


@operation()
async def retry_all(inside: Inside, params: Nothing, caller: Caller) -> Units:
    """Try every FAILED unit again."""
    failed: list[str] = []

    def wanted(state: State) -> list[Fact]:
        failed.clear()
        failed.extend(
            u.id for u in state.units.values() if u.status is Status.FAILED and not u.hidden
        )
        return [Retried(unit) for unit in failed]

    state = await inside.ledger.record(deciding=wanted)
    return Units(units=tuple(state.units[u] for u in failed))


class DaemonResult(Result):
    daemon: DaemonInfo


@operation()
async def pause(inside: Inside, params: Nothing, caller: Caller) -> DaemonResult:
    """Start nothing new. What runs goes on, and lands."""
    await inside.ledger.record(Paused(True))
    return DaemonResult(daemon=inside.daemon_info())


@operation()
async def resume(inside: Inside, params: Nothing, caller: Caller) -> DaemonResult:
    """Start new work again."""
    await inside.ledger.record(Paused(False))
    return DaemonResult(daemon=inside.daemon_info())
