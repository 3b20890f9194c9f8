"""Activation: what a workspace's starting tree says of the chunk that is worked on there.

A FUTURE chunk becomes IMPLEMENTING when its unit is dispatched. There is at most one IMPLEMENTING
chunk in a workspace, so another that base has so is set to FUTURE, and put back before landing.
"""

from collections.abc import Mapping
from typing import NamedTuple

from pointsman.chunks import front_matter
from pointsman.model.chunk import ChunkStatus
from pointsman.model.errors import PointsmanError


class Activation(NamedTuple):
    """``goals``: the new GOAL.md of each chunk that changes. ``displaced``: the other chunk."""

    goals: dict[str, bytes]
    displaced: str | None


def activate(chunk: str, goals: Mapping[str, bytes]) -> Activation:
    """How the starting tree differs from base, of which ``goals`` are the GOAL.md by chunk.

    Documents of other chunks that can't be read stay as they are. Where base, against the rules,
    has several others IMPLEMENTING, the first by name is displaced. Raises chunk-unreadable.
    """
    changed: dict[str, bytes] = {}
    if front_matter.parse(goals[chunk], chunk).front.status is ChunkStatus.FUTURE:
        changed[chunk] = front_matter.set_status(goals[chunk], ChunkStatus.IMPLEMENTING)
    others = (name for name in sorted(goals) if name != chunk)
    displaced = next((name for name in others if _implementing(goals[name])), None)
    if displaced:
        changed[displaced] = front_matter.set_status(goals[displaced], ChunkStatus.FUTURE)
    return Activation(changed, displaced)


def _implementing(goal: bytes) -> bool:
    if b"IMPLEMENTING" not in goal:
        return False
    try:
        return front_matter.parse(goal, "GOAL.md").front.status is ChunkStatus.IMPLEMENTING
    except PointsmanError:
        return False
