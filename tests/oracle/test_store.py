"""The index on disk: a cache that survives restarts, damage and its own size."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from pointsman.oracle.index import Progress, SymbolIndex
from pointsman.oracle.store import Kept, SymbolStore
from pointsman.oracle.symbols import load

SOURCES = {f"{n:040x}": f"def f{n}(): return g{n}()\n".encode() for n in range(200)}
FILES = [(f"{blob}.py", blob) for blob in SOURCES]


async def read(blobs: Sequence[str]) -> Mapping[str, bytes]:
    return {blob: SOURCES[blob] for blob in blobs}


async def read_more(blobs: Sequence[str]) -> Mapping[str, bytes]:
    return {blob: SOURCES.get(blob, b"def new(): pass\n") for blob in blobs}


async def no_reading(blobs: Sequence[str]) -> Mapping[str, bytes]:
    raise AssertionError(blobs)


def row(blob: str, data: bytes = b"x", *, hashes: bool = False) -> Kept:
    return Kept(blob, "python", hashes, "f", data)


async def test_what_was_built_once_is_there_after_a_restart(tmp_path: Path):
    index = SymbolIndex(store=SymbolStore(tmp_path / "index"))
    seen: list[Progress] = []
    await index.build([*FILES, ("README", "0" * 40)], read, seen.append)
    await index.close()
    assert seen[0] == (0, 200) and seen[-1] == (200, 200)
    index = SymbolIndex(store=SymbolStore(tmp_path / "index"))
    await index.build(FILES, no_reading)
    path, blob = FILES[7]
    symbols = await index.symbols(path, SOURCES[blob], blob, hashes=False)
    assert symbols.by_name["f7"][0].references == "g7"
    assert index._workers.idle == []
    await index.close()


async def test_only_what_code_names_is_looked_into_beforehand(tmp_path: Path):
    index = SymbolIndex(store=SymbolStore(tmp_path / "index"))
    files = {"a.go": b"package p\nfunc f() {}\n", "b.json": b'{"f": 1}', "c.md": b"# f\n"}
    asked: list[str] = []

    async def read_some(blobs: Sequence[str]) -> Mapping[str, bytes]:
        asked.extend(blobs)
        return {blob: files[blob] for blob in blobs}

    seen: list[Progress] = []
    await index.build([(path, path) for path in files], read_some, seen.append)
    assert asked == ["a.go"] and seen[-1] == (1, 1)
    assert "f" in (await index.symbols("b.json", files["b.json"], "b.json")).by_name
    assert index.definers("f") == ["a.go"]
    await index.close()


async def test_a_question_is_answered_while_the_index_is_built(tmp_path: Path):
    index = SymbolIndex(store=SymbolStore(tmp_path / "index"))
    asked: list[str] = []

    async def read_and_ask(blobs: Sequence[str]) -> Mapping[str, bytes]:
        last = FILES[-1][1]
        asked.append((await index.symbols("a.py", SOURCES[last], last)).definitions[1].name)
        return await read(blobs)

    await index.build(FILES, read_and_ask)
    assert asked[0] == "f199"
    await index.close()


def test_a_damaged_file_is_made_anew(tmp_path: Path):
    (tmp_path / "index").write_bytes(b"no database" * 1000)
    store = SymbolStore(tmp_path / "index")
    store.put([row("a")])
    assert store.get("a", "python", hashes=False) == b"x"
    store.close()


def test_a_file_that_is_deleted_or_emptied_in_use_only_costs_time(tmp_path: Path):
    store = SymbolStore(tmp_path / "index")
    store.put([row("a")])
    for file in tmp_path.iterdir():
        file.write_bytes(b"")
    store.put([row("b")])
    store.get("a", "python", hashes=False)
    store.close()


def test_the_store_is_bounded(tmp_path: Path):
    store = SymbolStore(tmp_path / "index", size_limit=1010)
    store.put([row(str(n), bytes(100)) for n in range(50)])
    store.trim()
    kept = [n for n in range(50) if store.get(str(n), "python", hashes=False)]
    assert kept == list(range(40, 50))
    store.close()


@pytest.mark.parametrize(
    "harm",
    [
        lambda file: file.unlink(),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(b"no database" * 1000),
        lambda file: file.write_bytes(file.read_bytes()[:3000]),
        lambda file: file.write_bytes(file.read_bytes()[:100] + bytes(20_000)),
    ],
    ids=["deleted", "emptied", "overwritten", "cut off", "zeroed"],
)
async def test_an_index_that_is_harmed_in_use_answers_and_is_kept_again(
    tmp_path: Path, harm: Callable[[Path], object]
):
    file = tmp_path / "index"
    index = SymbolIndex(store=SymbolStore(file))
    await index.build(FILES, read)
    harm(file)
    path, blob = FILES[7]
    for _ in range(2):
        symbols = await index.symbols(path, SOURCES[blob], blob)
        assert symbols.by_name["f7"]
        await index.build([*FILES, ("new.py", "new")], read_more)
    await index.close()
    index = SymbolIndex(store=SymbolStore(file))
    await index.build(FILES, read)
    await index.close()
    index = SymbolIndex(store=SymbolStore(file))
    await index.build(FILES, no_reading)
    await index.close()


def test_the_file_is_bounded_between_two_builds_too(tmp_path: Path):
    limit = 1 << 20
    store = SymbolStore(tmp_path / "index", size_limit=limit)
    for n in range(300):
        store.put([Kept(str(n), "python", True, "name " * 1000, bytes(20_000))])
    assert (tmp_path / "index").stat().st_size < 1.5 * limit
    assert store.get("299", "python", hashes=True)
    assert store.get("0", "python", hashes=True) is None
    store.close()
    assert {each.name for each in tmp_path.iterdir()} <= {"index", "index-journal"}


async def test_an_index_beyond_its_bound_is_still_whole(tmp_path: Path):
    index = SymbolIndex(store=SymbolStore(tmp_path / "index", size_limit=4000))
    seen: list[Progress] = []
    await index.build(FILES, read, seen.append)
    assert seen[-1].whole and (tmp_path / "index").stat().st_size < 48 * 1024
    assert all(index.definers(f"f{n}") for n in (0, 99, 199))
    await index.close()


def test_symbols_with_hashes_do_for_those_without_and_not_the_other_way(tmp_path: Path):
    store = SymbolStore(tmp_path / "index")
    store.put([row("a"), row("b", b"y", hashes=True)])
    assert store.get("a", "python", hashes=True) is None
    assert store.get("b", "python", hashes=False) == b"y"
    assert store.missing([("a", "python"), ("c", "python")]) == [("c", "python")]
    store.close()


def test_where_no_file_can_be_made_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        SymbolStore(tmp_path / "file" / "index")


async def test_a_file_that_no_worker_takes_is_stored_as_unknown(tmp_path: Path):
    store = SymbolStore(tmp_path / "index")
    index = SymbolIndex(store=store)

    async def huge(blobs: Sequence[str]) -> Mapping[str, bytes]:
        return dict.fromkeys(blobs, b"#" * 5000000)

    await index.build([("a.py", "a")], huge)
    data = store.get("a", "python", hashes=False)
    assert data and load(data).problem == "the file is too large"
    await index.close()
