"""Refs: where branches stand, moving them by compare-and-swap, and who has them checked out."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pointsman.git.run import Git, GitFailed, records

ABSENT = "0" * 40
LOCK_LIMIT = 2
"""Seconds that git waits for the lock of a ref. Whoever holds one does so for milliseconds."""


async def ref_tip(git: Git, ref: str) -> str | None:
    """The object that a ref names; None if there is no such ref."""
    found = await git.run("rev-parse", "--verify", "--quiet", ref, ok=(0, 1, 128))
    return found.stdout.decode().strip() or None


async def branch_tip(git: Git, branch: str) -> str | None:
    """The commit of ``refs/heads/<branch>``, whatever is checked out; None if there is none."""
    return await ref_tip(git, f"refs/heads/{branch}")


async def behind_upstream(git: Git, branch: str) -> int:
    """How many commits the branch's upstream, as last fetched, has that it lacks; 0 without one."""
    span = f"refs/heads/{branch}..{branch}@{{upstream}}"
    counted = await git.run("rev-list", "--count", span, "--", ok=(0, 128))
    return int(counted.stdout) if counted.code == 0 else 0


@dataclass(frozen=True)
class Tip:
    """What a ref names."""

    id: str
    tree: str | None
    """The commit's tree; None if it is no commit."""


async def refs_below(git: Git, prefix: str) -> dict[str, Tip]:
    """All refs below a prefix (``refs/pointsman/``), with what they name."""
    form = "--format=%(refname)%00%(objectname)%00%(tree)"
    lines = (await git.text("for-each-ref", form, prefix)).splitlines()
    rows = (line.split("\0") for line in lines)
    return {ref: Tip(found, tree or None) for ref, found, tree in rows}


async def move_ref(git: Git, ref: str, new: str, old: str | None, why: str = "pointsman") -> bool:
    """Compare-and-swap: moves the ref if it is at ``old`` (None: if it doesn't exist).

    False if it is elsewhere. Raises GitFailed if git refuses for another reason (a lock, say).
    """
    swap = ("update-ref", "--no-deref", "-m", why, ref, new, old or ABSENT)
    done = await git.run(*swap, ok=(0, 1, 128))
    if done.code == 0:
        return True
    if await ref_tip(git, ref) == old:
        raise GitFailed(("git", *swap), done)
    return False


async def set_refs(git: Git, refs: dict[str, str | None]) -> None:
    """Sets (or deletes: None) refs that only Pointsman writes, all of them or none.

    A lock that a killed git left on one of them is taken away: nobody else would, and the ref could
    never be written again.
    """
    orders = [
        f"delete {ref}\0\0" if new is None else f"update {ref}\0{new}\0\0"
        for ref, new in refs.items()
    ]
    patient = f"core.filesRefLockTimeout={LOCK_LIMIT * 1000}"
    update = ("-c", patient, "update-ref", "--no-deref", "-z", "--stdin")
    try:
        await git.run(*update, stdin="".join(orders).encode())
    except GitFailed:
        if not await asyncio.to_thread(_unlock, [git.git_dir / f"{ref}.lock" for ref in refs]):
            raise
        await git.run(*update, stdin="".join(orders).encode())


def _unlock(locks: list[Path]) -> bool:
    """Removes the locks that are older than any living git holds one."""
    removed = False
    for lock in locks:
        with suppress(FileNotFoundError):
            if time.time() - lock.stat().st_mtime >= LOCK_LIMIT:
                lock.unlink()
                removed = True
    return removed


@dataclass(frozen=True)
class Checkout:
    """A work tree of the repository: the main one or a linked one."""

    path: Path
    head: str | None
    branch: str | None
    """Without ``refs/heads/``; None if HEAD is detached, or the repository is bare."""
    there: bool
    """Whether its folder exists."""
    prunable: bool

    @classmethod
    def parse(cls, attributes: Mapping[str, str]) -> "Checkout":
        """From the attributes that ``git worktree list --porcelain`` shows of it."""
        path = Path(attributes["worktree"])
        branch = attributes.get("branch")
        head = attributes.get("HEAD")
        return cls(
            path=path,
            head=None if head == ABSENT else head,
            branch=branch.removeprefix("refs/heads/") if branch else None,
            there=path.is_dir(),
            prunable="prunable" in attributes,
        )


async def checkouts(git: Git) -> tuple[Checkout, ...]:
    """The repository's work trees (``git worktree list``)."""
    out = await git.run("worktree", "list", "--porcelain", "-z")
    found = []
    attributes: dict[str, str] = {}
    for field in records(out.stdout):
        if field:
            key, _, value = field.partition(" ")
            attributes[key] = value
            continue
        if "bare" not in attributes:
            found.append(Checkout.parse(attributes))
        attributes = {}
    return tuple(found)


def unfinished_on(common_dir: Path, branch: str) -> str | None:
    """``rebase`` or ``bisect`` if some work tree is in the middle of one of the branch, else None.

    ``worktree list`` shows such a work tree as detached, and git itself would refuse to touch the
    branch. Where git keeps this: wt-status.c, wt_status_check_rebase and wt_status_check_bisect.
    """
    ref = f"refs/heads/{branch}"
    for git_dir in [common_dir, *sorted((common_dir / "worktrees").glob("*"))]:
        for name in ("rebase-merge/head-name", "rebase-apply/head-name"):
            if _lines(git_dir / name)[:1] == [ref]:
                return "rebase"
        if ref in _lines(git_dir / "rebase-merge/update-refs"):
            return "rebase"
        if _lines(git_dir / "BISECT_START")[:1] in ([branch], [ref]):
            return "bisect"
    return None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []


async def touching(git: Git, since: str, tip: str, path: str) -> tuple[tuple[str, str], ...]:
    """The commits of ``tip`` that ``since`` hasn't and that changed the file ``path``, newest
    first: id and subject. What a merge brought in is the merge's."""
    walk = ("log", "-z", "--format=%H%x00%s", "--first-parent", "--diff-merges=first-parent")
    asked = (*walk, "--no-show-signature", f"{since}..{tip}", "--", path)
    fields = records((await git.run("--literal-pathspecs", *asked)).stdout + b"\0")
    return tuple(zip(fields[::2], fields[1::2], strict=False))


@dataclass(frozen=True)
class GraphCommit:
    """A commit as a graph shows it."""

    id: str
    parents: tuple[str, ...]
    author: str
    at: datetime
    refs: tuple[str, ...]
    """Full names, ``HEAD`` among them."""
    subject: str


async def graph(git: Git, limit: int, tips: tuple[str, ...] = ("HEAD",)) -> tuple[GraphCommit, ...]:
    """The newest ``limit`` commits reachable from ``tips``, children before parents."""
    form = "--format=%H%x00%P%x00%an%x00%aI%x00%D%x00%s"
    options = ("-z", "--topo-order", "--decorate=full", f"--max-count={limit}", form)
    out = await git.run("-c", "log.showSignature=false", "log", *options, *tips, "--")
    fields = records(out.stdout)
    commits = []
    for n in range(0, len(fields), 6):
        commit, parents, author, at, names, subject = fields[n : n + 6]
        refs = tuple(name.removeprefix("HEAD -> ") for name in names.split(", ") if name)
        when = datetime.fromisoformat(at)
        commits.append(GraphCommit(commit, tuple(parents.split()), author, when, refs, subject))
    return tuple(commits)
