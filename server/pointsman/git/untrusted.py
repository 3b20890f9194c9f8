"""Git on a tree that an agent wrote. The ``Git`` handed in runs its commands inside a sandbox.

Its git directory is the unit's snapshot store, its work tree the workspace. The workspace's own
git directory is never consulted; only its index is read, as a list of names. Nested repositories
are folders like others. No command here takes the tree's word for anything that could run.
"""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from pointsman.git.run import Finished, Git, records

_SURVEY = """
agents_index=$1; full=$2; shift 2
if [ "$full" ]; then git update-index -q --refresh || :; fi
git --literal-pathspecs ls-files -z --modified --deleted --others --exclude-standard -- "$@"
printf '\\0'
if [ "$agents_index" ]; then GIT_INDEX_FILE=$agents_index git ls-files -z --cached || :; fi
printf '\\0'
if [ "$agents_index" ]; then git ls-files -z --cached; fi
printf '\\0'
git write-tree || :
"""

_CLOSED = b"could not open directory"
"""What git says of such a folder (dir.c), and goes on without it."""

_RECORD = """
git update-index --add --remove --replace -z --stdin
git write-tree
"""


@dataclass(frozen=True)
class Survey:
    """What git sees when it compares a workspace with the store's index."""

    changed: frozenset[str]
    """Modified, deleted and new files that are not ignored. A nested repository: ``folder/``."""
    forced: frozenset[str]
    """Named by the agent's own index, but not by ours: added in spite of ``.gitignore``."""
    tree: str | None
    """The tree that our index stands for; None if an object of it is missing."""
    closed: bool = False
    """Some folder could not be looked into: it forbids that, or lies too deep."""


async def survey(
    git: Git, paths: Sequence[str] | None = None, agents_index: Path | None = None
) -> Survey:
    """Looks for changed files: everywhere, or at and below ``paths`` only."""
    asked = await git.script(
        _SURVEY, str(agents_index or ""), "" if paths else "full", *(paths or ())
    )
    changed, agents, ours, rest = _sections(asked.stdout)
    return Survey(
        changed=frozenset(changed),
        forced=frozenset(agents) - frozenset(ours) - frozenset(changed),
        tree=rest.decode().strip() or None,
        closed=_CLOSED in asked.stderr,
    )


def _sections(output: bytes) -> tuple[list[str], list[str], list[str], bytes]:
    """Three NUL-terminated lists, each closed by an empty field, and what follows them."""
    lists: list[list[str]] = []
    rest = output
    while len(lists) < 3:
        if rest.startswith(b"\0"):
            part, rest = b"", rest[1:]
        else:
            part, _, rest = rest.partition(b"\0\0")
            part += b"\0"
        lists.append(records(part))
    return lists[0], lists[1], lists[2], rest


async def ignored(git: Git, paths: Collection[str]) -> frozenset[str]:
    """Those of ``paths`` that ``.gitignore`` files exclude, tracked or not."""
    command = ("check-ignore", "-z", "--stdin", "--no-index")
    said = await git.run(*command, stdin=_list(paths), ok=(0, 1))
    return frozenset(records(said.stdout))


@dataclass(frozen=True)
class Indexed:
    """The store's index after an update."""

    tree: str | None
    """None if an object is missing that the index names (see ``retake``)."""
    refused: frozenset[str]
    """Existing files that git does not take: a name it forbids, or not readable."""


async def index_files(git: Git, paths: Collection[str]) -> Indexed:
    """Takes files into the store's index as they are now, or out of it if they are gone."""
    refused: set[str] = set()
    done = await git.script(_RECORD, stdin=_list(sorted(paths)), ok=range(256))
    if done.code != 0:
        await _index_one_by_one(git, sorted(paths), refused)
        done = await git.script(_RECORD, ok=range(256))
    if b"Ignoring path" in done.stderr or refused:
        tracked = frozenset(records((await git.run("ls-files", "-z", "--cached")).stdout))
        refused |= set(paths) - tracked
    return Indexed(done.stdout.decode().strip() or None, frozenset(refused))


TRIES = 200
"""How many commands may be spent on finding the files that git refuses, before all are."""


async def _index_one_by_one(git: Git, paths: Sequence[str], refused: set[str]) -> None:
    """Halves the list until the files stand alone that make git give up the whole of it."""
    ahead = [list(paths)]
    command = ("update-index", "--add", "--remove", "--replace", "-z", "--stdin")
    for _ in range(TRIES):
        if not ahead:
            return
        some = ahead.pop()
        done = await git.run(*command, stdin=_list(some), ok=range(256))
        if done.code == 0:
            continue
        if len(some) == 1:
            refused.update(some)
        else:
            middle = len(some) // 2
            ahead += [some[middle:], some[:middle]]
    refused.update(path for some in ahead for path in some)


async def forget_files(git: Git, paths: Collection[str]) -> None:
    """Takes paths out of the store's index whatever lies there now (a link on their way, say)."""
    if paths:
        await git.run("update-index", "--force-remove", "-z", "--stdin", stdin=_list(paths))


async def start_index(git: Git, commit: str) -> None:
    """Makes the store's index anew from a commit, with an empty stat cache."""
    await git.run("read-tree", commit)


async def materialise(git: Git, commit: str) -> Finished:
    """Makes the workspace's files those of ``commit``; files that are ignored stay.

    Needs a ``Git`` whose sandbox lets it write the workspace. Raises GitFailed if a file can't be
    put there (a nested repository is in the way).
    """
    return await git.run("read-tree", "--reset", "-u", commit, limit=600.0)


def _list(paths: Collection[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)
