"""Has one pair judged: by the plain rules, by the oracle, from the texts alone, and by git."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from pointsman.git import Merged, Repository, line_changes, printable, without_config
from pointsman.model.chunk import ChunkDocument, ChunkStatus, FrontMatter
from pointsman.model.footprint import Footprint
from pointsman.oracle.calibration import DEFAULT_MODEL, signs
from pointsman.oracle.engine import Oracle
from pointsman.oracle.index import SymbolIndex
from pointsman.oracle.overlap import overlaps
from pointsman.oracle.replay.pairs import Pair
from pointsman.oracle.replay.plain import MEANING_RULES, PLAN_RULES, RULES, Changed, changed
from pointsman.oracle.replay.records import Opinion, Record, Seconds
from pointsman.oracle.store import SymbolStore
from pointsman.oracle.verdict import Thresholds, propose, verdict_of

SIDES_KEPT = 500
_ALL_RULES = (*RULES.items(), *MEANING_RULES.items())
FILES_MOST = 1000
"""Files that a side may change; beyond it is no piece of work (a vendored library, a reformat)."""


class _Side(NamedTuple):
    footprint: Footprint
    changed: Changed


class Judge:
    """Judges pairs of one repository; ``close`` it."""

    def __init__(
        self, repository: Repository, index: Path, extra_objects: Sequence[Path] = ()
    ) -> None:
        self._extra = tuple(extra_objects)
        self.objects = (*repository.objects, *extra_objects)
        """All object folders that the pairs' commits are in."""
        self._index = SymbolIndex(store=SymbolStore(index))
        self._indexed: set[str] = set()
        self._oracle = Oracle(repository, index=self._index)
        self._sides: OrderedDict[tuple[str, str], _Side | None] = OrderedDict()
        self._plans: OrderedDict[tuple[str, str], Footprint] = OrderedDict()

    async def close(self) -> None:
        await self._oracle.close()

    async def judge(self, pair: Pair, merged: Merged, git_seconds: float) -> Record | None:
        """What is said of a pair, with git's word on it after merge rules; None if a side is no
        piece of work.

        Raises git-failed.
        """
        took: list[float] = []
        a = await self._side(pair.base, pair.a, took)
        b = await self._side(pair.base, pair.b, took)
        if a is None or b is None:
            return None
        one, other = _named(a.footprint, "a"), _named(b.footprint, "b")
        started = perf_counter()
        observed = self._opinion(one, other, None)
        seconds = perf_counter() - started
        plans = await self._planned(pair)
        return Record(
            key=pair.key,
            kind=pair.kind,
            name=pair.name,
            group=pair.base,
            label=pair.label,
            conflicts=not merged.clean,
            rules=tuple(name for name, rule in _ALL_RULES if rule(a.changed, b.changed)),
            observed=observed,
            merged=_done(self._opinion(one, other, _words(merged)), self._oracle.thresholds),
            planned=self._opinion(*plans, None) if plans else None,
            plan_rules=tuple(n for n, rule in PLAN_RULES.items() if rule(*plans)) if plans else (),
            seconds=Seconds(footprints=tuple(took), pair=seconds, git=git_seconds),
        )

    async def _side(self, base: str, commit: str, took: list[float]) -> _Side | None:
        key = (base, commit)
        if key not in self._sides:
            await self._know(base)
            with without_config(self.objects) as git:
                files = await line_changes(git, base, commit)
                if len(files) > FILES_MOST:
                    self._sides[key] = None
                else:
                    # before the plain rules: they would parse for it what it has not seen yet
                    started = perf_counter()
                    found = await self._oracle.footprint_of_tree(commit, base, commit, self._extra)
                    took.append(perf_counter() - started)
                    lines = await changed(git, self._index, files)
                    self._sides[key] = _Side(found, lines.with_relied_on(found))
            if len(self._sides) > SIDES_KEPT:
                self._sides.popitem(last=False)
        self._sides.move_to_end(key)
        return self._sides[key]

    async def _know(self, base: str) -> None:
        """Have the index know all names of ``base``, as that of a daemon at work does."""
        if base not in self._indexed:
            self._indexed.add(base)
            await self._oracle.build_index(base)

    async def _planned(self, pair: Pair) -> tuple[Footprint, Footprint] | None:
        if pair.texts is None:
            return None
        one, other = [await self._plan(pair.base, text) for text in pair.texts]
        return _named(one, "a"), _named(other, "b")

    async def _plan(self, base: str, text: str) -> Footprint:
        key = (base, text)
        if key not in self._plans:
            front = FrontMatter(status=ChunkStatus.FUTURE)
            chunk = ChunkDocument(name="text", folder="\0", front=front, goal="", plan=text)
            self._plans[key] = await self._oracle.footprint_of_plan(chunk, base)
            if len(self._plans) > SIDES_KEPT:
                self._plans.popitem(last=False)
        return self._plans[key]

    def _opinion(self, a: Footprint, b: Footprint, merge: Mapping[str, str] | None) -> Opinion:
        common = overlaps(a, b, merge=merge, rules=self._oracle.rules)
        conflict = propose(a, b, common, self._oracle.thresholds)
        if conflict is None:
            return Opinion()
        return Opinion(
            probability=conflict.probability,
            verdict=conflict.verdict,
            signs=signs(a, b, common),
        )


def _done(opinion: Opinion, thresholds: Thresholds) -> Opinion:
    """Of two that both are finished: what git merges cleanly stays so."""
    likely = DEFAULT_MODEL.probability(opinion.signs, merged=True)
    return Opinion(probability=likely, verdict=verdict_of(likely, thresholds), signs=opinion.signs)


def _named(footprint: Footprint, name: str) -> Footprint:
    """Under a name of its own: both sides may be the same commit's, or the same text's."""
    return footprint.model_copy(update={"participant": name})


def _words(merged: Merged) -> dict[str, str]:
    """The files that do not merge, as ``overlaps`` wants them."""
    return {printable(conflict.path): "contents" for conflict in merged.conflicts}
