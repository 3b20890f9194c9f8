"""Messages on a byte stream: ``Content-Length`` headers, as in LSP 3.17, "Base Protocol".

Header names are taken in any case and lines may end in a bare newline. Rubbish between messages is
skipped: the stream goes on at the next header that makes sense. Standard library only.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator
    from typing import BinaryIO

MESSAGE_LIMIT = 64 << 20
"""Bytes of one message's body."""
_HEADER_LIMIT = 65536


def frame(body: bytes) -> bytes:
    """``body`` with its header."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def content_length(line: bytes) -> int | None:
    """The length that a header line gives, or None if it gives none."""
    name, _, value = line.partition(b":")
    value = value.strip()
    if name.strip().lower() != b"content-length" or not value.isdigit() or len(value) > 18:
        return None
    return int(value)


def read_message(stream: BinaryIO, limit: int = MESSAGE_LIMIT) -> bytes | None:
    """The next body, blocking; None at the end of the stream or for one over ``limit`` bytes."""
    length = None
    while line := stream.readline(_HEADER_LIMIT):
        if (found := content_length(line)) is not None:
            length = found
        elif length is not None and not line.strip():
            body = stream.read(length) if length <= limit else b""
            return body if len(body) == length else None
    return None


async def read_messages(
    reader: asyncio.StreamReader, limit: int = MESSAGE_LIMIT
) -> AsyncIterator[bytes]:
    """Every body until the stream ends, also if it ends in the middle or is reset.

    One over ``limit`` bytes is thrown away as it comes and yielded as ``b""``, which no parser
    takes for a message; so its sender gets an error and the session stays.
    """
    length = None
    try:
        while line := await _line(reader):
            if (found := content_length(line)) is not None:
                length = found
            elif length is not None and not line.strip():
                if length <= limit:
                    yield await reader.readexactly(length)
                else:
                    await _skip(reader, length)
                    yield b""
                length = None
    except (EOFError, ConnectionError):
        return


async def _line(reader: asyncio.StreamReader) -> bytes:
    """A header line; of one that is too long for the reader, the part that it holds."""
    import asyncio

    try:
        return await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        return error.partial
    except asyncio.LimitOverrunError as error:
        return await reader.readexactly(error.consumed)


async def _skip(reader: asyncio.StreamReader, length: int) -> None:
    while length > 0:
        chunk = await reader.read(min(length, _HEADER_LIMIT))
        if not chunk:
            raise EOFError
        length -= len(chunk)
