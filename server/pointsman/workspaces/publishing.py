"""Bringing snapshots into the repository, and removing a workspace only once they are there."""

import asyncio

from pointsman.git import fetch_refs, is_ancestor, ref_tip
from pointsman.model.errors import PointsmanError
from pointsman.model.names import snapshot_ref
from pointsman.workspaces.deleting import delete
from pointsman.workspaces.snapshots import is_in_last_snapshot
from pointsman.workspaces.unit import Unit


async def publish(unit: Unit) -> None:
    """Brings the unit's snapshots into the repository under their ref; every object is checked.

    Nothing if there is no snapshot. Raises GitFailed if an object isn't sound; the snapshots are
    in the unit's store then, as before.
    """
    ref = snapshot_ref(unit.name)
    last = await ref_tip(unit.store, ref)
    if last is None or last == await ref_tip(unit.repository.git, ref):
        return
    unsaved = f"refs/pointsman/unsaved/{unit.name}/*"
    store = unit.places.store(unit.name)
    await fetch_refs(unit.repository.git, store, f"{ref}:{ref}", f"{unsaved}:{unsaved}")


async def remove(unit: Unit, size_limit: int | None) -> None:
    """Removes the workspace; the snapshots stay, in the repository and in the unit's store.

    Raises ``snapshot-missing`` unless the files are those of the newest snapshot, and that is
    reachable from the unit's ref in the repository. Nothing if it is removed already.
    """
    if not await asyncio.to_thread(unit.workspace.is_dir):
        await discard(unit)  # what is left of it
        return
    if not await is_in_last_snapshot(unit, size_limit):
        raise _unsafe(unit, "files changed since the last snapshot")
    ref = snapshot_ref(unit.name)
    last, kept = await ref_tip(unit.store, ref), await ref_tip(unit.repository.git, ref)
    if last and not (kept and await is_ancestor(unit.repository.git, last, kept)):
        raise _unsafe(unit, f"the last snapshot is not in {ref} of the repository")
    await discard(unit)


async def discard(unit: Unit) -> None:
    """Removes the workspace whatever is in it: as such only for one that no agent has been in."""
    gone = unit.places.workspaces / f".{unit.name}.gone"
    await asyncio.to_thread(delete, gone)
    if await asyncio.to_thread(unit.workspace.is_dir):
        unit.workspace.rename(gone)
        await asyncio.to_thread(delete, gone)


def _unsafe(unit: Unit, why: str) -> PointsmanError:
    return PointsmanError(
        "snapshot-missing",
        f"The workspace of {unit.name} is not removed: {why}.",
        "Take a snapshot and publish it first.",
    )
