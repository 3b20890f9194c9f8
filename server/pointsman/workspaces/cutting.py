"""Cutting a workspace: a shared clone at the recorded commit, with its snapshot store.

Killed anywhere, it is simply done again: the store and the clone are made under other names and
renamed when they are whole.
"""

import asyncio
import shutil
from pathlib import Path

from pointsman.git import (
    Ident,
    bare_store,
    exists,
    ref_tip,
    set_refs,
    shared_clone,
)
from pointsman.model.errors import PointsmanError
from pointsman.model.names import base_ref, snapshot_ref
from pointsman.workspaces.deleting import delete
from pointsman.workspaces.publishing import discard
from pointsman.workspaces.unit import Unit


async def cut(unit: Unit, branch: str, commit: str, identity: Ident, *, anew: bool = False) -> Path:
    """The unit's workspace, ``branch`` checked out at ``commit``; the one that is there, if any,
    unless it is to be cut ``anew``.

    The commit is pinned in the repository before anything borrows from it. A unit that had a
    workspace before goes on after its newest snapshot that was published.
    """
    if anew:
        await discard(unit)
    elif await asyncio.to_thread(unit.workspace.is_dir):
        return unit.workspace
    git = unit.repository.git
    if not await exists(git, f"{commit}^{{commit}}"):
        raise PointsmanError(
            "base-missing",
            f"The repository has no commit {commit}.",
            "Inject the chunk again.",
        )
    await set_refs(git, {base_ref(unit.name): commit})
    half = unit.places.workspaces / f".{unit.name}.half"
    storing = asyncio.ensure_future(_make_store(unit, commit))
    try:
        await asyncio.to_thread(_clear, half)
        clone = await shared_clone(unit.repository, commit, branch, half, identity)
    finally:
        await storing  # no half of a cut goes on by itself
    await asyncio.to_thread(_adopt_index, clone.git_dir, unit.places.store(unit.name))
    half.rename(unit.workspace)
    return unit.workspace


async def _make_store(unit: Unit, commit: str) -> None:
    """The unit's snapshot store, if there is none yet, with its base and its newest snapshot."""
    store = unit.places.store(unit.name)
    if not await asyncio.to_thread(store.is_dir):
        half = store.with_name("snap.half")
        await asyncio.to_thread(_clear, half)
        await bare_store(unit.repository, half)
        half.rename(store)
    published = await ref_tip(unit.repository.git, snapshot_ref(unit.name))
    known = await ref_tip(unit.store, snapshot_ref(unit.name))
    start = {base_ref(unit.name): commit, snapshot_ref(unit.name): known or published}
    await set_refs(unit.store, {ref: tip for ref, tip in start.items() if tip})


def _clear(half: Path) -> None:
    half.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    delete(half)


def _adopt_index(clone: Path, store: Path) -> None:
    """The clone's fresh index as the store's: the first snapshot need not read every file.

    With its time: git looks closer at files that are not older than the index (racy git).
    """
    half = store / "index.half"
    shutil.copy2(clone / "index", half)
    half.replace(store / "index")
