"""Agents that do not keep to the protocol: none of them ends more than its own process."""

import asyncio
import json
import os
import signal

import pytest

from pointsman.agents import lines
from pointsman.agents.events import (
    Exited,
    Message,
    SessionLost,
    StartRefused,
    ToolCall,
    UsageReport,
)
from pointsman.model.agent import AgentEntry

from .conftest import DEMO, Unit, eventually, running

SPEAKS = """
import json, os, sys, time
def send(**m): print(json.dumps({"jsonrpc": "2.0", **m}), flush=True)
def take(): return json.loads(sys.stdin.readline())
def reply(m, **result): send(id=m["id"], result=result)
def update(**u): send(method="session/update", params={"sessionId": "s", "update": u})
def say(text):
    update(sessionUpdate="agent_message_chunk", content={"type": "text", "text": text})
def open_session(**more):
    reply(take(), protocolVersion=1, agentCapabilities={"loadSession": True})
    reply(take(), sessionId="s", **more)
    return take()
"""


async def test_what_is_no_message_is_passed_over(bare_unit: Unit) -> None:
    script = bare_unit.script(
        SPEAKS
        + """
print("Welcome to the agent!")
print("[1, 2]\\nnull\\n17\\n{", flush=True)
prompt = open_session()
for odd in ({"id": {}, "result": 1}, {"id": 99, "error": "x"}, {"method": 7}, {"id": True}, {}):
    print(json.dumps(odd), flush=True)
sys.stdout.buffer.write(b"\\xff\\xfe\\n" + b"[" * 100000 + b"\\n"); sys.stdout.flush()
update(sessionUpdate="of_the_future", content=1)
send(method="session/update", params=[1])
send(method="session/update", params=None)
send(method="no/such", params=None)
update(sessionUpdate="tool_call", toolCallId="1", title=5, locations="x", content=[{"type": "z"}])
say("still here")
reply(prompt, stopReason="end_turn")
time.sleep(600)
"""
    )
    async with bare_unit.agent(script) as agent:
        assert (await agent.turn()).reason == "end_turn"
        assert [m.text for m in agent.of(Message)] == ["still here"]
        assert len(agent.of(ToolCall)) <= 1


async def test_half_a_surrogate_pair_becomes_a_question_mark(bare_unit: Unit) -> None:
    script = bare_unit.script(
        SPEAKS
        + """
prompt = open_session()
say("\\ud83d\\ude00, whole and cut: \\ud83d")
reply(prompt, stopReason="end_turn")
take()
"""
    )
    async with bare_unit.agent(script) as agent:
        await agent.turn()
        assert [m.text for m in agent.of(Message)] == ["\U0001f600, whole and cut: ?"]


async def test_a_bill_without_bounds_counts_for_nothing(bare_unit: Unit) -> None:
    script = bare_unit.script(
        SPEAKS
        + """
prompt = open_session()
for amount in (1.5, 1e400, -7, float("nan"), 2.0):
    update(sessionUpdate="usage_update", used=1, size=2, cost={"amount": amount, "currency": "USD"})
reply(prompt, stopReason="end_turn", usage={"totalTokens": 10**999})
take()
"""
    )
    async with bare_unit.agent(script) as agent:
        await agent.turn()
        assert [(u.tokens, u.money) for u in agent.of(UsageReport)] == [(0, 1.5), (0, 0.5)]


async def test_a_line_beyond_the_limit_ends_the_agent(
    bare_unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines.JsonLines.__init__, "__kwdefaults__", {"limit": 1 << 20})
    script = bare_unit.script(
        SPEAKS + "open_session(); sys.stdout.write('x' * (3 << 20)); sys.stdout.flush(); take()"
    )
    async with bare_unit.agent(script) as agent:
        assert "a line of more than" in (await agent.exit()).last_words


async def test_a_message_of_many_megabytes_arrives(bare_unit: Unit) -> None:
    script = bare_unit.script(
        SPEAKS + "p = open_session(); say('x' * (8 << 20)); reply(p, stopReason='end_turn'); take()"
    )
    async with bare_unit.agent(script) as agent:
        await agent.turn()
        assert len(agent.of(Message)[0].text) == 8 << 20


async def test_files_and_terminals_of_ours_are_refused(bare_unit: Unit) -> None:
    victim = bare_unit.root / "victim"
    script = bare_unit.script(
        SPEAKS
        + f"""
prompt = open_session()
for n, (method, params) in enumerate([
    ("fs/write_text_file", {{"sessionId": "s", "path": {str(victim)!r}, "content": "x"}}),
    ("fs/read_text_file", {{"sessionId": "s", "path": "/etc/passwd"}}),
    ("terminal/create", {{"sessionId": "s", "command": "touch {victim}"}}),
    ("terminal/output", {{"sessionId": "s", "terminalId": "t"}}),
    ("mcp/connect", {{}}), ("_mine", {{}}), ("session/request_permission", {{"options": 5}}),
]):
    send(id=n, method=method, params=params)
    say(str(take()["error"]["code"]) + " ")
reply(prompt, stopReason="end_turn")
take()
"""
    )
    async with bare_unit.agent(script) as agent:
        assert (await agent.turn()).error is None
        codes = "".join(m.text for m in agent.of(Message)).split()
    assert codes == ["-32601"] * 6 + ["-32602"]
    assert not victim.exists()


async def test_dying_in_mid_prompt_is_told_with_code_and_last_words(unit: Unit) -> None:
    script = unit.script(
        SPEAKS + "open_session(); print('out of luck', file=sys.stderr); say('a'); os._exit(7)"
    )
    async with unit.agent(script) as agent:
        exited = await agent.exit()
        assert (exited.code, exited.last_words) == (7, "out of luck")
        assert [m.text for m in agent.of(Message)] == ["a"]
        assert not await agent.driver.prompt("more")


async def test_dying_between_turns_is_told_at_once(bare_unit: Unit) -> None:
    script = bare_unit.script(
        SPEAKS + "reply(open_session(), stopReason='end_turn'); sys.stdin.readline()"
    )
    async with bare_unit.agent(script) as agent:
        await agent.turn()
        assert agent.driver.pid is not None
        os.kill(agent.driver.pid, signal.SIGKILL)
        assert (await agent.exit()).code == -9


async def test_an_agent_that_closes_its_stdout_is_ended(bare_unit: Unit) -> None:
    script = bare_unit.script(SPEAKS + "open_session(); os.close(1); time.sleep(600)")
    async with bare_unit.agent(script) as agent:
        assert (await agent.exit()).code != 0


async def test_an_agent_that_never_ends_its_turn_is_stopped(unit: Unit) -> None:
    sleep = f"sleep {800000 + os.getpid()}"
    script = unit.script(
        SPEAKS
        + f"""
import signal, subprocess
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open_session(); subprocess.Popen({sleep.split()}); say("up"); time.sleep(600)
"""
    )
    async with unit.agent(script) as agent:
        await agent.until(Message)
        await agent.driver.cancel()
        await eventually(lambda: bool(running(sleep)))
        await agent.driver.stop(0.1)
        assert isinstance(await agent.exit(), Exited)
        await agent.driver.stop(0.1)
    assert not running(sleep)


async def test_an_agent_that_talks_without_end_waits_for_its_reader(bare_unit: Unit) -> None:
    script = bare_unit.script(
        SPEAKS
        + """
open_session()
for n in range(10**9):
    open("count", "w").write(str(n)); say("x" * 1000)
"""
    )
    async with bare_unit.agent(script) as agent:
        await agent.until(Message)
        count = bare_unit.workspace / "count"

        def said() -> int:
            return int(count.read_text() or 0)

        async with asyncio.timeout(20):
            before = -1
            while before != said():
                before = said()
                await asyncio.sleep(0.2)
        assert before < 20_000
        await agent.until(Message)
        await agent.driver.stop(0.1)
        await agent.exit()


async def test_no_session_in_time_is_told(bare_unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pointsman.agents.acp.OPENING_LIMIT", 0.2)
    async with bare_unit.agent(bare_unit.script("import time; time.sleep(600)")) as agent:
        assert "opened no session" in (await agent.exit()).last_words


async def test_an_error_while_opening_is_its_last_words(bare_unit: Unit) -> None:
    script = bare_unit.script(
        SPEAKS + "send(id=take()['id'], error=dict(code=-1, message='529 overloaded')); take()"
    )
    async with bare_unit.agent(script) as agent:
        exited = await agent.exit()
    assert "529 overloaded" in exited.last_words
    assert exited.transient


async def test_a_wanted_login_is_told(bare_unit: Unit) -> None:
    script = bare_unit.script(
        SPEAKS
        + """
reply(take(), protocolVersion=1)
send(id=take()["id"], error={"code": -32000, "message": "Authentication required"})
take()
"""
    )
    async with bare_unit.agent(script) as agent:
        assert "login" in (await agent.until(StartRefused)).why
        await agent.exit()


async def test_a_mode_is_set_if_the_agent_has_it(bare_unit: Unit) -> None:
    modes = {"currentModeId": "ask", "availableModes": [{"id": "code", "name": "Code"}]}
    source = (
        SPEAKS
        + f"""
m = open_session(modes={modes!r})
say(m["method"] + " " + m["params"].get("modeId", "")); reply(m)
reply(take(), stopReason="end_turn"); take()
"""
    )
    for mode, told in (("code", "session/set_mode code"), ("none", None)):
        entry = AgentEntry(name="x", command=DEMO.command, mode=mode)
        async with bare_unit.agent(bare_unit.script(source, entry)) as agent:
            if told is None:
                assert (
                    await agent.until(StartRefused)
                ).why == "The agent has no mode 'none', but code."
                continue
            await agent.turn()
            assert agent.of(Message)[0].text == told


async def test_a_session_that_was_just_let_go_of_is_tried_twice(bare_unit: Unit) -> None:
    for refusals, lost in ((1, False), (2, True)):
        script = bare_unit.script(
            SPEAKS
            + f"""
reply(take(), protocolVersion=1, agentCapabilities={{"loadSession": True}})
for _ in range({refusals}):
    send(id=take()["id"], error={{"code": -32603, "message": "No conversation found"}})
load = take(); say("replayed"); reply(load)
reply(take(), stopReason="end_turn"); take()
"""
        )
        async with bare_unit.agent(script, resume="s") as agent:
            if lost:
                assert (await agent.until(SessionLost)).why == "No conversation found"
            else:
                await agent.turn()
                assert not agent.of(Message), "what is replayed was told before"


def test_only_the_envelope_of_a_message_is_looked_at() -> None:
    assert lines.parse(b'{"id": 1, "result": [1e999]}') == {"id": 1, "result": [float("inf")]}
    assert lines.parse(json.dumps({"id": 1, "error": {"code": 1, "message": 2}}).encode()) is None
    assert lines.parse(b"9" * 5000) is None
