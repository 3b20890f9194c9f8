"""VERIFY and LAND: a unit's finished tree onto base. No agent, no agent's slot.

Each step is in the ledger before it is done, and safe to do twice: the commit's date and message
are chosen once, so that making it again gives the same id; base is moved by compare-and-swap.
Whoever is killed on the way finds, at the next start, base moved (then the unit has landed) or not.
"""

import logging
import time
from datetime import UTC, datetime

from pointsman import landing
from pointsman.chunks import front_matter
from pointsman.daemon.checks import Failed, run_checks
from pointsman.daemon.unmerged import unmerged
from pointsman.daemon.world import World
from pointsman.git import (
    branch_tip,
    is_ancestor,
    operator_identity,
    printable,
    read_blob,
    tree_diff,
)
from pointsman.model import facts as f
from pointsman.model.chunk import GOAL, ChunkStatus
from pointsman.model.errors import PointsmanError
from pointsman.model.names import landing_ref
from pointsman.model.records import Landing, LandingState
from pointsman.model.work_unit import Phase, Status, WorkUnit
from pointsman.reconcile.items import Stale

log = logging.getLogger(__name__)

HELD_AGAIN_FIRST = 4.0
HELD_AGAIN_CAP = 300.0
"""Seconds until a landing is tried again that was let go on and held again, doubled each time."""
NOT_ACTIVE = "The chunk's GOAL.md does not say `status: ACTIVE` in what was left in the workspace."


class Lander:
    """Verifies units, also side by side, and lands the one that it is told to."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ledger = world.inside.ledger
        self._git = world.inside.repository.git
        self._let_go_on: dict[str, tuple[float, float]] = {}
        """Units that base held up for no reason that we could see: how long the next such pause is,
        and when (on the monotonic clock) the last one is over."""

    # ---- verify

    async def verify(self, unit_id: str) -> None:
        """Look at what the agent left, once its process is gone: finished, or back with why."""
        await self._begin(unit_id, Phase.VERIFY)
        await self._world.inside.snapshots.take(unit_id, "final")
        unit = self._world.unit(unit_id)
        problems = await self._problems(unit)
        if problems:
            await self._ledger.record(f.VerifyFailed(unit.id, "\n".join(problems)))
        else:
            await self._ledger.record(f.Verified(unit.id))

    async def _begin(self, unit: str, phase: Phase) -> None:
        """RUNNING in ``phase``, with no process left that could still write. Raises Stale."""
        state = await self._ledger.until(
            lambda s: unit not in s.processes or not s.units[unit].live
        )
        now = state.units[unit]
        if now.works_at is not phase or now.status not in (Status.ASSIGNED, Status.RUNNING):
            raise Stale(unit)
        if now.status is Status.ASSIGNED:
            await self._ledger.record(f.PhaseStarted(unit))

    async def _problems(self, unit: WorkUnit) -> list[str]:
        """What keeps the unit's newest snapshot from landing, in words for its agent."""
        if unit.snapshot is None or unit.base.commit is None:
            return ["Nothing was changed in the workspace."]
        store = self._world.inside.workspaces.store(unit.id)
        folder = self._world.chunk_folder(unit)
        problems = []
        goal = await read_blob(store, unit.snapshot, f"{folder}/{GOAL}")
        if not _is_active(goal):
            problems.append(NOT_ACTIVE)
        displaced = [self._displaced_path(unit)] if unit.displaced_chunk else []
        problems += await landing.verify(
            store, unit.base.commit, unit.snapshot, leave_out=[folder, *displaced]
        )
        return problems

    def _displaced_path(self, unit: WorkUnit) -> str:
        return f"{self._world.inside.now.chunks}/{unit.displaced_chunk}/{GOAL}"

    # ---- land

    async def begin(self, unit_id: str) -> None:
        """It is RUNNING, and waits for its turn."""
        await self._begin(unit_id, Phase.LAND)

    async def land(self, unit_id: str) -> None:
        """Bring the unit's tree onto base, or tell what is in the way."""
        await self._begin(unit_id, Phase.LAND)
        if await self._landed_before(unit_id):
            return
        while not await self._try(self._world.unit(unit_id)):
            pass  # base moved meanwhile: again, onto what it is now

    async def _landed_before(self, unit: str) -> bool:
        """Whether base has this very commit already: we were killed after moving it."""
        known = self._world.state.landings.get(unit)
        tip = await branch_tip(self._git, self._world.unit(unit).base.branch)
        if known is None or known.commit is None or tip is None:
            return False
        if known.state is not LandingState.MOVING:
            return False
        if not await is_ancestor(self._git, known.commit, tip):
            return False
        await self._done(unit, known)
        return True

    async def _try(self, unit: WorkUnit) -> bool:
        """One try onto base's tip. False: base moved meanwhile."""
        tip = await branch_tip(self._git, unit.base.branch)
        if tip is None or unit.snapshot is None:
            await self._ledger.record(f.LandingHeld(unit.id, f"{unit.base.branch} is gone."))
            return True
        await self._world.inside.workspaces.publish(unit.id)
        keep = landing_ref(unit.id)
        displaced = self._displaced_path(unit) if unit.displaced_chunk else None
        trial = await landing.trial(
            self._git,
            tip,
            unit.snapshot,
            rules=self._world.inside.now.rules(),
            displaced=displaced,
            keep=keep,
        )
        if trial.conflicts:
            found = await unmerged(self._world, unit, tip, unit.snapshot, displaced=displaced)
            text = landing.in_words(found, unit.chunk, unit.base.branch)
            await self._ledger.record(f.LandingConflicted(unit.id, text, found))
            return True
        tree = trial.tree
        guarded = await self._guarded(unit, tip, tree)
        if guarded:
            text = f"{unit.chunk} changes files that others run or trust:\n" + "\n".join(guarded)
            await self._ledger.record(f.LandingGuarded(unit.id, text))
            return True
        failed = await run_checks(self._world, unit, tree, tip)
        if failed is not None:
            await self._ledger.record(f.VerifyFailed(unit.id, _in_words(failed)))
            return True
        settled = landing.settled_in_words(trial.settled, unit.chunk, unit.base.branch)
        return await self._move(unit, tip, tree, settled)

    async def _guarded(self, unit: WorkUnit, tip: str, tree: str) -> list[str]:
        """The protected paths that it would change on base, unless the operator let it."""
        if unit.approved == unit.snapshot:
            return []
        changes = await tree_diff(self._git, tip, tree)
        found = landing.protected(
            {path for c in changes for path in (c.path, c.old_path) if path},
            self._world.inside.now.protected_paths,
            chunks=self._world.inside.now.chunks,
            own=self._world.chunk_folder(unit),
        )
        return [f"- {printable(path)}" for path in found]

    async def _move(self, unit: WorkUnit, tip: str, tree: str, settled: tuple[str, ...]) -> bool:
        step = (await self._planned(unit, tip, tree)).model_copy(update={"settled": settled})
        await self._ledger.record(f.LandingStep(unit.id, step))
        commit = await landing.make_commit(
            self._git,
            tree,
            tip,
            step.message or "",
            author=step.author or "",
            committer=step.committer or "",
            at=step.at,
            keep=landing_ref(unit.id),
        )
        step = step.model_copy(update={"commit": commit})
        moving = step.model_copy(update={"state": LandingState.MOVING})
        await self._ledger.record(f.LandingStep(unit.id, moving))
        moved = await landing.move_base(
            self._world.inside.repository, unit.base.branch, commit, tip
        )
        if isinstance(moved, landing.TipMoved):
            await self._ledger.record(f.LandingStep(unit.id, step))  # it can be cancelled again
            return False
        if isinstance(moved, landing.Held):
            await self._ledger.record(f.LandingHeld(unit.id, moved.reason))
        else:
            await self._done(unit.id, step)
        return True

    async def _planned(self, unit: WorkUnit, tip: str, tree: str) -> Landing:
        """The step before the commit: all that decides its id, chosen once."""
        known = self._world.state.landings.get(unit.id)
        same = (unit.snapshot, tip, tree)
        if known is not None and (known.snapshot, known.tip, known.tree) == same:
            return known.model_copy(update={"state": LandingState.MERGED})
        return Landing(
            id=unit.id,
            unit=unit.id,
            state=LandingState.MERGED,
            snapshot=unit.snapshot or "",
            tip=tip,
            tree=tree,
            message=self._world.inside.now.message(unit.chunk),
            author=f"{unit.agent} <{unit.agent}@pointsman.invalid>",
            committer=str(await operator_identity(self._world.inside.repository)),
            at=datetime.now(UTC).replace(microsecond=0),
        )

    async def _done(self, unit: str, step: Landing) -> None:
        landed = step.model_copy(update={"state": LandingState.LANDED})
        self._let_go_on.pop(unit, None)
        await landing.let_go(self._git, landing_ref(unit))
        await self._ledger.record(f.LandingStep(unit, landed), f.Landed(unit, step.commit or ""))

    # ---- base that could not be moved

    async def look_whether_free(self, unit_id: str) -> None:
        """Let a landing that base held up try again, once base can be moved."""
        if await self._is_held(self._world.unit(unit_id)):
            self._let_go_on.pop(unit_id, None)
            return
        pause, until = self._let_go_on.get(unit_id, (HELD_AGAIN_FIRST, 0.0))
        now = time.monotonic()
        if now >= until:
            self._let_go_on[unit_id] = (min(2 * pause, HELD_AGAIN_CAP), now + pause)
            await self._ledger.record(f.BaseFree(unit_id))

    async def _is_held(self, unit: WorkUnit) -> bool:
        """As far as can be seen from outside: git may refuse for a reason that we don't look at."""
        if await branch_tip(self._git, unit.base.branch) is None:
            return True
        step = self._world.state.landings.get(unit.id)
        if step is None or step.commit is None:
            return False
        repository = self._world.inside.repository
        return await landing.held(repository, unit.base.branch, step.commit) is not None


def _is_active(goal: bytes | None) -> bool:
    try:
        return (
            goal is not None and front_matter.parse(goal, GOAL).front.status is ChunkStatus.ACTIVE
        )
    except PointsmanError:
        return False


def _in_words(failed: Failed) -> str:
    return (
        f"The check `{failed.command}` fails on your work merged with what is on base "
        f"({failed.how}):\n\n{failed.output}"
    )
