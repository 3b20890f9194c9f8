"""A buffer is a blob that has no id yet: it touches what the same text in a commit touches."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.git.world import World, operators_home
from tests.oracle.conftest import Agent
from tests.oracle.test_engine import observe

from pointsman.git import find_repository
from pointsman.model.conflict import ConflictType
from pointsman.model.footprint import OPERATOR, Access, Footprint
from pointsman.model.place import Range
from pointsman.oracle.engine import Oracle

STORE = """\
from src.tools import helper, other

LIMIT = 3


class Store:
    def load(self, name):
        return helper(name)

    def save(self):
        return "ü😋"


def connect():
    return Store()
"""
TOOLS = """\
def helper(name):
    return name


def other():
    return 1
"""
PATH = "src/store.py"


@pytest.fixture
def base(world: World) -> str:
    return world.commit({PATH: STORE, "src/tools.py": TOOLS, "src/__init__.py": ""})


def said(footprint: Footprint) -> list[dict[str, object]]:
    """All of its touches but where they were seen."""
    told = [touch.model_dump(exclude={"why"}) for touch in footprint.touches]
    return sorted(told, key=repr)


async def edited(oracle: Oracle, base: str, old: str, new: str, text: str = STORE):
    buffer = await oracle.buffer(base, PATH, text.encode())
    start = text.encode().index(old.encode())
    buffer.edit(start, start + len(old.encode()), new.encode())
    return buffer


async def test_an_unchanged_buffer_touches_nothing(oracle: Oracle, base: str) -> None:
    buffer = await oracle.buffer(base, PATH, STORE.encode())
    assert (await buffer.footprint()).touches == ()
    assert (await (await edited(oracle, base, "return", "return")).footprint()).touches == ()


async def test_a_buffer_that_is_as_another_writes_meets_them(
    oracle: Oracle, world: World, base: str
) -> None:
    await observe(oracle, world, base, "one", {PATH: STORE.replace("helper(name)", "name")})
    buffer = await edited(oracle, base, "helper(name)", "helper(name) or 1")
    (conflict,) = await oracle.meeting(await buffer.footprint())
    assert (conflict.a, conflict.b) == ("one", OPERATOR)
    assert [(o.type, o.symbol) for o in conflict.overlaps] == [(ConflictType.SYMBOL, "Store::load")]
    assert OPERATOR not in oracle.participants()


async def test_what_it_references_is_known_once_it_was_studied(
    oracle: Oracle, world: World, base: str
) -> None:
    changed = {"src/tools.py": TOOLS.replace("def other():", "def other(more):")}
    await observe(oracle, world, base, "one", changed)
    buffer = await edited(oracle, base, "return Store()", "return Store(), other()")
    assert await oracle.meeting(await buffer.footprint()) == []
    assert await buffer.study() and not await buffer.study()
    (conflict,) = await oracle.meeting(await buffer.footprint())
    assert [(o.type, o.symbol) for o in conflict.overlaps] == [(ConflictType.REFERENCE, "other")]
    buffer.edit(0, 0, b"# typed on\n")  # what was found stays until it is studied again
    assert await oracle.meeting(await buffer.footprint())


async def test_a_symbol_is_found_where_it_is_in_the_buffer(oracle: Oracle, base: str) -> None:
    buffer = await edited(oracle, base, "LIMIT = 3", "LIMIT = 3\nMORE = 4\n")
    await buffer.footprint()
    line = STORE.splitlines().index("    def save(self):")
    name, reach = buffer.place("Store::save", (0, 0))
    assert reach == Range.lines(line + 2, line + 3)
    assert (name.start.line, name.start.character, name.end.character) == (line + 2, 8, 12)
    assert buffer.place(None, (line, line + 1)) == (Range.lines(line + 2, line + 3),) * 2
    assert buffer.place(None, (0, 0)) == (Range.lines(0, 0),) * 2
    assert buffer.place("gone", None) == (Range.lines(0, 0),) * 2


async def test_line_endings_of_the_checkout_are_no_change(oracle: Oracle, base: str) -> None:
    buffer = await oracle.buffer(base, PATH, STORE.replace("\n", "\r\n").encode())
    assert (await buffer.footprint()).touches == ()
    buffer.edit(0, 0, b"# a comment\r\n")
    found = await buffer.footprint()
    assert {(t.symbol, t.lines) for t in found.touches} == {(None, (0, 0))}
    files = await oracle.footprint_of_files(base, {PATH: STORE.replace("\n", "\r\n").encode()})
    assert files.touches == ()


async def test_what_can_not_be_compared_touches_nothing(
    oracle: Oracle, world: World, base: str
) -> None:
    commit = world.commit({"latin.py": "é = 1\n".encode("latin-1"), "x.bin": b"a\0b"})
    for path, text in {"latin.py": "é = 2\n", "x.bin": "a", "new.bin": "\0"}.items():
        buffer = await oracle.buffer(commit, path, text.encode())
        assert (await buffer.footprint()).touches == ()


async def test_a_new_file_is_created(oracle: Oracle, base: str) -> None:
    buffer = await oracle.buffer(base, "src/new.py", b"def f():\n    return 1\n")
    assert {t.access for t in (await buffer.footprint()).touches} == {Access.CREATE}


TEXTS = st.sampled_from(
    ["", "\n", "x", "é", "😋", "    ", "def f(a):\n    return other()\n", "\r\n", "(", '"""', "#"]
)
EDITS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 40), TEXTS), min_size=1, max_size=5)


def test_its_footprint_is_that_of_the_same_text_in_a_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path / "repository", operators_home(tmp_path / "home", monkeypatch))
    base = world.commit({PATH: STORE, "src/tools.py": TOOLS, "src/__init__.py": ""})
    agent = Agent(world, "same")
    with asyncio.Runner() as runner:
        oracle = Oracle(runner.run(find_repository(world.root)))

        async def compare(edits: list[tuple[int, int, str]]) -> None:
            text = STORE
            buffer = await oracle.buffer(base, PATH, text.encode())
            for wanted, length, new in edits:
                at = min(wanted, len(text))
                end = min(at + length, len(text))
                buffer.edit(len(text[:at].encode()), len(text[:end].encode()), new.encode())
                text = text[:at] + new + text[end:]
                await buffer.footprint()  # as after every keystroke
            await buffer.study()
            mine = await buffer.footprint()
            commit = agent.snapshot({PATH: text.encode()}) if text != STORE else base
            theirs = await oracle.footprint_of_tree("same", base, commit, [agent.objects])
            assert said(mine) == said(theirs)

        @settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
        @given(EDITS)
        def property_holds(edits: list[tuple[int, int, str]]) -> None:
            runner.run(compare(edits))

        property_holds()
        runner.run(oracle.close())
