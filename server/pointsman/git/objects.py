"""Reading and writing objects: blobs, trees, commits, and what differs between two trees.

Nothing here looks at a work tree. A ``commit`` parameter takes any tree-ish that git takes by id.
Paths are relative to the root, with ``/``, as ``os.fsdecode`` gives them (see ``printable``).
"""

import os
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

from pointsman.git.run import POINTSMAN, POINTSMAN_EMAIL, Git, GitFailed, records

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""Id of the tree without entries (SHA-1 repositories); git knows it without storing it."""

SMALL = 4 << 20
"""Bytes up to which a file is looked into; larger ones are no source code."""
SMALL_TOGETHER = 128 << 20
LARGE_IS_BINARY = ("-c", f"core.bigFileThreshold={SMALL}")

Status = Literal["added", "deleted", "modified", "renamed", "type"]
_STATUS: dict[str, Status] = {
    "A": "added",
    "D": "deleted",
    "M": "modified",
    "R": "renamed",
    "T": "type",
}


@dataclass(frozen=True)
class Entry:
    """One file of a tree."""

    mode: str
    """``100644``, ``100755``, ``120000`` (link), ``160000`` (submodule)."""
    id: str
    path: str


@dataclass(frozen=True)
class Change:
    """How one file differs between two trees."""

    path: str
    status: Status
    old_path: str | None
    """Where a renamed file was; None for every other status."""
    old_mode: str | None
    old_blob: str | None
    new_mode: str | None
    new_blob: str | None


@dataclass(frozen=True)
class LineCount:
    """Lines added to and removed from a file; both None for a binary one."""

    path: str
    added: int | None
    removed: int | None


@dataclass(frozen=True)
class Ident:
    """Who wrote or made a commit."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"

    @classmethod
    def parse(cls, text: str) -> "Ident":
        """From ``name <email>``."""
        name, _, rest = text.partition(" <")
        return cls(name, rest.removesuffix(">"))


OURS = Ident(POINTSMAN, POINTSMAN_EMAIL)


@contextmanager
def without_config(objects: Sequence[Path], *, write_into: Path | None = None) -> Iterator[Git]:
    """A git directory without configuration, attributes or refs, reading the given object folders.

    For merges and for trees that an agent wrote: what a repository's own config and
    ``info/attributes`` name as merge driver would otherwise run on them. New objects go into
    ``write_into``, or, without it, are gone when this ends: for trials.
    """
    with tempfile.TemporaryDirectory(prefix="pointsman-git-") as folder:
        git_dir = Path(folder)
        (git_dir / "HEAD").write_text("ref: refs/heads/none\n")
        (git_dir / "refs").mkdir()
        (git_dir / "objects").mkdir()
        others = tuple(o for o in objects if o != write_into)
        yield Git(git_dir, objects=write_into, alternates=others)


async def read_blob(git: Git, commit: str, path: str) -> bytes | None:
    """A file's content in a commit; None if there is no file (or a folder) at that path."""
    return (await read_blobs(git, commit, [path])).get(path)


async def read_blobs(git: Git, commit: str, paths: Collection[str]) -> dict[str, bytes]:
    """Contents of several files of a commit by path, in one process; what isn't there is left out.

    A link's content is its target's name.
    """
    wanted = {path: f"{commit}:{path}" for path in paths}
    found = await _batch(git, wanted.values())
    return {path: found[name] for path, name in wanted.items() if name in found}


async def blobs(git: Git, ids: Collection[str]) -> dict[str, bytes]:
    """Contents by id, in one process; missing ones are left out."""
    return await _batch(git, ids)


async def small_blobs(
    git: Git, ids: Collection[str], *, largest: int = SMALL, together: int = SMALL_TOGETHER
) -> dict[str, bytes]:
    """Contents by id of those that are no larger than ``largest`` bytes, smallest first as long as
    there is room in ``together``: for looking into what an agent wrote, who may write anything."""
    return await _batch(git, await _small(git, ids, largest, together))


async def read_small_blobs(
    git: Git,
    commit: str,
    paths: Collection[str],
    *,
    largest: int = SMALL,
    together: int = SMALL_TOGETHER,
) -> dict[str, bytes]:
    """As ``read_blobs``, of those that ``small_blobs`` would give."""
    wanted = {path: f"{commit}:{path}" for path in paths}
    found = await _batch(git, await _small(git, wanted.values(), largest, together))
    return {path: found[name] for path, name in wanted.items() if name in found}


async def _small(git: Git, names: Iterable[str], largest: int, together: int) -> list[str]:
    told = await _ask(git, "--batch-check=%(objectname) %(objecttype) %(objectsize)", names)
    fitting = []
    for size, name in sorted((each.size, name) for name, each in told.items()):
        together -= size
        if size > largest or together < 0:
            break
        fitting.append(name)
    return fitting


async def _batch(git: Git, names: Iterable[str]) -> dict[str, bytes]:
    told = await _ask(git, "--batch", names)
    return {name: each.content for name, each in told.items() if each.kind == b"blob"}


class _Told(NamedTuple):
    kind: bytes
    size: int
    content: bytes


async def _ask(git: Git, how: str, names: Iterable[str]) -> dict[str, _Told]:
    """What ``cat-file`` tells of each object; of what it does not know, nothing."""
    asked = list(dict.fromkeys(names))
    if not asked:
        return {}
    stdin = b"".join(os.fsencode(name) + b"\0" for name in asked)
    out = (await git.run("cat-file", how, "-z", stdin=stdin)).stdout
    found: dict[str, _Told] = {}
    at = 0
    for name in asked:
        # "<id> <type> <size>\n", with --batch then "<content>\n"; or "<name> missing\n" with the
        # name as it was asked, or "<id> submodule\n" (a gitlink, to a newer git)
        absent = os.fsencode(name) + b" missing\n"
        if out.startswith(absent, at):
            at += len(absent)
            continue
        end = out.index(b"\n", at)
        _, *words = out[at:end].split(b" ")
        at = end + 1
        if len(words) == 2:
            kind, size = words[0], int(words[1])
            content = out[at : at + size] if how == "--batch" else b""
            at += size + 1 if how == "--batch" else 0
            found[name] = _Told(kind, size, content)
    return found


async def list_tree(git: Git, commit: str, under: str = "") -> tuple[Entry, ...]:
    """All files of a commit, or those below the folder ``under``, at any depth."""
    where = ("--", under) if under else ()
    out = await git.run("--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit, *where)
    entries = []
    for record in records(out.stdout):
        meta, _, path = record.partition("\t")
        mode, _, blob = meta.split(" ")
        entries.append(Entry(mode, blob, path))
    return tuple(entries)


async def tree_of(git: Git, commit: str) -> str:
    """The tree id of a commit (or of a tree: itself)."""
    return await git.text("rev-parse", "--verify", "--quiet", f"{commit}^{{tree}}")


async def tree_diff(
    git: Git, a: str, b: str, paths: Collection[str] = (), *, renames: bool = True
) -> tuple[Change, ...]:
    """How the files of ``b`` differ from those of ``a``, below ``paths`` if any are named."""
    out = await git.run(
        "--literal-pathspecs",
        "diff-tree",
        "-r",
        "-z",
        "--raw",
        "--no-abbrev",
        "-M" if renames else "--no-renames",
        "--ignore-submodules=none",
        a,
        b,
        "--",
        *paths,
    )
    return parse_changes(out.stdout)


def parse_changes(raw: bytes) -> tuple[Change, ...]:
    """The NUL-terminated raw format of git-diff-tree."""
    fields = iter(records(raw))
    changes = []
    for meta in fields:
        # ":<old mode> <new mode> <old id> <new id> <status>[score]" (git-diff-tree, raw format)
        old_mode, new_mode, old_blob, new_blob, letter = meta[1:].split(" ")
        first = next(fields)
        status = _STATUS[letter[0]]
        absent_before, absent_after = status == "added", status == "deleted"
        changes.append(
            Change(
                path=next(fields) if status == "renamed" else first,
                status=status,
                old_path=first if status == "renamed" else None,
                old_mode=None if absent_before else old_mode,
                old_blob=None if absent_before else old_blob,
                new_mode=None if absent_after else new_mode,
                new_blob=None if absent_after else new_blob,
            )
        )
    return tuple(changes)


async def patch(git: Git, a: str, b: str, paths: Collection[str] = ()) -> bytes:
    """A unified diff from ``a`` to ``b`` with renames, for people. Of files beyond ``SMALL`` it
    only says that they differ."""
    diff = ("diff-tree", "-r", "-p", "-M", "--no-ext-diff", "--no-textconv", a, b, "--", *paths)
    return (await git.run("--literal-pathspecs", *LARGE_IS_BINARY, *diff)).stdout


async def line_counts(
    git: Git, a: str, b: str, paths: Collection[str] = ()
) -> tuple[LineCount, ...]:
    """Lines added and removed per file from ``a`` to ``b``; a rename counts at its new path. Files
    beyond ``SMALL`` count as binary."""
    diff = ("diff-tree", "-r", "-z", "--numstat", "-M", "--no-ext-diff", "--no-textconv")
    out = await git.run("--literal-pathspecs", *LARGE_IS_BINARY, *diff, a, b, "--", *paths)
    fields = iter(records(out.stdout))
    counts = []
    for field in fields:
        added, removed, path = field.split("\t", 2)
        if not path:  # a rename: old and new path follow as fields of their own
            next(fields)
            path = next(fields)
        binary = added == "-"
        counts.append(
            LineCount(path, None if binary else int(added), None if binary else int(removed))
        )
    return tuple(counts)


async def grep(
    git: Git, commit: str, pattern: str, pathspec: Collection[str] = (), *, fixed: bool = False
) -> tuple[str, ...]:
    """A commit's text files with lines that match an extended regular expression (or fixed text).

    ``pathspec`` are git's, so ``*.py`` and ``:(exclude)tests`` work.
    """
    kind = "--fixed-strings" if fixed else "--extended-regexp"
    options = ("--no-textconv", "-I", "-l", "-z", "--full-name", "--no-color", kind)
    command = ("grep", *options, "-e", pattern, commit, "--", *pathspec)
    out = await git.run(*command, ok=(0, 1))
    return tuple(name[len(commit) + 1 :] for name in records(out.stdout))


async def write_blob(git: Git, data: bytes) -> str:
    return (await git.run("hash-object", "-w", "--stdin", stdin=data)).stdout.decode().strip()


async def edit_tree(git: Git, tree: str, files: Mapping[str, tuple[str, str] | None]) -> str:
    """The tree with some files replaced by (mode, blob id), or removed (None). No work tree."""
    if not files:
        return await tree_of(git, tree)
    absent = "0" * 40
    lines = [
        f"{'0 ' + absent if file is None else file[0] + ' ' + file[1]}\t{path}\0"
        for path, file in files.items()
    ]
    with tempfile.TemporaryDirectory(prefix="pointsman-index-") as folder:
        own = replace(git, index=Path(folder) / "index")
        await own.run("read-tree", tree)
        await own.run("update-index", "-z", "--index-info", stdin=os.fsencode("".join(lines)))
        return await own.text("write-tree")


async def commit_tree(
    git: Git,
    tree: str,
    parents: Sequence[str],
    message: str,
    *,
    at: datetime,
    author: Ident = OURS,
    committer: Ident = OURS,
) -> str:
    """Makes a commit object. The same arguments give the same id, whenever it is done."""
    date = f"@{int(at.timestamp())} +0000"
    who = {
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_NAME": committer.name,
        "GIT_COMMITTER_EMAIL": committer.email,
        "GIT_COMMITTER_DATE": date,
    }
    named = [word for parent in parents for word in ("-p", parent)]
    text = message if message.endswith("\n") else message + "\n"
    made = await git.run(
        "commit-tree", tree, *named, stdin=text.encode("utf-8", "replace"), extra=who
    )
    return made.stdout.decode().strip()


@dataclass(frozen=True)
class Commit:
    """A commit object."""

    id: str
    tree: str
    parents: tuple[str, ...]
    at: datetime
    """The committer's date."""
    message: str


async def read_commit(git: Git, commit: str) -> Commit:
    """Raises GitFailed if there is no such commit."""
    text = (await git.run("cat-file", "commit", commit)).stdout.decode("utf-8", "replace")
    head, _, message = text.partition("\n\n")
    fields = [line.partition(" ")[::2] for line in head.splitlines()]
    seconds = int(dict(fields)["committer"].split(" ")[-2])
    return Commit(
        id=commit,
        tree=dict(fields)["tree"],
        parents=tuple(value for key, value in fields if key == "parent"),
        at=datetime.fromtimestamp(seconds, UTC),
        message=message,
    )


async def merges_since(git: Git, tip: str, since: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Merge commits among the first parents of ``tip`` that ``since`` hasn't; with their parents.

    Newest first.
    """
    walk = ("rev-list", "--first-parent", "--min-parents=2", "--parents", tip, f"^{since}")
    lines = (await git.text(*walk)).splitlines()
    return tuple((line.split()[0], tuple(line.split()[1:])) for line in lines)


async def exists(git: Git, name: str) -> bool:
    """Whether an object is there."""
    return (await git.run("cat-file", "-e", name, ok=(0, 1, 128))).code == 0


async def is_ancestor(git: Git, old: str, new: str) -> bool:
    """Whether ``new`` has ``old`` in its history (a commit has itself in it)."""
    found = await git.run("merge-base", "--is-ancestor", old, new, ok=(0, 1, 128))
    if found.code == 128 and await exists(git, old) and await exists(git, new):
        raise GitFailed(("git", "merge-base"), found)
    return found.code == 0
