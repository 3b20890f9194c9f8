"""Watching live workspaces: which files changed, by unit, as soon as it has settled.

A watch is set on the workspaces that there are, and set anew when one was cut or removed: a folder
that appears beneath a watch is not always seen whole. The watch before stays until the new one is
set, so that of those that were there already nothing is missed: were they all to be looked at
whole again, each workspace that comes would cost as much as there are. Where the system has no
watches left, it is polled instead, and says so. What slips through is found by the full pass of the
snapshots at every turn.
"""

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from watchfiles._rust_notify import RustNotify  # documented: watchfiles' "Rust backend"

log = logging.getLogger(__name__)

SETTLED_MS = 25
"""Quiet for so long, and a change is told; at most `DEBOUNCE_MS` after the first."""
DEBOUNCE_MS = 500
POLL_MS = 1000
SET_MS = 1000
"""So long after a watch of the operator's checkout was set, what happened before is looked for."""
AGAIN_MS = 200
"""How often it is looked whether the watch has to be set anew, while nothing changes."""

Watching = Literal["not yet", "native", "polling"]
Changed = tuple[str, frozenset[str]]
"""A unit, and the changed paths in its workspace; without any: all of it must be looked at."""


class Watch:
    """The watch on the workspaces below a folder."""

    def __init__(self, workspaces: Path, *, poll: bool = False) -> None:
        self._root = workspaces
        self._poll = poll
        self._set_anew = asyncio.Event()
        self._unseen: set[str] = set()
        """Units whose workspaces came or went since the watch was set."""
        self.state: Watching = "not yet"
        """``polling`` means seconds instead of milliseconds, and more work: shown by doctor."""

    def set_anew(self, unit: str) -> None:
        """To be called when the workspace of a unit has come or gone."""
        self._unseen.add(unit)
        self._set_anew.set()

    async def changes(self) -> AsyncIterator[Changed]:
        """Changes, without end. Folders count as paths too.

        Once the watch has been set on a workspace, that is told without paths: nobody saw what
        happened in it before.
        """
        with _Thread() as thread:
            watched: Collection[Path] = ()
            poll = self._poll
            while True:
                self._set_anew.clear()
                unseen, self._unseen = self._unseen, set()
                units = await asyncio.to_thread(self._units)
                if not units:
                    await self._set_anew.wait()
                    continue
                try:
                    rest = await thread.watch(units, poll=poll)
                    self.state = "polling" if poll else "native"
                    unseen |= {unit.name for unit in units if rest is None or unit not in watched}
                    watched = units
                    for found in self._by_unit(rest or ()):
                        yield found
                    for unit in units:
                        if unit.name in unseen:
                            yield unit.name, frozenset()
                    while not self._set_anew.is_set():
                        for found in self._by_unit(await thread.changes()):
                            yield found
                except (OSError, RuntimeError) as error:  # watchfiles' own derives from the latter
                    self._unseen |= unseen
                    if await asyncio.to_thread(self._units) != units:
                        continue  # one was removed just when the watch was set on it
                    if poll:
                        raise
                    log.warning(
                        "Watching files by polling, as the system has no watch left: %s", error
                    )
                    poll = True

    def _units(self) -> list[Path]:
        """The workspaces that are whole."""
        if not self._root.is_dir():
            return []
        return sorted(p for p in self._root.iterdir() if not p.name.startswith("."))

    def _is_work(self, path: str) -> bool:
        """Whether it is the agent's, and not its git's."""
        _, *names = self._names(path)
        return bool(names) and ".git" not in names

    def _by_unit(self, changes: Iterable[str]) -> Iterator[Changed]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for path in filter(self._is_work, changes):
            unit, *names = self._names(path)
            # A name that is no UTF-8 arrives with a replacement: then its folder is told.
            while names and "\ufffd" in names[-1]:
                names.pop()
            if names:
                found[unit].add("/".join(names))
        for unit, paths in found.items():
            yield unit, frozenset(paths)

    def _names(self, path: str) -> list[str]:
        return path[len(str(self._root)) + 1 :].split("/")


class _Thread:
    """The thread that a watch is waited for in: one of its own, as it never does anything else."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, "watch")
        self._ended = threading.Event()
        self._watch: RustNotify | None = None

    def __enter__(self) -> "_Thread":
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()  # whoever waits in the thread goes within `SETTLED_MS`
        self._executor.submit(self._close)
        self._executor.shutdown(wait=False)

    async def watch(self, folders: Iterable[Path], *, poll: bool) -> set[str] | None:
        """Sets the watch anew. Gives what the one before saw until then; None if there was none.

        Raises what watchfiles does: OSError, RuntimeError.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._set, list(map(str, folders)), poll)

    async def changes(self) -> set[str]:
        """The paths that changed, once that has settled; none after `AGAIN_MS`. Raises likewise."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._next)

    def _set(self, folders: list[str], poll: bool) -> set[str] | None:
        try:
            new = _set_on(folders, poll)
        except (OSError, RuntimeError):
            if self._watch is None:
                raise
            self._close()  # the two together may have been too many
            new = _set_on(folders, poll)
        try:
            return self._next(timeout=1) if self._watch is not None else None
        except RuntimeError:  # it had failed: as if there had been none
            return None
        finally:
            self._close()
            self._watch = new

    def _next(self, timeout: int = AGAIN_MS) -> set[str]:
        assert self._watch is not None, "a watch is set first"
        found = self._watch.watch(DEBOUNCE_MS, SETTLED_MS, timeout, self._ended)
        return set() if isinstance(found, str) else {path for _, path in found}

    def _close(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None


def _set_on(folders: list[str], poll: bool) -> RustNotify:
    return RustNotify(
        folders,
        debug=False,
        force_polling=poll,
        poll_delay_ms=POLL_MS,
        recursive=True,
        ignore_permission_denied=True,
    )
