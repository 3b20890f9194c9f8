"""The oracle, kept up to date: new units, snapshots and claims in; conflicts into the ledger.

One look at a time, in the order in which they were asked for, so that every pair is compared with
both sides as they are then: whoever is looked at later is compared with all that were before.
Pairs that are INDEPENDENT whatever they share are told once nobody waits to be looked at.
"""

import asyncio
import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from pointsman.chunks.load import committed
from pointsman.daemon.glancing import Glances
from pointsman.daemon.telling import Telling
from pointsman.daemon.world import World
from pointsman.git import branch_tip
from pointsman.model.chunk import GOAL, ChunkDocument
from pointsman.model.conflict import Conflict, Verdict
from pointsman.model.errors import PointsmanError
from pointsman.model.facts import Examined, Fact, Told
from pointsman.model.footprint import OPERATOR, Footprint, Touch
from pointsman.model.state import State
from pointsman.model.work_unit import WorkUnit
from pointsman.oracle.comparing import Met
from pointsman.oracle.engine import left_out
from pointsman.oracle.footprint import combine

log = logging.getLogger(__name__)

PORTION = 25
"""Pairs that are looked at without a pause: for so long the event loop stands still."""
TOGETHER = 200
"""Pairs from which on what is INDEPENDENT is recorded, though there be more of it."""
PATHS_TOLD = 100
"""Files that an event lists."""


@dataclass(frozen=True)
class _Known:
    """What was found out about a unit: seen in its last snapshot, and said beside that."""

    seen: Footprint | None
    said: tuple[Footprint, ...]
    leave_out: tuple[str, ...]
    """Files and folders that are no work of its."""

    def whole(self, seen: Footprint | None) -> Footprint:
        """As one, with what is ``seen`` now."""
        return combine(seen, *self.said) if self.said or seen is None else seen


class Lookout:
    """Examines participants, one after the other."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._queue: asyncio.Queue[tuple[str, asyncio.Future[None]]] = asyncio.Queue()
        self._asked: dict[str, asyncio.Future[None]] = {}
        self._documents: dict[str, ChunkDocument] = {}
        """By unit."""
        self._seen: dict[str, tuple[object, ...]] = {}
        """By chunk: what the last examination was, or is to be, made of and judged by."""
        self._at_once: set[str] = set()
        """Chunks of which somebody waits for all that there is to tell."""
        self._rest: dict[str, tuple[Met, list[str]]] = {}
        """By chunk: whom it met, and those of them of whom it is still to be told."""
        self._plans: dict[tuple[str, str], Footprint] = {}
        """What documents say, by unit and base: it does not change with every snapshot."""
        self._telling = Telling(world)
        self._known: dict[str, _Known] = {}
        """By live unit: what its last examination found."""
        self.glances = Glances(world)
        self._turn = asyncio.Lock()
        """One comparison at a time: what is recorded last was compared last."""

    def notice(self, state: State) -> None:
        """Examine whatever is not as it was when it was last examined."""
        judged_by = self._world.inside.oracle.judges_by
        for unit in state.units.values():
            if unit.live:
                claim = state.claims.get(unit.chunk)
                made_of = (unit.id, unit.base.commit, unit.snapshot, unit.needs_agent, claim)
                now = (*made_of, judged_by)
                if self._seen.get(unit.chunk) != now:
                    self._seen[unit.chunk] = now
                    self.soon(unit.chunk)
            elif self._seen.get(unit.chunk, (None,))[0] == unit.id:
                del self._seen[unit.chunk]
                self.soon(unit.chunk)  # forgets it

    def soon(self, chunk: str) -> asyncio.Future[None]:
        """Have ``chunk`` examined; done when it has been. Asked twice meanwhile is asked once."""
        waiting = self._asked.get(chunk)
        if waiting is None:
            waiting = asyncio.get_running_loop().create_future()
            self._asked[chunk] = waiting
            self._queue.put_nowait((chunk, waiting))
        return waiting

    async def look_again(self, chunk: str) -> None:
        """Have ``chunk`` examined, and wait until all has been told."""
        self._at_once.add(chunk)
        await asyncio.shield(self.soon(chunk))

    async def run(self) -> None:
        """For ever. A look that fails is told in the log; the chunk is looked at again when there
        is something new to see."""
        while True:
            try:
                await self._tell_rest()
            except Exception:
                log.exception("what is INDEPENDENT could not be told")
            chunk, waiting = await self._queue.get()
            del self._asked[chunk]  # whatever happens from here on is a reason for another look
            at_once = chunk in self._at_once
            self._at_once.discard(chunk)
            try:
                await self._examine(chunk, at_once)
            except Exception:
                log.exception("the oracle could not examine %s", chunk)
                try:
                    await self._unknown(chunk)
                except Exception:
                    log.exception("nor could that be recorded")
            finally:
                if not waiting.done():
                    waiting.set_result(None)

    async def _examine(self, chunk: str, at_once: bool) -> None:
        unit = self._live(chunk)
        oracle, buffers = self._world.inside.oracle, self._world.inside.buffers
        if chunk == OPERATOR:  # who watches the working trees holds what is there
            async with self._turn:
                found = await oracle.compare(OPERATOR)
                fact = Examined(OPERATOR, tuple(found), compared=oracle.participants())
                await self._world.inside.ledger.record(fact)
            return
        if unit is None:
            buffers.stirred(oracle.footprint(chunk))
            oracle.forget(chunk)
            self._telling.forget(chunk)
            live = {u.id for u in self._world.state.units.values() if u.live}
            for gone in self._known.keys() - live:
                del self._known[gone]
                self.glances.forget(gone)
            for known in [u for u, document in self._documents.items() if document.name == chunk]:
                del self._documents[known]
            for key in [k for k in self._plans if k[0] not in self._documents]:
                del self._plans[key]
            return
        await self._compare(unit, at_once, await self._look(unit))

    async def glance(self, unit: str, paths: Collection[str]) -> None:
        """Look at files that a unit's agent has just changed, before there is a snapshot."""
        found = self._world.state.units.get(unit)
        if found is None or not found.live or not found.needs_agent or unit not in self._known:
            return
        leave_out = self._known[unit].leave_out
        work = [path for path in paths if not left_out(path, leave_out)]
        if await self.glances.look(found, work):
            await self._compare(found, at_once=True)

    async def _compare(
        self, unit: WorkUnit, at_once: bool = False, known: _Known | None = None
    ) -> None:
        """All that is known of the unit by now, with all others. ``known``: what has just been
        found out about it.

        Without that its tree is the one of last time, and git is not asked again: it was, about all
        that had anything in common with it.
        """
        oracle, buffers = self._world.inside.oracle, self._world.inside.buffers
        chunk = unit.chunk
        async with self._turn:
            anew, known = known is not None, known or self._known.get(unit.id)
            if known is None or self._live(chunk) is None:
                return
            self._known[unit.id] = known
            footprint = known.whole(self.glances.over(unit, known.seen))
            before = oracle.footprint(chunk)
            oracle.hold(footprint)
            buffers.stirred(before, footprint)
            others = oracle.participants()
            met = await oracle.meet(chunk, ask=anew)
            if met is None:
                return  # it is over, and forgotten
            waits = self._in_the_way_of(chunk)
            later = [] if at_once else sorted(met.beside - waits)
            found = await self._told(met, sorted(met.near.keys() - set(later)))
            if self._live(chunk) is None:
                return
            self._rest[chunk] = (met, later)
            changed = met.near.keys() - oracle.still(met, met.near)  # their own look is to come
            compared = others.difference(changed, later)
            facts: list[Fact] = [
                Examined(chunk, tuple(found), compared),
                *_touches_others(unit, before, footprint),
            ]
            await self._world.inside.ledger.record(*facts)
        await self._telling.tell(unit, footprint, found)

    def _in_the_way_of(self, chunk: str) -> frozenset[str]:
        """Those whose conflict with it matters as it is recorded: if that is over, tell it now."""
        return frozenset(
            conflict.other(chunk)
            for conflict in self._world.state.conflicts.values()
            if chunk in (conflict.a, conflict.b) and conflict.verdict is not Verdict.INDEPENDENT
        )

    async def _tell_rest(self) -> None:
        """What is INDEPENDENT of whom, as long as nobody waits to be examined: nothing depends on
        it, and in a burst there may be something newer to tell by then."""
        while self._rest and self._queue.empty():
            facts: list[Examined] = []
            while self._rest and sum(len(fact.compared) for fact in facts) < TOGETHER:
                facts += await self._rest_of(next(iter(self._rest)))
            if facts:
                await self._world.inside.ledger.record(*facts)

    async def _rest_of(self, chunk: str) -> list[Examined]:
        """Of whom it is INDEPENDENT, if that has not been told yet."""
        met, later = self._rest.pop(chunk, (None, []))
        if met is None or not later or self._live(chunk) is None:
            return []
        found = await self._told(met, later)
        # with whoever changed meanwhile it was compared when they were looked at
        compared = frozenset(self._world.inside.oracle.still(met, later))
        kept = (conflict for conflict in found if conflict.other(chunk) in compared)
        return [Examined(chunk, tuple(kept), compared)]

    async def _told(self, met: Met, others: Sequence[str]) -> list[Conflict]:
        """Conflicts in small portions: the loop has other things to do."""
        found: list[Conflict] = []
        for at in range(0, len(others), PORTION):
            found += self._world.inside.oracle.told(met, others[at : at + PORTION])
            await asyncio.sleep(0)
        return found

    async def _look(self, unit: WorkUnit) -> "_Known":
        """All that is known of the unit: what it changed, else claimed, else declared, else what
        its plan lets expect. Of a unit whose agent is done only what it changed."""
        inside = self._world.inside
        document = await self._document(unit)
        base = unit.base.commit or await branch_tip(inside.repository.git, unit.base.branch)
        assert base is not None, "base was there when the unit was injected"
        leave_out = [document.folder]
        if unit.displaced_chunk:
            leave_out.append(f"{inside.now.chunks}/{unit.displaced_chunk}/{GOAL}")
        seen = None
        if unit.snapshot is not None:
            objects = inside.workspaces.store(unit.id).git_dir / "objects"
            seen = await inside.oracle.footprint_of_tree(
                unit.chunk, base, unit.snapshot, [objects], leave_out
            )
            if not unit.needs_agent:
                return _Known(seen, (), tuple(leave_out))
        claim, said = self._world.state.claims.get(unit.chunk), None
        if claim is not None:
            said = await inside.oracle.footprint_of_claim(
                unit.chunk, base, claim.paths, claim.symbols
            )
        planned = await self._planned(unit, document, base, leave_out)
        said_of_it = tuple(part for part in (said, planned) if part is not None)
        return _Known(seen, said_of_it, tuple(leave_out))

    async def _planned(
        self, unit: WorkUnit, document: ChunkDocument, base: str, leave_out: list[str]
    ) -> Footprint:
        key = (unit.id, base)
        if key not in self._plans:
            oracle = self._world.inside.oracle
            self._plans[key] = await oracle.footprint_of_plan(document, base, leave_out=leave_out)
        return self._plans[key]

    async def _unknown(self, chunk: str) -> None:
        """A chunk that can't be examined must not wait for ever: nothing is known against it."""
        unit = self._live(chunk)
        if unit is not None and not unit.examined:
            fact = Examined(chunk, found=(), compared=frozenset())
            await self._world.inside.ledger.record(fact)

    def _live(self, chunk: str) -> WorkUnit | None:
        units = self._world.state.units.values()
        return next((u for u in units if u.chunk == chunk and u.live), None)

    async def _document(self, unit: WorkUnit) -> ChunkDocument:
        """The chunk as it was injected: later edits of it are another injection's.

        Where that commit is gone (base was rewound, and a gc came), as the workspace's base has it.
        Raises chunk-not-found.
        """
        if unit.id not in self._documents:
            git, folder = self._world.inside.repository.git, self._world.chunk_folder(unit)
            tip = f"refs/heads/{unit.base.branch}"
            for commit in filter(None, (unit.injected_from, unit.base.commit, tip)):
                document = await committed(git, commit, folder)
                if document is not None:
                    self._documents[unit.id] = document
                    break
            else:
                raise PointsmanError(
                    "chunk-not-found",
                    f"No commit has {folder} as {unit.id} was injected with it.",
                    "Cancel the unit, commit the chunk again, and inject it anew.",
                    data={"unit": unit.id},
                )
        return self._documents[unit.id]


def _touches_others(unit: WorkUnit, before: Footprint | None, now: Footprint) -> Iterator[Told]:
    """What doors are told where a unit touches something else than before: the files in which.

    Too many of them are not listed: then it may be any.
    """
    old = frozenset(before.touches) if before is not None else frozenset[Touch]()
    changed = sorted({touch.path for touch in old ^ frozenset(now.touches)})
    if changed:
        listed = {"paths": changed} if len(changed) <= PATHS_TOLD else {}
        yield Told("footprint.changed", unit.id, {"chunk": unit.chunk, **listed})
