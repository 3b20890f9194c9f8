"""A unit's work: what it changed, what its agent said, its snapshots, what landed."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from pointsman.agents.transcript import TranscriptLine, read
from pointsman.git import (
    Git,
    line_counts,
    patch,
    read_commit,
    ref_tip,
    small_blobs,
    tree_diff,
    tree_of,
)
from pointsman.model.errors import PointsmanError
from pointsman.model.facts import Answered
from pointsman.model.names import landing_ref
from pointsman.model.records import Landing, Snapshot
from pointsman.model.unmerged import FileVersion, Unmerged
from pointsman.model.work_unit import Phase, Status, WorkUnit
from pointsman.operations.find import unit_of
from pointsman.operations.inside import Inside
from pointsman.operations.pool import OneUnit, UnitParams
from pointsman.operations.seam import Caller
from pointsman.operations.table import Nothing, Params, Result, operation
from pointsman.reconcile.items import LAND

PATCH_LIMIT = 8 * 1024 * 1024
"""Characters of a patch that a door is sent; what is more is cut, and said."""
LINES_AT_ONCE = 5_000
GO = (LAND, "retry")
"""The options that let a landing go on."""


class DiffParams(Params):
    unit: str
    against: str = "base"
    conflict: bool = False
    """What does not merge, where the unit waits with a LANDING_CONFLICT."""
    texts: bool = False
    """Each file's text on both sides as well."""


class VersionText(FileVersion):
    """A version of a file with its text; none for what is binary or no file at all."""

    text: str | None = None
    cut: bool = False


class DiffFile(Result):
    path: str
    status: str
    """``A``, ``M``, ``D``, ``R`` or ``T``, as in git-diff(1)."""
    old_path: str | None = None
    added: int | None = None
    removed: int | None = None
    before: VersionText | None = None
    after: VersionText | None = None


class UnmergedFile(Unmerged):
    """A file that does not merge, with the text of its three versions."""

    base: VersionText | None = None
    ours: VersionText | None = None
    theirs: VersionText | None = None


class DiffResult(Result):
    patch: str
    files: tuple[DiffFile, ...]
    tree: str
    base: str
    """The commit it is compared with."""
    cut: bool = False
    unmerged: tuple[UnmergedFile, ...] = ()


@operation(single="unit", long=True)
async def diff(inside: Inside, params: DiffParams, caller: Caller) -> DiffResult:
    """What a unit has changed, against the base it was cut from or one of its snapshots.

    With `conflict`, what keeps it from landing: the files that don't merge with base, each as both
    started from it (`base`), as base has it now (`ours`) and as the unit has it (`theirs`). The
    patch then leads from base's tip to the merge with its conflict markers.

    With `texts`, each file's text on both sides as well (`before`, `after`), together no more than
    the patch may have.
    """
    unit = unit_of(inside.ledger.state, params.unit)
    if params.conflict:
        return await _does_not_merge(inside, unit)
    if unit.workspace is not None:
        with contextlib.suppress(FileNotFoundError):  # it is being removed: then its last snapshot
            unit = await inside.snapshots.take(unit.id, "diff")
    start = await _start_of(inside, unit, params.against)
    store = inside.workspaces.store(unit.id)
    return await _compared(store, start, unit.snapshot or start, texts=params.texts)


async def _compared(git: Git, start: str, tip: str, *, texts: bool = False) -> DiffResult:
    changes = await tree_diff(git, start, tip)
    blobs = [b for c in changes for b in (c.old_blob, c.new_blob) if b] if texts else []
    contents = await small_blobs(git, blobs, together=PATCH_LIMIT)

    def version(mode: str | None, blob: str | None) -> VersionText | None:
        return _with_text(mode, blob, contents) if texts and mode and blob else None

    counts = {c.path: c for c in await line_counts(git, start, tip)}
    text = (await patch(git, start, tip)).decode(errors="replace")
    return DiffResult(
        patch=text[:PATCH_LIMIT],
        files=tuple(
            DiffFile(
                path=c.path,
                status=c.status,
                old_path=c.old_path if c.old_path != c.path else None,
                added=counts[c.path].added if c.path in counts else None,
                removed=counts[c.path].removed if c.path in counts else None,
                before=version(c.old_mode, c.old_blob),
                after=version(c.new_mode, c.new_blob),
            )
            for c in changes
        ),
        tree=await tree_of(git, tip),
        base=start,
        cut=len(text) > PATCH_LIMIT,
    )


async def _does_not_merge(inside: Inside, unit: WorkUnit) -> DiffResult:
    """Of the merge that was tried, whose commit holds both sides (see `landing.trial`)."""
    items = inside.ledger.state.items.values()
    item = next((i for i in items if i.unit == unit.id and i.unmerged), None)
    git = inside.repository.git
    tried = await ref_tip(git, landing_ref(unit.id)) if item else None
    if item is None or tried is None:
        raise PointsmanError(
            "item-not-found",
            f"{unit.id} does not wait with a conflict of its landing.",
            f"`pointsman diff {unit.id}` shows what it changed.",
            data={"unit": unit.id},
        )
    ours, _ = (await read_commit(git, tried)).parents
    compared = await _compared(git, ours, tried)
    versions = [v for u in item.unmerged for v in (u.base, u.ours, u.theirs) if v]
    contents = await small_blobs(git, {v.blob for v in versions}, together=PATCH_LIMIT)

    def shown(version: FileVersion | None) -> VersionText | None:
        return _with_text(version.mode, version.blob, contents) if version else None

    files = (
        {**dict(u), "base": shown(u.base), "ours": shown(u.ours), "theirs": shown(u.theirs)}
        for u in item.unmerged
    )
    return compared.model_copy(update={"unmerged": tuple(UnmergedFile(**f) for f in files)})


def _with_text(mode: str, blob: str, contents: Mapping[str, bytes]) -> VersionText:
    """``cut``: it is too large to be sent. A binary file has no text either."""
    content = contents.get(blob)
    said = content.decode(errors="replace") if content and b"\0" not in content else None
    return VersionText(
        mode=mode, blob=blob, text="" if content == b"" else said, cut=content is None
    )


async def _start_of(inside: Inside, unit: WorkUnit, against: str) -> str:
    if against == "base":
        if unit.base.commit is None:
            raise PointsmanError(
                "snapshot-not-found",
                f"{unit.id} has not started: there is nothing to compare.",
                "Wait until its workspace is cut.",
                data={"unit": unit.id},
            )
        return unit.base.commit
    return (await _snapshot_of(inside, unit, against)).id


async def _snapshot_of(inside: Inside, unit: WorkUnit, named: str) -> Snapshot:
    found = [s for s in await inside.ledger.reader.snapshots(unit.id) if s.id.startswith(named)]
    if len(found) != 1:
        raise PointsmanError(
            "snapshot-not-found",
            f"{unit.id} has {'no' if not found else 'more than one'} snapshot {named!r}.",
            f"`pointsman snapshots {unit.id}` lists them.",
            data={"unit": unit.id, "snapshot": named},
        )
    return found[0]


class LogParams(Params):
    unit: str
    attempt: int | None = None
    since: int = Field(0, ge=0)
    follow: bool = False


class LogResult(Result):
    lines: tuple[TranscriptLine, ...]


@operation(single="unit", long=True)
async def log(inside: Inside, params: LogParams, caller: Caller) -> LogResult:
    """The transcript of a unit's newest attempt, or of the one named.

    With `follow`, later lines are reported as progress (each a JSON object) until the attempt ends
    or the caller cancels.
    """
    unit = unit_of(inside.ledger.state, params.unit)
    made = [a.n for a in await inside.ledger.reader.attempts(unit.id)]
    if params.attempt is not None and params.attempt not in made:
        raise PointsmanError(
            "attempt-not-found",
            f"{unit.id} has had no attempt {params.attempt}.",
            f"`pointsman unit {unit.id}` lists its attempts.",
            data={"unit": unit.id, "attempt": params.attempt},
        )
    number = params.attempt or max(made, default=0)
    live = inside.transcripts.get(f"{unit.id}/{number}")
    if params.follow and live is not None:
        async for line in live.follow(params.since):
            caller.report(line.json_text(), None)
        return LogResult(lines=())
    path = transcript_path(inside.units_folder, unit.id, number)
    # Megabytes to be parsed: not while everybody else waits.
    lines = await asyncio.to_thread(lambda: deque(read(path, params.since), maxlen=LINES_AT_ONCE))
    return LogResult(lines=tuple(lines))


def transcript_path(units_folder: Path, unit: str, attempt: int) -> Path:
    """Where an attempt's transcript is kept."""
    return units_folder / unit / f"attempt-{attempt}.jsonl"


class SnapshotsResult(Result):
    snapshots: tuple[Snapshot, ...]


@operation(single="unit")
async def snapshots(inside: Inside, params: UnitParams, caller: Caller) -> SnapshotsResult:
    """A unit's snapshots, oldest first."""
    unit = unit_of(inside.ledger.state, params.unit)
    return SnapshotsResult(snapshots=tuple(await inside.ledger.reader.snapshots(unit.id)))


class RestoreParams(Params):
    unit: str
    snapshot: str


@operation(long=True)
async def restore(inside: Inside, params: RestoreParams, caller: Caller) -> OneUnit:
    """Put a unit's workspace back to one of its snapshots. What is there now is snapshotted first.

    Refused while its agent runs, or it is verified or landed; one that is to go on meanwhile waits
    until all files are there.
    """
    unit = unit_of(inside.ledger.state, params.unit)
    inside.snapshots.refuse_unless_idle(unit.id)
    wanted = await _snapshot_of(inside, unit, params.snapshot)
    return OneUnit(unit=await inside.snapshots.restore(unit.id, wanted.id))


@operation(single="unit")
async def land(inside: Inside, params: UnitParams, caller: Caller) -> OneUnit:
    """Let a finished unit land that waits for the operator's go, or whose landing was held up.

    A unit that is landing anyway, or has landed, is left alone.
    """
    unit = unit_of(inside.ledger.state, params.unit)
    waiting = unit.attention
    go = next((o.id for o in waiting.options if o.id in GO), None) if waiting else None
    if waiting is not None and go is not None and unit.works_at is Phase.LAND:
        await inside.ledger.record(Answered(waiting.id, caller.door, option=go))
    elif unit.works_at is not Phase.LAND or not (unit.live or unit.status is Status.COMPLETED):
        raise PointsmanError(
            "illegal-transition",
            f"{unit.id} is {unit.status}: it has nothing to land yet.",
            "It lands by itself once its agent is done and its work is verified.",
            data={"unit": unit.id, "status": unit.status},
        )
    return OneUnit(unit=inside.ledger.state.units[unit.id])


class LandingsResult(Result):
    landings: tuple[Landing, ...]


@operation()
async def landings(inside: Inside, params: Nothing, caller: Caller) -> LandingsResult:
    """What is landing or has landed, oldest first."""
    found = sorted(inside.ledger.state.landings.values(), key=lambda landing: landing.at)
    return LandingsResult(landings=tuple(found))


class WorkspaceInfo(Result):
    unit: str
    status: str
    path: str
    base: str | None = None
    snapshot: str | None = None


class WorkspacesResult(Result):
    workspaces: tuple[WorkspaceInfo, ...]


@operation()
async def workspaces(inside: Inside, params: Nothing, caller: Caller) -> WorkspacesResult:
    """The workspaces that exist, and what their units are at."""
    return WorkspacesResult(
        workspaces=tuple(
            WorkspaceInfo(
                unit=u.id,
                status=u.status,
                path=u.workspace,
                base=u.base.commit,
                snapshot=u.snapshot,
            )
            for u in inside.ledger.state.units.values()
            if u.workspace is not None
        )
    )
