"""JSON messages, one a line, from a process that may be hostile.

The protocol library reads lines of any length and stops at the first message of an odd shape; this
transport, in its place, bounds the length, passes only what is shaped like JSON-RPC 2.0, and stops
reading while the receiver is behind.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

LINE_LIMIT = 50 * 1024 * 1024
"""Bytes. Images travel inside messages."""

_PIECE = 64 * 1024
_HALF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")
"""An escape of a surrogate: perhaps of half a pair, where an agent cut a text between the two."""


class JsonLines:
    """One end of a connection, as ``acp``'s Transport wants it."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        noise: Callable[[str], None],
        room: Callable[[], Awaitable[object]],
        ended: Callable[[], None],
        limit: int = LINE_LIMIT,
    ) -> None:
        """``noise`` gets the lines that are no messages; ``room`` returns when more may come;
        ``ended`` is called when no more will."""
        self._reader, self._writer = reader, writer
        self._noise, self._room, self._ended, self._limit = noise, room, ended, limit
        self._buffer = bytearray()

    async def send(self, message: dict[str, Any]) -> None:
        self._writer.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
        await self._writer.drain()

    async def receive(self) -> dict[str, Any] | None:
        """The next message; None at the end of the stream, or after a line beyond the limit."""
        while True:
            await self._room()
            line = await self._line()
            if line is None:
                self._ended()
                return None
            message = parse(line)
            if message is not None:
                return message
            if line.strip():
                self._noise(line[:400].decode(errors="replace"))

    async def close(self) -> None:
        self._writer.close()

    async def _line(self) -> bytes | None:
        searched = 0
        while True:
            end = self._buffer.find(b"\n", searched)
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                return line
            searched = len(self._buffer)
            if searched > self._limit:
                self._noise(f"It sent a line of more than {self._limit} bytes.")
                return None
            piece = await self._reader.read(_PIECE)
            if not piece:
                return None
            self._buffer += piece


def parse(line: bytes) -> dict[str, Any] | None:
    """The JSON-RPC message in a line, or None if there is none.

    Only the envelope is checked (JSON-RPC 2.0, sections 4 and 5): a dict whose ``method``, ``id``
    and ``error`` have the types that the receiver relies on. Half a surrogate pair is no text that
    could be written anywhere: a question mark stands for it.
    """
    try:
        source = line.decode()
        message = json.loads(source)
        if _HALF_A_PAIR.search(source):
            message = _writable(message)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    method, ident, error = message.get("method"), message.get("id"), message.get("error")
    if method is not None and not isinstance(method, str):
        return None
    if isinstance(ident, bool) or not isinstance(ident, int | str | None):
        return None
    if error is not None and not (
        isinstance(error, dict)
        and isinstance(error.get("code"), int)
        and isinstance(error.get("message"), str)
    ):
        return None
    return message


def _writable(value: Any) -> Any:
    match value:
        case str():
            return value.encode(errors="replace").decode()
        case list():
            return [_writable(item) for item in value]
        case dict():
            return {_writable(key): _writable(item) for key, item in value.items()}
    return value
