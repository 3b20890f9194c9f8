"""The operator's own checkout: compared with base, and moved forward without touching their work.

These commands run with the operator's configuration, as they must: their filters decide what a
file's content is, and the checkout is theirs.
"""

import asyncio
import os
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pointsman.git.repository import Repository
from pointsman.git.run import printable, records, run_as_operator

QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false")


async def differs_from_base(
    repository: Repository, commit: str, paths: Collection[str]
) -> frozenset[str]:
    """Those of ``paths`` whose file in the caller's checkout is not what ``commit`` has there.

    Compared through the checkout's own filters and line endings. A file that only one of the two
    has differs; one that neither has doesn't. What the operator's index says is not asked.
    """
    tree = ("--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit, "--", *paths)
    listed = (await repository.git.run(*tree)).stdout
    in_base = {record.partition("\t")[2] for record in records(listed)}
    differing = {path for path in paths if path not in in_base and _is_there(repository, path)}
    if in_base:
        with tempfile.TemporaryDirectory(prefix="pointsman-index-") as folder:
            own = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            fill = (*QUIET, "update-index", "-z", "--index-info")
            await run_as_operator(repository.root, *fill, stdin=listed, extra=own)
            compare = (*QUIET, "ls-files", "-z", "--modified", "--deleted")
            changed = await run_as_operator(repository.root, *compare, extra=own)
        differing |= set(records(changed.stdout))
    return frozenset(differing)


def _is_there(repository: Repository, path: str) -> bool:
    return os.path.lexists(repository.root / path)


@dataclass(frozen=True)
class Refused:
    """Git did not move the checkout; nothing in it was changed."""

    reason: str
    files: tuple[str, ...]
    """Files that stand in the way, as git names them."""


async def fast_forward_checkout(checkout: Path, commit: str) -> Refused | None:
    """Moves the branch that is checked out there, and its files, forward to ``commit``.

    Or refuses and leaves everything as it was: where the operator's modified, staged, untracked or
    ignored files are in the way, nothing is stashed, reset or overwritten. Plain ``--ff-only``
    would overwrite ignored files, and autostash if so configured; a branch's ``mergeOptions`` may
    say ``--squash``.
    """
    switches = {
        "core.hooksPath": "/dev/null",
        "merge.autostash": "false",
        "submodule.recurse": "false",
        "gc.auto": "0",
        "maintenance.auto": "false",
    }
    configured = [word for key, value in switches.items() for word in ("-c", f"{key}={value}")]
    merge = ("merge", "--ff-only", "--no-squash", "--no-autostash", "--no-overwrite-ignore")
    moving = asyncio.ensure_future(
        run_as_operator(checkout, *configured, *merge, commit, ok=range(256), limit=600.0)
    )
    try:
        done = await asyncio.shield(moving)
    except asyncio.CancelledError:
        await moving  # half a checkout would stay behind as the operator's changes
        raise
    if done.code == 0:
        return None
    lines = printable(os.fsdecode(done.stderr)).splitlines()
    files = tuple(line[1:] for line in lines if line.startswith("\t"))
    said = [line for line in lines if line.startswith(("error:", "fatal:"))] or lines
    return Refused(said[0].partition(": ")[2] if said else "git refused", files)


async def unsaved_beneath(checkout: Path, paths: Collection[str]) -> frozenset[str]:
    """Files at or beneath ``paths`` that a checkout of something else there would lose.

    Modified, staged, unmerged, untracked and ignored ones; besides, whatever is unmerged anywhere,
    which keeps git from moving at all.
    """
    status = (*QUIET, "--literal-pathspecs", "--no-optional-locks", "status", "--porcelain", "-z")
    shown = ("--untracked-files=all", "--ignored=matching", "--no-renames")
    found = await run_as_operator(checkout, *status, *shown, "--", *paths) if paths else None
    files = {record[3:] for record in records(found.stdout)} if found else set()
    unmerged = await run_as_operator(checkout, *QUIET, "ls-files", "-z", "--unmerged")
    return frozenset(files | {r.partition("\t")[2] for r in records(unmerged.stdout)})


async def head_branch(checkout: Path) -> str | None:
    """The branch that HEAD names in a checkout, in full (``refs/heads/main``); None if detached."""
    named = await run_as_operator(checkout, "symbolic-ref", "--quiet", "HEAD", ok=(0, 1))
    return os.fsdecode(named.stdout).removesuffix("\n") or None


async def head_commit(checkout: Path) -> str | None:
    """The commit that a checkout stands on; None before the first."""
    found = await run_as_operator(
        checkout, "rev-parse", "--verify", "--quiet", "HEAD^{commit}", ok=(0, 1, 128)
    )
    return found.stdout.decode().strip() or None
