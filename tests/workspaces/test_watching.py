"""Changes are told by unit and path; git's own files are not; without watches it is polled."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
import watchfiles
from tests.workspaces.conftest import Yard

from pointsman.workspaces import Workspaces, watching


async def expect(
    changes: AsyncIterator[tuple[str, frozenset[str]]], wanted: str, path: str
) -> None:
    """Waits until ``path`` is told of the unit, or that all of it must be looked at."""
    async with asyncio.timeout(20):
        async for unit, paths in changes:
            assert not any(".git" in p.split("/") for p in paths)
            if unit == wanted and (path in paths or not paths):
                return


async def started(yard: Yard) -> AsyncIterator[tuple[str, frozenset[str]]]:
    """The watch, once it has told a first change."""
    changes = yard.workspaces.changes()
    first = asyncio.ensure_future(anext(changes))
    n = 0
    while not first.done():
        n += 1
        yard.write({"warm-up": str(n)})
        await asyncio.wait([first], timeout=0.2)
    return changes


@pytest.mark.parametrize("poll", [False, True])
async def test_changes_are_told_by_unit_also_in_new_folders_and_new_workspaces(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, poll: bool
) -> None:
    monkeypatch.setattr(watching, "POLL_MS", 50)
    yard.workspaces = Workspaces(yard.repository, yard.state, yard.sandbox, poll=poll)
    base = await yard.cut()
    changes = await started(yard)
    assert yard.workspaces.watching == ("polling" if poll else "native")
    yard.agent_git("commit", "--quiet", "--allow-empty", "-m", "only git's files")
    yard.write({"src/new ö.py": "x"})
    await expect(changes, "a.1", "src/new ö.py")
    await yard.workspaces.cut("b.1", "b", base)
    (yard.workspaces.path("b.1") / "src" / "b.py").write_text("changed")
    await expect(changes, "b.1", "src/b.py")
    yard.write({"later": "x"})
    await expect(changes, "a.1", "later")


async def test_when_the_watch_is_set_all_is_looked_at_once(yard: Yard) -> None:
    """What happened before nobody saw, and no path could be told."""
    changes = yard.workspaces.changes()
    first = asyncio.ensure_future(anext(changes))
    await yard.cut()
    assert await first == ("a.1", frozenset())


async def test_where_watches_run_out_it_is_polled_and_said(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def limited(*paths: object, force_polling: bool, **more: object) -> object:
        if not force_polling:
            raise OSError("OS file watch limit reached")
        return watchfiles.awatch(*paths, force_polling=True, **more)  # type: ignore[arg-type] # passed on

    monkeypatch.setattr(watching, "awatch", limited)
    monkeypatch.setattr(watching, "POLL_MS", 50)
    await yard.cut()
    with caplog.at_level(logging.WARNING):
        changes = await started(yard)
    assert yard.workspaces.watching == "polling"
    assert "watch limit" in caplog.text
    yard.write({"x": "1"})
    await expect(changes, "a.1", "x")
