"""Taking a snapshot: a commit of the workspace's whole tree, and nothing lost on the way.

Git compares (`survey`), we look at each file that it names without following links (`_sort`), git
takes in what it can (`index_files`), the rest is told and kept (`keep_unsaved`). Why not
``git add -A``: with a nested repository, a forbidden name or an unreadable file in the tree it
adds nothing at all, or a link to a commit that nobody has.

Nested repositories are folders like others, their ``.git`` left out as the workspace's own is.
"""

import asyncio
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from pointsman.git import Git, GitFailed, commit_tree, list_tree, read_commit, set_refs, tree_diff
from pointsman.git.untrusted import (
    Survey,
    forget_files,
    ignored,
    index_files,
    start_index,
    survey,
)
from pointsman.model.errors import PointsmanError
from pointsman.model.names import snapshot_ref
from pointsman.model.records import Snapshot
from pointsman.workspaces.beneath import Seen, look, opened
from pointsman.workspaces.unit import Chain, Unit, unsaved_ref
from pointsman.workspaces.unsaved import keep_unsaved, names_of, unsaved_names
from pointsman.workspaces.walking import closed_folders, files_below

MOST_CLOSED = 1000
"""Folders that can't be looked into, of which is told."""
FEW = 200
"""Changed paths up to which only they are looked at."""


async def take_snapshot(
    unit: Unit,
    why: str,
    at: datetime,
    *,
    paths: Collection[str] | None = None,
    size_limit: int | None = None,
) -> Snapshot | None:
    """A snapshot of the workspace as it is; None if nothing changed since the last.

    ``paths``: where something changed, as the watch tells it; with none, all is looked at. Files
    of more than ``size_limit`` bytes stay as they were in the last snapshot, and are told in
    ``unsaved``.
    """
    chain = await unit.chain()
    taken = await _take_in(unit, chain, paths, size_limit)
    unsaved = await keep_unsaved(unit.store, unit.workspace, taken.refused, taken.too_big)
    if _is_last(chain, taken, unsaved):
        return None
    message = snapshot_message(unit.name, why, chain.base)
    commit = await commit_tree(unit.store, taken.tree, [chain.parent], message, at=at)
    refs: dict[str, str | None] = {snapshot_ref(unit.name): commit}
    if unsaved:
        refs[unsaved_ref(unit.name, commit)] = unsaved
    await set_refs(unit.store, refs)
    return Snapshot(
        id=commit,
        unit=unit.name,
        at=at,
        why=why,
        files=await _count(unit.store, chain, taken.tree),
        tree=taken.tree,
        base=chain.base,
        unsaved=names_of(taken.refused, taken.too_big),
    )


async def is_in_last_snapshot(unit: Unit, size_limit: int | None) -> bool:
    """Whether the workspace is as its newest snapshot (or base) says. Changes only the index."""
    chain = await unit.chain()
    taken = await _take_in(unit, chain, None, size_limit)
    unsaved = await keep_unsaved(unit.store, unit.workspace, taken.refused, taken.too_big)
    return chain.unfinished is None and _is_last(chain, taken, unsaved)


def _is_last(chain: Chain, taken: "_Taken", unsaved: str | None) -> bool:
    return taken.tree == chain.tree and (unsaved is None or unsaved == chain.unsaved)


def snapshot_message(unit: str, why: str, base: str) -> str:
    """What the ledger knows of a snapshot, so that it can be rebuilt from the commits alone."""
    return f"Snapshot of {unit}: {why}\n\nUnit: {unit}\nWhy: {why}\nBase: {base}\n"


async def describe(unit: Unit, snapshot: str) -> Snapshot:
    """The snapshot that a commit is. Raises ``snapshot-not-found``."""
    try:
        commit = await read_commit(unit.store, snapshot)
        lines = [line.partition(": ") for line in commit.message.splitlines()]
        told = {key: value for key, _, value in lines}
        changes = await tree_diff(unit.store, commit.parents[0], snapshot)
        unsaved = (await unit.unsaved()).get(snapshot)
        return Snapshot(
            id=snapshot,
            unit=told["Unit"],
            at=commit.at,
            why=told["Why"],
            files=len(changes),
            tree=commit.tree,
            base=told["Base"],
            unsaved=await unsaved_names(unit.store, unsaved) if unsaved else (),
        )
    except (GitFailed, KeyError, IndexError) as error:
        raise not_found(unit, snapshot) from error


def not_found(unit: Unit, snapshot: str) -> PointsmanError:
    return PointsmanError(
        "snapshot-not-found",
        f"{unit.name} has no snapshot {snapshot}.",
        f"`pointsman log {unit.name}` lists the snapshots.",
    )


async def _count(store: Git, chain: Chain, tree: str) -> int:
    """Files that differ from the snapshot before; from base, if that one lost its objects."""
    try:
        return len(await tree_diff(store, chain.parent, tree))
    except GitFailed:
        return len(await tree_diff(store, chain.base, tree))


@dataclass(frozen=True)
class _Taken:
    tree: str
    too_big: frozenset[str]
    refused: frozenset[str]


async def _take_in(
    unit: Unit, chain: Chain, paths: Collection[str] | None, size_limit: int | None
) -> _Taken:
    """Brings the store's index up to the files."""
    git = unit.files()
    few = sorted(paths) if paths and len(paths) <= FEW and not _rules_among(paths) else None
    agents_index = await asyncio.to_thread(_agents_index, unit.workspace)
    if not await asyncio.to_thread((unit.store.git_dir / "index").exists):
        await start_index(git, chain.parent)
    with suppress(GitFailed):  # which is what a damaged index makes it do
        seen = await survey(git, few, None if few else agents_index)
        taken = await _index(unit, seen, size_limit) if seen.tree else None
        if taken:
            return taken
    # Or the index names an object that is gone: one that was the same as something unreachable in
    # the repository, until its gc. The stat cache would have us repeat that for ever.
    known = await _files_of(unit.store, chain.parent)
    await start_index(git, chain.base)
    seen = await survey(git, None, agents_index)
    anew = replace(seen, forced=seen.forced | (known - seen.changed))
    taken = await _index(unit, anew, size_limit)
    if taken is None:
        raise PointsmanError(
            "git-failed",
            f"The repository lost objects of the commit that {unit.name} was cut from.",
            "Run `git fsck` in the repository.",
        )
    return taken


def _rules_among(paths: Iterable[str]) -> bool:
    """Whether more may have changed than ``paths``: what is ignored, how files are converted."""
    return any(path.endswith((".gitignore", ".gitattributes")) for path in paths)


def _agents_index(workspace: Path) -> Path | None:
    with opened(workspace) as root:
        return workspace / ".git" / "index" if look(root, ".git/index").kind == "file" else None


async def _files_of(store: Git, commit: str) -> frozenset[str]:
    try:
        return frozenset(entry.path for entry in await list_tree(store, commit))
    except GitFailed:
        return frozenset()


async def _index(unit: Unit, seen: Survey, size_limit: int | None) -> _Taken | None:
    """Takes what was seen into the index; None if that names an object that is missing."""
    git = unit.files()
    found = await asyncio.to_thread(_sort, unit.workspace, seen.changed, seen.forced, size_limit)
    if found.nested:
        below = await asyncio.to_thread(_below, unit.workspace, found.nested)
        wanted = below - (await ignored(git, below) if below else set()) - seen.changed
        more = await asyncio.to_thread(_sort, unit.workspace, wanted, frozenset(), size_limit)
        found.take |= more.take
        found.too_big |= more.too_big
    if seen.closed:
        found.too_big |= await _closed(unit)
    await forget_files(git, found.forget)
    if not found.take and not found.forget:
        return _Taken(seen.tree, frozenset(found.too_big), frozenset()) if seen.tree else None
    indexed = await index_files(git, found.take)
    if indexed.tree is None:
        return None
    refused = await asyncio.to_thread(_existing, unit.workspace, indexed.refused)
    return _Taken(indexed.tree, frozenset(found.too_big), refused)


@dataclass
class _Sorted:
    """What to do with each path."""

    take: set[str] = field(default_factory=set)
    """Into the index as it is, or out of it if it is gone."""
    forget: set[str] = field(default_factory=set)
    """Out of the index, though git would see something there."""
    nested: set[str] = field(default_factory=set)
    """A nested repository's folder."""
    too_big: set[str] = field(default_factory=set)
    """Told and not kept: files, and folders that can't be looked into."""


def _sort(
    workspace: Path, changed: Collection[str], forced: Collection[str], size_limit: int | None
) -> _Sorted:
    """``changed`` is git's word, ``forced`` the agent's: from that, only what exists counts."""
    found = _Sorted()
    with opened(workspace) as root:
        for path in changed:
            seen = look(root, path.removesuffix("/"))
            if path.endswith("/"):
                found.nested.add(path.removesuffix("/"))
            elif seen.kind in ("behind a link", "other"):
                found.forget.add(path)
            elif seen.kind != "forbidden":  # that stays as it was; its folder is told
                _by_size(found, path, seen, size_limit)
        for path in forced:
            seen = _look_anyhow(root, path)
            if seen.kind == "folder":
                found.nested.add(path)
            elif seen.kind in ("file", "link"):
                _by_size(found, path, seen, size_limit)
    return found


def _by_size(found: _Sorted, path: str, seen: Seen, size_limit: int | None) -> None:
    too_big = size_limit is not None and seen.size > size_limit
    (found.too_big if too_big else found.take).add(path)


def _look_anyhow(root: int, path: str) -> Seen:
    """At a path of the agent's choosing, which may lead anywhere or be nonsense."""
    if ".git" in path.split("/"):
        return Seen("absent")
    try:
        return look(root, path)
    except PointsmanError:
        return Seen("absent")


def _below(workspace: Path, folders: Collection[str]) -> frozenset[str]:
    with opened(workspace) as root:
        return frozenset(path for folder in folders for path in files_below(root, folder))


async def _closed(unit: Unit) -> frozenset[str]:
    """The folders that git could not look into, but for those whose content is ignored anyway."""

    def look_for_them() -> frozenset[str]:
        with opened(unit.workspace) as root:
            return closed_folders(root, MOST_CLOSED)

    found = await asyncio.to_thread(look_for_them)
    return found - (await ignored(unit.files(), found) if found else frozenset())


def _existing(workspace: Path, paths: Collection[str]) -> frozenset[str]:
    with opened(workspace) as root:
        return frozenset(path for path in paths if look(root, path).kind in ("file", "link"))
