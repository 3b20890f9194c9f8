"""All of Pointsman, to a door: the table of operations, called with raw JSON."""

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from pointsman.ledger import CutOff, Missed
from pointsman.model.errors import PointsmanError
from pointsman.model.records import Event
from pointsman.operations import (
    attention,
    conflicts,
    control,
    indexing,
    pool,
    symbols,
    work,
    writing,
)
from pointsman.operations.inside import Inside
from pointsman.operations.seam import Caller, OperationInfo, Unsaved
from pointsman.operations.table import OPERATIONS
from pointsman.reconcile.items import Stale

FAMILIES = (attention, conflicts, control, indexing, pool, symbols, work, writing)
"""Importing them fills the table."""

log = logging.getLogger(__name__)


class App:
    """The seam's ``App``."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside

    async def call(self, operation: str, params: object, caller: Caller) -> dict[str, Any]:
        found = OPERATIONS.get(operation)
        if found is None:
            raise PointsmanError(
                "operation-unknown",
                f"There is no operation {operation!r}.",
                f"There are: {', '.join(sorted(OPERATIONS))}.",
                data={"operation": operation},
            )
        try:
            return await found.call(self._inside, params, caller)
        except PointsmanError:
            raise
        except Stale as gone:
            raise PointsmanError(
                "illegal-transition",
                f"{operation}: {gone} has ended or gone on meanwhile.",
                "Look at it again, then decide.",
                data={"operation": operation},
            ) from None
        except Exception:
            # The traceback is for the log; doors carry none of it.
            log.exception("%s failed, asked for at the %s door", operation, caller.door)
            raise PointsmanError(
                "internal",
                f"{operation} failed: Pointsman made a mistake.",
                "`pointsman/daemon.log` in the git directory has the details.",
                data={"operation": operation},
            ) from None

    def operations(self) -> Mapping[str, OperationInfo]:
        return {name: operation.info for name, operation in OPERATIONS.items()}

    def unsaved(self, caller: Caller, stale: Callable[[str], None]) -> Unsaved:
        return self._inside.buffers.attach(caller, stale)

    async def subscribe(self, since: int | None) -> AsyncIterator[Event]:
        try:
            async for event in self._inside.ledger.follow(since):
                yield event
        except CutOff:
            return
        except Missed:
            raise PointsmanError(
                "resync",
                f"What came after event {since} is not to be had: it is kept no longer, or this "
                "ledger is another one.",
                "Look at everything anew (`status`, `attention`, `conflicts`), and follow from "
                "the `seq` that `status` gives.",
                data={"since": since, "seq": self._inside.ledger.seq},
            ) from None
