"""The oracle's index: how far it is, and waiting for it."""

from pointsman.operations.inside import IndexInfo, Inside
from pointsman.operations.seam import Caller
from pointsman.operations.table import Params, Result, operation
from pointsman.oracle.index import Progress


class IndexParams(Params):
    whole: bool = True
    """False: wait only until it is known how far it is."""


class IndexResult(Result):
    index: IndexInfo


@operation(long=True)
async def index(inside: Inside, params: IndexParams, caller: Caller) -> IndexResult:
    """Wait until the oracle's index has all of base's files. It is filled in the background, and
    safe to delete; nothing but this waits for it."""

    def heard(progress: Progress) -> None:
        share = progress.done / progress.total
        caller.report(f"reading symbols: {progress.done} of {progress.total} files", share)

    await inside.oracle.indexing.until(lambda p: p.whole or not params.whole, heard)
    return IndexResult(index=inside.index_info())
