"""The ask server and its shim, as an MCP client of an agent meets them."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pointsman.agents import ask_shim
from pointsman.agents.ask_server import LINE_LIMIT, MOST_CALLS, AskServer
from pointsman.agents.ask_tools import BadArguments, question_of
from pointsman.model.errors import PointsmanError
from pointsman.model.place import Range

from .conftest import FakeDesk, eventually


class Client:
    """An MCP client on the stdio of the shim."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin and process.stdout
        self.process, self._in, self._out = process, process.stdin, process.stdout

    def send(self, ident: int | None, method: str, **params: Any) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if ident is not None:
            message["id"] = ident
        self.raw(json.dumps(message).encode() + b"\n")

    def raw(self, data: bytes) -> None:
        self._in.write(data)

    def call(self, ident: int, tool: str, **arguments: Any) -> None:
        self.send(ident, "tools/call", name=tool, arguments=arguments)

    async def reply(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            return json.loads(await self._out.readline())

    async def said(self) -> str:
        return (await self.reply())["result"]["content"][0]["text"]

    async def close(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


@pytest.fixture
async def server(root: Path, desk: FakeDesk) -> AsyncIterator[AskServer]:
    async with AskServer(root / "ask.sock", desk, answer_wait=30) as server:
        yield server


@pytest.fixture
async def client(server: AskServer) -> AsyncIterator[Client]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", ask_shim.__file__, "--mcp", server.path,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={},
    )  # fmt: skip
    client = Client(process)
    yield client
    await client.close()


async def test_the_protocol_is_spoken_through_the_shim(client: Client) -> None:
    client.send(1, "initialize", protocolVersion="2025-03-26", capabilities={}, clientInfo={})
    reply = await client.reply()
    assert reply["result"]["protocolVersion"] == "2025-03-26"
    assert reply["result"]["serverInfo"]["name"] == "pointsman"
    client.send(None, "notifications/initialized")
    client.send(2, "ping")
    assert await client.reply() == {"jsonrpc": "2.0", "id": 2, "result": {}}
    client.send(3, "tools/list")
    names = [tool["name"] for tool in (await client.reply())["result"]["tools"]]
    assert names == ["ask_operator", "who", "claim", "progress"]
    client.send(4, "resources/list")
    assert (await client.reply())["error"]["code"] == -32601
    client.call(5, "no_such_tool")
    assert (await client.reply())["error"]["code"] == -32602


async def test_parallel_questions_are_answered_in_any_order(client: Client, desk: FakeDesk) -> None:
    for n in range(1, 9):
        client.call(n, "ask_operator", question=f"Question {n}?")
    await eventually(lambda: len(desk.waiting) == 8)
    client.call(99, "who", subject="src/a.py")
    assert await client.said() == "Nobody else touches src/a.py."
    tickets = {q.text: ticket for ticket, q in desk.asked.items()}
    for n in (5, 1, 8, 2, 3, 4, 7, 6):
        desk.answers[tickets[f"Question {n}?"]].set_result(f"Answer {n}")
        reply = await client.reply()
        assert reply["id"] == n
        told = reply["result"]["structuredContent"]
        assert told == {"ticket": tickets[f"Question {n}?"], "answer": f"Answer {n}"}


async def test_without_an_answer_in_time_there_is_a_ticket(root: Path, desk: FakeDesk) -> None:
    async with AskServer(root / "ask.sock", desk, answer_wait=0.02) as server:
        reader, writer = await asyncio.open_unix_connection(server.path)
        call = {"name": "ask_operator", "arguments": {"question": "Why?"}}
        writer.write(json.dumps({"id": 1, "method": "tools/call", "params": call}).encode() + b"\n")
        result = json.loads(await reader.readline())["result"]
        writer.close()
    assert result["structuredContent"] == {"ticket": "q1", "text": result["content"][0]["text"]}
    assert "ticket q1" in result["content"][0]["text"]
    assert desk.cancelled == ["q1"]


async def test_a_cancelled_call_is_not_answered(client: Client, desk: FakeDesk) -> None:
    client.call(1, "ask_operator", question="Why?")
    await desk.is_asked()
    client.send(None, "notifications/cancelled", requestId=1)
    await eventually(lambda: desk.cancelled == ["q1"])
    client.send(2, "ping")
    assert (await client.reply())["id"] == 2


async def test_waits_end_when_the_shim_is_killed(client: Client, desk: FakeDesk) -> None:
    client.call(1, "ask_operator", question="Why?")
    client.call(2, "ask_operator", question="Why not?")
    await eventually(lambda: len(desk.waiting) == 2)
    client.process.kill()
    await eventually(lambda: sorted(desk.cancelled) == ["q1", "q2"])


async def test_the_shim_ends_with_its_agent_and_with_the_daemon(
    client: Client, server: AskServer
) -> None:
    client.send(1, "ping")
    await client.reply()
    await server.close()
    async with asyncio.timeout(5):
        assert await client.process.wait() == 1


async def test_closing_the_shims_stdin_ends_it(client: Client) -> None:
    client.send(1, "ping")
    await client.reply()
    client._in.close()
    async with asyncio.timeout(5):
        assert await client.process.wait() == 0


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("ask_operator", {}, "`question` must be a text"),
        ("ask_operator", {"question": "  "}, "`question` is empty"),
        ("ask_operator", {"question": "?", "options": "a"}, "must be a list"),
        ("ask_operator", {"question": "?", "options": [1]}, "must be a text"),
        ("ask_operator", {"question": "?", "place": "/etc/passwd"}, "relative"),
        ("ask_operator", {"question": "?", "place": "a/../../b"}, "relative"),
        ("who", {"subject": 7}, "`subject` must be a text"),
        ("claim", {"why": "x"}, "at least one"),
        ("claim", {"why": "x", "paths": [1]}, "list of texts"),
        ("progress", {"text": "x", "percent": 101}, "0 to 100"),
        ("progress", {"text": "x", "percent": True}, "0 to 100"),
    ],
)
async def test_wrong_arguments_are_told_to_the_agent(
    client: Client, desk: FakeDesk, tool: str, arguments: dict[str, Any], words: str
) -> None:
    client.call(1, tool, **arguments)
    result = (await client.reply())["result"]
    assert result["isError"]
    assert words in result["content"][0]["text"]
    assert not desk.asked


async def test_what_fails_at_the_desk_is_told_without_details(
    client: Client, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> str:
        raise PointsmanError("unit-not-found", "There is no unit.", "Look again.")

    async def break_(*_: object) -> str:
        raise ZeroDivisionError("/secret/path")

    monkeypatch.setattr(desk, "claim", refuse)
    monkeypatch.setattr(desk, "who", break_)
    client.call(1, "claim", paths=["a"], why="x")
    assert await client.said() == "There is no unit. Look again."
    client.call(2, "who", subject="a")
    assert "/secret" not in await client.said()


async def test_nonsense_and_floods_are_bounded(client: Client, desk: FakeDesk) -> None:
    client.raw(b"nonsense\n[]\n\n")
    assert [(await client.reply())["error"]["code"] for _ in range(2)] == [-32700, -32700]
    for n in range(MOST_CALLS + 1):
        client.call(n, "ask_operator", question=f"{n}?")
    assert (await client.reply())["error"]["message"] == "Too many calls at a time."
    client.raw(b"x" * (LINE_LIMIT + 10_000))
    async with asyncio.timeout(5):
        assert await client.process.wait() == 1
    await eventually(lambda: len(desk.cancelled) == MOST_CALLS)


async def test_the_shim_imports_little_and_nothing_of_ours() -> None:
    check = f"""
import runpy, sys
runpy.run_path({ask_shim.__file__!r})
print(*sys.modules)
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", "-c", check,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    output, _ = await process.communicate()
    imported = {name.partition(".")[0] for name in output.decode().split()}
    assert "socket" in imported
    assert not imported & {"pointsman", "asyncio", "pydantic"}


def test_a_place_is_counted_from_one_by_agents() -> None:
    place = question_of({"question": "?", "place": "src/a.py:3"}).place
    assert place is not None
    assert (place.path, place.range) == ("src/a.py", Range.lines(2, 2))
    with pytest.raises(BadArguments):
        question_of({"question": "?", "place": ""})
