"""The processes that extract: a few, started when there is work, thrown away when they fail."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from typing import NamedTuple

from pointsman.oracle.worker import HEADER, LENGTHS, Wanted

PROGRAM = ("-m", "pointsman.oracle.worker")
"""What Python runs as a worker."""
ANSWER_LIMIT = 32 * 1024**2
"""Bytes; a small file of names in names in names would have an answer of any size."""


class Extracted(NamedTuple):
    """A worker's answer, unread: what a worker says is data, whatever a file made of the worker."""

    names: bytes
    """What is defined, last parts only, parted by blanks."""
    data: bytes
    """See ``symbols.load``; of an outline nothing."""


class Failed(Exception):
    """The file could not be extracted; says why, for people."""


class Workers:
    """At most ``count`` processes. Used by one event loop; ``close`` ends them."""

    def __init__(self, count: int, time_limit: float) -> None:
        self.time_limit = time_limit
        self.count = count
        self.idle: list[asyncio.subprocess.Process] = []
        self._slots = asyncio.Semaphore(count)

    async def extract(self, language: str, source: bytes, wanted: Wanted) -> Extracted:
        """Has a file extracted. Raises Failed when it crashes a worker, takes too long, or has too
        much in it."""
        async with self._slots:
            worker = await self._worker()
            try:
                async with asyncio.timeout(self.time_limit):
                    answer = await _ask(worker, language, source, wanted)
            except TimeoutError:
                raise Failed(f"parsing took more than {self.time_limit:g} s") from None
            except (OSError, EOFError):
                raise Failed("the parser crashed on it") from None
            else:
                self.idle.append(worker)
                return answer
            finally:
                if worker not in self.idle:  # failed, or cancelled between question and answer
                    await _end(worker)

    async def rest(self) -> None:
        """There is less to do from now on: one idle worker is enough."""
        while len(self.idle) > 1:
            await _end(self.idle.pop())

    async def close(self) -> None:
        while self.idle:
            await _end(self.idle.pop())

    async def _worker(self) -> asyncio.subprocess.Process:
        while self.idle:
            worker = self.idle.pop()
            if worker.returncode is None:
                return worker
        return await _start()


async def _start() -> asyncio.subprocess.Process:
    # -I: nothing of the environment or of the folder it is started in can replace a module
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        *PROGRAM,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        cwd="/",
        start_new_session=True,
        limit=2**20,
    )


async def _ask(
    worker: asyncio.subprocess.Process, language: str, source: bytes, wanted: Wanted
) -> Extracted:
    assert worker.stdin and worker.stdout
    name = language.encode()
    worker.stdin.write(HEADER.pack(wanted, len(name), len(source)) + name + source)
    await worker.stdin.drain()
    names, data = LENGTHS.unpack(await worker.stdout.readexactly(LENGTHS.size))
    if names + data > ANSWER_LIMIT:
        raise Failed("too much is defined in it")
    both = await worker.stdout.readexactly(names + data)
    return Extracted(both[:names], both[names:])


async def _end(worker: asyncio.subprocess.Process) -> None:
    """Kills a worker and waits for it; shielded, so that none is left over on cancellation."""
    if worker.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
    await asyncio.shield(worker.wait())
