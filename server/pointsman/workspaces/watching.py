"""Watching live workspaces: which files changed, by unit, as soon as it has settled.

One watch on the folder that holds all workspaces, so that new ones are in it from the start. Where
the system has no watches left it is polled instead, and says so. What a watch misses is found by
the full pass of the snapshots at every turn.
"""

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

Watching = Literal["not yet", "native", "polling"]


class Watch:
    """The watch on ``<state>/workspaces``."""

    def __init__(self, workspaces: Path, *, poll: bool = False) -> None:
        self._root = workspaces.resolve()
        self._poll = poll
        self.state: Watching = "not yet"
        """``polling`` means seconds instead of milliseconds, and more work: shown by doctor."""

    async def changes(self) -> AsyncIterator[tuple[str, frozenset[str]]]:
        """(unit, changed paths in its workspace), without end. Folders count as paths too."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._poll:
            try:
                async for found in self._watch(poll=False):
                    yield found
            except (OSError, RuntimeError) as error:  # watchfiles' own derives from the latter
                log.warning("Watching files by polling, as the system has no watch left: %s", error)
        async for found in self._watch(poll=True):
            yield found

    async def _watch(self, *, poll: bool) -> AsyncIterator[tuple[str, frozenset[str]]]:
        self.state = "polling" if poll else "native"
        async for changes in awatch(
            self._root,
            watch_filter=self._is_work,
            debounce=DEBOUNCE_MS,
            step=SETTLED_MS,
            force_polling=poll,
            poll_delay_ms=POLL_MS,
            ignore_permission_denied=True,
        ):
            for unit, paths in self._by_unit(path for _, path in changes).items():
                yield unit, frozenset(paths)

    def _is_work(self, change: Change, path: str) -> bool:
        """Files of a workspace, but for git's own, and for workspaces half made or half removed."""
        names = self._names(path)
        return len(names) > 1 and not names[0].startswith(".") and ".git" not in names

    def _by_unit(self, paths: Iterable[str]) -> dict[str, set[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for path in paths:
            unit, *names = self._names(path)
            # A name that is no UTF-8 arrives with a replacement: then its folder is told.
            while names and "\ufffd" in names[-1]:
                names.pop()
            if names:
                found[unit].add("/".join(names))
        return found

    def _names(self, path: str) -> list[str]:
        return path[len(str(self._root)) + 1 :].split("/")
