"""The repository's own checks, run on the merged tree before it lands: sandboxed, no network."""

import asyncio
from dataclasses import dataclass

from pointsman.daemon.world import World
from pointsman.git import Ident, commit_tree, shared_clone
from pointsman.model.work_unit import WorkUnit
from pointsman.sandbox.run import run
from pointsman.workspaces.deleting import delete

OUTPUT_LIMIT = 1 << 20
"""Bytes that a check may print."""
TOLD = 4000
"""Characters of it that the agent is told: the last ones."""


@dataclass(frozen=True)
class Failed:
    """A check that did not pass. ``how``: its exit code, or the limit that it ran into."""

    command: str
    how: str
    output: str


async def run_checks(world: World, unit: WorkUnit, tree: str, tip: str) -> Failed | None:
    """The first of the configured checks that fails on ``tree``; None if all pass, or none are.

    They run in a clean checkout of their own, which is gone afterwards, whatever they made of it.
    """
    settings = world.inside.now
    if not settings.checks:
        return None
    repository = world.inside.repository
    commit = await commit_tree(
        repository.git, tree, [tip], f"checks of {unit.id}", at=unit.created_at
    )
    folder = world.state_folder / "checks" / unit.id
    await asyncio.to_thread(delete, folder)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        ours = Ident("Pointsman", "checks@pointsman.invalid")
        await shared_clone(repository, commit, "pointsman/checks", folder, ours)
        policy = world.check_policy(folder)
        for command in settings.checks:
            done = await run(
                world.sandbox,
                policy,
                ["/bin/sh", "-c", command],
                limit=settings.command_limit,
                output_limit=OUTPUT_LIMIT,
            )
            if not done.ok:
                said = (done.stdout + done.stderr).decode(errors="replace")
                how = f"exit {done.code}" if done.ended == "exit" else done.ended
                return Failed(command, how, said[-TOLD:].strip())
    finally:
        await asyncio.to_thread(delete, folder)
    return None
