"""The operator's working trees: what is uncommitted in their checkouts is what they are at.

Compared with the commit that each checkout stands on, so that neither base's progress nor a branch
of the operator's looks like something that they are typing. The files are watched; where they can't
be, they are looked at every few seconds instead. Only what changed is looked at again, by a reader
of files that follows no link; nothing of the repository's runs for it (``git/working_tree``).
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

from pointsman.daemon.looking import Lookout
from pointsman.daemon.world import World
from pointsman.git import (
    Repository,
    find_repository,
    folders,
    head_commit,
    ignore_files,
    printable,
    uncommitted,
)
from pointsman.model.errors import PointsmanError
from pointsman.model.footprint import OPERATOR, Access, Footprint, Touch
from pointsman.oracle.engine import Oracle
from pointsman.oracle.index import SIZE_LIMIT
from pointsman.oracle.observed import whole_file
from pointsman.workspaces.beneath import opened, read_file
from pointsman.workspaces.checkout import CanNotBeWatched, checkout_changes

log = logging.getLogger(__name__)

FEW = 200
"""Changed paths up to which only they are looked at."""
LOOKED_INTO = 500
"""Uncommitted files that are looked into; of the others it is known that they are."""
POLL = 5.0
"""Seconds between two looks where the files can't be watched, or"""
REST = 20.0
"""so many times as long as a look takes, if that is more."""
AGAIN = 30.0
"""Seconds after which a checkout is looked at again that could not be."""
WHY = "working tree"


class WorkingTree:
    """What is uncommitted in one checkout."""

    def __init__(self, checkout: Repository, oracle: Oracle) -> None:
        self._checkout, self._oracle = checkout, oracle
        self._ignoring: tuple[Path, ...] = ()
        self.head: str | None = None
        self._touches: dict[str, tuple[Touch, ...]] = {}
        """By uncommitted file."""

    @property
    def touches(self) -> Iterator[Touch]:
        return (touch for touches in self._touches.values() for touch in touches)

    def folders(self) -> frozenset[str]:
        """Those of new files, which the commit does not have."""
        parents = (Path(path).parents for path in self._touches)
        return frozenset(p.as_posix() for above in parents for p in above) - {"."}

    async def look(self, paths: Collection[str] | None = None) -> None:
        """Looks at everything, or at and below ``paths`` if the same commit is checked out still.

        Raises git-failed.
        """
        head = await head_commit(self._checkout.root)
        if head != self.head or paths is None:
            self._ignoring = await ignore_files(self._checkout)
            paths = None
        if head != self.head:
            self.head, self._touches = head, {}
        if head is None:
            return
        found = await uncommitted(self._checkout, head, paths, self._ignoring)
        for path in [p for p in self._touches if p not in found and _at_or_below(p, paths)]:
            del self._touches[path]
        if found:
            self._touches |= await self._looked_into(head, found)

    async def _looked_into(self, head: str, found: Collection[str]) -> dict[str, tuple[Touch, ...]]:
        several = sorted(found)
        room = max(LOOKED_INTO - len(self._touches.keys() - found), 0)
        files, closed = await asyncio.to_thread(_read, self._checkout.root, several[:room])
        footprint = await self._oracle.footprint_of_files(head, files)
        by_path: defaultdict[str, list[Touch]] = defaultdict(list)
        for touch in footprint.touches:
            reads = touch.access is Access.READ
            by_path[(touch.inside or "").partition("#")[0] if reads else touch.path].append(touch)
        touches = {path: tuple(by_path.get(printable(path), ())) for path in files}
        for path in (*closed, *several[room:]):
            touches[path] = (whole_file(printable(path), Access.WRITE_BODY, WHY),)
        return touches


def _read(root: Path, paths: Collection[str]) -> tuple[dict[str, bytes | None], list[str]]:
    """The files' contents (None: gone), and those that can't be looked into."""
    files: dict[str, bytes | None] = {}
    closed = []
    with opened(root) as folder:
        for path in paths:
            try:
                files[path] = read_file(folder, path, most=SIZE_LIMIT)
            except (OSError, PointsmanError):  # too large, a link, not to be read
                closed.append(path)
    return files, closed


def _at_or_below(path: str, folders: Collection[str] | None) -> bool:
    return folders is None or any(
        not folder or path == folder or path.startswith(f"{folder}/") for folder in folders
    )


async def watch_working_trees(world: World, lookout: Lookout) -> None:
    """For ever: the daemon's own checkout, and each that an editor looks at."""
    buffers = world.inside.buffers
    trees: dict[Path, WorkingTree] = {}

    def seen() -> None:
        touches = tuple(touch for tree in trees.values() for touch in tree.touches)
        base = next((tree.head for tree in trees.values() if tree.head), "")
        world.inside.oracle.hold(Footprint(participant=OPERATOR, base=base, touches=touches))
        lookout.soon(OPERATOR)

    async with asyncio.TaskGroup() as group:
        while True:
            for root in {world.inside.repository.root, *buffers.checkouts} - trees.keys():
                with suppress(PointsmanError):  # it has gone again
                    checkout = await find_repository(root)
                    trees[root] = WorkingTree(checkout, world.inside.oracle)
                    group.create_task(_Watch(world, checkout, trees[root], seen).run())
            await buffers.attached.wait()
            buffers.attached.clear()


class _Watch:
    """Keeps one working tree as it is."""

    def __init__(
        self, world: World, checkout: Repository, tree: WorkingTree, seen: Callable[[], None]
    ) -> None:
        self._world, self._checkout, self._tree, self._seen = world, checkout, tree, seen
        self._polling = False
        self._committed: tuple[str | None, frozenset[str]] = None, frozenset()
        """The folders of the commit that was asked for them last."""

    async def run(self) -> None:
        while True:
            try:
                await self._look(None)
                if self._polling:
                    await self._poll()
                await self._follow()
            except CanNotBeWatched as error:
                log.warning("%s is looked at every few seconds: %s", self._checkout.root, error)
                self._polling = True
            except Exception:
                log.exception("%s can't be looked at at the moment", self._checkout.root)
                await asyncio.sleep(AGAIN)

    async def _follow(self) -> None:
        """Until there are other folders to watch. Raises CanNotBeWatched."""
        watched = await self._folders()
        set_now = True
        root, git_dir = self._checkout.root, self._checkout.git_dir
        async for seen in checkout_changes(root, git_dir, watched):
            if set_now:
                set_now = False
                await self._look(None)  # nobody saw what happened while it was set
            elif seen.paths or seen.git:
                many = "" in seen.paths or len(seen.paths) > FEW
                await self._look(None if many else seen.paths)
            else:
                continue
            if not await self._folders() <= watched:
                return

    async def _poll(self) -> None:
        while True:
            began = time.monotonic()
            await self._look(None)
            await asyncio.sleep(max(POLL, (time.monotonic() - began) * REST))

    async def _look(self, paths: Collection[str] | None) -> None:
        before = self._tree.head, tuple(self._tree.touches)
        await self._tree.look(paths)
        if self._tree.head != before[0]:
            self._world.inside.buffers.moved(self._checkout.root)
        if (self._tree.head, tuple(self._tree.touches)) != before:
            self._seen()

    async def _folders(self) -> frozenset[str]:
        head = self._tree.head
        if head is not None and head != self._committed[0]:
            self._committed = head, await folders(self._checkout.git, head)
        return self._committed[1] | self._tree.folders()
