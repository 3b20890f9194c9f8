"""The merged tree, and the one commit that lands. In the repository's object store; no checkout."""

from datetime import datetime

from pointsman.git import (
    Git,
    Ident,
    Merged,
    commit_tree,
    edit_tree,
    list_tree,
    trial_merge,
    without_config,
)


async def trial(git: Git, tip: str, snapshot: str) -> Merged:
    """``snapshot`` merged onto ``tip``; conflicts have base's version as ours, the unit's as theirs.

    Without the repository's configuration: its merge drivers are programs. Raises git-failed.
    """
    objects = git.git_dir / "objects"
    with without_config([objects], write_into=objects) as bare:
        return await trial_merge(bare, tip, snapshot)


async def restore_document(git: Git, tree: str, commit: str, path: str) -> str:
    """``tree`` with the file ``path`` as ``commit`` has it, or without it where that has none."""
    entries = [e for e in await list_tree(git, commit, path) if e.path == path]
    return await edit_tree(git, tree, {path: (entries[0].mode, entries[0].id) if entries else None})


async def make_commit(
    git: Git, tree: str, tip: str, message: str, *, author: str, committer: str, at: datetime
) -> str:
    """The commit that lands: ``tree`` on ``tip``. The same arguments give the same id.

    ``author`` and ``committer`` as ``Name <address>``.
    """
    return await commit_tree(
        git,
        tree,
        [tip],
        message,
        at=at,
        author=Ident.parse(author),
        committer=Ident.parse(committer),
    )
