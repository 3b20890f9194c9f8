"""What an arrival and all pairs cost the oracle: against extraction, and against git on all pairs.

``python -m bench.oracle_pairs REPOSITORY [KEPT]``: chunks are the merges of the repository's own
first-parent history, what each brought in, compared as if all had begun at once. In the file
``KEPT`` their footprints are kept for the next run; to make them takes some minutes. Processor
time, git's included. Of all pairs is found which may have to wait or be asked about, and which are
INDEPENDENT, as git finds which merge; to tell why is measured beside. Trial merges are git's, and
left out. Exits with 1 where a target is missed.
"""

import asyncio
import os
import random
import sys
import tempfile
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from bench.measuring import Row, cpu, in_turns, print_machine, print_ratios

from pointsman.git import Git, Repository, commit_tree, trial_merge, trial_merges, without_config
from pointsman.git.past import find_history
from pointsman.model.footprint import Footprint
from pointsman.oracle.comparing import Comparing, Met
from pointsman.oracle.engine import Oracle
from pointsman.oracle.index import SymbolIndex
from pointsman.oracle.merging import TrialMerges
from pointsman.oracle.store import SymbolStore

SMALL, LARGE = 1_000, 3_000
"""Chunks; where the history has fewer merges, all of them and a third of them."""
ROUNDS = 3
FILES_MOST = 300
"""Files that a merge may change; beyond it is no piece of work (a release brought in)."""
ARRIVALS = 50
SIDES = 60
"""Merges that are brought onto one base, for git to merge their pairs."""
MERGED = 1_000
"""Pairs that git merges; their cost is scaled to all pairs."""
TOGETHER = 500
"""Pairs that one process of git is asked for."""

FOUND_OF_GIT_MOST = 0.001
GROWTH_MOST = 5.0
ARRIVAL_OF_EXTRACTION_MOST = 0.1


class Merge(NamedTuple):
    """A merge in the first-parent history, and what it was merged into."""

    commit: str
    into: str


class Compared(NamedTuple):
    """All pairs: whom each chunk met as it arrived."""

    comparing: Comparing
    met: Sequence[Met]


def main(repository: str, kept: str | None = None) -> int:
    """Measure and print. The exit code: whether every target is met."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        place = Path(kept or f"{folder}/kept")
        index = SymbolIndex(store=SymbolStore(place.with_suffix(".index")))
        history = runner.run(find_history(Path(repository).resolve()))
        oracle = Oracle(history, index=index)
        try:
            met = _measure(runner, history, oracle, place)
        finally:
            runner.run(oracle.close())
    print_machine()
    return 0 if met else 1


def _measure(runner: asyncio.Runner, history: Repository, oracle: Oracle, place: Path) -> bool:
    chunks = runner.run(merges(history.git))
    footprints = runner.run(extracted(oracle, chunks, place))
    few = footprints[: min(SMALL, len(footprints) // 3)]
    many, arriving = footprints[: 3 * len(few)], footprints[:ARRIVALS]
    names = {footprint.participant for footprint in arriving}
    again = [chunk for chunk in chunks if chunk.commit in names]
    runner.run(extract(oracle, again))  # what the index knows of them is in memory then
    there = runner.run(all_pairs(history, few)).comparing
    arrival, extraction = f"{ARRIVALS} arrivals among {len(few):,}", "extraction of the same"
    found, all_found = f"all pairs of {len(few):,}", f"all pairs of {len(many):,}"
    told, merged = f"{found}, and told why", "merge-tree on all"
    with without_config(history.objects) as git:
        sides = runner.run(on_one_base(git, chunks))
        pairs = random.Random(1).sample(list(combinations(sides, 2)), MERGED)
        scale = len(few) * (len(few) - 1) / 2 / len(pairs)
        seconds = in_turns(
            {
                arrival: lambda: spent(runner, arrive(there, arriving, tell=True)),
                extraction: lambda: spent(runner, extract(oracle, again)),
                found: lambda: spent(runner, all_pairs(history, few)),
                told: lambda: spent(runner, all_pairs(history, few, tell=True)),
                all_found: lambda: spent(runner, all_pairs(history, many)),
                merged: lambda: scale * spent(runner, merge_all(git, pairs)),
            },
            ROUNDS,
        )
    for part in (few, many):
        _print_shares(part, runner.run(all_pairs(history, part)))
    rows = (
        Row(arrival, extraction, ARRIVAL_OF_EXTRACTION_MOST),
        Row(found, merged, FOUND_OF_GIT_MOST),
        Row(all_found, found, GROWTH_MOST),
        Row(told, found, float("inf")),
    )
    return print_ratios(rows, seconds)


def _print_shares(footprints: Sequence[Footprint], compared: Compared) -> None:
    """How much there is to find, which is what it costs."""
    pairs = len(footprints) * (len(footprints) - 1) / 2
    pressing = sum(len(met.pressing) for met in compared.met)
    beside = sum(len(met.beside) for met in compared.met)
    print(
        f"{len(footprints):,} chunks: {pressing / pairs:.2%} of pairs may have to wait or be asked "
        f"about, {beside / pairs:.2%} are INDEPENDENT in spite of a file in common"
    )


# ---- chunks


async def merges(git: Git) -> list[Merge]:
    """The newest first."""
    options = ("--first-parent", "--min-parents=2", "--max-parents=2", "--parents")
    lines = (await git.text("rev-list", *options, f"--max-count={2 * LARGE}", "HEAD")).splitlines()
    return [Merge(*line.split()[:2]) for line in lines]


async def extracted(oracle: Oracle, chunks: Sequence[Merge], place: Path) -> list[Footprint]:
    """Their footprints, as many as are compared, from the file in which they are kept or made."""
    if place.exists():
        return [Footprint.model_validate_json(line) for line in place.read_text().splitlines()]
    await oracle.build_index(chunks[0].commit)
    found: list[Footprint] = []
    for n, chunk in enumerate(chunks):
        footprint = await oracle.footprint_of_tree(chunk.commit, chunk.into, chunk.commit)
        files = {touch.path for touch in footprint.touches}
        if footprint.touches and len(files) <= FILES_MOST:
            found.append(footprint.model_copy(update={"base": chunks[0].commit}))
        if n % 100 == 0:
            print(f"{len(found):,} of {LARGE:,} footprints", file=sys.stderr)
        if len(found) == LARGE:
            break
    place.write_text("".join(f"{footprint.model_dump_json()}\n" for footprint in found))
    return found


# ---- what is measured


def spent(runner: asyncio.Runner, work: Coroutine[Any, Any, object]) -> float:
    """Processor seconds of this process and of those that it has started and that have ended."""
    before = os.times()
    own = cpu(lambda: runner.run(work))
    after = os.times()
    children = after.children_user + after.children_system
    return own + children - before.children_user - before.children_system


async def extract(oracle: Oracle, chunks: Sequence[Merge]) -> None:
    """The second time all their blobs are in the index; in earnest a few are new."""
    for chunk in chunks:
        await oracle.footprint_of_tree(chunk.commit, chunk.into, chunk.commit)


async def all_pairs(
    history: Repository, footprints: Sequence[Footprint], *, tell: bool = False
) -> Compared:
    """One arrives after the other, and meets all that are there."""
    comparing = Comparing(TrialMerges(history))
    return Compared(comparing, await arrive(comparing, footprints, tell=tell))


async def arrive(comparing: Comparing, footprints: Sequence[Footprint], *, tell: bool) -> list[Met]:
    """Each in the place of what it was, if it is there already. ``tell``: with the conflicts."""
    found = []
    for footprint in footprints:
        comparing.hold(footprint)
        met = await comparing.meet(footprint.participant)
        assert met is not None
        if tell:
            comparing.told(met, met.pressing)
        found.append(met)
    return found


# ---- git


async def on_one_base(git: Git, chunks: Sequence[Merge]) -> list[str]:
    """The newest merges as commits on one base, those that can be brought there."""
    base = chunks[2 * SIDES].commit
    at = datetime.fromtimestamp(0, UTC)
    sides = []
    for chunk in chunks[: 2 * SIDES]:
        brought = await trial_merge(git, base, chunk.commit, chunk.into)
        if brought.clean:
            sides.append(await commit_tree(git, brought.tree, [base], "side", at=at))
        if len(sides) == SIDES:
            break
    return sides


async def merge_all(git: Git, pairs: Sequence[tuple[str, str]]) -> None:
    for start in range(0, len(pairs), TOGETHER):
        await trial_merges(git, pairs[start : start + TOGETHER])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
