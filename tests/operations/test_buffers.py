"""The unsaved text of each editor, held against what the units do."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.git.world import World, operators_home

from pointsman.model.conflict import Conflict, DecidedBy, Verdict
from pointsman.model.footprint import OPERATOR
from pointsman.operations.buffers import Buffers, SessionBuffers
from pointsman.operations.seam import Caller
from pointsman.oracle.engine import Oracle

CODE = "def f():\n    return 1\n\n\ndef g():\n    return f()\n"
PATH = "src/a.py"


class Desk:
    """Editors on one repository, and a unit ``one`` that changes ``f``."""

    def __init__(self, world: World, oracle: Oracle, base: str, buffers: Buffers) -> None:
        self.world, self.oracle, self.base, self.buffers = world, oracle, base, buffers
        self.stale: list[tuple[str, str]] = []
        """Which session was told to look again at which file."""

    def editor(self, name: str, checkout: Path | None = None) -> SessionBuffers:
        at = str(checkout or self.world.root)
        caller = Caller("lsp", name, checkout=at)
        return self.buffers.attach(caller, lambda path: self.stale.append((name, path)))

    async def unit_changes(self, text: str, path: str = PATH) -> None:
        before = self.oracle.footprint("one")
        now = await self.oracle.footprint_of_files(self.base, {path: text.encode()}, "one")
        self.oracle.hold(now)
        self.buffers.stirred(before, now)


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    world = World(tmp_path / "repository", operators_home(tmp_path / "home", monkeypatch))
    base = world.commit({PATH: CODE, "src/b.py": CODE})
    repository = await world.find()
    oracle = Oracle(repository)
    ledger: Any = SimpleNamespace(state=SimpleNamespace(conflicts={}))
    desk = Desk(world, oracle, base, Buffers(repository, oracle, ledger))
    desk.ledger = ledger  # type: ignore[attr-defined]
    await desk.unit_changes(CODE.replace("1", "2"))
    yield desk
    await oracle.close()


async def met(editor: SessionBuffers, path: str = PATH) -> list[tuple[str, str | None, int]]:
    return [
        (found.conflict.other(OPERATOR), found.overlap.symbol, found.at.start.line)
        for found in await editor.meets(path)
    ]


async def test_what_both_change_is_met_where_it_is_in_the_text(desk: Desk) -> None:
    editor = desk.editor("x")
    editor.open(PATH, CODE.encode())
    assert await met(editor) == []
    editor.edit(PATH, CODE.index("1"), CODE.index("1") + 1, b"3")
    editor.edit(PATH, 0, 0, b"\n\n")
    assert await met(editor) == [("one", "f", 2)]
    editor.close(PATH)
    assert await met(editor) == []


async def test_what_a_text_defines_is_known_once_it_was_looked_at(desk: Desk) -> None:
    editor = desk.editor("x")
    editor.open(PATH, CODE.encode())
    assert editor.symbols(PATH) is None
    await editor.meets(PATH)
    editor.edit(PATH, 0, 0, b"\n\n")
    assert editor.symbols(PATH) is None, "of another text"
    await editor.meets(PATH)
    assert editor.symbols(PATH) == (
        ("f", "function", 2, 3, 2, 4, 5),
        ("g", "function", 6, 7, 6, 4, 5),
    )
    editor.close(PATH)
    assert editor.symbols(PATH) is None


async def test_only_what_a_unit_touches_is_looked_at_again(desk: Desk) -> None:
    editor, other = desk.editor("x"), desk.editor("y")
    editor.open(PATH, CODE.replace("1", "3").encode())
    other.open("src/b.py", CODE.replace("1", "3").encode())
    await editor.meets(PATH)
    await other.meets("src/b.py")
    desk.stale.clear()
    await desk.unit_changes(CODE.replace("1", "4"))
    assert desk.stale == [("x", PATH)]


async def test_a_session_that_has_ended_is_met_by_nobody(desk: Desk) -> None:
    editor = desk.editor("x")
    editor.open(PATH, CODE.replace("1", "3").encode())
    await editor.meets(PATH)
    theirs = desk.oracle.footprint("one")
    assert theirs is not None
    assert len(await desk.buffers.meeting(theirs)) == 1
    editor.end()
    assert await desk.buffers.meeting(theirs) == []
    assert desk.buffers.checkouts == frozenset()


async def test_two_sessions_with_the_same_file_are_each_met_as_they_are(desk: Desk) -> None:
    one, other = desk.editor("x"), desk.editor("y")
    one.open(PATH, CODE.replace("1", "3").encode())
    other.open(PATH, CODE.replace("f()\n", "f() + 1\n").encode())
    assert await met(one) == [("one", "f", 0)]
    assert await met(other) != await met(one)


async def test_what_the_operator_has_judged_is_not_shown_again(desk: Desk) -> None:
    editor = desk.editor("x")
    editor.open(PATH, CODE.replace("1", "3").encode())
    (found,) = await editor.meets(PATH)
    judged = Conflict.of(
        id="c7",
        a="one",
        b=OPERATOR,
        overlaps=found.conflict.overlaps,
        verdict=Verdict.INDEPENDENT,
        decided_by=DecidedBy.OPERATOR,
        covered=tuple(o.kind for o in found.conflict.overlaps),
        probability=0.5,
    )
    desk.ledger.state = SimpleNamespace(conflicts={"c7": judged})  # type: ignore[attr-defined]
    assert await met(editor) == []


async def test_another_commit_checked_out_is_what_text_is_compared_with(desk: Desk) -> None:
    editor = desk.editor("x")
    editor.open(PATH, CODE.replace("1", "3").encode())
    assert await met(editor)
    desk.world.commit({PATH: CODE.replace("1", "3")})
    desk.buffers.moved(desk.world.root)
    assert desk.stale[-1] == ("x", PATH)
    assert await met(editor) == [], "it is committed"


async def test_before_the_first_commit_there_is_nothing_to_compare_with(
    desk: Desk, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    desk.world.git("init", "--quiet", str(empty))
    editor = desk.editor("x", empty)
    editor.open(PATH, b"text")
    assert await met(editor) == [] and not await editor.study(PATH)
