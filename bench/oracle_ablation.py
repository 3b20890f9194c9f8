"""Which references matter? What each kind of edge flags on clean merges, and what it finds.

    python -m bench.oracle_ablation INDEX PULLS CLONE… [--cases CASES]

Of all pairs of branches and pull requests on one base that merge cleanly: the share flagged by a
reference of one side to what the other changed, by what that reference is; beside it the share of
the cases known to be broken that it finds. Cases that are not known to be broken are left out: they
are made to be near each other. INDEX is a file of symbols, made if it isn't there.
"""

import asyncio
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from pointsman.git import (
    GitFailed,
    Repository,
    find_history,
    list_tree,
    read_blobs,
    trial_merges,
    without_config,
)
from pointsman.model.footprint import Access, Evidence, Footprint, Touch
from pointsman.oracle.engine import Oracle
from pointsman.oracle.index import SymbolIndex
from pointsman.oracle.observed import Version
from pointsman.oracle.reads import Touched, reads
from pointsman.oracle.replay.cases import find_cases, pair_of, repository_of
from pointsman.oracle.replay.pairs import Label, Pair
from pointsman.oracle.replay.past import pulls
from pointsman.oracle.store import SymbolStore
from pointsman.oracle.symbols import IMPORTS, MODULE, Symbols
from pointsman.oracle.tests import is_test
from pointsman.oracle.tree import Tree

COMMITS = 2000
"""Of base's past that tell which files change together, large ones left out."""
FILES = 30
SEEN = 3
"""Commits in which two files must have changed together to count as doing so."""
BATCH = 200

Traits = frozenset[str]
_Name = tuple[str, str]


def every(*wanted: str, no: Collection[str] = ("far",)) -> Callable[[Traits], bool]:
    return lambda traits: traits.issuperset(wanted) and traits.isdisjoint(no)


FAR = ("far", "in tests")
VARIANTS: Mapping[str, Callable[[Traits], bool]] = {
    "all, imports resolved": every(),
    "edge: exact": every("exact"),
    "edge: inherited": every("inherited"),
    "edge: unique name": every("unique"),
    "edge: ambiguous": every("ambiguous"),
    "not ambiguous": every(no=("far", "ambiguous")),
    "newly referenced": every("added"),
    "called": every("called"),
    "mentioned only": every(no=("far", "called")),
    "to a function": lambda t: "far" not in t and bool(t & {"function", "method"}),
    "next to the change": every("near"),
    "within one file": every("same file"),
    "outside tests": every(no=FAR),
    "private": every("private"),
    "public": every(no=("far", "private")),
    "both rely on each other": every("both ways"),
    "signature, removed or renamed": lambda t: "far" not in t and "body" not in t,
    "only the body": every("body"),
    "most of the body": every("body", "most"),
    "files change together, 10 %": every("together 10"),
    "files change together, 30 %": every("together 30"),
    "files never change together": every("never together"),
    "at two steps": every("far", no=()),
    "at two steps, outside tests": every("far", no=("in tests",)),
    "outside tests, called": every("called", no=FAR),
    "outside tests, next to the change": every("near", no=FAR),
    "outside tests, called, next to the change": every("called", "near", no=FAR),
    "  of these public": every("called", "near", no=(*FAR, "private")),
    "  of these not ambiguous": every("called", "near", no=(*FAR, "ambiguous")),
    "  of these in files that change together, 10 %": every(
        "called", "near", "together 10", no=FAR
    ),
    "  of these within one file": every("called", "near", "same file", no=FAR),
    "  of these both rely on each other": every("called", "near", "both ways", no=FAR),
    "  of these most of the body, or more": lambda t: (
        every("called", "near", no=FAR)(t) and ("body" not in t or "most" in t)
    ),
    "  or at two steps": lambda t: every("called", "near", no=FAR)(t) or "far" in t,
}


class Side(NamedTuple):
    changed: Mapping[_Name, Touch]
    """What it changed or removed."""
    reads: tuple[Touch, ...]
    far: frozenset[_Name]
    """What is referenced by what it references."""


class Together(NamedTuple):
    """In how many commits files changed, and two of them together."""

    one: Counter[str]
    two: Counter[tuple[str, str]]

    def share(self, a: str, b: str) -> float:
        """Of the changes of the one that changes less the share in which the other changed."""
        both = self.two[(a, b) if a < b else (b, a)]
        return both / min(self.one[a], self.one[b]) if both >= SEEN else 0.0


class Ground:
    """One repository, and what was found out about its commits."""

    def __init__(
        self, repository: Repository, index: SymbolIndex, objects: Sequence[Path] = ()
    ) -> None:
        self.repository = repository
        self.objects = (*repository.objects, *objects)
        self._extra = tuple(objects)
        self._index = index
        self._oracle = Oracle(repository, index=index)
        self._trees: dict[str, Tree] = {}
        self._past: dict[str, Together] = {}
        self._sides: dict[tuple[str, str], Side] = {}

    async def references(self, pair: Pair) -> list[Traits]:
        a, b = [await self._side(pair.base, commit) for commit in (pair.a, pair.b)]
        past = await self._together(pair.base)
        found = [list(_traits(writer, reader, past)) for writer, reader in ((a, b), (b, a))]
        near = [[t for t in some if "far" not in t] for some in found]
        both = frozenset({"both ways"} if all(near) else ())
        return [traits | both for some in found for traits in some]

    async def _side(self, base: str, commit: str) -> Side:
        if (base, commit) not in self._sides:
            if base not in self._trees:
                self._trees[base] = Tree(await list_tree(self.repository.git, base))
                await self._oracle.build_index(base)
            found = await self._oracle.footprint_of_tree("side", base, commit, self._extra)
            mine = tuple(touch for touch in found.touches if touch.access is Access.READ)
            names = {(touch.path, touch.symbol or "") for touch in mine}
            far = {(t.path, t.symbol or "") for t in await self._relied_on(base, names)}
            self._sides[base, commit] = Side(_changed(found), mine, frozenset(far - names))
        return self._sides[base, commit]

    async def _relied_on(self, base: str, names: Collection[_Name]) -> list[Touch]:
        """What definitions on base reference."""
        by_path: defaultdict[str, list[Touch]] = defaultdict(list)
        for path, symbol in sorted(names):
            by_path[path].append(_observed(path, symbol))

        async def versions(paths: Collection[str]) -> dict[str, Version]:
            sources = await read_blobs(self.repository.git, base, paths)
            return {
                path: Version(text, await self._index.symbols(path, text, None, hashes=False))
                for path, text in sources.items()
            }

        async def load(paths: Collection[str]) -> Mapping[str, Symbols]:
            return {path: version.symbols for path, version in (await versions(paths)).items()}

        def defining(name: str) -> Sequence[str]:
            definers = self._index.definers(name)
            return [path for blob in definers for path in tree.paths_of.get(blob, ())]

        tree = self._trees[base]
        there = await versions(by_path)
        files = [Touched(path, there[path], None, by_path[path]) for path in there]
        return await reads(files, tree.modules, load, defining)

    async def _together(self, base: str) -> Together:
        if base not in self._past:
            what = ("--no-merges", "--no-renames", "--name-only", "--format=%x00")
            told = await self.repository.git.run("log", *what, f"-{COMMITS}", base, "--")
            one: Counter[str] = Counter()
            two: Counter[tuple[str, str]] = Counter()
            for commit in told.stdout.decode("utf-8", "replace").split("\0"):
                files = sorted(set(commit.split("\n")) - {""})
                if len(files) <= FILES:
                    one.update(files)
                    two.update(combinations(files, 2))
            self._past[base] = Together(one, two)
        return self._past[base]


def _observed(path: str, symbol: str) -> Touch:
    return Touch(path=path, symbol=symbol, access=Access.WRITE_BODY, evidence=Evidence.OBSERVED)


def _changed(footprint: Footprint) -> dict[_Name, Touch]:
    return {
        (touch.path, touch.symbol): touch
        for touch in footprint.touches
        if touch.symbol not in (None, MODULE, IMPORTS)
        and touch.access not in (Access.READ, Access.CREATE)
    }  # type: ignore[misc]


def _traits(writer: Side, reader: Side, past: Together) -> list[Traits]:
    found = []
    for touch in reader.reads:
        change = writer.changed.get((touch.path, touch.symbol or ""))
        if change is None:
            continue
        inside = (touch.inside or "").partition("#")[0]
        name = (touch.symbol or "").rpartition("::")[2]
        share = past.share(touch.path, inside)
        same = inside == touch.path
        first, last = change.lines or (0, 0)
        rewritten = sum(end - begin + 1 for begin, end in change.changed)
        flags = {
            "called": touch.called,
            "near": touch.near,
            "added": touch.added,
            "in tests": is_test(touch.path) or is_test(inside),
            "same file": same,
            "private": name.startswith("_") and not name.endswith("__"),
            "body": change.access is Access.WRITE_BODY,
            "most": 2 * rewritten > last - first + 1,
            "together 10": same or share >= 0.1,
            "together 30": same or share >= 0.3,
            "never together": not same and not share,
        }
        told = (flag for flag, holds in flags.items() if holds)
        found.append(frozenset((str(touch.edge), str(touch.kind), *told)))
    for path, _ in writer.changed.keys() & reader.far:
        found.append(frozenset({"far", "in tests"} if is_test(path) else {"far"}))
    return found


async def clean_pairs(ground: Ground, pairs: Sequence[Pair]) -> AsyncIterator[Pair]:
    """Those that git merges."""
    for start in range(0, len(pairs), BATCH):
        batch = pairs[start : start + BATCH]
        with without_config(ground.objects) as git:
            merged = await trial_merges(git, [(pair.a, pair.b) for pair in batch], limit=600)
        for pair, outcome in zip(batch, merged, strict=True):
            if outcome is not None and outcome.clean:
                yield pair


async def of_past(clone: Path, index: SymbolIndex, limit: int) -> list[list[Traits]]:
    repository = await find_history(clone)
    ground = Ground(repository, index)
    found = []
    async for pair in clean_pairs(ground, [p async for p in pulls(repository.git, limit)]):
        try:
            found.append(await ground.references(pair))
        except (GitFailed, TimeoutError):
            continue  # an object that a partial copy lacks
    return found


async def of_cases(folder: Path, index: SymbolIndex) -> list[list[Traits]]:
    found = []
    for where, case in find_cases(folder):
        repository = await repository_of(where, case)
        if case.label is not Label.SEMANTIC or repository is None:
            continue
        with tempfile.TemporaryDirectory() as store:
            objects = Path(store) / "objects"
            objects.mkdir()
            with without_config(repository.objects, write_into=objects) as git:
                pair = await pair_of(repository, git, where, case)
            found.append(await Ground(repository, index, [objects]).references(pair))
    return found


async def main(index: Path, limit: int, clones: Sequence[Path], cases: Path | None) -> None:
    known = SymbolIndex(store=SymbolStore(index))
    try:
        past = [pair for clone in clones for pair in await of_past(clone, known, limit)]
        broken = await of_cases(cases, known) if cases else []
    finally:
        await known.close()
    print(f"{len(past)} pairs of the past that merge cleanly, {len(broken)} broken cases")
    print(f"{'flagged':>8} {'of all':>8} {'found':>6}  references")
    for name, counts in VARIANTS.items():
        flagged, found = (sum(any(map(counts, pair)) for pair in some) for some in (past, broken))
        share = flagged / len(past) if past else 0.0
        print(f"{flagged:>8} {share:>8.2%} {found:>6}  {name}")


if __name__ == "__main__":
    words = sys.argv[1:]
    given = Path(words.pop()) if "--cases" in words else None
    words = [word for word in words if word != "--cases"]
    asyncio.run(main(Path(words[0]), int(words[1]), [Path(w) for w in words[2:]], given))
