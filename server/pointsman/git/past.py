"""A repository's past, read only: merges, heads, changes line by line, patches as trees.

For measuring on history. A bare repository will do, and nothing is written into it.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pointsman.git.objects import LARGE_IS_BINARY, Change, parse_changes, tree_of
from pointsman.git.repository import Repository, kept_id, new_id, real_path
from pointsman.git.run import Git, GitFailed, records, run_as_operator
from pointsman.model.errors import PointsmanError

RECENT = 500
"""Commits whose files count as recently changed."""
_FILE = b"diff --git "
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


async def find_history(path: Path) -> Repository:
    """The repository at ``path``, bare or not, without leaving a mark in it.

    Its ``root`` is its git directory: there may be no checkout. Raises ``repository-missing``.
    """
    try:
        told = await run_as_operator(
            path, "rev-parse", "--path-format=absolute", "--git-common-dir"
        )
    except (GitFailed, OSError):
        raise PointsmanError(
            "repository-missing",
            f"{path.name or path} is not inside a git repository.",
            "Name a folder of one with --repository.",
        ) from None
    common = real_path(os.fsdecode(told.stdout).removesuffix("\n"))
    return Repository(common, common, common, kept_id(common) or new_id(common))


async def two_parent_merges(git: Git, tip: str, limit: int) -> tuple[tuple[str, str, str], ...]:
    """The newest merges of two parents in the history of ``tip``: merge, first, second parent."""
    walk = ("rev-list", "--min-parents=2", "--max-parents=2", "--parents", f"--max-count={limit}")
    lines = (await git.text(*walk, tip, "--")).splitlines()
    rows = (line.split() for line in lines)
    return tuple((merge, first, second) for merge, first, second in rows)


async def heads(git: Git) -> tuple[str, ...]:
    """The tips of branches and of pull requests (where they were fetched), newest first."""
    where = ("refs/heads/", "refs/remotes/", "refs/pull/*/head", "refs/merge-requests/*/head")
    options = ("--sort=-committerdate", "--format=%(objecttype) %(objectname)")
    lines = (await git.text("for-each-ref", *options, *where)).splitlines()
    return tuple(dict.fromkeys(x[7:] for x in lines if x.startswith("commit ")))


async def recently_changed(git: Git, tip: str) -> tuple[str, ...]:
    """The files that the newest commits in the history of ``tip`` changed, the latest first."""
    options = ("--no-renames", "--no-ext-diff", "--name-only", "-z", "--format=")
    told = await git.run("log", *options, f"--max-count={RECENT}", tip, "--")
    return tuple(dict.fromkeys(path for path in records(told.stdout) if path))


async def merge_base(git: Git, a: str, b: str) -> str | None:
    """The best common ancestor (the first of several); None if there is none."""
    found = await git.run("merge-base", a, b, ok=(0, 1, 128))
    return found.stdout.decode().split()[0] if found.code == 0 else None


async def commits_since(git: Git, base: str, tip: str) -> frozenset[str]:
    """The commits in the history of ``tip`` that are not in that of ``base``."""
    return frozenset((await git.text("rev-list", tip, f"^{base}")).splitlines())


@dataclass(frozen=True)
class ChangedLines:
    """One changed file: lines as git's diff has them, half-open and zero-based."""

    change: Change
    hunks: tuple[tuple[tuple[int, int], tuple[int, int]], ...]
    """Lines before, lines after. None: a binary file, a mode, a plain rename."""


async def line_changes(git: Git, a: str, b: str) -> tuple[ChangedLines, ...]:
    """How the files of ``b`` differ from those of ``a``, line by line, renames followed.

    Of files beyond ``SMALL`` only that they differ.
    """
    options = ("-r", "-z", "--no-abbrev", "-M", "--ignore-submodules=none", "--patch-with-raw")
    plain = ("-U0", "--histogram", "--no-ext-diff", "--no-textconv", "--no-color")
    out = (await git.run(*LARGE_IS_BINARY, "diff-tree", *options, *plain, a, b, "--")).stdout
    # raw entries, each ended by NUL, then an empty field, then the patches in the same order
    raw, _, patches = out.partition(b"\0\0")
    changes = parse_changes(raw + b"\0") if raw else ()
    files = _hunks(patches)
    changed = []
    for change in changes:
        hunks = next(files, ())
        if change.status == "type":  # shown as a removal and an addition
            hunks += next(files, ())
        changed.append(ChangedLines(change, hunks))
    return tuple(changed)


def _hunks(
    patches: bytes,
) -> Iterator[tuple[tuple[tuple[int, int], tuple[int, int]], ...]]:
    """The hunks of each file. Without context every other line begins with a sign."""
    found: list[tuple[tuple[int, int], tuple[int, int]]] | None = None
    for line in patches.split(b"\n"):
        if line.startswith(_FILE):
            if found is not None:
                yield tuple(found)
            found = []
        elif found is not None and (match := _HUNK.match(line)):
            before, after = match.group(1, 2), match.group(3, 4)
            found.append((_lines(*before), _lines(*after)))
    if found is not None:
        yield tuple(found)


def _lines(first: bytes, count: bytes | None) -> tuple[int, int]:
    """Of no lines, diff names the line before the place."""
    lines = 1 if count is None else int(count)
    start = int(first) - (1 if lines else 0)
    return (start, start + lines)


async def patched_tree(git: Git, base: str, patch: bytes) -> str:
    """The tree of ``base`` with a patch applied. Raises GitFailed where it does not apply."""
    with tempfile.TemporaryDirectory(prefix="pointsman-index-") as folder:
        own = replace(git, index=Path(folder) / "index")
        await own.run("read-tree", await tree_of(git, base))
        await own.run("apply", "--cached", "--whitespace=nowarn", "-", stdin=patch)
        return await own.text("write-tree")
