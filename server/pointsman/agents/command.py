"""The driver for plain commands: the prompt on stdin, stdout is the transcript, exit 0 is done.

A command has one turn and no session: the next prompt is a new process. Its questions go through
the program that ``POINTSMAN_ASK`` names.
"""

import asyncio
import codecs
import contextlib
from collections.abc import AsyncIterator

from pointsman.agents.driver import Session
from pointsman.agents.events import AgentEvent, Exited, Message, Started, TurnEnded
from pointsman.agents.failures import classify
from pointsman.agents.process import PIPE_DRAIN, AgentProcess
from pointsman.agents.stream import EventStream

_PIECE = 64 * 1024


class CommandDriver:
    """One process of a command."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._process: AgentProcess | None = None
        self._life: asyncio.Task[None] | None = None
        self._stream = EventStream()
        self._cancelled = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self, text: str) -> None:
        assert self._process is None, "a driver is for one process"
        self._process = await AgentProcess.start(self._session)
        self._life = asyncio.create_task(
            self._live(self._process, text), name=f"command {self._session.unit}"
        )

    async def resume(self, session: str, text: str) -> None:
        """A command has no sessions; the workspace is what it goes on with."""
        await self.start(text)

    def events(self) -> AsyncIterator[AgentEvent]:
        return self._stream.read()

    async def prompt(self, text: str) -> bool:
        return False

    async def answer(self, ask: str, *, option: str | None = None, text: str | None = None) -> bool:
        return False

    async def cancel(self) -> None:
        self._cancelled = True
        if self._process is not None:
            await self._process.stop(grace=2.0)

    async def stop(self, grace: float) -> None:
        if self._process is not None:
            await self._process.stop(grace)
        if self._life is not None:
            await asyncio.wait([self._life])

    async def _live(self, process: AgentProcess, text: str) -> None:
        self._stream.tell(Started(session=None))
        pipes = [
            asyncio.create_task(self._write(process, text)),
            asyncio.create_task(self._read(process)),
        ]
        try:
            await process.wait()
            self._stream.lift()
            await asyncio.wait(pipes, timeout=PIPE_DRAIN)
        finally:
            for pipe in pipes:
                pipe.cancel()
            await asyncio.gather(*pipes, return_exceptions=True)
            await process.stop(0.0)
            self._tell_end(process)

    def _tell_end(self, process: AgentProcess) -> None:
        words = process.last_words
        failure = classify(words)._asdict()
        if self._cancelled:
            self._stream.tell(TurnEnded(reason="cancelled"))
        elif process.code == 0:
            self._stream.tell(TurnEnded(reason="end_turn"))
        else:
            error = words or f"The command exited with {process.code}."
            self._stream.tell(TurnEnded(reason="failed", error=error, **failure))
        self._stream.tell(Exited(code=process.code, last_words=words, **failure))

    async def _write(self, process: AgentProcess, text: str) -> None:
        with contextlib.suppress(ConnectionError):  # it need not read its prompt
            process.stdin.write(text.encode())
            await process.stdin.drain()
            process.stdin.close()

    async def _read(self, process: AgentProcess) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        while piece := await process.stdout.read(_PIECE):
            if text := decoder.decode(piece):
                self._stream.tell(Message(text=text))
            await self._stream.room()


DRIVER = CommandDriver
