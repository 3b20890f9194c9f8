"""Watching live workspaces: which files changed, by unit, as soon as it has settled.

A watch is set on the workspaces that there are, and set anew when one was cut or removed: a folder
that appears beneath a watch is not always seen whole. Where the system has no watches left, it is
polled instead, and says so. What slips through is found by the full pass of the snapshots at every
turn.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Literal

from watchfiles import Change, awatch

log = logging.getLogger(__name__)

SETTLED_MS = 25
"""Quiet for so long, and a change is told; at most `DEBOUNCE_MS` after the first."""
DEBOUNCE_MS = 500
POLL_MS = 1000
SET_MS = 1000
"""So long after a watch was set, what happened before is looked for."""

Watching = Literal["not yet", "native", "polling"]
Changed = tuple[str, frozenset[str]]
"""A unit, and the changed paths in its workspace; without any: all of it must be looked at."""


class Watch:
    """The watch on the workspaces below a folder."""

    def __init__(self, workspaces: Path, *, poll: bool = False) -> None:
        self._root = workspaces
        self._poll = poll
        self._set_anew = asyncio.Event()
        self.state: Watching = "not yet"
        """``polling`` means seconds instead of milliseconds, and more work: shown by doctor."""

    def set_anew(self) -> None:
        """To be called when a workspace has come or gone."""
        self._set_anew.set()

    async def changes(self) -> AsyncIterator[Changed]:
        """Changes, without end. Folders count as paths too.

        Whenever the watch was set, each workspace is told once without paths: nobody saw what
        happened in it before.
        """
        poll = self._poll
        while True:
            self._set_anew.clear()
            units = await asyncio.to_thread(self._units)
            if not units:
                await self._set_anew.wait()
                continue
            try:
                async for found in self._watch(units, poll=poll):
                    yield found
            except (OSError, RuntimeError) as error:  # watchfiles' own derives from the latter
                if await asyncio.to_thread(self._units) != units:
                    continue  # one was removed just when the watch was set on it
                if poll:
                    raise
                log.warning("Watching files by polling, as the system has no watch left: %s", error)
                poll = True

    async def _watch(self, units: list[Path], *, poll: bool) -> AsyncIterator[Changed]:
        self.state = "polling" if poll else "native"
        unseen = [unit.name for unit in units]
        async for changes in awatch(
            *units,
            watch_filter=lambda _, path: self._is_work(path),
            debounce=DEBOUNCE_MS,
            step=SETTLED_MS,
            rust_timeout=SET_MS,
            yield_on_timeout=True,
            force_polling=poll,
            poll_delay_ms=POLL_MS,
            ignore_permission_denied=True,
            stop_event=self._set_anew,
        ):
            for unit in unseen:
                yield unit, frozenset()
            unseen = []
            for unit, paths in self._by_unit(changes).items():
                yield unit, frozenset(paths)

    def _units(self) -> list[Path]:
        """The workspaces that are whole."""
        if not self._root.is_dir():
            return []
        return sorted(p for p in self._root.iterdir() if not p.name.startswith("."))

    def _is_work(self, path: str) -> bool:
        """Whether it is the agent's, and not its git's."""
        _, *names = self._names(path)
        return bool(names) and ".git" not in names

    def _by_unit(self, changes: Iterable[tuple[Change, str]]) -> dict[str, set[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for _, path in changes:
            unit, *names = self._names(path)
            # A name that is no UTF-8 arrives with a replacement: then its folder is told.
            while names and "\ufffd" in names[-1]:
                names.pop()
            if names:
                found[unit].add("/".join(names))
        return found

    def _names(self, path: str) -> list[str]:
        return path[len(str(self._root)) + 1 :].split("/")
