"""A ledger with something in every table, as each released version wrote it.

``python -m tests.ledger.kept_versions`` keeps the newest version's; run it with each new migration.
"""

import asyncio
import sqlite3
import tempfile
from pathlib import Path

from tests.ledger.on_disk import OnDisk
from tests.reconcile.world import World

from pointsman.ledger.schema import migrations
from pointsman.model import facts as f
from pointsman.model.conflict import Verdict
from pointsman.model.records import Claim

KEPT = Path(__file__).parent / "versions"


def expected() -> dict[str, str]:
    """The statuses of the units in every version kept."""
    return {
        "a.1": "COMPLETED",
        "b.1": "NEEDS_ATTENTION",
        "c.1": "BLOCKED",
        "d.1": "CANCELLED",
        "e.1": "NEEDS_ATTENTION",
    }


async def make(path: Path) -> None:
    """Write it with the code as it is."""
    await asyncio.to_thread(_play, path)


def _play(path: Path) -> None:
    store = OnDisk(path)
    world = World(store=store)
    world.pool("a b c>b d e", ask=["b e"])
    world.record(f.SettingSet("max_agents", 3), f.Claimed("b.1", Claim(id="b", paths=("x.py",))))
    world.start("a", "b")
    world.answer(world.ask("a", "which?", "left", "right"), "left")
    world.deliver("a")
    world.snapshot("a")
    world.finish("a")
    world.ask("b", "how?")
    world.cancel("d")
    world.overlap("b", "c", Verdict.SERIALIZE)
    world.examine("c")
    store.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        _play(path)
        with sqlite3.connect(path) as connection:
            text = "\n".join(connection.iterdump())
    KEPT.mkdir(exist_ok=True)
    (KEPT / f"{len(migrations())}.sql").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
