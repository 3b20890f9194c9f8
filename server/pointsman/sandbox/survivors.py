"""Processes that outlived the daemon that started them: found by what they show, and killed.

A sandbox dies with its daemon, but for the few milliseconds in which it starts. Without a sandbox
nothing does: there it is the environment that tells, which whatever an agent starts inherits, also
what has left its group and session. Only a process that has cleared its environment is not found.
"""

import asyncio
import os
import signal
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from pointsman.sandbox.backend import MARK
from pointsman.sandbox.run import REAP_SECONDS, gone

SWEEPS = 10
"""What is found may start more before it is killed."""


async def kill_survivors(state: Path) -> int:
    """Kill every sandbox that may write something beneath ``state``, and every process that was
    started there without one; how many.

    For the start of a daemon, which then owns ``state`` alone: whatever runs there was left by one
    that was killed; and for the end of an agent without a sandbox, with the folder it was started
    in. Returns when they are gone.
    """
    killed: set[int] = set()
    for _ in range(SWEEPS):
        found = await asyncio.to_thread(_survivors, str(state))
        if not found:
            break
        for pid in found:
            await _kill(pid)
        killed |= set(found)
    return len(killed)


async def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        pidfd = os.pidfd_open(pid)
        try:
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            with suppress(TimeoutError):
                async with asyncio.timeout(REAP_SECONDS):
                    await gone(pidfd)
        finally:
            os.close(pidfd)


def _survivors(folder: str) -> list[int]:
    return [pid for pid in _own_processes() if _is_of(pid, folder)]


def _own_processes() -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    mine = []
    for pid in pids:
        with suppress(OSError):
            if pid != os.getpid() and Path(f"/proc/{pid}").stat().st_uid == os.geteuid():
                mine.append(pid)
    return mine


def _is_of(pid: int, folder: str) -> bool:
    try:
        argv = _words(pid, "cmdline")
        return _writes_beneath(argv, folder) or _started_beneath(_words(pid, "environ"), folder)
    except OSError:
        return False


def _words(pid: int, file: str) -> list[str]:
    return os.fsdecode(Path(f"/proc/{pid}/{file}").read_bytes()).split("\0")


def _writes_beneath(argv: list[str], folder: str) -> bool:
    own = argv[: argv.index("--")] if "--" in argv else argv
    return Path(own[0]).name == "bwrap" and any(
        option == "--bind" and f"{path}/".startswith(f"{folder}/") for option, path in pairwise(own)
    )


def _started_beneath(environ: list[str], folder: str) -> bool:
    return any(f"{variable}/".startswith(f"{MARK}={folder}/") for variable in environ)
