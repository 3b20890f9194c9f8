"""What agents change is glanced at first; the snapshot, a few processes, comes after."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from pointsman.daemon.watching import watch

A, B, LATER = ("a.1", frozenset({"a.py"})), ("b.1", frozenset({"b.py"})), frozenset({"later.py"})


class Place:
    """A watch that tells what the test says, and what is done on it, in order."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[tuple[str, frozenset[str]]] = asyncio.Queue()
        self.done: list[str] = []
        self.hold: dict[str, asyncio.Event] = {}
        """By what is done: until when it takes."""
        unit = SimpleNamespace(live=True, begun=True, snapshot=None, chunk="")
        units = {"a.1": unit, "b.1": unit}
        glances = SimpleNamespace(changes=0, settle=lambda unit, changes: None)
        self.world: Any = SimpleNamespace(
            state=SimpleNamespace(units=units),
            inside=SimpleNamespace(
                workspaces=SimpleNamespace(changes=self._changes),
                snapshots=SimpleNamespace(take=self._take),
            ),
        )
        self.lookout: Any = SimpleNamespace(
            glances=glances, glance=self._glance, soon=lambda chunk: None
        )

    async def _changes(self) -> AsyncIterator[tuple[str, frozenset[str]]]:
        while True:
            yield await self.told.get()

    async def _glance(self, unit: str, paths: frozenset[str]) -> None:
        await self._do(f"glance at {unit}: {', '.join(sorted(paths))}")

    async def _take(self, unit: str, why: str, paths: frozenset[str]) -> Any:
        await self._do(f"snapshot of {unit}: {', '.join(sorted(paths))}")
        return SimpleNamespace(snapshot="new")

    async def _do(self, what: str) -> None:
        self.done.append(what)
        if what in self.hold:
            await self.hold[what].wait()

    async def until(self, *done: str) -> None:
        async with asyncio.timeout(10):
            while self.done != list(done):
                await asyncio.sleep(0)


async def test_a_snapshot_waits_for_the_glance_at_its_unit_and_holds_up_no_other() -> None:
    place = Place()
    glance_a, snapshot_a = "glance at a.1: a.py", "snapshot of a.1: a.py"
    place.hold = {glance_a: asyncio.Event(), snapshot_a: asyncio.Event()}
    watching = asyncio.create_task(watch(place.world, place.lookout))
    place.told.put_nowait(A)
    await place.until(glance_a)
    place.told.put_nowait(B)
    seen = [glance_a, "glance at b.1: b.py", "snapshot of b.1: b.py"]
    await place.until(*seen)
    place.hold[glance_a].set()
    await place.until(*seen, snapshot_a)
    place.told.put_nowait(("a.1", LATER))
    await place.until(*seen, snapshot_a, "glance at a.1: later.py")
    place.hold[snapshot_a].set()
    await place.until(*seen, snapshot_a, "glance at a.1: later.py", "snapshot of a.1: later.py")
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
