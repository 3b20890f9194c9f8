"""One agent process in its sandbox: started, its last words kept, ended with all it started."""

import asyncio
import contextlib
from collections import deque

from pointsman.agents.driver import Session
from pointsman.sandbox import kill_survivors, spawn, stop

_WORDS_KEPT = 4096
"""Characters of last words."""
PIPE_DRAIN = 1.0
"""Seconds that a pipe may stay open after the process is gone: what it wrote is still read."""


class AgentProcess:
    """A started process. ``gone`` is set once it is reaped."""

    def __init__(self, process: asyncio.subprocess.Process, session: Session) -> None:
        assert process.stdin and process.stdout and process.stderr
        self.stdin, self.stdout, self._stderr = process.stdin, process.stdout, process.stderr
        self._process = process
        self._loose_in = None if session.confined else session.policy.cwd
        """Where it runs without a sandbox: then nothing ties what it starts to it."""
        self._words: deque[str] = deque()
        self._kept = 0

    @classmethod
    async def start(cls, session: Session) -> "AgentProcess":
        """Start the session's program. Raises PointsmanError or OSError where it can't be."""
        return cls(await spawn(session.sandbox, session.policy, session.argv), session)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def code(self) -> int | None:
        return self._process.returncode

    @property
    def last_words(self) -> str:
        return "".join(self._words)[-_WORDS_KEPT:].strip()

    def note(self, words: str) -> None:
        """Add a line to the last words."""
        self._keep(words + "\n")

    async def wait(self) -> None:
        """Until the process is gone and its stderr is read. To be awaited by one task, from the
        start on: a full stderr pipe would stop the process."""
        reading = asyncio.create_task(self._read_stderr())
        try:
            await self._process.wait()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(reading), PIPE_DRAIN)
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading

    async def stop(self, grace: float) -> None:
        """End it and all that it started; returns when it is reaped."""
        await stop(self._process, grace)
        if self._loose_in is not None:
            await kill_survivors(self._loose_in)

    async def _read_stderr(self) -> None:
        while piece := await self._stderr.read(_WORDS_KEPT):
            self._keep(piece.decode(errors="replace"))

    def _keep(self, text: str) -> None:
        self._words.append(text)
        self._kept += len(text)
        while self._kept - len(self._words[0]) >= _WORDS_KEPT:
            self._kept -= len(self._words.popleft())
