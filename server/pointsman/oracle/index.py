"""The index: symbols by (blob, language, extractor's version), extracted in worker processes.

Never by path and never by workspace. Kept in memory, bounded; what nobody asked for lately is
extracted again when it is asked for. A worker that crashes or takes too long is killed and its file
becomes unknown; the next file gets a new worker.
"""

import asyncio
import os
import signal
import sys
from collections import OrderedDict
from contextlib import suppress
from hashlib import blake2b

from pointsman.oracle.languages import EXTRACTOR_VERSION, language_of
from pointsman.oracle.symbols import Symbols, line_count, load, nothing_known
from pointsman.oracle.worker import HEADER, LENGTH

SIZE_LIMIT = 4 * 1024**2
"""Bytes; larger files are unknown. Nobody writes such a file by hand."""
TIME_LIMIT = 10.0
"""Seconds a file may take; the largest real ones take two."""
KEPT = 400_000
"""How many definitions are kept in memory, at about 300 bytes each."""

_Key = tuple[str, str, int]


class SymbolIndex:
    """Symbols of blobs. Used by one event loop; ``close`` ends its processes."""

    def __init__(
        self, *, workers: int = 2, time_limit: float = TIME_LIMIT, kept: int = KEPT
    ) -> None:
        self._time_limit = time_limit
        self._kept = kept
        self._count = 0
        self._symbols: OrderedDict[_Key, Symbols] = OrderedDict()
        self._slots = asyncio.Semaphore(workers)
        self._idle: list[asyncio.subprocess.Process] = []

    async def symbols(self, path: str, source: bytes, blob: str | None = None) -> Symbols:
        """The symbols of a file; ``path`` tells its language, ``blob`` is its id if it has one.

        Never raises for what is in the file. Without a blob id (a buffer, a file on disk) the
        content's own hash is the key.
        """
        language = language_of(path)
        if language is None:
            return Symbols(None)
        key = (blob or blake2b(source, digest_size=20).hexdigest(), language, EXTRACTOR_VERSION)
        known = self._symbols.get(key)
        if known is not None:
            self._symbols.move_to_end(key)
            return known
        symbols = await self._extract(language, source)
        self._keep(key, symbols)
        return symbols

    async def close(self) -> None:
        """Ends the workers. Nothing may be asked any more."""
        while self._idle:
            await _end(self._idle.pop())

    async def _extract(self, language: str, source: bytes) -> Symbols:
        if len(source) > SIZE_LIMIT:
            return nothing_known(language, line_count(source), "the file is too large")
        async with self._slots:
            worker = await self._worker()
            try:
                async with asyncio.timeout(self._time_limit):
                    symbols = load(await _ask(worker, language, source))
            except TimeoutError:
                problem = f"parsing took more than {self._time_limit:g} s"
            except (OSError, EOFError, ValueError, TypeError):
                problem = "the parser crashed on it"
            else:
                self._idle.append(worker)
                return symbols
            finally:
                if worker not in self._idle:  # failed, or cancelled between question and answer
                    await _end(worker)
        return nothing_known(language, line_count(source), problem)

    async def _worker(self) -> asyncio.subprocess.Process:
        while self._idle:
            worker = self._idle.pop()
            if worker.returncode is None:
                return worker
        return await _start()

    def _keep(self, key: _Key, symbols: Symbols) -> None:
        if key not in self._symbols:
            self._count += 1 + len(symbols.definitions)
        self._symbols[key] = symbols
        while self._count > self._kept and len(self._symbols) > 1:
            _, oldest = self._symbols.popitem(last=False)
            self._count -= 1 + len(oldest.definitions)


async def _start() -> asyncio.subprocess.Process:
    # -I: nothing of the environment or of the folder it is started in can replace a module
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        "pointsman.oracle.worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        cwd="/",
        start_new_session=True,
    )


async def _ask(worker: asyncio.subprocess.Process, language: str, source: bytes) -> bytes:
    assert worker.stdin and worker.stdout
    name = language.encode()
    worker.stdin.write(HEADER.pack(len(name), len(source)) + name + source)
    await worker.stdin.drain()
    (length,) = LENGTH.unpack(await worker.stdout.readexactly(LENGTH.size))
    return await worker.stdout.readexactly(length)


async def _end(worker: asyncio.subprocess.Process) -> None:
    """Kills a worker and waits for it; shielded, so that none is left over on cancellation."""
    if worker.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
    await asyncio.shield(worker.wait())
