"""Changing a workspace's files from outside: bringing it up to base, restoring a snapshot.

The new tree is made as a commit first, and noted in the store as unfinished; then its files are
put into the workspace; then it becomes the newest snapshot, in one step with the unit's base.
Whoever comes next after a kill finishes that before anything else: else half-changed files would
be taken for the agent's work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pointsman.git import (
    Conflicted,
    GitFailed,
    Merged,
    Message,
    commit_tree,
    is_ancestor,
    merges_since,
    read_commit,
    set_refs,
    settle,
    tree_of,
    trial_merge,
    without_config,
)
from pointsman.git.untrusted import materialise
from pointsman.model.errors import PointsmanError
from pointsman.model.merge_rule import DEFAULT_RULES, MergeRule, RuleFor
from pointsman.model.names import base_ref, snapshot_ref
from pointsman.model.records import Snapshot
from pointsman.workspaces.publishing import publish
from pointsman.workspaces.snapshots import describe, not_found, snapshot_message, take_snapshot
from pointsman.workspaces.unit import Unit, unfinished_ref


@dataclass(frozen=True)
class BroughtUp:
    """A workspace after a newer base was merged into it."""

    before: Snapshot | None
    """The agent's work just before, if it wasn't in a snapshot yet."""
    snapshot: Snapshot | None
    """The merge: its parents are the work and the tip. None if there was nothing to bring."""
    conflicts: tuple[Conflicted, ...]
    """Files that now hold conflict markers; ours is the agent's version, theirs is base's."""
    messages: tuple[Message, ...]
    settled: tuple[tuple[str, MergeRule], ...] = ()
    """Files that a merge rule merged; of a generated one the agent's version was kept."""


async def bring_up(
    unit: Unit, tip: str, at: datetime, rules: Sequence[RuleFor] = DEFAULT_RULES
) -> BroughtUp:
    """Merges ``tip`` into the workspace. Done twice, it tells the same and changes nothing.

    The unit's base is ``tip`` afterwards: were it not, resolved conflicts would come back.
    """
    chain = await unit.chain()
    if chain.base == tip:
        return await _brought_up_before(unit, tip, rules)
    before = await take_snapshot(unit, "rebase", at)  # no size limit: all of it gets replaced
    work = before.id if before else chain.parent
    await publish(unit)  # the old base is kept by the snapshots from now on
    merged = await _merge(unit, work, tip, rules)
    message = snapshot_message(unit.name, "rebase", tip)
    commit = await commit_tree(unit.store, merged.tree, [work, tip], message, at=at)
    await set_refs(unit.repository.git, {base_ref(unit.name): tip})
    await _replace(unit, commit)
    return _told(before, await describe(unit, commit), merged)


def _told(before: Snapshot | None, snapshot: Snapshot, merged: Merged) -> BroughtUp:
    return BroughtUp(before, snapshot, merged.conflicts, merged.messages, merged.settled)


async def _merge(unit: Unit, work: str, tip: str, rules: Sequence[RuleFor]) -> Merged:
    store = unit.store.git_dir / "objects"
    with without_config([store, *unit.repository.objects], write_into=store) as git:
        merged = await trial_merge(git, work, tip)
        return await settle(git, merged, rules, unit="ours")


async def _brought_up_before(unit: Unit, tip: str, rules: Sequence[RuleFor]) -> BroughtUp:
    """What was told when ``tip`` was brought in; nothing if the workspace was cut from it."""
    last = (await unit.chain()).parent
    for merge, (work, brought) in await merges_since(unit.store, last, tip):
        if brought == tip:
            merged = await _merge(unit, work, tip, rules)
            return _told(None, await describe(unit, merge), merged)
    return BroughtUp(None, None, (), ())


async def restore(unit: Unit, snapshot: str, at: datetime) -> Snapshot:
    """Puts the files of an older snapshot back; a snapshot of what was there is taken before.

    Gives the new snapshot, whose tree is the old one's. Ignored files stay. Done twice, it changes
    nothing. Raises ``snapshot-not-found``.
    """
    await take_snapshot(unit, "restore", at)  # no size limit: all of it gets replaced
    chain = await unit.chain()
    if not await is_ancestor(unit.store, snapshot, chain.parent):
        raise not_found(unit, snapshot)
    tree = await tree_of(unit.store, snapshot)
    if chain.last and tree == chain.tree:
        return await describe(unit, chain.last)
    message = snapshot_message(unit.name, "restore", chain.base)
    commit = await commit_tree(unit.store, tree, [chain.parent], message, at=at)
    await _replace(unit, commit)
    return await describe(unit, commit)


async def finish(unit: Unit) -> None:
    """Finishes what a killed `bring_up` or `restore` had begun; nothing otherwise."""
    unfinished = (await unit.chain()).unfinished
    if unfinished:
        await _replace(unit, unfinished)


async def _replace(unit: Unit, commit: str) -> None:
    """Makes ``commit`` the workspace's files, and the newest snapshot."""
    before = await unit.chain()
    await set_refs(unit.store, {unfinished_ref(unit.name): commit})
    try:
        await materialise(unit.files(writable=True), commit)
    except GitFailed as failed:
        await materialise(unit.files(writable=True), before.parent)
        await set_refs(unit.store, {unfinished_ref(unit.name): None})
        raise PointsmanError(
            "git-failed",
            f"The workspace of {unit.name} can't be changed: something is in the way.",
            "Its files are as they were; remove what git names.",
            data={"stderr": failed.problem.data},
        ) from failed
    parents = (await read_commit(unit.store, commit)).parents
    base = parents[1] if len(parents) == 2 else before.base
    names = {snapshot_ref: commit, base_ref: base, unfinished_ref: None}
    await set_refs(unit.store, {ref(unit.name): tip for ref, tip in names.items()})
