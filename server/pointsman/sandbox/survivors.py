"""Sandboxes that outlived the process that started them: found by what they show, and killed."""

import asyncio
import os
import signal
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from pointsman.sandbox.run import REAP_SECONDS, gone


async def kill_survivors(state: Path) -> int:
    """Kill every bubblewrap process that may write something beneath ``state``; how many.

    For the start of a daemon, which then owns ``state`` alone: whatever runs there was left by one
    that was killed while it started an agent. Returns when they are gone.
    """
    found = [pid for pid in _own_processes() if _writes_beneath(pid, str(state))]
    for pid in found:
        with suppress(ProcessLookupError):
            pidfd = os.pidfd_open(pid)
            try:
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
                with suppress(TimeoutError):
                    async with asyncio.timeout(REAP_SECONDS):
                        await gone(pidfd)
            finally:
                os.close(pidfd)
    return len(found)


def _own_processes() -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    mine = []
    for pid in pids:
        with suppress(OSError):
            if Path(f"/proc/{pid}").stat().st_uid == os.geteuid():
                mine.append(pid)
    return mine


def _writes_beneath(pid: int, folder: str) -> bool:
    try:
        argv = os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).split("\0")
    except OSError:
        return False
    own = argv[: argv.index("--")] if "--" in argv else argv
    return Path(own[0]).name == "bwrap" and any(
        option == "--bind" and f"{path}/".startswith(f"{folder}/") for option, path in pairwise(own)
    )
