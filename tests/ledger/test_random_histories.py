"""The random histories of reconcile once more, over the real ledger, killed at any step."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis.stateful import invariant
from tests.ledger.on_disk import OnDisk
from tests.reconcile.histories import Histories
from tests.reconcile.world import Store

from pointsman.model.work_unit import TRANSITIONS, Status, WorkUnit

SHARED_MEMORY = Path("/dev/shm")
LEGAL = {(t.source, t.to) for t in TRANSITIONS}


class Disk(Histories):
    def store(self) -> Store:
        # in memory where there is such a folder: what is lost here is a process, never the power
        fast = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
        self.folder = tempfile.TemporaryDirectory(dir=fast)
        self.disk = OnDisk(Path(self.folder.name) / "ledger.sqlite")
        self.told: dict[str, WorkUnit] = {}
        self.seen = 0
        return self.disk

    @invariant()
    def every_change_has_its_event(self) -> None:
        for event in self.disk.events[self.seen :]:
            self.seen += 1
            assert event.seq == self.seen, "seq grows by one"
            if event.kind == "unit.changed":
                unit = WorkUnit.model_validate(event.data["unit"])
                before = self.told.get(unit.id)
                if before is None:
                    assert unit.status is Status.PENDING
                elif before.status is not unit.status:
                    assert (before.status, unit.status) in LEGAL
                self.told[unit.id] = unit
        told = {id: _uncounted(unit) for id, unit in self.told.items()}
        assert told == self.disk.state.units

    def teardown(self) -> None:
        super().teardown()
        self.disk.reopen()
        self.disk.close()
        self.folder.cleanup()


def _uncounted(unit: WorkUnit) -> WorkUnit:
    """An event tells how many wait for an item; no row does."""
    if unit.attention is None:
        return unit
    return unit.changed(attention=unit.attention.model_copy(update={"blocks": 0}))


TestAnyHistoryIsKeptOnDisk = Disk.TestCase
TestAnyHistoryIsKeptOnDisk.settings = settings(max_examples=8, stateful_step_count=30)
