"""Extraction in worker processes: bounded, and never the daemon's death."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest

from pointsman.oracle import index as index_module
from pointsman.oracle.index import Progress, SymbolIndex
from pointsman.oracle.store import SymbolStore


@pytest.fixture
async def index() -> AsyncIterator[SymbolIndex]:
    made = SymbolIndex()
    yield made
    await made.close()


def workers(index: SymbolIndex) -> list[int]:
    return [worker.pid for worker in index._workers.idle]


async def test_symbols_are_extracted_in_another_process(index: SymbolIndex):
    symbols = await index.symbols("a.py", b"def f(): pass\n")
    assert "f" in symbols.by_name
    assert len(workers(index)) == 1 and os.getpid() not in workers(index)


async def test_a_blob_is_extracted_once_whatever_its_path(index: SymbolIndex):
    first = await index.symbols("a.py", b"def f(): pass\n", "1" * 40)
    assert await index.symbols("sub/b.py", b"def f(): pass\n", "1" * 40) is first
    same_content = await index.symbols("c.py", b"x = 1\n")
    assert await index.symbols("d.py", b"x = 1\n") is same_content


async def test_a_file_of_no_known_language_has_no_symbols_and_needs_no_worker(index: SymbolIndex):
    symbols = await index.symbols("a.unknown", b"def f(): pass\n")
    assert (symbols.language, symbols.definitions) == (None, ())
    assert workers(index) == []


async def test_several_files_are_extracted_side_by_side(index: SymbolIndex):
    sources = [f"def f{n}(): pass\n".encode() for n in range(20)]
    found = await asyncio.gather(*(index.symbols("a.py", source) for source in sources))
    assert all(f"f{n}" in symbols.by_name for n, symbols in enumerate(found))
    assert len(workers(index)) == 2


async def test_what_was_not_asked_for_lately_is_forgotten():
    index = SymbolIndex(kept=5)
    for n in range(10):
        await index.symbols("a.py", f"x = {n}\n".encode(), str(n))
    assert len(index._symbols) == 1
    await index.close()


async def test_a_file_that_takes_too_long_is_unknown_and_the_next_one_is_not():
    index = SymbolIndex(workers=1)
    await index.symbols("a.py", b"")
    (slow_worker,) = workers(index)
    index._workers.time_limit = 0.2
    symbols = await index.symbols("a.py", b"{" * 2_000_000)
    assert symbols.problem == "parsing took more than 0.2 s"
    assert symbols.unknown == ((0, 0),)
    with pytest.raises(ProcessLookupError):
        os.kill(slow_worker, 0)
    index._workers.time_limit = 10
    assert "f" in (await index.symbols("b.py", b"def f(): pass\n")).by_name
    await index.close()


@pytest.mark.parametrize(
    "source", [b"[" * 100_000 + b"]" * 100_000, b"\0" * 10_000, b"\xff\xfe" * 99]
)
async def test_odd_files_are_taken(index: SymbolIndex, source: bytes):
    assert (await index.symbols("a.py", source)).language == "python"


async def test_a_file_that_is_too_large_is_unknown(index: SymbolIndex, monkeypatch):
    monkeypatch.setattr(index_module, "SIZE_LIMIT", 10)
    symbols = await index.symbols("a.py", b"x = 1\n" * 3)
    assert (symbols.problem, symbols.unknown) == ("the file is too large", ((0, 2),))


async def test_a_worker_that_died_while_idle_is_replaced(index: SymbolIndex):
    await index.symbols("a.py", b"x = 1\n")
    (worker,) = index._workers.idle
    os.kill(worker.pid, signal.SIGKILL)
    await worker.wait()
    assert "y" in (await index.symbols("a.py", b"y = 1\n")).by_name


async def test_a_worker_that_crashes_makes_its_file_unknown(index: SymbolIndex):
    await index.symbols("a.py", b"x = 1\n")
    (worker,) = index._workers.idle
    os.kill(worker.pid, signal.SIGSTOP)
    asking = asyncio.create_task(index.symbols("a.py", b"y = 1\n"))
    while index._workers.idle:
        await asyncio.sleep(0)
    os.kill(worker.pid, signal.SIGKILL)
    assert (await asking).problem == "the parser crashed on it"
    assert workers(index) == []


async def test_a_cancelled_question_leaves_no_worker_behind(index: SymbolIndex):
    await index.symbols("a.py", b"x = 1\n")
    (worker,) = index._workers.idle
    os.kill(worker.pid, signal.SIGSTOP)
    asking = asyncio.create_task(index.symbols("a.py", b"y = 1\n"))
    while index._workers.idle:
        await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert worker.returncode == -signal.SIGKILL
    assert workers(index) == []


async def test_a_worker_ends_with_its_input(index: SymbolIndex):
    await index.symbols("a.py", b"x = 1\n")
    (worker,) = index._workers.idle
    assert worker.stdin
    worker.stdin.close()
    assert await asyncio.wait_for(worker.wait(), 10) == 0


async def test_a_file_that_could_not_be_read_is_said_once(index: SymbolIndex, monkeypatch, caplog):
    monkeypatch.setattr(index_module, "SIZE_LIMIT", 10)
    for blob in ("1", "2"):
        await index.symbols("b\udcffig.py", b"x = 1\n" * 3, blob)
    assert index.unknown == {r"b\xffig.py": "the file is too large"}
    assert len(caplog.records) == 1


async def test_after_a_build_one_worker_stays(tmp_path: Path):
    index = SymbolIndex(store=SymbolStore(tmp_path / "index"))

    async def read(blobs: Sequence[str]) -> Mapping[str, bytes]:
        return {blob: f"def f{blob}(): pass\n".encode() for blob in blobs}

    seen: list[Progress] = []
    await index.build([(f"{n}.py", str(n)) for n in range(200)], read, seen.append)
    assert seen[0] == (0, 200) and seen[-1].whole
    assert len(workers(index)) == 1
    assert index.definers("f7") == ["7"]
    await index.close()


async def test_an_outline_tells_who_defines_a_name_until_the_exact_answer_is_there(tmp_path: Path):
    index = SymbolIndex(store=SymbolStore(tmp_path / "index"))
    files = [(f"{n}.py", str(n)) for n in range(200)]
    meanwhile: list[tuple[Sequence[str], Sequence[str]]] = []
    asked: list[str] = []

    async def read(blobs: Sequence[str]) -> Mapping[str, bytes]:
        asked.extend(blobs)
        if len(asked) > len(files):  # the outlines are there, and of these the exact answer is not
            meanwhile.append((index.definers(f"f{blobs[0]}"), index.definers(f"given{blobs[0]}")))
            assert meanwhile[-1] == ([blobs[0]], [blobs[0]])
        odd = "call(\ngiven{0} = 1)\n"  # which the outline takes to be a variable
        return {blob: f"def f{blob}(): pass\n{odd.format(blob)}".encode() for blob in blobs}

    await index.build(files, read)
    assert len(meanwhile) == 4
    assert index.definers("f7") == ["7"]
    assert index.definers("given7") == []
    await index.close()
    stored = SymbolStore(tmp_path / "index")
    assert all("given" not in names for _, names in stored.names())
    stored.close()


async def test_a_few_new_files_are_not_outlined(tmp_path: Path):
    index = SymbolIndex(store=SymbolStore(tmp_path / "index"))
    asked: list[str] = []

    async def read(blobs: Sequence[str]) -> Mapping[str, bytes]:
        asked.extend(blobs)
        return dict.fromkeys(blobs, b"def f(): pass\n")

    await index.build([("a.py", "1"), ("b.py", "2")], read)
    assert asked == ["1", "2"]
    await index.close()
