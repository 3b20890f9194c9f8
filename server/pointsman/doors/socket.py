"""The daemon's unix socket: take connections, hear their hello, run the session they ask for.

Nothing that comes in here can end the daemon: a connection that misbehaves loses itself alone.
"""

import asyncio
import itertools
import logging
import os
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pointsman.doors.framing import read_messages
from pointsman.doors.hello import HELLO_LIMIT, Hello, read_hello, refused, welcome
from pointsman.doors.outgoing import Outgoing
from pointsman.model.refusal import Refusal

HELLO_SECONDS = 10.0

log = logging.getLogger(__name__)

Door = Callable[[str, Hello, AsyncIterator[bytes], Outgoing], Coroutine[Any, Any, None]]
"""Runs one session to its end: its name, who knocked, what comes in, what goes out."""


@dataclass(frozen=True)
class Welcome:
    """Whom this socket lets in."""

    repository: str
    """The id of the repository; a hello for another is refused."""
    build: str
    doors: dict[str, Door]


class Listener:
    """The open socket. ``sessions`` are those that run now, by name, with their hello."""

    def __init__(self, terms: Welcome) -> None:
        self._terms = terms
        self._numbers = itertools.count(1)
        self.sessions: dict[str, Hello] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection from hello to end."""
        try:
            hello = await self._greet(reader, writer)
            if hello is not None:
                await self._run(hello, reader, writer)
        except ConnectionError:
            pass
        except Exception:
            log.exception("a session ended by a mistake of ours")
        finally:
            writer.close()

    async def _greet(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Hello | None:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                line = await reader.readuntil(b"\n")
            hello = read_hello(line)
            self._check(hello, writer)
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return None
        except Refusal as refusal:
            writer.write(refused(refusal))
            return None
        writer.write(welcome(self._terms.build))
        return hello

    def _check(self, hello: Hello, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        if _peer_uid(connection) != os.getuid():
            raise Refusal("daemon-unreachable", "This daemon serves its own user.", "")
        if hello.repository != self._terms.repository:
            raise Refusal(
                "daemon-unreachable",
                "This daemon serves another repository.",
                "Start the daemon of yours: `pointsman daemon start` in its folder.",
            )
        if hello.door not in self._terms.doors:
            known = ", ".join(sorted(self._terms.doors))
            raise Refusal("daemon-unreachable", "There is no such door.", f"There are: {known}.")

    async def _run(
        self, hello: Hello, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        name = f"{hello.door}-{next(self._numbers)}"
        self.sessions[name] = hello
        try:
            run = self._terms.doors[hello.door]
            await run(name, hello, read_messages(reader), Outgoing.over(writer))
        finally:
            del self.sessions[name]


@asynccontextmanager
async def listen(bound: socket.socket, terms: Welcome) -> AsyncIterator[Listener]:
    """Listen on ``bound`` until the end of the ``with``; then the sessions are ended."""
    listener = Listener(terms)
    async with asyncio.TaskGroup() as group:
        sessions: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = group.create_task(listener.serve(reader, writer))
            sessions.add(task)
            task.add_done_callback(sessions.discard)

        server = await asyncio.start_unix_server(accept, sock=bound, limit=HELLO_LIMIT)
        try:
            yield listener
        finally:
            server.close()
            for task in sessions:
                task.cancel()


def _peer_uid(connection: socket.socket) -> int:
    """The user id at the other end (unix(7), SO_PEERCRED)."""
    size = struct.calcsize("3i")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    return int(struct.unpack("3i", credentials)[1])
