"""Trial merges in the object store: no checkout, about a millisecond of git's time each."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from pointsman.git.objects import commit_tree, tree_of
from pointsman.git.run import Git, GitFailed, records

_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class Version:
    """One side's version of a file."""

    mode: str
    blob: str


@dataclass(frozen=True)
class Conflicted:
    """A path that did not merge, with the versions that there are of it."""

    path: str
    base: Version | None
    ours: Version | None
    theirs: Version | None


@dataclass(frozen=True)
class Message:
    """What git says about a merge. ``kind`` is stable (``CONFLICT (contents)``), ``text`` isn't."""

    paths: tuple[str, ...]
    kind: str
    text: str


@dataclass(frozen=True)
class Merged:
    """A merge's outcome. In the tree, conflicted files hold conflict markers."""

    tree: str
    clean: bool
    conflicts: tuple[Conflicted, ...]
    """Never empty if the merge isn't clean."""
    messages: tuple[Message, ...]


async def trial_merge(
    git: Git, ours: str, theirs: str, base: str | None = None, *, show_base: bool = False
) -> Merged:
    """Merges two commits by their history; with ``base`` given, any three trees or commits.

    ``show_base``: between the markers stands what both started from, too (diff3 style).
    Use ``without_config`` for ``git``, else the repository's configured merge drivers run.
    Raises GitFailed if the histories have nothing in common or an object is missing.
    """
    if base is not None:
        # merge-tree takes a base only since git 2.40: give the trees a history that says so.
        root = await commit_tree(git, await tree_of(git, base), [], "base", at=_EPOCH)
        sides = [await tree_of(git, ours), await tree_of(git, theirs)]
        ours, theirs = [await commit_tree(git, s, [root], "side", at=_EPOCH) for s in sides]
    style = ("-c", "merge.conflictStyle=diff3") if show_base else ()
    command = (*style, "merge-tree", "--write-tree", "-z", "--messages", ours, theirs)
    done = await git.run(*command, ok=(0, 1))
    if not done.stdout:  # exit code 1 with nothing printed is an error too
        raise GitFailed(("git", *command), done)
    return _parse(done.stdout, clean=done.code == 0)


def _parse(output: bytes, *, clean: bool) -> Merged:
    """git-merge-tree, OUTPUT: tree, conflicted file info, an empty field, informational messages.

    With the info empty, the empty field is still there, as messages were asked for.
    """
    fields = iter(records(output))
    tree = next(fields)
    versions: defaultdict[str, dict[str, Version]] = defaultdict(dict)
    for field in fields:
        if not field:
            break
        meta, _, path = field.partition("\t")
        mode, blob, stage = meta.split(" ")
        versions[path][stage] = Version(mode, blob)
    messages = tuple(_messages(fields))
    if not clean and not versions:
        # Some conflicts are of folders (a renamed one has two successors) and leave no version.
        told = (m for m in messages if m.kind.startswith("CONFLICT"))
        versions.update((path, {}) for message in told for path in message.paths)
    conflicts = tuple(
        Conflicted(path, found.get("1"), found.get("2"), found.get("3"))
        for path, found in versions.items()
    )
    return Merged(tree, clean, conflicts, messages)


def _messages(fields: Iterator[str]) -> Iterator[Message]:
    for count in fields:
        paths = tuple(next(fields) for _ in range(int(count)))
        yield Message(paths, next(fields), next(fields).rstrip("\n"))
