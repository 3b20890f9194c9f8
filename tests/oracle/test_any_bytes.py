"""Any bytes are a file, wherever the oracle meets one: in the index, in plans, in trees, in the
working tree, in the past."""

import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.git.world import World
from tests.oracle.conftest import Agent
from tests.oracle.test_engine import chunk
from tests.oracle.test_replay import unheard

from pointsman.git import Repository, find_history, printable
from pointsman.model.footprint import Access, Footprint
from pointsman.oracle.engine import Oracle
from pointsman.oracle.index import SIZE_LIMIT, SymbolIndex
from pointsman.oracle.replay.pairs import Kind
from pointsman.oracle.replay.records import Kept
from pointsman.oracle.replay.run import Wanted, replay
from pointsman.oracle.store import SymbolStore

GOOD = b"def f():\n    return 1\n"
LARGE = 50 * 1024**2
ODD: Mapping[str, bytes] = {
    "latin.py": GOOD + b"# caf\xe9\n",
    "utf16.py": GOOD.decode().encode("utf-16"),
    "nul.py": b"\0" * 10_000,
    "nul_later.py": GOOD * 1000 + b"\0\n",
    "crlf.py": GOOD.replace(b"\n", b"\r\n"),
    "cr.py": GOOD.replace(b"\n", b"\r"),
    "bom.py": b"\xef\xbb\xbf" + GOOD,
    "empty.py": b"",
    "line.py": b"x = " + b"1 + " * 500_000 + b"1",
    "brackets.py": b"[" * 100_000 + b"]" * 100_000,
    "brackets.json": b"[" * 100_000 + b"]" * 100_000,
    "large.py": (GOOD * (LARGE // len(GOOD) + 1))[:LARGE],
    "a\nb.py": GOOD,
    "n\udcff.py": GOOD,
    "-rf.py": GOOD,
    "a b/c#d.py": GOOD,
    "x missing": GOOD,
    "un\u2028known": b"\xff\n" * 100,
}
CHANGED = {
    **{name: data + GOOD.replace(b"f", b"g") for name, data in ODD.items()},
    "large.py": ODD["large.py"][:-1] + b"#",
    "nul.py": b"\0" * 9_999 + b"\1",
}
FILES = frozenset(map(printable, ODD))
COMMIT = ("1" * 40, "2" * 40)


def gitlink(world: World, path: str, commit: str | None, at: Path | None = None) -> None:
    """Has the next commit hold a submodule at a commit that is nowhere; None: no longer."""
    if commit is None:
        world.git("rm", "--quiet", "--cached", path, at=at)
    else:
        world.git("update-index", "--add", "--cacheinfo", f"160000,{commit},{path}", at=at)


def committed(world: World, at: Path | None = None) -> str:
    world.git("commit", "--quiet", "-m", "index", at=at)
    return world.git("rev-parse", "HEAD", at=at)


def touched(footprint: Footprint) -> dict[str, set[Access]]:
    found: dict[str, set[Access]] = {}
    for touch in footprint.touches:
        if touch.access is not Access.READ:
            found.setdefault(touch.path, set()).add(touch.access)
    assert footprint.json_text()
    return found


@contextmanager
def at_most(megabytes: int) -> Iterator[None]:
    """What is done meanwhile never needs more memory than so much."""
    tracemalloc.start()
    try:
        yield
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < megabytes * 1024**2


@pytest.fixture
def base(world: World) -> str:
    (world.root / "link.py").symlink_to("latin.py")
    (world.root / "loop.py").symlink_to("loop.py")
    (world.root / "up.py").symlink_to("../../../../etc/passwd")
    world.commit({**ODD, "good.py": GOOD})
    gitlink(world, "sub.py", COMMIT[0])
    gitlink(world, "modules/lib", COMMIT[0])
    return committed(world)


async def test_an_index_of_odd_files_becomes_whole(
    repository: Repository, base: str, tmp_path: Path
):
    oracle = Oracle(repository, index=SymbolIndex(store=SymbolStore(tmp_path / "index")))
    await oracle.build_index(base)
    assert oracle.indexing.progress is not None and oracle.indexing.progress.whole
    assert oracle.unknown.keys() <= FILES
    await oracle.close()


async def test_odd_files_of_an_agent_are_touched_each(
    oracle: Oracle, world: World, repository: Repository
):
    base = world.commit({"good.py": GOOD})
    added = Agent(world, "added").snapshot(ODD)
    objects = [world.root.parent / "added" / ".git" / "objects"]
    found = touched(await oracle.footprint_of_tree("added", base, added, objects))
    assert found.keys() == FILES
    assert all(Access.CREATE in access for access in found.values())


async def test_odd_files_that_change_or_go_are_touched_each(
    oracle: Oracle, world: World, base: str
):
    agent = Agent(world, "agent")
    changed = agent.snapshot(CHANGED)
    found = touched(await oracle.footprint_of_tree("agent", base, changed, [agent.objects]))
    assert found.keys() == FILES
    gone = agent.snapshot(dict.fromkeys(ODD))
    found = touched(await oracle.footprint_of_tree("agent", base, gone, [agent.objects]))
    assert found == {name: {Access.DELETE} for name in FILES}


async def test_odd_files_that_a_plan_names_are_predicted(oracle: Oracle, base: str):
    named = [name for name in ODD if "\n" not in name and name.isascii() and " " not in name]
    plan = "".join(f"- `{name}` and `{name}#f`, `g()`\n" for name in (*named, "link.py", "sub.py"))
    found = await oracle.footprint_of_plan(chunk("one", plan), base)
    assert {touch.path for touch in found.touches} >= {n for n in named if n != "empty.py"}
    assert await oracle.missing_symbols(base, [f"{n}#f" for n in named]) <= {
        *("nul.py#f", "utf16.py#f", "empty.py#f", "line.py#f", "brackets.py#f", "brackets.json#f")
    }


async def test_odd_files_of_the_working_tree_are_touched_each(oracle: Oracle, base: str):
    found = touched(await oracle.footprint_of_files(base, CHANGED))
    assert found.keys() == FILES
    gone = touched(await oracle.footprint_of_files(base, dict.fromkeys(ODD)))
    assert gone == {name: {Access.DELETE} for name in FILES}
    new = touched(await oracle.footprint_of_files(base, {f"new/{n}": d for n, d in ODD.items()}))
    assert all(Access.CREATE in access for access in new.values()) and len(new) == len(FILES)


async def test_what_a_link_or_a_submodule_becomes_in_the_working_tree_is_touched_whole(
    oracle: Oracle, base: str
):
    files = {"link.py": GOOD, "sub.py": GOOD, "modules/lib": None}
    found = await oracle.footprint_of_files(base, files)
    assert [(t.path, t.symbol, t.access) for t in found.touches] == [
        ("link.py", None, Access.WRITE_BODY),
        ("sub.py", None, Access.WRITE_BODY),
        ("modules/lib", None, Access.DELETE),
    ]


async def test_large_files_are_no_burden(oracle: Oracle, world: World):
    """However many there are, and whoever names them: none of them is read."""
    large = b"x = 1\n" * (LARGE // 6)
    base = world.commit({f"large{n}.py": large + b"# %d\n" % n for n in range(2)})
    agent = Agent(world, "agent")
    commit = agent.snapshot({f"large{n}.py": large + b"# a %d\n" % n for n in range(2)})
    plan = "".join(f"`large{n}.py#x`, `x = 1`, `x()`\n" for n in range(2))
    with at_most(16):
        await oracle.footprint_of_plan(chunk("one", plan), base)
        await oracle.missing_symbols(base, [f"large{n}.py#x" for n in range(2)])
        found = await oracle.footprint_of_tree("agent", base, commit, [agent.objects])
    assert touched(found) == {f"large{n}.py": {Access.WRITE_BODY} for n in range(2)}


# submodules and links


async def test_submodules_that_come_change_and_go_are_touched_whole(
    oracle: Oracle, world: World, base: str
):
    agent = Agent(world, "agent")
    gitlink(world, "sub.py", COMMIT[1], at=agent.root)
    gitlink(world, "modules/lib", None, at=agent.root)
    gitlink(world, "modules/new.py", COMMIT[1], at=agent.root)
    commit = committed(world, at=agent.root)
    found = await oracle.footprint_of_tree("agent", base, commit, [agent.objects])
    assert touched(found) == {
        "sub.py": {Access.WRITE_BODY},
        "modules/lib": {Access.DELETE},
        "modules/new.py": {Access.CREATE},
    }
    assert all(touch.symbol is None for touch in found.touches)


async def test_a_submodule_that_becomes_a_file_and_the_other_way_is_touched_whole(
    oracle: Oracle, world: World, base: str
):
    agent = Agent(world, "agent")
    (agent.root / "sub.py").rmdir()
    agent.snapshot({"sub.py": GOOD})
    world.git("rm", "--quiet", "--cached", "good.py", at=agent.root)
    gitlink(world, "good.py", COMMIT[1], at=agent.root)
    commit = committed(world, at=agent.root)
    found = await oracle.footprint_of_tree("agent", base, commit, [agent.objects])
    there = touched(found)
    assert there["sub.py"] == there["good.py"] == {Access.WRITE_BODY}


async def test_two_who_set_one_submodule_to_different_commits_collide(
    oracle: Oracle, world: World, base: str
):
    for name, commit in zip(("one", "two"), ("3" * 40, "4" * 40), strict=True):
        agent = Agent(world, name)
        gitlink(world, "sub.py", commit, at=agent.root)
        made = committed(world, at=agent.root)
        oracle.hold(await oracle.footprint_of_tree(name, base, made, [agent.objects]))
    (conflict,) = await oracle.compare("one")
    assert {overlap.path for overlap in conflict.overlaps} == {"sub.py"}


async def test_who_moves_a_link_or_a_large_file_touches_both_of_its_names(
    oracle: Oracle, world: World, base: str
):
    agent = Agent(world, "agent")
    world.git("mv", "up.py", "down.py", at=agent.root)
    world.git("mv", "large.py", "huge.py", at=agent.root)
    commit = committed(world, at=agent.root)
    found = touched(await oracle.footprint_of_tree("agent", base, commit, [agent.objects]))
    assert found == {
        "up.py": {Access.RENAME},
        "down.py": {Access.CREATE},
        "large.py": {Access.RENAME},
        "huge.py": {Access.CREATE},
    }


# the past


async def test_replay_takes_a_past_of_odd_files(world: World, base: str, tmp_path: Path):
    for name, files in (("one", CHANGED), ("two", {**CHANGED, "good.py": GOOD * 2})):
        world.git("checkout", "--quiet", "-b", name, base)
        gitlink(world, "sub.py", COMMIT[1])
        world.commit(files, name)
    world.git("checkout", "--quiet", "main")
    kept = Kept(tmp_path / "out" / "records.jsonl")
    with at_most(64):
        found = await replay(await find_history(world.root), Wanted(pulls=10), kept, unheard)
    assert [record.kind for record in found.records] == [Kind.PULLS]


def test_the_large_file_is_larger_than_what_is_looked_into():
    assert len(ODD["large.py"]) == LARGE > SIZE_LIMIT
