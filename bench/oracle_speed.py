"""How fast the oracle extracts, against tree-sitter's bare parse and universal-ctags.

``python -m bench.oracle_speed FOLDER [--rounds N] [--memory FOLDER]`` takes the Python files of a
folder (sympy, say), and for memory those of another. Seconds are of processor time, of all
processes together, their start included: other work on the machine is not counted.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha1
from itertools import count
from multiprocessing import get_context
from pathlib import Path

from bench.measuring import Once, Row, in_turns, print_machine, print_ratios
from tree_sitter import Language, Parser, Point
from tree_sitter_python import language

from pointsman.oracle.index import Progress, SymbolIndex
from pointsman.oracle.languages import extract, outline_of
from pointsman.oracle.languages.live import LiveSource
from pointsman.oracle.languages.memory import Memory
from pointsman.oracle.store import SymbolStore
from pointsman.oracle.worker import REMEMBERED

PROCESSES = 2
FILES = 5
"""Files that are changed or typed in."""
CHANGED = 100_000
"""Bytes of those that change."""
TYPED = 2_000
"""Lines of those that are typed in."""
MEMORY = 300
"""Megabytes that the index and its workers may take."""
ROWS = (
    Row("index, cold", "bare parse", 1.5),
    Row("index, warm", "index, cold", 0.05),
    Row("outline", "universal-ctags", 2),
    Row("100 KB that changed", "100 KB, bare parse", 2),
    Row("an edit in 2,000 lines", "incremental parse", 4),
)


def processor() -> float:
    """Seconds that this process and its ended children have computed."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def computed(run: Callable[[], object]) -> float:
    """Seconds of processor time that ``run`` and the processes it starts and ends take."""
    start = processor()
    run()
    return processor() - start


@cache
def parser() -> Parser:
    return Parser(Language(language()))


def bare(paths: Sequence[Path]) -> int:
    for path in paths:
        parser().parse(path.read_bytes())
    return len(paths)


def parse_all(paths: Sequence[Path]) -> None:
    """Parses all files, in as many processes as the index has."""
    shares = [paths[at : at + 16] for at in range(0, len(paths), 16)]
    pool = get_context("spawn").Pool(PROCESSES)
    pool.map(bare, shares, chunksize=1)
    pool.close()
    pool.join()


def outline_all(paths: Sequence[Path]) -> None:
    for path in paths:
        outline_of("python", path.read_bytes())


def ctags(paths: Sequence[Path]) -> None:
    listed = "\n".join(map(str, paths)).encode()
    command = ["ctags", "--languages=Python", "-f", "-", "-L", "-"]
    subprocess.run(command, input=listed, stdout=subprocess.DEVNULL, check=True)


async def built(
    paths: Sequence[Path],
    place: Path,
    then: Callable[[SymbolIndex, Sequence[tuple[str, str]]], Awaitable[None]] | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> None:
    """Builds an index, or finds that it is whole, does something with it, and closes it."""
    by_blob = {sha1(str(path).encode()).hexdigest(): path for path in paths}
    files = [(str(path), blob) for blob, path in by_blob.items()]

    async def read(blobs: Sequence[str]) -> Mapping[str, bytes]:
        return {blob: by_blob[blob].read_bytes() for blob in blobs}

    index = SymbolIndex(store=SymbolStore(place), workers=PROCESSES)
    await index.build(files, read, progress)
    if then is not None:
        await then(index, files)
    await index.close()


def index(paths: Sequence[Path], place: Path, *, cold: bool) -> float:
    if cold:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
    return computed(lambda: asyncio.run(built(paths, place / "index")))


def nearest(sources: Sequence[bytes], size: Callable[[bytes], int], wanted: int) -> list[bytes]:
    return sorted(sources, key=lambda source: abs(size(source) - wanted))[:FILES]


def places(source: bytes) -> list[int]:
    """Where somebody types: after signs of equality, throughout a file."""
    parts = [source.find(b" = ", len(source) * n // 6) + 3 for n in range(1, 6)]
    return [place for place in parts if place > 2]


def changes(source: bytes) -> Iterator[bytes]:
    """Other and other versions of a file, each with one change against the last."""
    for n in count():
        at = places(source)[n % len(places(source))]
        source = source[:at] + b"x" + source[at:]
        yield source


class Changed:
    """Files of 100 KB of which another version was read before."""

    def __init__(self, sources: Sequence[bytes]) -> None:
        self._memory = Memory(REMEMBERED)
        self._versions = [changes(source) for source in sources]
        self._now = [next(versions) for versions in self._versions]
        self.read()

    def read(self) -> float:
        self._now = [next(versions) for versions in self._versions]
        return _taken(
            lambda: [extract("python", source, memory=self._memory) for source in self._now]
        )

    def parse(self) -> float:
        return _taken(lambda: [parser().parse(source) for source in self._now])


class Typing:
    """Files of 2,000 lines in which somebody types, the same with and without reading them."""

    def __init__(self, sources: Sequence[bytes]) -> None:
        self._sources = sources
        self._live = [LiveSource("python", source) for source in sources]
        for live in self._live:
            assert live.symbols

    def read(self) -> float:
        taken = 0.0
        for source, live in zip(self._sources, self._live, strict=True):
            for at in places(source):

                def edit(live: LiveSource = live, at: int = at) -> None:
                    live.edit(at, at, b"x")
                    assert live.symbols

                taken += _taken(edit)
                live.become(source)
                assert live.symbols
        return taken

    def parse(self) -> float:
        taken = 0.0
        for source in self._sources:
            for at in places(source):
                tree = parser().parse(source)
                row, column = source.count(b"\n", 0, at), at - source.rfind(b"\n", 0, at) - 1
                here, after = Point(row, column), Point(row, column + 1)
                typed = source[:at] + b"x" + source[at:]
                start = time.process_time()
                tree.edit(at, at, at + 1, here, here, after)
                parser().parse(typed, tree)
                taken += time.process_time() - start
        return taken


def _taken(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def memory(paths: Sequence[Path]) -> tuple[int, int]:
    """Megabytes (PSS) of an index and its workers: most while it was built, and in use after that.

    In use: as many symbols are held in memory as are kept there.
    """
    seen = [0]

    async def use(made: SymbolIndex, files: Sequence[tuple[str, str]]) -> None:
        for path, blob in files:
            await made.symbols(path, b"", blob, hashes=False)

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "index"
        asyncio.run(built(paths, place, progress=lambda _: seen.append(held())))
        most = max(seen)

        async def use_and_look(made: SymbolIndex, files: Sequence[tuple[str, str]]) -> None:
            await use(made, files)
            seen.append(held())

        asyncio.run(built(paths, place, use_and_look))
    return most, seen[-1]


def held() -> int:
    """Megabytes (PSS) of this process and its children."""
    own = os.getpid()
    children = Path(f"/proc/{own}/task/{own}/children").read_text("ascii").split()
    total = 0
    for pid in (own, *children):
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
        except OSError:  # it has just ended
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line[:4] == "Pss:")
    return total // 1024


def main() -> int:
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("folder", type=Path)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--memory", type=Path, help="a folder of about 6,000 files")
    told = asked.parse_args()
    paths = sorted(path for path in told.folder.rglob("*.py") if path.is_file())
    sources = [path.read_bytes() for path in paths]
    size = sum(map(len, sources)) / 1e6
    print(f"{len(paths)} files, {size:.1f} MB, {PROCESSES} processes, {told.rounds} rounds")
    print_machine()
    changed = Changed(nearest(sources, len, CHANGED))
    typing = Typing(nearest(sources, lambda source: source.count(b"\n"), TYPED))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "cache"
        things: dict[str, Once] = {
            "bare parse": lambda: computed(lambda: parse_all(paths)),
            "index, cold": lambda: index(paths, place, cold=True),
            "index, warm": lambda: index(paths, place, cold=False),
            "outline": lambda: computed(lambda: outline_all(paths)),
            "universal-ctags": lambda: computed(lambda: ctags(paths)),
            "100 KB, bare parse": changed.parse,
            "100 KB that changed": changed.read,
            "incremental parse": typing.parse,
            "an edit in 2,000 lines": typing.read,
        }
        rows = list(ROWS)
        if shutil.which("ctags") is None:
            print("universal-ctags is not installed: the outline has no yardstick")
            del things["universal-ctags"]
            rows = [row for row in rows if row.yardstick in things]
        met = print_ratios(rows, in_turns(things, told.rounds))
    with get_context("spawn").Pool(1) as pool:
        files = sorted(path for path in (told.memory or told.folder).rglob("*.py"))
        most, in_use = pool.apply(memory, (files,))
    print(
        f"memory with its workers, {len(files)} files: {most} MB at most while built,"
        f" {in_use} MB in use  ≤ {MEMORY}{'' if most <= MEMORY else '  MISSED'}"
    )
    print_machine()
    return 0 if met and max(most, in_use) <= MEMORY else 1


if __name__ == "__main__":
    sys.exit(main())
