"""The replay itself: finds pairs, has git merge them in batches and each judged, keeps records.

Can be stopped at any point; what was judged is kept, and the next run goes on after it.
"""

import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from pointsman.git import (
    GitFailed,
    Merged,
    Repository,
    settle,
    trial_merges,
    without_config,
)
from pointsman.model.errors import PointsmanError
from pointsman.model.merge_rule import DEFAULT_RULES
from pointsman.oracle.replay.cases import Case, find_cases, pair_of, repository_of
from pointsman.oracle.replay.judge import Judge
from pointsman.oracle.replay.pairs import Pair
from pointsman.oracle.replay.past import merges, pulls
from pointsman.oracle.replay.records import Kept, Record

BATCH = 200
"""Pairs that git merges in one process."""
BATCH_LIMIT = 600.0

Report = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Wanted:
    """What to replay."""

    merges: int = 0
    pulls: int = 0
    cases: Path | None = None


@dataclass
class Replayed:
    """What was judged, now or in a run before, in the order of the pairs."""

    records: list[Record] = field(default_factory=list)
    left_out: int = 0
    """Pairs that git can't merge, or of which a side changes too much to be a piece of work."""
    anew: int = 0
    """How many of the records were made in this run."""


async def replay(
    repository: Repository | None, wanted: Wanted, kept: Kept, report: Report
) -> Replayed:
    """Judges all that is wanted; ``repository`` may be None if there are only cases of others.

    Raises repository-missing, case-invalid, git-failed.
    """
    done = Replayed()
    if repository is not None and (wanted.merges or wanted.pulls):
        pairs = await _history(repository, wanted, report)
        await _judge(Judge(repository, kept.index), pairs, kept, done, report)
    if wanted.cases is not None:
        for own, cases in await _grounds(repository, wanted.cases):
            async with _store() as objects:
                with without_config(own.objects, write_into=objects) as git:
                    pairs = [await pair_of(own, git, folder, case) for folder, case in cases]
                await _judge(Judge(own, kept.index, [objects]), pairs, kept, done, report)
    return done


async def _history(repository: Repository, wanted: Wanted, report: Report) -> list[Pair]:
    found: list[Pair] = []
    sources = {"merges": merges(repository.git, wanted.merges)} if wanted.merges else {}
    if wanted.pulls:
        sources["pairs on one base"] = pulls(repository.git, wanted.pulls)
    for what, pairs in sources.items():
        async with aclosing(pairs) as stream:
            async for pair in stream:
                found.append(pair)
                report(f"looking for {what}: {len(found)} found", None)
    return found


async def _grounds(
    repository: Repository | None, folder: Path
) -> list[tuple[Repository, list[tuple[Path, Case]]]]:
    """The cases by the repository that they are of."""
    grounds: dict[Path, tuple[Repository, list[tuple[Path, Case]]]] = {}
    for where, case in find_cases(folder):
        own = await repository_of(where, case) or repository
        if own is None:
            raise PointsmanError(
                "repository-missing",
                f"The case {where.name} names no repository, and none is replayed.",
                "Name one with --repository, or in the case.",
            )
        grounds.setdefault(own.common_dir, (own, []))[1].append((where, case))
    return list(grounds.values())


@asynccontextmanager
async def _store() -> AsyncIterator[Path]:
    """A folder for objects that are gone when this ends."""
    with tempfile.TemporaryDirectory(prefix="pointsman-replay-") as folder:
        objects = Path(folder) / "objects"
        objects.mkdir()
        yield objects


async def _judge(
    judge: Judge, pairs: Sequence[Pair], kept: Kept, done: Replayed, report: Report
) -> None:
    new = [pair for pair in pairs if pair.key not in kept.records]
    try:
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            began = perf_counter()
            with without_config(judge.objects) as git:
                sides = [(pair.a, pair.b) for pair in batch]
                tried = await trial_merges(git, sides, limit=BATCH_LIMIT)
                share = (perf_counter() - began) / len(batch)
                merged = [m and await settle(git, m, DEFAULT_RULES, unit="theirs") for m in tried]
            for n, (pair, word) in enumerate(zip(batch, merged, strict=True)):
                record = await _one(judge, pair, word, share)
                if record is not None:
                    kept.keep(record)
                    done.anew += 1
                report(f"{pair.kind} {pair.name}", (start + n + 1) / len(new))
    finally:
        await judge.close()
    found = [kept.records.get(pair.key) for pair in pairs]
    done.records += [record for record in found if record is not None]
    done.left_out += found.count(None)


async def _one(judge: Judge, pair: Pair, merged: Merged | None, share: float) -> Record | None:
    if merged is None:
        return None
    try:
        return await judge.judge(pair, merged, share)
    except (GitFailed, TimeoutError):
        return None  # an object that a partial copy lacks
