"""JSON-RPC 2.0 over two streams, one message a line: all that ACP and MCP need of it.

Small on purpose: the protocol libraries take a second to import.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

LINE_LIMIT = 16 * 1024 * 1024
"""Bytes of one message."""

Handler = Callable[[str, dict[str, Any]], Awaitable[Any]]


class RpcError(Exception):
    """An error of the other side, or to be sent to it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


async def no_requests(method: str, params: dict[str, Any]) -> Any:
    """The handler of a peer that is never asked anything."""
    raise RpcError(-32601, f"There is no {method!r} here.")


class Peer:
    """One side of a connection. Requests of the other side are handled side by side."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handler: Handler = no_requests,
    ) -> None:
        self._reader, self._writer, self._handler = reader, writer, handler
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._last = 0
        self._closed = False

    async def run(self) -> None:
        """Read until the other side closes. Requests that still wait then fail."""
        try:
            async with asyncio.TaskGroup() as group:
                while line := await self._reader.readline():
                    self._take(group, json.loads(line))
                raise _Closed
        except* (_Closed, ConnectionError):
            pass
        finally:
            self._closed = True
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(ConnectionError("the other side has closed"))

    async def request(self, method: str, params: dict[str, Any]) -> Any:
        """Ask, and wait for the result. Raises RpcError, or ConnectionError if nobody is there."""
        if self._closed:
            raise ConnectionError("the other side has closed")
        self._last += 1
        ident = self._last
        waiting = self._waiting[ident] = asyncio.get_running_loop().create_future()
        try:
            await self._send({"id": ident, "method": method, "params": params})
            return await waiting
        except asyncio.CancelledError:
            # As in MCP; other protocols ignore notifications that they don't know.
            self._write({"method": "notifications/cancelled", "params": {"requestId": ident}})
            raise
        finally:
            del self._waiting[ident]

    async def notify(self, method: str, params: dict[str, Any]) -> None:
        await self._send({"method": method, "params": params})

    def _take(self, group: asyncio.TaskGroup, message: dict[str, Any]) -> None:
        if "method" in message:
            group.create_task(self._serve(message))
            return
        waiting = self._waiting.get(message["id"])
        if waiting is None or waiting.done():
            return
        if "error" in message:
            error = message["error"]
            waiting.set_exception(RpcError(error["code"], error["message"]))
        else:
            waiting.set_result(message.get("result"))

    async def _serve(self, message: dict[str, Any]) -> None:
        reply: dict[str, Any]
        try:
            reply = {"result": await self._handler(message["method"], message.get("params") or {})}
        except RpcError as error:
            reply = {"error": {"code": error.code, "message": str(error)}}
        if "id" in message:
            await self._send({"id": message["id"], **reply})

    async def _send(self, message: dict[str, Any]) -> None:
        self._write(message)
        await self._writer.drain()

    def _write(self, message: dict[str, Any]) -> None:
        self._writer.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


class _Closed(Exception):
    """The other side has closed: what still runs for it is cancelled."""


async def stdio() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """This process's stdin and stdout, which must be pipes or sockets."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LINE_LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    transport, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, sys.stdout
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)
