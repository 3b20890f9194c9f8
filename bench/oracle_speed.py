"""How fast the oracle extracts: ratios to tree-sitter's bare parse, measured in one run.

``python bench/oracle_speed.py FOLDER [FILES]`` takes the Python files of a folder (sympy, say).
Both sides run in two processes; the index includes reading answers and writing them to disk.
Beside the time on the clock stands processor time of all processes, their start included: on a
machine with other work, that is the one to believe.
"""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha1
from multiprocessing import get_context
from pathlib import Path

from tree_sitter import Language, Parser
from tree_sitter_python import language

from pointsman.oracle.index import SymbolIndex
from pointsman.oracle.languages import extract
from pointsman.oracle.store import SymbolStore

PROCESSES = 2
ROUNDS = 3
CHANGED = 100_000
"""Bytes of the file that changes."""


def bare(paths: Sequence[Path]) -> int:
    parser = Parser(Language(language()))
    for path in paths:
        parser.parse(path.read_bytes())
    return len(paths)


def timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def processor() -> float:
    """Seconds that this process and its ended children have computed."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def parse_all(paths: Sequence[Path]) -> float:
    """Seconds for all files in processes that are already running."""
    shares = [paths[at : at + 16] for at in range(0, len(paths), 16)]
    pool = get_context("spawn").Pool(PROCESSES)
    pool.map(bare, [paths[:1]] * PROCESSES, chunksize=1)
    taken = timed(lambda: pool.map(bare, shares, chunksize=1))
    pool.close()
    pool.join()
    return taken


async def build(paths: Sequence[Path], place: Path) -> float:
    """Seconds to an index that is whole, with workers that are already running."""
    files = {sha1(str(path).encode()).hexdigest(): path for path in paths}

    async def read(blobs: Sequence[str]) -> Mapping[str, bytes]:
        return {blob: files[blob].read_bytes() for blob in blobs}

    index = SymbolIndex(store=SymbolStore(place), workers=PROCESSES)
    await asyncio.gather(*(index.symbols("a.py", b"%d" % n) for n in range(PROCESSES)))
    start = time.perf_counter()
    await index.build([(str(path), blob) for blob, path in files.items()], read)
    taken = time.perf_counter() - start
    await index.close()
    return taken


def open_and_build(paths: Sequence[Path], place: Path) -> float:
    """Seconds until an index that is on disk is known to be whole."""

    async def run() -> float:
        files = {sha1(str(path).encode()).hexdigest(): path for path in paths}
        start = time.perf_counter()
        index = SymbolIndex(store=SymbolStore(place), workers=PROCESSES)
        await index.build([(str(p), b) for b, p in files.items()], read_none)
        taken = time.perf_counter() - start
        await index.close()
        return taken

    return asyncio.run(run())


async def read_none(blobs: Sequence[str]) -> Mapping[str, bytes]:
    raise AssertionError(f"{len(blobs)} blobs are not in the index")


def ctags(paths: Sequence[Path]) -> float | None:
    listed = "\n".join(map(str, paths)).encode()
    try:
        return timed(
            lambda: subprocess.run(
                ["ctags", "--languages=Python", "-f", "-", "-L", "-"],
                input=listed,
                stdout=subprocess.DEVNULL,
                check=True,
            )
        )
    except FileNotFoundError:
        return None


def one_file(paths: Sequence[Path]) -> tuple[float, float]:
    """Least seconds to parse a file of about 100 KB, and to extract it with hashes."""
    source = min((path.read_bytes() for path in paths), key=lambda s: abs(len(s) - CHANGED))
    parser = Parser(Language(language()))
    parsing, extracting = [], []
    for _ in range(15):
        parsing.append(timed(lambda: parser.parse(source)))
        extracting.append(timed(lambda: extract("python", source)))
    return min(parsing), min(extracting)


def main() -> None:
    paths = sorted(Path(sys.argv[1]).rglob("*.py"))[: int(sys.argv[2]) if sys.argv[2:] else None]
    size = sum(path.stat().st_size for path in paths)
    print(f"{len(paths)} files, {size / 1e6:.1f} MB, {PROCESSES} processes, best of {ROUNDS}")
    parsed, built, warm, computed = [], [], [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "index"
            start = processor()
            parsed.append(parse_all(paths))
            between = processor()
            built.append(asyncio.run(build(paths, place)))
            computed.append((between - start, processor() - between))
            warm.append(open_and_build(paths, place))
            on_disk = place.stat().st_size
    floor, cold, again = min(parsed), min(built), min(warm)
    one_parse, one_extract = one_file(paths)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    tags = ctags(paths)
    print(f"bare parse                     {floor:8.2f} s")
    print(f"index, cold                    {cold:8.2f} s   {cold / floor:6.2f} x bare parse  (1.5)")
    parse_cpu, index_cpu = (min(each) for each in zip(*computed, strict=True))
    print(
        f"  processor time, both         {parse_cpu:8.2f} s {index_cpu:8.2f} s"
        f"   {index_cpu / parse_cpu:6.2f} x bare parse"
    )
    print(f"index, warm                    {again:8.3f} s   1/{cold / again:.0f} of cold  (1/20)")
    print(f"a changed file, parsed         {one_parse * 1000:8.2f} ms")
    ratio = one_extract / one_parse
    print(f"a changed file, extracted      {one_extract * 1000:8.2f} ms  {ratio:6.2f} x parse  (2)")
    print(f"memory, index / largest worker {memory:8.0f} MB / {workers:.0f} MB  (300)")
    print(f"index on disk                  {on_disk / 1e6:8.1f} MB")
    if tags is not None:
        print(f"universal-ctags, one process   {tags:8.2f} s")


if __name__ == "__main__":
    main()
