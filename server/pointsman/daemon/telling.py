"""What a unit's agent is told of the operator's own work: names, once each, and never a text.

An agent that starts to change what the operator is changing learns of it with its next prompt.
Names of files and symbols that both change are all it is told: what is unsaved is the operator's.
"""

from collections.abc import Iterable, Iterator

from pointsman.daemon.world import World
from pointsman.model.conflict import Conflict, ConflictType, Overlap, Verdict
from pointsman.model.facts import Noted
from pointsman.model.footprint import OPERATOR, Evidence, Footprint
from pointsman.model.work_unit import WorkUnit
from pointsman.oracle.overlap import Basis
from pointsman.reconcile.items import Stale

MOST = 20
"""Places that one note names."""

Place = tuple[str, str | None]
"""A path, and the symbol in it."""


class Telling:
    """Remembers what each unit's agent was told."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._told: dict[str, set[Place]] = {}
        """By chunk."""

    def forget(self, chunk: str) -> None:
        self._told.pop(chunk, None)

    async def tell(self, unit: WorkUnit, footprint: Footprint, found: Iterable[Conflict]) -> None:
        """``found``: the conflicts of the unit with that footprint, of which the operator's count:
        with their working trees, and besides with what is unsaved in their editors."""
        if not unit.needs_agent:
            return
        buffers = self._world.inside.buffers
        own = [buffers.judged(c) for c in found if OPERATOR in (c.a, c.b)]
        own += await buffers.meeting(footprint)
        told = self._told.setdefault(unit.chunk, set())
        news = sorted({p for c in own for p in _places(c)} - told, key=lambda p: (p[0], p[1] or ""))
        if not news:
            return
        told.update(news)
        try:
            await self._world.inside.ledger.record(Noted(unit.id, _note(news)))
        except Stale:  # it has ended meanwhile
            return


def _places(conflict: Conflict) -> Iterator[Place]:
    """What both were seen to change, where that matters."""
    if conflict.verdict is Verdict.INDEPENDENT:
        return
    theirs = "b" if conflict.a == OPERATOR else "a"
    for overlap in conflict.overlaps:
        evidence = overlap.evidence.get(theirs) or {}
        if _both_write(overlap) and evidence.get("evidence") == Evidence.OBSERVED:
            yield overlap.path, overlap.symbol


def _both_write(overlap: Overlap) -> bool:
    return overlap.type is ConflictType.SYMBOL or overlap.evidence.get("basis") == Basis.LINES


def _note(places: list[Place]) -> str:
    named = [f"- `{symbol}` in {path}" if symbol else f"- {path}" for path, symbol in places[:MOST]]
    if len(places) > MOST:
        named.append(f"- and {len(places) - MOST} more")
    return "\n".join(
        [
            "The operator is changing this too, in files that are not committed and that you do "
            "not see:",
            "",
            *named,
            "",
            "Keep your change there as small as it can be, and leave alone what you don't need.",
        ]
    )
