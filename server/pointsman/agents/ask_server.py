"""Where a unit's agent reaches the daemon: an MCP server on a unix socket of the unit's own.

Who can connect is the unit: the socket is shown inside its sandbox and nowhere else, so a caller
needs no further name and can't take another's. The shim in the sandbox only carries bytes between
an agent's stdio and this socket; the protocol (Model Context Protocol, newline-delimited JSON-RPC
2.0) is spoken here. What comes in is hostile: bounded in size and number, checked in type.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pointsman.agents.ask_tools import (
    TOOLS,
    BadArguments,
    Desk,
    percent_of,
    question_of,
    string,
    strings,
)
from pointsman.agents.lines import parse
from pointsman.model.errors import PointsmanError

log = logging.getLogger(__name__)

ANSWER_WAIT = 240.0
"""Seconds that ``ask_operator`` waits. Some agents cut a tool call off at 300."""
LINE_LIMIT = 1024 * 1024
"""Bytes of one message to us."""
MOST_CONNECTIONS = 16
MOST_CALLS = 32
"""At a time, of one connection."""
PROTOCOL = "2025-06-18"
"""Spoken to an agent that names no version; else the agent's: the tools part is alike in all."""

_PARSE_ERROR, _BAD_REQUEST, _NO_METHOD, _BAD_PARAMS = -32700, -32600, -32601, -32602

Reply = Callable[[dict[str, Any]], Awaitable[None]]


class AskServer:
    """The server of one unit, while its agent lives."""

    def __init__(self, path: Path, desk: Desk, *, answer_wait: float = ANSWER_WAIT) -> None:
        """``path``: of the socket, shorter than 108 bytes, in a folder of mode 0700."""
        self.path = path
        self._desk = desk
        self._answer_wait = answer_wait
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen. A socket that is left over at the path is replaced."""
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._connected, self.path, limit=LINE_LIMIT)
        self.path.chmod(0o600)

    async def close(self) -> None:
        """Stop listening, end every call, and remove the socket."""
        if self._server is not None:
            self._server.close()
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        self.path.unlink(missing_ok=True)

    async def __aenter__(self) -> "AskServer":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            if len(self._connections) <= MOST_CONNECTIONS:
                await _Conversation(self._desk, self._answer_wait, reader, writer).run()
        except (ConnectionError, asyncio.CancelledError):
            pass  # the agent has gone, or the server closes: the end of this connection either way
        except Exception:
            log.exception("a connection to %s failed", self.path.name)
        finally:
            self._connections.discard(task)
            writer.close()


class _Conversation:
    """One connection: calls run side by side, and none outlives it."""

    def __init__(
        self,
        desk: Desk,
        answer_wait: float,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._desk, self._answer_wait = desk, answer_wait
        self._reader, self._writer = reader, writer
        self._calls: dict[int | str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until the other end closes, or sends a line beyond the limit."""
        try:
            async with asyncio.TaskGroup() as group:
                while line := await self._line():
                    await self._take(group, line)
                for call in self._calls.values():
                    call.cancel()
        except* ConnectionError:
            pass

    async def _line(self) -> bytes:
        try:
            return await self._reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return b""

    async def _take(self, group: asyncio.TaskGroup, line: bytes) -> None:
        message = parse(line)
        if message is None:
            if line.strip():
                await self._error(None, _PARSE_ERROR, "This is no JSON-RPC message.")
            return
        method, ident, params = message.get("method"), message.get("id"), message.get("params")
        params = params if isinstance(params, dict) else {}
        if ident is None:
            if method == "notifications/cancelled":
                call = self._calls.get(_key(params.get("requestId")))
                if call is not None:
                    call.cancel()
            return
        if method == "tools/call":
            if len(self._calls) >= MOST_CALLS or ident in self._calls:
                await self._error(ident, _BAD_REQUEST, "Too many calls at a time.")
                return
            self._calls[ident] = call = group.create_task(self._call(ident, params))
            call.add_done_callback(lambda _: self._calls.pop(ident, None))
        elif method == "initialize":
            await self._result(ident, _introduction(params))
        elif method == "tools/list":
            await self._result(ident, {"tools": list(TOOLS)})
        elif method == "ping":
            await self._result(ident, {})
        elif method is not None:
            await self._error(ident, _NO_METHOD, f"There is no {method[:100]!r} here.")

    async def _call(self, ident: int | str, params: dict[str, Any]) -> None:
        arguments = params.get("arguments")
        arguments = arguments if isinstance(arguments, dict) else {}
        try:
            result = await self._use(params.get("name"), arguments)
        except BadArguments as wrong:
            result = _failed(str(wrong))
        except PointsmanError as error:
            result = _failed(f"{error.problem.message} {error.problem.remedy}")
        except Exception:
            log.exception("the tool %r failed", params.get("name"))
            result = _failed("Pointsman made a mistake; its log has the details.")
        if result is None:
            await self._error(ident, _BAD_PARAMS, "There is no such tool.")
        else:
            await self._result(ident, result)

    async def _use(self, tool: Any, arguments: dict[str, Any]) -> dict[str, Any] | None:
        match tool:
            case "ask_operator":
                return await self._ask(arguments)
            case "who":
                return _said(await self._desk.who(string(arguments, "subject")))
            case "claim":
                paths, symbols = strings(arguments, "paths"), strings(arguments, "symbols")
                if not paths and not symbols:
                    raise BadArguments("Name at least one of `paths` or `symbols`.")
                why = string(arguments, "why")
                return _said(await self._desk.claim(paths, symbols, why))
            case "progress":
                text = string(arguments, "text")
                await self._desk.progress(text, percent_of(arguments))
                return _said("Shown.")
        return None

    async def _ask(self, arguments: dict[str, Any]) -> dict[str, Any]:
        ticket = await self._desk.ask(question_of(arguments))
        try:
            async with asyncio.timeout(self._answer_wait):
                answer = await self._desk.answer(ticket)
        except TimeoutError:
            words = (
                f"No answer yet, ticket {ticket}: go on with what doesn't need it, or end your "
                f"turn. The answer comes with your next prompt, under {ticket}."
            )
            return _said(words, ticket=ticket, text=words)
        return _said(f"The operator's answer to {ticket}:\n{answer}", ticket=ticket, answer=answer)

    async def _result(self, ident: int | str, result: dict[str, Any]) -> None:
        await self._send({"jsonrpc": "2.0", "id": ident, "result": result})

    async def _error(self, ident: int | str | None, code: int, message: str) -> None:
        error = {"code": code, "message": message}
        await self._send({"jsonrpc": "2.0", "id": ident, "error": error})

    async def _send(self, message: dict[str, Any]) -> None:
        self._writer.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()


def _introduction(params: dict[str, Any]) -> dict[str, Any]:
    asked = params.get("protocolVersion")
    return {
        "protocolVersion": asked if isinstance(asked, str) else PROTOCOL,
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "pointsman", "title": "Pointsman", "version": "0.1.0"},
    }


def _said(text: str, /, **structured: str) -> dict[str, Any]:
    """A tool's result: for the model its text, for programs the same as fields. Some agents (Claude
    Code) show their model the fields alone."""
    result: dict[str, Any] = {"content": [{"type": "text", "text": text}]}
    return {**result, "structuredContent": structured} if structured else result


def _failed(text: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}], "isError": True}


def _key(ident: Any) -> int | str:
    return ident if isinstance(ident, int | str) else ""
