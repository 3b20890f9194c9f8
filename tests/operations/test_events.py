"""What a door is told that asks for events which are not to be had."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pointsman.ledger import Ledger
from pointsman.model import facts as f
from pointsman.model.errors import PointsmanError
from pointsman.operations.app import App
from pointsman.operations.inside import Inside
from pointsman.operations.seam import Caller


def opened(ledger: Ledger) -> App:
    return App(cast(Inside, SimpleNamespace(ledger=ledger, blocks=lambda: None)))


async def asked(ledger: Ledger, since: int) -> dict[str, Any]:
    return await opened(ledger).call("events", {"since": since}, Caller("cli", "s1"))


async def test_a_since_beyond_the_newest_event_is_answered_with_resync(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path / "ledger.db") as ledger:
        await ledger.record(f.Told("progress", None), f.Told("progress", None))
        assert await asked(ledger, 3) == {"events": [], "seq": 2, "resync": True}
        page = await asked(ledger, 1)
        assert ([e["seq"] for e in page["events"]], page["resync"]) == ([2], False)


async def test_who_follows_from_there_is_refused_with_it(tmp_path: Path) -> None:
    async with Ledger.open(tmp_path / "ledger.db") as ledger:
        with pytest.raises(PointsmanError) as caught:
            await anext(opened(ledger).subscribe(7))
        assert caught.value.code == "resync"
        assert caught.value.problem.data == {"since": 7, "seq": 0}
