"""Moving base: compare-and-swap where nobody has it checked out, a fast-forward where somebody has.

Where git would refuse, or some work tree is in the middle of a rebase or bisect of the branch,
nothing is touched and the reason is told; never is the ref moved under a checkout instead.
"""

from dataclasses import dataclass

from pointsman.git import (
    Checkout,
    Refused,
    Repository,
    branch_tip,
    checkouts,
    fast_forward_checkout,
    head_branch,
    head_commit,
    is_ancestor,
    move_ref,
    printable,
    tree_diff,
    unfinished_on,
    unsaved_beneath,
)


@dataclass(frozen=True)
class Moved:
    """Base has the commit, now or since before."""


@dataclass(frozen=True)
class TipMoved:
    """Base is somewhere else than expected; nothing was done."""


@dataclass(frozen=True)
class Held:
    """Base can't be moved now; nothing was done. ``reason`` is for the operator."""

    reason: str


async def move_base(
    repository: Repository, branch: str, commit: str, tip: str
) -> Moved | TipMoved | Held:
    """Move ``branch`` from ``tip`` to ``commit``, which has ``tip`` as its parent."""
    git = repository.git
    now = await branch_tip(git, branch)
    if now is not None and await is_ancestor(git, commit, now):
        return Moved()  # an earlier try came through, and base may have gone on since
    if now != tip:
        return TipMoved()
    in_use = await _in_use(repository, branch)
    if isinstance(in_use, Held):
        return in_use
    if in_use is None:
        swapped = await move_ref(git, f"refs/heads/{branch}", commit, tip, "pointsman: land")
        return Moved() if swapped else TipMoved()
    return await _forward(in_use, branch, commit, tip)


async def _in_use(repository: Repository, branch: str) -> Checkout | Held | None:
    """The one work tree that has the branch checked out, if any; or why it must be left alone."""
    unfinished = unfinished_on(repository.common_dir, branch)
    if unfinished is not None:
        return Held(f"A {unfinished} of {branch} is under way in one of your checkouts. Finish it.")
    found = await checkouts(repository.git)
    having = [c for c in found if c.branch == branch and not c.prunable]
    if len(having) > 1:
        return Held(f"{branch} is checked out in two work trees. Switch one of them to another.")
    if having and not having[0].there:  # locked, as on a drive that is unplugged
        away = printable(str(having[0].path))
        return Held(f"{branch} is checked out in {away}, which is not there. Bring it back.")
    return having[0] if having else None


async def _forward(
    checkout: Checkout, branch: str, commit: str, tip: str
) -> Moved | TipMoved | Held:
    ref = f"refs/heads/{branch}"
    if await head_branch(checkout.path) != ref or await head_commit(checkout.path) != tip:
        return TipMoved()  # switched or moved since we looked
    refused = await fast_forward_checkout(checkout.path, commit)
    after = await head_commit(checkout.path)
    if refused is None and after == commit and await head_branch(checkout.path) == ref:
        return Moved()
    if refused is None:
        return TipMoved()
    return Held(_in_the_way(branch, refused))


def _in_the_way(branch: str, refused: Refused) -> str:
    if refused.files:
        files = "\n".join(f"- {file}" for file in refused.files)
        return (
            f"{branch} is checked out, and these files of yours are in the way:\n{files}\n"
            "Commit them or put them elsewhere; the landing goes on by itself."
        )
    return f"{branch} is checked out, and git can't move it forward: {refused.reason}."


async def held(repository: Repository, branch: str, commit: str) -> Held | None:
    """Whether something is still in the way of moving ``branch`` to ``commit``; changes nothing.

    It looks at what git would look at: unsaved or ignored files where the commit has changes.
    """
    in_use = await _in_use(repository, branch)
    if in_use is None or isinstance(in_use, Held):
        return in_use
    tip = await branch_tip(repository.git, branch)
    if tip is None:
        return Held(f"The branch {branch} is gone.")
    changes = await tree_diff(repository.git, tip, commit)
    paths = {path for c in changes for path in (c.path, c.old_path) if path}
    unsaved = await unsaved_beneath(in_use.path, paths)
    if unsaved:
        named = ", ".join(map(printable, sorted(unsaved)))
        return Held(f"{branch} is checked out, and these files of yours are in the way: {named}.")
    return None
