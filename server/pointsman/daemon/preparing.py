"""A unit's workspace: cut, activated, set up, brought up to base; and cleared in the end."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from pointsman import landing
from pointsman.chunks.activation import activate
from pointsman.chunks.load import goals_on_base
from pointsman.daemon.unmerged import unmerged
from pointsman.daemon.world import World
from pointsman.git import branch_tip, printable, read_commit
from pointsman.model.chunk import GOAL
from pointsman.model.errors import PointsmanError
from pointsman.model.facts import BroughtUp, SnapshotTaken, WorkspaceCut, WorkspaceRemoved
from pointsman.model.names import landing_ref
from pointsman.model.work_unit import Phase, WorkUnit
from pointsman.reconcile.items import Stale
from pointsman.sandbox.run import run
from pointsman.workspaces import BroughtUp as Brought
from pointsman.workspaces.deleting import delete

SETUP_OUTPUT = 64 * 1024
"""Bytes of a setup command's output that are kept to be shown."""


async def prepare(world: World, unit: WorkUnit) -> Path:
    """The workspace, ready. What was done is in the ledger; doing it again is safe.

    Raises PointsmanError where it can't be made ready, Stale where the unit has ended meanwhile.
    """
    since = datetime.now(UTC)  # before the tip is read: what lands while we work is not missed
    tip = await branch_tip(world.inside.repository.git, unit.base.branch)
    if tip is None:
        raise PointsmanError(
            "base-missing", f"The branch {unit.base.branch} is gone.", "Make it again, then retry."
        )
    if unit.workspace is None or not await asyncio.to_thread(Path(unit.workspace).is_dir):
        return await _cut(world, unit, tip, since)
    if unit.base.commit != tip:
        await _bring_up(world, unit, tip, since)
    return Path(unit.workspace)


async def _cut(world: World, unit: WorkUnit, tip: str, since: datetime) -> Path:
    workspaces, ledger = world.inside.workspaces, world.inside.ledger
    # A unit that lost its folder goes on from where its work was, on the base that it had. One
    # that has not begun may have what a killed or failed try left, cut from an older base.
    commit = unit.base.commit or tip
    path = await workspaces.cut(unit.id, unit.chunk, commit, agent=unit.agent, anew=not unit.begun)
    try:
        if unit.snapshot is not None:
            async with world.inside.snapshots.alone(unit.id):
                last = await workspaces.newest(unit.id) or unit.snapshot
                restored = await workspaces.restore(unit.id, last, at=datetime.now(UTC))
                await ledger.record(SnapshotTaken(restored))
            displaced = unit.displaced_chunk
        else:
            displaced = await _activate(world, unit, commit)
            await _set_up(world, path)
        await ledger.record(WorkspaceCut(unit.id, str(path), commit, displaced, since))
    except Stale:
        await clear(world, unit.id)
        raise
    return path


async def clear(world: World, unit: str) -> None:
    """Remove what a unit that has ended needs no more: its workspace, once all of it is kept, and
    its agent's HOME, with the logins that were copied there. Safe to do twice.

    Raises PointsmanError where its files can't be kept; nothing is removed then.
    """
    workspaces, ledger = world.inside.workspaces, world.inside.ledger
    if await asyncio.to_thread(workspaces.path(unit).is_dir):
        await workspaces.open_up(unit)
        await world.inside.snapshots.take(unit, "removal")
        await workspaces.publish(unit)
    await workspaces.remove(unit)
    await world.bring_logins_back(world.unit(unit))  # the daemon may have been killed beside it
    await asyncio.to_thread(delete, world.home(unit))
    await landing.let_go(world.inside.repository.git, landing_ref(unit))
    await ledger.record(WorkspaceRemoved(unit))


async def _activate(world: World, unit: WorkUnit, commit: str) -> str | None:
    """Make the chunk IMPLEMENTING in the new workspace; the other chunk that had to give way.

    Before the agent's first start, so nothing hostile has been in there yet.
    """
    folder = world.inside.now.chunks
    goals = await goals_on_base(world.inside.repository.git, commit, folder)
    if unit.chunk not in goals:
        raise PointsmanError(
            "chunk-not-found",
            f"{folder}/{unit.chunk}/{GOAL} is not on {unit.base.branch} any more.",
            "Commit it there again, then retry; or cancel the unit.",
        )
    activation = activate(unit.chunk, goals)
    for name, document in activation.goals.items():
        await world.inside.workspaces.write(unit.id, f"{folder}/{name}/{GOAL}", document)
    return activation.displaced


async def _set_up(world: World, workspace: Path) -> None:
    """Run the ``setup`` commands, in the sandbox. Raises PointsmanError where one fails."""
    limit = world.inside.now.command_limit
    for command in world.inside.now.setup:
        done = await run(
            world.sandbox,
            world.check_policy(workspace),
            ["/bin/sh", "-c", command],
            limit=limit,
            output_limit=SETUP_OUTPUT,
        )
        if done.code != 0:
            said = (done.stdout + done.stderr).decode(errors="replace")[-2000:].strip()
            raise PointsmanError(
                "setup-failed",
                f"The setup command `{command}` failed (exit {done.code}): {said}",
                "Mend it in pointsman.toml, then retry the unit.",
            )


async def _conflicts(world: World, unit: WorkUnit, tip: str, brought: Brought) -> str:
    """What did not merge, in precise words; nothing where all did."""
    if not brought.conflicts or brought.snapshot is None:
        return ""
    store = world.inside.workspaces.store(unit.id)
    work, _ = (await read_commit(store, brought.snapshot.id)).parents
    found = await unmerged(world, unit, tip, work, objects=[store.git_dir / "objects"])
    return landing.in_words(found, unit.chunk, unit.base.branch)


async def _bring_up(world: World, unit: WorkUnit, tip: str, since: datetime) -> None:
    """Merge what landed meanwhile into the workspace; the agent is told what conflicts."""
    async with world.inside.snapshots.alone(unit.id):
        brought = await world.inside.workspaces.bring_up(
            unit.id, tip, at=datetime.now(UTC), rules=world.inside.now.rules()
        )
        prompts = await world.prompts(unit)
        paths = [printable(c.path) for c in brought.conflicts]
        if unit.works_at is Phase.REBASE:  # it was told what does not merge when it was sent back
            note = prompts.sent_back(paths) if paths else None
        else:
            note = prompts.brought_up(paths, await _conflicts(world, unit, tip, brought))
        settled = landing.settled_in_words(brought.settled, unit.chunk, unit.base.branch)
        note = "\n\n".join(filter(None, (note, *settled))) or None
        snapshots = [SnapshotTaken(s) for s in (brought.before, brought.snapshot) if s is not None]
        await world.inside.ledger.record(*snapshots, BroughtUp(unit.id, tip, note, since))
