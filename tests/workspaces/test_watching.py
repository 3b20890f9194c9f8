"""Changes are told by unit and path; git's own files are not; without watches it is polled."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.workspaces.conftest import Yard
from watchfiles._rust_notify import RustNotify

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
    def limited(folders: list[str], *, force_polling: bool, **more: Any) -> RustNotify:
        if not force_polling:
            raise OSError("OS file watch limit reached")
        return RustNotify(folders, force_polling=True, **more)

    monkeypatch.setattr(watching, "RustNotify", limited)
    monkeypatch.setattr(watching, "POLL_MS", 50)
    await yard.cut()
    with caplog.at_level(logging.WARNING):
        changes = await started(yard)
    assert yard.workspaces.watching == "polling"
    assert "watch limit" in caplog.text
    yard.write({"x": "1"})
    await expect(changes, "a.1", "x")


async def test_a_workspace_that_comes_has_no_other_looked_at_whole_and_hides_none_of_its_changes(
    yard: Yard,
) -> None:
    base = await yard.cut()
    changes = await started(yard)
    for n in range(5):
        came = asyncio.create_task(yard.workspaces.cut(f"b.{n}", f"b{n}", base))
        waiting, told = {"a.1", f"b.{n}"}, {f"b.{n}": frozenset[str]()}
        yard.write({f"while-{n}-comes": "x"})
        async with asyncio.timeout(20):
            while waiting:
                unit, paths = await anext(changes)
                assert paths or unit == f"b.{n}", f"all of {unit} is to be looked at again"
                if paths == told.get(unit, {f"while-{n}-comes"}):
                    waiting.discard(unit)
        await came


async def test_a_workspace_that_is_cut_again_is_looked_at_whole_again(yard: Yard) -> None:
    base = await yard.cut()
    changes = await started(yard)
    await yard.workspaces.cut("a.1", "a", base, anew=True)
    async with asyncio.timeout(20):
        while await anext(changes) != ("a.1", frozenset()):
            pass


async def test_where_two_watches_are_too_many_the_one_before_goes_first(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = await yard.cut()
    changes = await started(yard)
    refused = 0

    def limited(*args: Any, **more: Any) -> RustNotify:
        nonlocal refused
        refused += 1
        if refused == 1:
            raise OSError("OS file watch limit reached")
        return RustNotify(*args, **more)

    monkeypatch.setattr(watching, "RustNotify", limited)
    await yard.workspaces.cut("b.1", "b", base)
    whole: set[str] = set()
    async with asyncio.timeout(20):
        while whole != {"a.1", "b.1"}:  # nobody saw a.1 for a moment
            unit, paths = await anext(changes)
            if not paths:
                whole.add(unit)
    assert yard.workspaces.watching == "native"
