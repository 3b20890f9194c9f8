"""The merged tree, and the one commit that lands. In the repository's object store; no checkout."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pointsman.git import (
    Git,
    Ident,
    Merged,
    commit_tree,
    edit_tree,
    list_tree,
    set_refs,
    settle,
    trial_merge,
    without_config,
)
from pointsman.model.merge_rule import DEFAULT_RULES, RuleFor

EPOCH = datetime.fromtimestamp(0, UTC)
"""Date of commits that never land: for the same ids whenever they are made."""


async def trial(
    git: Git,
    tip: str,
    snapshot: str,
    *,
    rules: Sequence[RuleFor] = DEFAULT_RULES,
    displaced: str | None = None,
    keep: str | None = None,
) -> Merged:
    """``snapshot`` merged onto ``tip``; in conflicts ours is base's version, theirs the unit's.

    What git can't merge but one of the merge ``rules`` can is merged, and named in ``settled``.

    ``displaced``: the document of the chunk that this one displaced, taken as ``tip`` has it before
    the merge: what activation wrote there must neither land nor conflict. ``keep``: a ref to hold
    the merged tree; where it does not merge, a commit of it with both sides as parents, so that all
    three versions of a file can be looked at. Without the repository's configuration: its merge
    drivers are programs. Raises git-failed.
    """
    objects = git.git_dir / "objects"
    with without_config([objects], write_into=objects) as bare:
        theirs = await to_be_merged(bare, tip, snapshot, displaced)
        merged = await trial_merge(bare, tip, theirs)
        merged = await settle(bare, merged, rules, unit="theirs")
        held = merged.tree
        if not merged.clean:
            held = await commit_tree(bare, held, [tip, theirs], "Does not merge", at=EPOCH)
    if keep is not None:
        await set_refs(git, {keep: held})
    return merged


async def to_be_merged(git: Git, tip: str, snapshot: str, displaced: str | None) -> str:
    """The commit that stands for ``snapshot`` in a merge onto ``tip``."""
    if displaced is None:
        return snapshot
    tree = await restore_document(git, snapshot, tip, displaced)
    return await commit_tree(git, tree, [snapshot], "Restore a document", at=EPOCH)


async def restore_document(git: Git, tree: str, commit: str, path: str) -> str:
    """``tree`` with the file ``path`` as ``commit`` has it, or without it where that has none."""
    entries = [e for e in await list_tree(git, commit, path) if e.path == path]
    return await edit_tree(git, tree, {path: (entries[0].mode, entries[0].id) if entries else None})


async def make_commit(
    git: Git,
    tree: str,
    tip: str,
    message: str,
    *,
    author: str,
    committer: str,
    at: datetime,
    keep: str | None = None,
) -> str:
    """The commit that lands: ``tree`` on ``tip``. The same arguments give the same id.

    ``author`` and ``committer`` as ``Name <address>``; ``keep``: a ref to hold the commit. Raises
    git-failed if the tree is gone (nothing held it, and a gc came): repeat the trial.
    """
    objects = git.git_dir / "objects"
    with without_config([objects], write_into=objects) as bare:
        who = {"author": Ident.parse(author), "committer": Ident.parse(committer)}
        commit = await commit_tree(bare, tree, [tip], message, at=at, **who)
    if keep is not None:
        await set_refs(git, {keep: commit})
    return commit


async def let_go(git: Git, keep: str) -> None:
    """Deletes the ref that held what a landing made. Safe to do twice."""
    await set_refs(git, {keep: None})
