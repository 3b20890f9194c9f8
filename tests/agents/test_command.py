"""The driver for plain commands."""

import asyncio
import os
from dataclasses import replace

from pointsman.agents.driver import Session
from pointsman.agents.events import Exited, Message, Started
from pointsman.model.agent import AgentEntry

from .conftest import Unit, eventually, running


def shell(unit: Unit, script: str) -> Session:
    entry = AgentEntry(name="shell", driver="command", command=("sh", "-c", script))
    return unit.session(entry)


async def test_a_command_gets_the_prompt_and_its_output_is_the_transcript(unit: Unit) -> None:
    session = shell(
        unit,
        'cat; echo "$POINTSMAN_CHUNK"; head -2 "$POINTSMAN_GOAL"; dirname "$POINTSMAN_PLAN"',
    )
    async with unit.agent(session, name="command", text="Do it.\n") as agent:
        assert (await agent.turn()).reason == "end_turn"
        exited = await agent.exit()
    assert exited.code == 0
    assert agent.of(Started)[0].session is None
    said = "".join(m.text for m in agent.of(Message))
    assert said.startswith("Do it.\na\n---\nstatus: IMPLEMENTING")
    assert said.endswith(f"{unit.workspace}/docs/chunks/a\n")


async def test_an_exit_other_than_zero_fails_with_its_last_words(bare_unit: Unit) -> None:
    session = shell(bare_unit, "echo 'HTTP 429, retry-after: 20' >&2; exit 3")
    async with bare_unit.agent(session, name="command") as agent:
        ended = await agent.turn()
        exited = await agent.exit()
    assert (ended.reason, ended.error) == ("failed", "HTTP 429, retry-after: 20")
    assert (exited.code, exited.transient, exited.wait) == (3, True, 20.0)


async def test_a_command_asks_and_gets_the_answer(unit: Unit) -> None:
    session = shell(unit, '"$POINTSMAN_ASK" "Which colour?" red blue > colour')
    async with unit.agent(session, name="command") as agent:
        await unit.desk.is_asked()
        assert [o.label for o in unit.desk.asked["q1"].options] == ["red", "blue"]
        unit.desk.answers["q1"].set_result("deep\nblue")
        assert (await agent.turn()).reason == "end_turn"
    assert unit.file("colour") == "deep\nblue\n"


async def test_a_command_without_an_answer_fails_and_gets_it_the_next_time(
    bare_unit: Unit,
) -> None:
    session = shell(bare_unit, '"$POINTSMAN_ASK" "Which colour?" > colour')
    async with bare_unit.agent(session, name="command", answer_wait=0.05) as agent:
        await agent.turn()
        exited = await agent.exit()
    assert exited.code == 75
    assert "ticket q1" in exited.last_words
    bare_unit.desk.answers["q1"].set_result("blue")
    async with bare_unit.agent(session, name="command") as agent:
        assert (await agent.turn()).reason == "end_turn"
    assert bare_unit.file("colour") == "blue\n"


async def test_a_long_output_is_told_whole_to_a_slow_reader(bare_unit: Unit) -> None:
    session = shell(bare_unit, "head -c 3000000 /dev/zero | tr '\\0' 'ä' | head -c 2999999; exit 0")
    async with bare_unit.agent(session, name="command") as agent:
        await asyncio.sleep(0.1)
        await agent.exit()
    assert sum(len(m.text.encode()) for m in agent.of(Message)) >= 2999999


async def test_cancel_and_stop_end_a_command_and_what_it_started(unit: Unit) -> None:
    for number, ending in enumerate(("cancel", "stop")):
        sleep = f"sleep {700000 + 100000 * number + os.getpid()}"
        session = shell(unit, f"{sleep} & {sleep}; echo late")
        async with unit.agent(session, name="command") as agent:
            await eventually(lambda sleep=sleep: len(running(sleep)) == 2)
            if ending == "cancel":
                await agent.driver.cancel()
                assert (await agent.turn()).reason == "cancelled"
            else:
                await agent.driver.stop(1.0)
            assert isinstance(await agent.exit(), Exited)
            assert not await agent.driver.prompt("more")
        assert not running(sleep)


async def test_a_command_that_does_not_read_its_prompt_is_fine(bare_unit: Unit) -> None:
    session = replace(bare_unit.session(), argv=("/bin/true",))
    async with bare_unit.agent(session, name="command", text="x" * 1_000_000) as agent:
        assert (await agent.turn()).reason == "end_turn"
