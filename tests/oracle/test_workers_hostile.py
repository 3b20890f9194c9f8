"""A file that crashes, stops or fills a worker costs that worker, and is unknown; nothing else."""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest
from tests.git.world import World
from tests.oracle import faulty_worker
from tests.oracle.conftest import Agent
from tests.oracle.faulty_worker import CRASH, EAT, FLOOD, HANG

from pointsman.git import Repository
from pointsman.model.footprint import Access
from pointsman.oracle import engine as engine_module
from pointsman.oracle import workers as workers_module
from pointsman.oracle.engine import Oracle
from pointsman.oracle.index import Progress, SymbolIndex
from pointsman.oracle.store import SymbolStore

LIMIT = 4
"""Seconds; enough for a worker to start on a busy machine."""
GOOD = b"def f(): pass\n"
PROBLEMS = {
    CRASH: "the parser crashed on it",
    HANG: "parsing took more than 4 s",
    EAT: "the parser crashed on it",
    FLOOD: "too much is defined in it",
}


@pytest.fixture(autouse=True)
def faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers_module, "PROGRAM", (faulty_worker.__file__,))


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[SymbolIndex]:
    made = SymbolIndex(store=SymbolStore(tmp_path / "index"), workers=1, time_limit=LIMIT)
    yield made
    await made.close()


def source(word: bytes) -> bytes:
    return GOOD + b"# " + word + b"\n"


@pytest.mark.parametrize("word", PROBLEMS)
async def test_its_file_is_unknown_and_the_next_has_a_new_worker(index: SymbolIndex, word: bytes):
    await index.symbols("good.py", GOOD)
    (old,) = index._workers.idle
    found = await index.symbols("bad.py", source(word))
    assert (found.problem, found.unknown, found.definitions) == (PROBLEMS[word], ((0, 1),), ())
    assert old.returncode is not None
    assert "g" in (await index.symbols("next.py", b"def g(): pass\n")).by_name
    (new,) = index._workers.idle
    assert new.pid != old.pid


@pytest.mark.parametrize("word", PROBLEMS)
async def test_it_stops_no_index_from_becoming_whole_and_is_said_once(
    index: SymbolIndex, word: bytes, caplog: pytest.LogCaptureFixture
):
    sources = {"bad": source(word), **{f"{n}": b"def f%d(): pass\n" % n for n in range(70)}}

    async def read(blobs: Sequence[str]) -> Mapping[str, bytes]:
        return {blob: sources[blob] for blob in blobs}

    seen: list[Progress] = []
    files = [(f"{name}.py", name) for name in sources]
    await index.build(files, read, seen.append)
    await index.build(files, read, seen.append)
    assert seen[-1] == (71, 71)
    assert index.definers("f69") == ["69"]
    assert index.unknown == {"bad.py": PROBLEMS[word]}
    assert [r.levelno for r in caplog.records if "bad.py" in r.message] == [logging.WARNING]


async def test_a_worker_that_a_file_crashes_leaves_no_dump_of_its_memory(index: SymbolIndex):
    await index.symbols("good.py", GOOD)
    (worker,) = index._workers.idle
    limits = Path(f"/proc/{worker.pid}/limits").read_text()
    (cores,) = [line for line in limits.splitlines() if "core file" in line]
    assert cores.split()[4:6] == ["0", "0"]


async def test_a_footprint_holds_what_a_worker_could_not_take(
    index: SymbolIndex, repository: Repository, world: World
):
    base = world.commit({"a.py": b"def a(): pass\n", "bad.py": GOOD, "z.py": b"def z(): pass\n"})
    oracle = Oracle(repository, index=index)
    agent = Agent(world, "one")
    changed = {"a.py": b"def a(): return 1\n", "bad.py": source(CRASH), "new.py": source(HANG)}
    commit = agent.snapshot({**changed, "z.py": b"def z(): return 1\n"})
    found = await oracle.footprint_of_tree("one", base, commit, [agent.objects])
    touched = {(t.path, t.symbol, t.access) for t in found.touches}
    assert {("a.py", "a", Access.WRITE_BODY), ("z.py", "z", Access.WRITE_BODY)} <= touched
    assert ("new.py", None, Access.CREATE) in touched
    assert any(t.path == "bad.py" and t.symbol is None and t.lines for t in found.touches)
    assert oracle.unknown == {"bad.py": PROBLEMS[CRASH], "new.py": PROBLEMS[HANG]}


async def test_files_that_no_worker_can_take_hold_up_nobody_for_long(
    index: SymbolIndex, repository: Repository, world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(engine_module, "UNREADABLE", 2)
    base = world.commit({"z.py": b"def z(): pass\n"})
    oracle = Oracle(repository, index=index)
    agent = Agent(world, "one")
    bad = {f"bad{n}.py": b"# %d\n" % n + source(CRASH) for n in range(30)}
    commit = agent.snapshot(bad)
    found = await oracle.footprint_of_tree("one", base, commit, [agent.objects])
    assert {(t.path, t.access) for t in found.touches} == {(p, Access.CREATE) for p in bad}
    assert len(oracle.unknown) == 2
