"""Keeps the oracle's index filled: with base's files at the start, and again when base has moved
and work begins on it. In the background; nobody waits for it.
"""

import logging
from collections.abc import Collection
from functools import partial

from pointsman.daemon.looking import Lookout
from pointsman.daemon.world import World
from pointsman.git import branch_tip, recently_changed
from pointsman.model.state import State
from pointsman.oracle.index import Progress

log = logging.getLogger(__name__)


async def keep_index(world: World, lookout: Lookout) -> None:
    """For ever. A name that is unique is known as such from when this has been through once, so
    whoever was examined before is examined again."""
    filled: frozenset[str | None] = frozenset({await _fill(world)})
    for unit in world.state.units.values():
        if unit.live:
            lookout.soon(unit.chunk)
    while True:
        await world.inside.ledger.until(partial(_begun_elsewhere, filled=filled))
        bases = _bases(world.state)
        for commit in sorted(bases - filled):
            await _fill(world, commit)
        filled = frozenset(bases)


async def _fill(world: World, commit: str | None = None) -> str | None:
    """Takes in a commit's files; base's tip if none is named. Gives that commit."""
    inside = world.inside
    try:
        commit = commit or await branch_tip(inside.repository.git, inside.base)
        if commit is not None:
            recent = await recently_changed(inside.repository.git, commit)
            await inside.oracle.build_index(commit, recent)
    except Exception:
        log.exception("the index could not be filled: what it lacks is read when it is needed")
        inside.oracle.indexing.tell(Progress(0, 0))  # whoever waits need not go on
    return commit


def _bases(state: State) -> frozenset[str]:
    """The commits that live units start from."""
    return frozenset(u.base.commit for u in state.units.values() if u.live and u.base.commit)


def _begun_elsewhere(state: State, filled: Collection[str | None]) -> bool:
    return not _bases(state).issubset(filled)
