"""Trial merges in the object store: no checkout, about a millisecond of git's time each."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pointsman.git.objects import commit_tree, tree_of
from pointsman.git.run import LIMIT, Git, GitFailed, records
from pointsman.model.merge_rule import MergeRule

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
    settled: tuple[tuple[str, MergeRule], ...] = ()
    """Paths that git could not merge, with the rules that did (see ``settle``)."""


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
    return _parse(iter(records(done.stdout)), clean=done.code == 0)


async def trial_merges(
    git: Git, pairs: Sequence[tuple[str, str]], *, limit: float = LIMIT
) -> list[Merged | None]:
    """Merges each pair of commits by their history, all in one process, which is much faster.

    None for a pair that git can't merge: nothing in common, or an object is missing. Such a pair
    ends the process, so the others are then tried in smaller batches. ``limit`` in seconds, a
    batch. Use ``without_config`` for ``git``.
    """
    if not pairs:
        return []
    stdin = "".join(f"{ours} {theirs}\n" for ours, theirs in pairs).encode()
    try:
        command = ("merge-tree", "--write-tree", "--messages", "--stdin")
        done = await git.run(*command, stdin=stdin, limit=limit)
    except GitFailed:
        if len(pairs) == 1:
            return [None]
        half = len(pairs) // 2
        first = await trial_merges(git, pairs[:half], limit=limit)
        return first + await trial_merges(git, pairs[half:], limit=limit)
    fields = iter(records(done.stdout))
    # git-merge-tree, INPUT FORMAT: each output begins with 1 for clean, 0 for conflicts
    return [_parse(fields, clean=next(fields) == "1") for _ in pairs]


def _parse(fields: Iterator[str], *, clean: bool) -> Merged:
    """git-merge-tree, OUTPUT: tree, conflicted file info, an empty field, informational messages.

    With the info empty, the empty field is still there, as messages were asked for. In a batch,
    another empty field ends the messages.
    """
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
        if not count.isdecimal():  # the empty field, or git 2.39's advice on submodules before it
            return
        paths = tuple(next(fields) for _ in range(int(count)))
        yield Message(paths, next(fields), next(fields).rstrip("\n"))
