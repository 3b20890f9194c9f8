"""`Workspaces`: all that can be done with the workspaces of a repository, one method each.

No policy here: when a workspace is cut, snapshotted or removed is decided elsewhere. Calls for one
unit wait for each other; each can be killed at any line and called again.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pointsman.git import (
    Git,
    Ident,
    LineCount,
    Repository,
    line_counts,
    patch,
    remove_stale_locks,
    without_config,
)
from pointsman.model.merge_rule import DEFAULT_RULES, RuleFor
from pointsman.model.records import Snapshot
from pointsman.sandbox import Sandbox
from pointsman.workspaces import beneath, changing, cutting, publishing, snapshots
from pointsman.workspaces.changing import BroughtUp
from pointsman.workspaces.unit import Places, Unit
from pointsman.workspaces.walking import walk
from pointsman.workspaces.watching import Watch, Watching

SIZE_LIMIT = 32 << 20
"""Bytes above which a file is reported instead of being snapshotted."""


@dataclass(frozen=True)
class Diff:
    """What a unit changed."""

    patch: bytes
    files: tuple[LineCount, ...]


class Workspaces:
    """The workspaces of one repository, below its state folder."""

    def __init__(
        self,
        repository: Repository,
        state_dir: Path,
        sandbox: Sandbox,
        *,
        size_limit: int = SIZE_LIMIT,
        poll: bool = False,
    ) -> None:
        """``poll``: watch by polling from the start, where native watches don't work."""
        self._repository = repository
        self._places = Places(state_dir)
        self._sandbox = sandbox
        self._size_limit = size_limit
        self._watch = Watch(self._places.workspaces, poll=poll)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def path(self, unit: str) -> Path:
        """Where the unit's workspace is, or will be."""
        return self._places.workspace(unit)

    def store(self, unit: str) -> Git:
        """For reading the unit's snapshots before they are published, and all of the repository."""
        return self._unit(unit).store

    @property
    def watching(self) -> Watching:
        """How `changes` watches."""
        return self._watch.state

    async def cut(
        self, unit: str, chunk: str, commit: str, *, agent: str = "agent", anew: bool = False
    ) -> Path:
        """The workspace of a unit, on branch ``pointsman/<chunk>`` at ``commit``.

        The one that is there, if it was cut before; a half-made one is removed and cut anew, and
        any with ``anew``: for those that no agent has been in. What the agent commits in it
        carries ``agent``'s name. Raises ``repository-unsupported``,
        ``base-missing``, ``git-failed``.
        """
        async with self._alone(unit) as one:
            identity = Ident(agent, f"{agent}@pointsman.invalid")
            path = await cutting.cut(one, f"pointsman/{chunk}", commit, identity, anew=anew)
        self._watch.set_anew(unit)
        return path

    async def snapshot(
        self, unit: str, why: str, *, at: datetime, paths: Collection[str] | None = None
    ) -> Snapshot | None:
        """A snapshot of the workspace; None if nothing changed since the last.

        With ``paths`` (from `changes`) only those are looked at: for snapshots while an agent
        works. Before a stop or a removal, look at everything.
        """
        async with self._alone(unit) as one:
            return await snapshots.take_snapshot(
                one, why, at, paths=paths, size_limit=self._size_limit
            )

    async def newest(self, unit: str) -> str | None:
        """The id of the newest snapshot, if there is one."""
        return (await self._unit(unit).chain()).last

    async def describe(self, unit: str, snapshot_id: str) -> Snapshot:
        """A snapshot as its commit tells it. Raises ``snapshot-not-found``."""
        return await snapshots.describe(self._unit(unit), snapshot_id)

    async def bring_up(
        self, unit: str, tip: str, *, at: datetime, rules: Sequence[RuleFor] = DEFAULT_RULES
    ) -> BroughtUp:
        """Merges ``tip`` into the workspace, conflict markers in it where that fails and no merge
        rule helps.

        Call it between two prompts. From then on the unit's base is ``tip``.
        """
        async with self._alone(unit) as one:
            return await changing.bring_up(one, tip, at, rules)

    async def restore(self, unit: str, snapshot_id: str, *, at: datetime) -> Snapshot:
        """Puts the files of an older snapshot back. Raises ``snapshot-not-found``.

        What was there is kept in the chain; take a `snapshot` first to have it as a row.
        """
        async with self._alone(unit) as one:
            return await changing.restore(one, snapshot_id, at)

    async def publish(self, unit: str) -> None:
        """Brings the unit's snapshots into the repository, every object checked."""
        async with self._alone(unit) as one:
            await publishing.publish(one)

    async def open_up(self, unit: str) -> None:
        """Lets us read every file and folder of a workspace that nobody works in any more: what
        its agent forbade would not be in the last snapshot."""
        async with self._alone(unit):
            await asyncio.to_thread(self._open_up, unit)

    async def remove(self, unit: str) -> None:
        """Removes the workspace. Raises ``snapshot-missing`` while anything in it isn't kept."""
        async with self._alone(unit) as one:
            await publishing.remove(one, self._size_limit)
        self._watch.set_anew(unit)

    async def write(self, unit: str, path: str, data: bytes) -> None:
        """Writes a file of the workspace, through no link. Raises ``path-outside``."""
        await asyncio.to_thread(self._write, unit, path, data)

    async def read(self, unit: str, path: str, *, most: int | None = None) -> bytes | None:
        """Reads a file of the workspace, through no link; None if there is none.

        Raises ``path-outside``; OSError if it is longer than ``most`` bytes.
        """
        return await asyncio.to_thread(self._read, unit, path, most)

    def changes(self) -> AsyncIterator[tuple[str, frozenset[str]]]:
        """(unit, changed paths) of live workspaces as they change, without end.

        Without paths: look at all of it, as `snapshot` does then.
        """
        return self._watch.changes()

    async def diff(self, unit: str, against: str | None = None) -> Diff:
        """The unit's newest snapshot compared with its base, or with the commit ``against``."""
        one = self._unit(unit)
        chain = await one.chain()
        old, new = against or chain.base, chain.parent
        with without_config([one.store.git_dir / "objects", *self._repository.objects]) as git:
            return Diff(await patch(git, old, new), await line_counts(git, old, new))

    def _unit(self, unit: str) -> Unit:
        return Unit(unit, self._places, self._repository, self._sandbox)

    @asynccontextmanager
    async def _alone(self, unit: str) -> AsyncIterator[Unit]:
        """The unit, with nobody else at it, and what a kill left half done put right."""
        async with self._locks[unit]:
            one = self._unit(unit)
            if await asyncio.to_thread(self._put_right, unit):
                await changing.finish(one)
            yield one

    def _put_right(self, unit: str) -> bool:
        """Removes stale locks; whether the unit has a workspace and a store."""
        store = self._places.store(unit)
        remove_stale_locks(store)
        return store.is_dir() and self._places.workspace(unit).is_dir()

    def _open_up(self, unit: str) -> None:
        with beneath.opened(self._places.workspace(unit)) as root:
            for _ in walk(root, allowing=True):
                pass

    def _write(self, unit: str, path: str, data: bytes) -> None:
        with beneath.opened(self._places.workspace(unit)) as root:
            beneath.write_file(root, path, data)

    def _read(self, unit: str, path: str, most: int | None) -> bytes | None:
        with beneath.opened(self._places.workspace(unit)) as root:
            return beneath.read_file(root, path, most=most)
