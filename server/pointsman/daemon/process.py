"""One process as a repository's daemon: takes the lock, says that it listens, serves, lets go."""

import asyncio
import logging
import os
import sys
from pathlib import Path

from pointsman.daemon.daemon import Daemon
from pointsman.daemon.lock import acquire
from pointsman.daemon.start import HELD, READY, tell
from pointsman.git import find_repository
from pointsman.ledger import LedgerTooNew
from pointsman.model.errors import PointsmanError


def run(common_dir: Path, ready_fd: int | None) -> int:
    """Be the daemon of the repository with that git common directory. Returns the exit code.

    0: ended as asked; 1: could not start, told on stderr; 2: another runs. READY or HELD is told
    to ``ready_fd``, if there is one.
    """
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
    try:
        return asyncio.run(_run(common_dir, ready_fd))
    except PointsmanError as error:
        print(f"{error.problem.message} {error.problem.remedy}", file=sys.stderr)
    except (LedgerTooNew, OSError) as error:
        print(error, file=sys.stderr)
    return 1


async def _run(common_dir: Path, ready_fd: int | None) -> int:
    lock = acquire(common_dir / "pointsman")
    if lock is None:
        if ready_fd is not None:
            tell(ready_fd, HELD)
        print("Another daemon serves this repository.", file=sys.stderr)
        return 2
    try:
        repository = await find_repository(_a_checkout(common_dir))
        daemon = Daemon(repository, lock, dict(os.environ))
        ready = asyncio.Event()
        telling = asyncio.ensure_future(_tell_when(ready, ready_fd))
        try:
            await daemon.run(ready)
        finally:
            telling.cancel()
    finally:
        lock.leave()
    return 0


async def _tell_when(ready: asyncio.Event, ready_fd: int | None) -> None:
    await ready.wait()
    if ready_fd is not None:
        tell(ready_fd, READY)


def _a_checkout(common_dir: Path) -> Path:
    """The main checkout of a git common directory; operations look from the caller's own."""
    return common_dir.parent if common_dir.name == ".git" else common_dir
