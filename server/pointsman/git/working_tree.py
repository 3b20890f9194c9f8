"""What in a checkout is not committed: asked of git without letting it run, or write, anything.

Git compares what it has noted of the files (the operator's index, which is only read) with what is
there. It does so from a git directory of ours that knows no configuration: a filter, an fsmonitor
or a hook that the repository names is not known there, so none of them can run.
"""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pointsman.git.objects import without_config
from pointsman.git.repository import Repository
from pointsman.git.run import Git, records, run_as_operator


async def uncommitted(
    checkout: Repository,
    commit: str,
    paths: Collection[str] | None = None,
    ignoring: Collection[Path] = (),
) -> frozenset[str]:
    """The files of a checkout that may differ from ``commit``: changed, gone, new and not ignored.

    Everywhere, or at and below ``paths`` only. One that was touched and not changed is among them:
    contents are not compared. ``ignoring``: see ``ignore_files``. Raises git-failed.
    """
    if paths is not None and not paths:
        return frozenset()
    where = ("--", *sorted(paths or ()))
    excluded = [word for file in ignoring for word in ("--exclude-from", str(file))]
    with _reading(checkout) as git:
        literal = "--literal-pathspecs"
        tracked = (literal, "diff-index", "-z", "--name-only", "--no-renames")
        changed = await git.run(*tracked, "--ignore-submodules=all", commit, *where)
        others = (literal, "ls-files", "-z", "--others", "--exclude-standard", *excluded)
        new = await git.run(*others, *where)
    # "folder/" is a repository inside this one, whose files are its own
    found = {*records(changed.stdout), *records(new.stdout)}
    return frozenset(path for path in found if not path.endswith("/"))


async def folders(git: Git, commit: str) -> frozenset[str]:
    """The folders that a commit has files in, relative to its root. Raises git-failed."""
    listed = await git.run("ls-tree", "-r", "-d", "-z", "--name-only", "--full-tree", commit)
    return frozenset(records(listed.stdout))


async def ignore_files(checkout: Repository) -> tuple[Path, ...]:
    """What tells, besides ``.gitignore``, which files the operator wants ignored (gitignore(5))."""
    asked = ("config", "--type=path", "--get", "core.excludesFile")
    told = await run_as_operator(checkout.root, *asked, ok=range(256))
    named = os.fsdecode(told.stdout).removesuffix("\n")
    config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    own = Path(named) if named else Path(config) / "git" / "ignore"
    files = (checkout.common_dir / "info" / "exclude", own)
    return tuple(file for file in files if file.is_file())


@contextmanager
def _reading(checkout: Repository) -> Iterator[Git]:
    with without_config(checkout.objects) as git:
        for part in checkout.git_dir.glob("sharedindex.*"):  # git-update-index(1), "Split index"
            (git.git_dir / part.name).symlink_to(part)
        yield replace(git, work_tree=checkout.root, index=checkout.git_dir / "index")
