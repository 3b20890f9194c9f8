"""The random histories of reconcile once more, over the real ledger, killed at any step."""

import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import invariant
from tests.ledger.on_disk import OnDisk
from tests.reconcile.histories import Histories
from tests.reconcile.world import Store

from pointsman.model.work_unit import TRANSITIONS, Status, WorkUnit

LEGAL = {(t.source, t.to) for t in TRANSITIONS}


class Disk(Histories):
    def store(self) -> Store:
        self.folder = tempfile.TemporaryDirectory()
        self.disk = OnDisk(Path(self.folder.name) / "ledger.sqlite")
        return self.disk

    @invariant()
    def every_change_has_its_event(self) -> None:
        assert [e.seq for e in self.disk.events] == list(range(1, len(self.disk.events) + 1))
        told: dict[str, list[WorkUnit]] = {}
        for event in self.disk.events:
            if event.kind == "unit.changed":
                unit = WorkUnit.model_validate(event.data["unit"])
                told.setdefault(unit.id, []).append(unit)
        assert {i: units[-1] for i, units in told.items()} == self.disk.state.units
        for units in told.values():
            assert units[0].status is Status.PENDING
            for before, after in pairwise(units):
                assert before.status is after.status or (before.status, after.status) in LEGAL

    def teardown(self) -> None:
        super().teardown()
        self.disk.reopen()
        self.disk.close()
        self.folder.cleanup()


TestAnyHistoryIsKeptOnDisk = Disk.TestCase
TestAnyHistoryIsKeptOnDisk.settings = settings(
    max_examples=6, stateful_step_count=30, deadline=None
)
TestAnyHistoryIsKeptOnDisk.pytestmark = pytest.mark.timeout(400)  # each commit waits for the disk
