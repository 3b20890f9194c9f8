"""After a restart: what was claimed in an earlier life of the daemon is claimed no more."""

from collections.abc import Iterator

from pointsman.model.work_unit import Cause, Status
from pointsman.reconcile.actions import Move
from pointsman.reconcile.view import View


def recover(view: View) -> Iterator[Move]:
    """ASSIGNED and RUNNING units of an earlier life become READY; their phase is kept."""
    for unit in view.active:
        if unit.life != view.state.life:
            yield Move(unit.id, Status.READY, Cause.RESTARTED)
