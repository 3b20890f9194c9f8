"""What the daemon knows for saying who is in the way of a merge."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from pointsman import landing
from pointsman.daemon.world import World
from pointsman.model.unmerged import Unmerged
from pointsman.model.work_unit import WorkUnit


async def unmerged(
    world: World,
    unit: WorkUnit,
    tip: str,
    work: str,
    *,
    displaced: str | None = None,
    objects: Sequence[Path] = (),
) -> tuple[Unmerged, ...]:
    """What of ``work`` does not merge with base at ``tip``, which has moved on since the unit's
    base. ``objects``: folders of objects beside the repository's."""
    known = known_of(world, unit, tip)
    everywhere = [*objects, *world.inside.repository.objects]
    rules = world.inside.now.rules()
    return await landing.explain(everywhere, tip, work, known, rules=rules, displaced=displaced)


def known_of(world: World, unit: WorkUnit, tip: str) -> landing.Known:
    """Who landed with which commit, and what the oracle found in common with them."""
    symbols: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for conflict in world.state.conflicts.values():
        if unit.chunk in (conflict.a, conflict.b):
            other = conflict.other(unit.chunk)
            for overlap in conflict.overlaps:
                if overlap.symbol:
                    symbols[other, overlap.path][overlap.symbol] = None
    landed = {u.landed_commit: (u.id, u.chunk) for u in world.state.units.values()}
    return landing.Known(
        branch=unit.base.branch,
        chunk=unit.chunk,
        since=unit.base.commit or tip,
        landed={commit: who for commit, who in landed.items() if commit},
        symbols={where: tuple(names) for where, names in symbols.items()},
    )
