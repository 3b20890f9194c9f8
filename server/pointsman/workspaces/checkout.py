"""Watching a checkout of the operator's: which of its files changed, as soon as they have settled.

Only the folders that git knows are watched, each by itself: what is ignored (an environment, a
build) may have any number, and watches are few. Of the git directory two files are watched, which
tell that something else is checked out, or that something was committed.
"""

import logging
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from pathlib import Path

from watchfiles import awatch

from pointsman.workspaces.watching import DEBOUNCE_MS, SET_MS, SETTLED_MS

log = logging.getLogger(__name__)

MOST = 10_000
"""Folders that are watched in one checkout; with more, it has to be polled."""
_TOLD_BY_GIT = frozenset({"HEAD", "index"})


class CanNotBeWatched(Exception):
    """The system has no watches left, or the checkout has too many folders. Says which."""


@dataclass(frozen=True)
class Seen:
    """What was seen to change. With neither: nothing, but the watch is set since a while."""

    paths: frozenset[str] = frozenset()
    """Relative to the checkout, folders too."""
    git: bool = False
    """Its HEAD or index was written."""


async def checkout_changes(
    root: Path, git_dir: Path, folders: Collection[str]
) -> AsyncIterator[Seen]:
    """Changes in a checkout, without end; the first thing that is told may be nothing, once what
    comes from then on is seen.

    ``folders`` are relative to ``root``, which always counts. Raises CanNotBeWatched.
    """
    wanted = [root, *(root / folder for folder in sorted(folders))]
    there = [str(folder) for folder in wanted if folder.is_dir() and not folder.is_symlink()]
    if len(there) > MOST:
        raise CanNotBeWatched(f"it has {len(there)} folders")
    own = f"{git_dir}/"
    try:
        async for changes in awatch(
            *dict.fromkeys([*there, str(git_dir)]),
            watch_filter=lambda _, path: _counts(path, own),
            debounce=DEBOUNCE_MS,
            step=SETTLED_MS,
            rust_timeout=SET_MS,
            yield_on_timeout=True,
            recursive=False,
            ignore_permission_denied=True,
        ):
            paths = [path for _, path in changes]
            yield Seen(
                frozenset(_relative(path, root) for path in paths if not path.startswith(own)),
                any(path.startswith(own) for path in paths),
            )
    except (OSError, RuntimeError) as error:  # watchfiles' own derives from the latter
        raise CanNotBeWatched(str(error)) from error


def _counts(path: str, git_dir: str) -> bool:
    if path.startswith(git_dir):
        return path.removeprefix(git_dir) in _TOLD_BY_GIT
    return ".git" not in path.split("/")


def _relative(path: str, root: Path) -> str:
    names = path[len(str(root)) + 1 :].split("/")
    while names and "\ufffd" in names[-1]:  # no UTF-8: then its folder is told
        names.pop()
    return "/".join(names)
