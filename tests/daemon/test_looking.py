"""The lookout: what may hold somebody up comes into the ledger first, the rest when it is quiet."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.oracle.footprints import footprint
from tests.oracle.test_comparing import Merges

from pointsman.daemon import looking
from pointsman.daemon.looking import Lookout
from pointsman.ledger import Ledger
from pointsman.model.conflict import Verdict
from pointsman.model.facts import Injected
from pointsman.model.footprint import Footprint
from pointsman.model.work_unit import BaseRef, Phase, WorkUnit
from pointsman.oracle.comparing import Comparing

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SERIALIZE, INDEPENDENT = Verdict.SERIALIZE, Verdict.INDEPENDENT


class Place:
    """A lookout on its ledger. What its units' snapshots do is what ``does`` says."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.does: dict[str, tuple[str, ...]] = {}
        self.merges = Merges()
        self.oracle: Any = Comparing(self.merges)  # type: ignore[arg-type]
        self.oracle.footprint_of_tree = self._footprint
        self.oracle.footprint_of_plan = self._plan
        inside = SimpleNamespace(
            ledger=ledger,
            oracle=self.oracle,
            repository=SimpleNamespace(git=None),
            buffers=SimpleNamespace(stirred=lambda *_: None, meeting=_nothing),
            workspaces=SimpleNamespace(store=lambda _: SimpleNamespace(git_dir=Path())),
        )
        self.lookout = Lookout(_World(inside))  # type: ignore[arg-type]

    async def _footprint(self, chunk: str, *_: Any) -> Footprint:
        return footprint(chunk, *self.does[chunk])

    async def _plan(self, document: Any, *_: Any, **__: Any) -> Footprint:
        return footprint(document.name)

    async def begin(self, phase: Phase = Phase.VERIFY, **does: str) -> None:
        """Units, each of which writes one thing."""
        self.does = {chunk: (what,) for chunk, what in does.items()}
        await self.ledger.record(Injected(tuple(unit(chunk, phase) for chunk in does)))

    async def examined(self, *chunks: str) -> None:
        """All of them are, one right after the other."""
        await asyncio.gather(*map(self.lookout.soon, chunks))

    async def until(self, **verdicts: Verdict) -> None:
        """Until these pairs (``ab``) are recorded so, and no others."""
        wanted = {(both[0], both[1]): verdict for both, verdict in verdicts.items()}
        async with asyncio.timeout(10):
            await self.ledger.until(lambda _: self.verdicts() == wanted)

    def verdicts(self) -> dict[tuple[str, str], Verdict]:
        conflicts = self.ledger.state.conflicts.values()
        return {(c.a, c.b): c.verdict for c in conflicts if c.overlaps}

    async def told(self) -> list[str]:
        """The pairs in the order in which they were first recorded."""
        changed = [e for e in await self.ledger.events(0) if e.kind == "conflict.changed"]
        pairs = [e.data["conflict"]["a"] + e.data["conflict"]["b"] for e in changed]
        return list(dict.fromkeys(pairs))


async def _nothing(*_: object, **__: object) -> Any:
    return ()


class _World:
    def __init__(self, inside: Any) -> None:
        self.inside = inside

    @property
    def state(self) -> Any:
        return self.inside.ledger.state

    def chunk_folder(self, unit: WorkUnit) -> str:
        return f"docs/chunks/{unit.chunk}"


def unit(chunk: str, phase: Phase = Phase.VERIFY) -> WorkUnit:
    """One that its agent is done with, or at work on."""
    return WorkUnit(
        id=f"{chunk}.1",
        chunk=chunk,
        phase=phase,
        base=BaseRef(branch="main", commit="c"),
        snapshot="s",
        agent="demo",
        created_at=NOW,
        updated_at=NOW,
    )


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    async def committed(_: object, __: str, folder: str) -> Any:
        return SimpleNamespace(name=folder.rpartition("/")[2], folder=folder)

    monkeypatch.setattr(looking, "committed", committed)
    async with Ledger.open(tmp_path / "ledger.db") as ledger:
        place = Place(ledger)
        running = asyncio.create_task(place.lookout.run())
        try:
            yield place
            assert not running.done(), "the lookout has ended"
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_in_a_burst_what_is_independent_is_told_last(place: Place) -> None:
    await place.begin(a="a.py#f", b="a.py#g", c="a.py#f", d="a.py#g")
    await place.examined("a", "b", "c", "d")
    await place.until(
        ac=SERIALIZE, bd=SERIALIZE, ab=INDEPENDENT, ad=INDEPENDENT, bc=INDEPENDENT, cd=INDEPENDENT
    )
    assert (await place.told())[:2] == ["ac", "bd"]


async def test_a_look_that_somebody_waits_for_tells_all_of_it(place: Place) -> None:
    await place.begin(a="a.py#f", b="a.py#g")
    await place.examined("a")
    await place.lookout.look_again("b")
    assert place.verdicts() == {("a", "b"): INDEPENDENT}


async def test_another_look_at_the_same_writes_nothing(place: Place) -> None:
    await place.begin(a="a.py#f", b="a.py#g", c="a.py#f")
    await place.examined("a", "b", "c")
    await place.until(ab=INDEPENDENT, ac=SERIALIZE, bc=INDEPENDENT)
    before = place.ledger.seq
    for chunk in "abc":
        await place.lookout.look_again(chunk)
    assert place.ledger.seq == before


async def test_what_was_to_be_told_of_older_work_is_not_told_over_newer(place: Place) -> None:
    await place.begin(a="a.py#f", b="a.py#g")
    looks = [place.lookout.soon("a"), place.lookout.soon("b")]
    await looks[0]
    await looks[1]  # that the two are independent is left for later; by then it isn't so
    place.does["a"] = ("a.py#g",)
    await place.lookout.look_again("a")
    assert place.verdicts() == {("a", "b"): SERIALIZE}
    await place.lookout.look_again("b")
    assert place.verdicts() == {("a", "b"): SERIALIZE}


async def test_nobody_waits_longer_for_one_that_is_not_in_the_way_any_more(place: Place) -> None:
    await place.begin(a="a.py#f", b="a.py#f", c="c.py#f")
    await place.examined("a", "b")
    assert place.verdicts() == {("a", "b"): SERIALIZE}
    place.does["a"] = ("a.py#g",)
    await place.examined("a", "c")
    assert place.verdicts() == {("a", "b"): INDEPENDENT}
    place.does["a"] = ("elsewhere.py",)
    await place.lookout.look_again("a")
    assert place.verdicts() == {}


async def test_a_glance_is_compared_without_asking_git_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it sees is in no tree yet: the snapshot's look asks."""
    await place.begin(Phase.IMPLEMENT, a="a.py#f", b="b.py#f")
    await place.examined("a", "b")
    assert place.merges.asked == 2
    seen = footprint("a", "b.py#f")

    async def look(*_: object) -> bool:
        return True

    monkeypatch.setattr(place.lookout.glances, "look", look)
    monkeypatch.setattr(place.lookout.glances, "over", lambda *_: seen)
    await place.lookout.glance("a.1", ["b.py"])
    assert place.verdicts() == {("a", "b"): SERIALIZE}
    assert place.merges.asked == 2
    place.does["a"] = ("b.py#f",)
    await place.examined("a")
    assert place.merges.asked == 3
