"""Pointsman's tools as the demo agent uses them: a client of the MCP server that it was given."""

import asyncio
import os
from typing import Any

from pointsman.agents.demo.rpc import LINE_LIMIT, Peer

PROTOCOL = "2025-06-18"


class ToolFailed(Exception):
    """A tool could not be called, or said that it failed."""


class Tools:
    """The MCP server of a session, started at its first use. Without one, only asking fails."""

    def __init__(self, server: dict[str, Any] | None) -> None:
        self._server = server
        self._peer: Peer | None = None
        self._reading: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    async def ask(self, question: str, options: list[str]) -> tuple[str | None, str]:
        """The answer, if it came in time, and the ticket. Raises ToolFailed."""
        # `once`: after a restart of this agent it is the same question, not another one.
        arguments = {"question": question, "options": options, "once": True}
        told = (await self._call("ask_operator", arguments)).get("structuredContent", {})
        return told.get("answer"), told["ticket"]

    async def claim(self, paths: list[str], symbols: list[str], why: str) -> str:
        """Declare what will be changed; what Pointsman says to it."""
        if self._server is None:
            return ""
        arguments = {"paths": paths, "symbols": symbols, "why": why}
        return _text(await self._call("claim", arguments))

    async def progress(self, text: str, percent: float) -> None:
        if self._server is not None:
            await self._call("progress", {"text": text, "percent": percent})

    async def close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()
        if self._reading is not None:
            await self._reading

    async def _call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            peer = self._peer or await self._connect()
            result = await peer.request("tools/call", {"name": tool, "arguments": arguments})
        except (OSError, ConnectionError) as error:
            raise ToolFailed(f"The MCP server of Pointsman can't be reached: {error}") from error
        if result.get("isError"):
            raise ToolFailed(_text(result))
        told: dict[str, Any] = result
        return told

    async def _connect(self) -> Peer:
        if self._server is None:
            raise ToolFailed("This session has no MCP server to ask through.")
        env = {item["name"]: item["value"] for item in self._server.get("env", ())}
        self._process = await asyncio.create_subprocess_exec(
            self._server["command"],
            *self._server.get("args", ()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **env},
            limit=LINE_LIMIT,
        )
        assert self._process.stdin and self._process.stdout
        self._peer = Peer(self._process.stdout, self._process.stdin)
        self._reading = asyncio.create_task(self._peer.run())
        client = {"name": "pointsman-demo-agent", "version": "1"}
        await self._peer.request(
            "initialize",
            {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": client},
        )
        await self._peer.notify("notifications/initialized", {})
        return self._peer


def server_in(params: dict[str, Any]) -> dict[str, Any] | None:
    """The stdio server named ``pointsman`` in the parameters of a session, if there is one."""
    for server in params.get("mcpServers", ()):
        if server.get("name") == "pointsman" and "command" in server:
            found: dict[str, Any] = server
            return found
    return None


def _text(result: dict[str, Any]) -> str:
    return "".join(c.get("text", "") for c in result.get("content", ()) if isinstance(c, dict))
