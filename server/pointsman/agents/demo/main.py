"""``pointsman-demo-agent``: the Agent Client Protocol, version 1, spoken from the agent's side."""

import asyncio
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from pointsman.agents.demo.progress import Progress
from pointsman.agents.demo.rpc import Peer, RpcError, stdio
from pointsman.agents.demo.tools import Tools, server_in
from pointsman.agents.demo.work import GaveUp, Turn

_INTERNAL, _NO_METHOD, _NOT_FOUND, _BAD_REQUEST = -32603, -32601, -32002, -32600


class _Session:
    """An open session: where it works, how far it is, and the turn that is under way."""

    def __init__(self, params: dict[str, Any], progress: Progress) -> None:
        self.workspace = Path(params["cwd"])
        self.progress = progress
        self.tools = Tools(server_in(params))
        self.turn: asyncio.Task[None] | None = None


class DemoAgent:
    """The agent's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._client = Peer(reader, writer, self._handle)
        self._sessions: dict[str, _Session] = {}

    async def run(self) -> None:
        """Serve until the client closes our stdin."""
        await self._client.run()
        for session in self._sessions.values():
            await session.tools.close()

    async def _handle(self, method: str, params: dict[str, Any]) -> Any:
        match method:
            case "initialize":
                return {
                    "protocolVersion": 1,
                    "agentCapabilities": {"loadSession": True},
                    "agentInfo": {"name": "pointsman-demo-agent", "version": "1"},
                }
            case "session/new":
                return {"sessionId": self._opened(params, Progress.new())}
            case "session/load":
                progress = Progress.load(str(params.get("sessionId")))
                if progress is None:
                    raise RpcError(_NOT_FOUND, "There is no such session.")
                self._opened(params, progress)
                return {}
            case "session/prompt":
                return {"stopReason": await self._prompted(params)}
            case "session/cancel":
                turn = self._session(params).turn
                if turn is not None:
                    turn.cancel()
                return None
        raise RpcError(_NO_METHOD, f"There is no {method!r} here.")

    def _opened(self, params: dict[str, Any], progress: Progress) -> str:
        self._sessions[progress.session] = _Session(params, progress)
        return progress.session

    def _session(self, params: dict[str, Any]) -> _Session:
        session = self._sessions.get(str(params.get("sessionId")))
        if session is None:
            raise RpcError(_NOT_FOUND, "There is no such session.")
        return session

    async def _prompted(self, params: dict[str, Any]) -> str:
        session = self._session(params)
        if session.turn is not None:
            raise RpcError(_BAD_REQUEST, "A turn is under way.")
        ident = session.progress.session

        async def tell(update: dict[str, Any]) -> None:
            await self._client.notify("session/update", {"sessionId": ident, "update": update})

        text = "".join(block.get("text", "") for block in params["prompt"])
        turn = Turn(session.workspace, session.progress, session.tools, tell)
        session.turn = asyncio.create_task(turn.take(text))
        try:
            await session.turn
        except asyncio.CancelledError:
            if not session.turn.cancelled():  # not the turn: this very task, at the end of all
                session.turn.cancel()
                raise
            return "cancelled"
        except GaveUp as error:
            raise RpcError(_INTERNAL, str(error)) from error
        finally:
            session.turn = None
        return "end_turn"


async def _serve() -> None:
    task = asyncio.current_task()
    assert task is not None
    # Ended in order, so that the commands it runs end with it, also where no sandbox sees to that.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await DemoAgent(*await stdio()).run()


def main() -> None:
    """Run on stdin and stdout."""
    with suppress(asyncio.CancelledError):
        asyncio.run(_serve())


if __name__ == "__main__":
    main()
