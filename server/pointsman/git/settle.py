"""What a merge rule makes of a file that git can't merge: one code for the oracle and for landing.

Rules are Pointsman's own, by path. The attributes that a tree brings along are never asked: they
are somebody else's word, and name programs.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pointsman.git.merge import Conflicted, Merged
from pointsman.git.objects import edit_tree, small_blobs, write_blob
from pointsman.git.run import Git
from pointsman.model.merge_rule import MergeRule, RuleFor, rule_of

Side = Literal["ours", "theirs"]

_FILES = frozenset({"100644", "100755"})
_CONTENT = frozenset({"CONFLICT (contents)", "CONFLICT (binary)"})
"""Kinds of messages about files that both sides have. Others (a file against a folder, one gone on
a side, two renamed to one name) are no question of lines."""


async def settle(git: Git, merged: Merged, rules: Sequence[RuleFor], *, unit: Side) -> Merged:
    """The merge, with what merge rules say of its conflicts; ``settled`` names those of them.

    ``unit`` is the side whose version of a generated file is taken. Writes objects. What can't be
    settled (too large, binary, gone on one side) stays a conflict.
    """
    files: dict[str, tuple[str, str]] = {}
    settled: list[tuple[str, MergeRule]] = []
    for conflict in merged.conflicts:
        wanted = rule_of(conflict.path, rules)
        if wanted is None or wanted is MergeRule.IGNORE or not _of_lines(merged, conflict):
            continue
        file = await _file(git, conflict, wanted, unit)
        if file is not None:
            files[conflict.path] = file
            settled.append((conflict.path, wanted))
    if not files:
        return merged
    left = tuple(conflict for conflict in merged.conflicts if conflict.path not in files)
    return replace(
        merged,
        tree=await edit_tree(git, merged.tree, files),
        clean=not left,
        conflicts=left,
        messages=tuple(m for m in merged.messages if not files.keys() & set(m.paths)),
        settled=tuple(settled),
    )


def _of_lines(merged: Merged, conflict: Conflicted) -> bool:
    """Whether both sides have it as a plain file, and nothing but its content is in question."""
    sides = (conflict.ours, conflict.theirs)
    about = (m.kind for m in merged.messages if conflict.path in m.paths)
    kinds = {kind for kind in about if kind.startswith("CONFLICT")}
    return kinds <= _CONTENT and all(side and side.mode in _FILES for side in sides)


async def _file(
    git: Git, conflict: Conflicted, rule: MergeRule, unit: Side
) -> tuple[str, str] | None:
    """Mode and blob of what the rule makes of it."""
    base, ours, theirs = conflict.base, conflict.ours, conflict.theirs
    assert ours and theirs
    changed = theirs if base and ours.mode == base.mode else ours
    if rule is MergeRule.GENERATED:
        return changed.mode, (ours if unit == "ours" else theirs).blob
    versions = [version.blob for version in (ours, base, theirs) if version]
    found = await small_blobs(git, versions)
    if not found.keys() >= set(versions):
        return None
    before = found[base.blob] if base else b""
    sides = found[ours.blob], found[theirs.blob]
    if rule is MergeRule.APPEND_ONLY and not all(only_added(before, side) for side in sides):
        return None
    text = await _union(git, before, *sides)
    return None if text is None else (changed.mode, await write_blob(git, text))


def only_added(before: bytes, after: bytes) -> bool:
    """Whether all lines that there were are still there, in their order."""
    lines = iter(after.splitlines())
    return all(line in lines for line in before.splitlines())


async def _union(git: Git, base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """Both sides' lines, ours first (git-merge-file, ``--union``); None of binary files."""
    with tempfile.TemporaryDirectory(prefix="pointsman-union-") as folder:
        paths = [Path(folder) / name for name in ("ours", "base", "theirs")]
        for path, text in zip(paths, (ours, base, theirs), strict=True):
            path.write_bytes(text)
        command = ("merge-file", "--union", "--stdout", "--quiet", *map(str, paths))
        done = await git.run(*command, ok=range(256))
    return done.stdout if done.code == 0 else None
