"""What a session still has to send: one bounded queue and one pump a connection.

Anything may be put at any time, from any thread, and never waits. A client that does not read is
dropped when the queue is full, before it costs memory; nobody else notices.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from threading import get_ident

from pointsman.doors.framing import frame

QUEUE_LIMIT = 16 << 20
"""Bytes that may wait for a client; a single larger message is sent if nothing else waits."""

log = logging.getLogger(__name__)


class Outgoing:
    """The queue. ``write`` sends one message and returns once it may be followed by the next."""

    def __init__(
        self,
        write: Callable[[bytes], Awaitable[None]],
        drop: Callable[[], None],
        limit: int = QUEUE_LIMIT,
    ) -> None:
        self._write, self._drop, self._limit = write, drop, limit
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._loop = asyncio.get_running_loop()
        self._thread = get_ident()
        self.dropped = False

    @classmethod
    def over(cls, writer: asyncio.StreamWriter, limit: int = QUEUE_LIMIT) -> "Outgoing":
        """Framed messages on a stream."""

        async def write(message: bytes) -> None:
            writer.write(frame(message))
            await writer.drain()

        return cls(write, writer.transport.abort, limit)

    def put(self, message: bytes) -> None:
        """Queue ``message``; drop the client if that is too much."""
        if get_ident() != self._thread:
            self._loop.call_soon_threadsafe(self.put, message)
            return
        if self.dropped:
            return
        if self._bytes and self._bytes + len(message) > self._limit:
            log.warning("dropped a client that left %d bytes unread", self._bytes)
            self._give_up()
            self._drop()
            return
        self._waiting.append(message)
        self._bytes += len(message)
        self._idle.clear()
        self._wake.set()

    async def pump(self) -> None:
        """Send until cancelled or until the client is gone."""
        try:
            while not self.dropped:
                if not self._waiting:
                    self._idle.set()
                    self._wake.clear()
                    await self._wake.wait()
                    continue
                message = self._waiting.popleft()
                await self._write(message)
                self._bytes -= len(message)
        except ConnectionError:
            self._give_up()

    async def flushed(self) -> None:
        """Return once nothing waits any more. The pump must be running."""
        await self._idle.wait()

    def _give_up(self) -> None:
        self.dropped = True
        self._waiting.clear()
        self._idle.set()
