"""An agent is told, once and by names alone, that it changes what the operator is changing."""

from types import SimpleNamespace
from typing import Any

import pytest

from pointsman.daemon.telling import Telling
from pointsman.model.conflict import Conflict, ConflictType, Overlap, Verdict
from pointsman.model.facts import Noted
from pointsman.model.footprint import OPERATOR, Footprint
from pointsman.model.work_unit import BaseRef, Phase, WorkUnit

AT = "2026-01-01T00:00:00Z"
FOOTPRINT = Footprint(participant="alpha", base="c")


def overlap(symbol: str | None = "f", evidence: str = "OBSERVED", **fields: Any) -> Overlap:
    side = {"evidence": evidence, "access": "WRITE_BODY"}
    told = {"basis": "write", "a": side, "b": {**side, "evidence": "OBSERVED"}}
    shape = {"type": ConflictType.SYMBOL, "path": "x.py", "symbol": symbol, "detail": "a secret"}
    return Overlap.model_validate({**shape, "evidence": told, **fields})


def conflict(*overlaps: Overlap, other: str = OPERATOR, verdict: str = "SERIALIZE") -> Conflict:
    return Conflict.of(
        id="", a="alpha", b=other, overlaps=overlaps, verdict=verdict, probability=1.0
    )


class Bench:
    def __init__(self) -> None:
        self.facts: list[Noted] = []
        self.unsaved: list[Conflict] = []
        self.verdict: Verdict | None = None
        ledger = SimpleNamespace(record=self._record)
        buffers = SimpleNamespace(judged=self._judged, meeting=self._meeting)
        world: Any = SimpleNamespace(inside=SimpleNamespace(ledger=ledger, buffers=buffers))
        self.telling = Telling(world)
        self.unit = WorkUnit.model_validate(
            {
                **{"id": "alpha.1", "chunk": "alpha", "agent": "demo"},
                **{"base": BaseRef(branch="main"), "createdAt": AT, "updatedAt": AT},
            }
        )

    async def _record(self, fact: Noted) -> None:
        self.facts.append(fact)

    def _judged(self, found: Conflict) -> Conflict:
        return found.with_(verdict=self.verdict) if self.verdict else found

    async def _meeting(self, footprint: Footprint) -> list[Conflict]:
        return self.unsaved

    async def told(self, *found: Conflict) -> str:
        """What its agent is told of them."""
        self.facts.clear()
        await self.telling.tell(self.unit, FOOTPRINT, found)
        assert all(fact.unit == "alpha.1" for fact in self.facts)
        return "".join(fact.text for fact in self.facts)


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_it_is_told_the_names_and_nothing_else(bench: Bench) -> None:
    told = await bench.told(conflict(overlap("Store::load"), overlap(None, path="y.txt")))
    assert "- `Store::load` in x.py" in told and "- y.txt" in told
    assert "secret" not in told


async def test_it_is_told_of_each_symbol_once(bench: Bench) -> None:
    assert await bench.told(conflict(overlap("f")))
    assert not await bench.told(conflict(overlap("f")))
    told = await bench.told(conflict(overlap("f"), overlap("g")))
    assert "`g`" in told and "`f`" not in told
    bench.telling.forget("alpha")
    assert "`f`" in await bench.told(conflict(overlap("f")))


async def test_what_is_unsaved_counts_like_what_is_not_committed(bench: Bench) -> None:
    bench.unsaved = [conflict(overlap("f"))]
    assert "`f`" in await bench.told()


@pytest.mark.parametrize(
    "found",
    [
        conflict(overlap(), other="beta"),
        conflict(overlap(), verdict="INDEPENDENT"),
        conflict(overlap(evidence="PREDICTED")),
        conflict(overlap(type=ConflictType.REFERENCE)),
    ],
    ids=["between units", "judged harmless", "only expected", "not the same"],
)
async def test_of_anything_else_it_is_told_nothing(bench: Bench, found: Conflict) -> None:
    assert not await bench.told(found)


async def test_the_operators_verdict_counts(bench: Bench) -> None:
    bench.verdict = Verdict.INDEPENDENT
    assert not await bench.told(conflict(overlap()))


async def test_who_is_done_is_told_nothing(bench: Bench) -> None:
    bench.unit = bench.unit.changed(phase=Phase.VERIFY)
    assert not await bench.told(conflict(overlap()))
