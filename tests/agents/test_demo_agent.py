"""The demo agent through its driver and the real sandbox, and again without one."""

import os
import signal
from datetime import UTC, datetime

from pointsman.agents.demo.progress import FOLDER
from pointsman.agents.events import (
    Message,
    Plan,
    SessionLost,
    ToolCall,
)
from pointsman.model.attention import Answer, Reason

from .conftest import Unit, eventually, running


def answer(ticket: str, question: str, text: str) -> Answer:
    return Answer(
        id=ticket, reason=Reason.QUESTION, question=question, text=text, door="test",
        at=datetime.now(UTC),
    )  # fmt: skip


async def test_all_steps_are_carried_out_and_the_chunk_becomes_active(unit: Unit) -> None:
    unit.plan("""
- write: {path: src/new/b.py, text: "B = 1\\n"}
- replace: {path: src/a.py, old: "1", new: "2"}
- append: {path: src/a.py, text: "C = 3\\n"}
- run: cat src/a.py && test "$HOME" != /root
- claim: {paths: [src/a.py], symbols: ["src/a.py#A"]}
- wait: 0.01
""")
    before = unit.goal.read_bytes()
    async with unit.agent() as agent:
        ended = await agent.turn()

    assert (ended.reason, ended.error) == ("end_turn", None)
    assert unit.file("src/new/b.py") == "B = 1\n"
    assert unit.file("src/a.py") == "A = 2\nC = 3\n"
    assert unit.goal.read_bytes() == before.replace(b"IMPLEMENTING", b"ACTIVE")
    calls = [(c.title, c.tool, c.paths) for c in agent.of(ToolCall) if c.title]
    assert calls[0] == ("write src/new/b.py", "edit", ("src/new/b.py",))
    assert "A = 2\nC = 3\n" in "".join(m.text for m in agent.of(Message))
    assert {e.status for e in agent.of(Plan)[-1].entries} == {"completed"}
    assert ("claim", (("src/a.py",), ("src/a.py#A",))) in unit.desk.told
    assert ("progress", "write src/new/b.py") in unit.desk.told


async def test_finish_false_leaves_the_chunk_as_it_is(bare_unit: Unit) -> None:
    bare_unit.plan("- finish: false")
    async with bare_unit.agent() as agent:
        await agent.turn()
    assert "IMPLEMENTING" in bare_unit.file("docs/chunks/a/GOAL.md")


async def test_an_answer_in_time_goes_into_later_steps(unit: Unit) -> None:
    unit.plan("""
- ask: {question: 'Which colour?', options: [red, blue]}
- write: {path: colour, text: "{answer}"}
""")
    async with unit.agent() as agent:
        await unit.desk.is_asked()
        assert unit.desk.asked["q1"].text == "Which colour?"
        assert [o.label for o in unit.desk.asked["q1"].options] == ["red", "blue"]
        unit.desk.answers["q1"].set_result("blue")
        await agent.turn()
    assert unit.file("colour") == "blue"


async def test_a_ticket_ends_the_turn_and_the_answer_comes_with_the_next_prompt(
    unit: Unit,
) -> None:
    unit.plan("""
- ask: {question: "Which colour?\\nChoose well."}
- write: {path: colour, text: "{answer}"}
""")
    async with unit.agent(answer_wait=0.05) as agent:
        await agent.turn()
        assert not (unit.workspace / "colour").exists()
        assert unit.desk.cancelled == ["q1"]
        told = answer("q1", "Which colour?\nChoose well.", "deep\nblue")
        assert await agent.driver.prompt(unit.prompts.answers([told]))
        await agent.turn()
    assert unit.file("colour") == "deep\nblue"
    assert len(unit.desk.asked) == 1


async def test_a_killed_agent_goes_on_with_the_next_step(unit: Unit) -> None:
    unit.plan("""
- append: {path: log, text: "one\\n"}
- ask: {question: 'Go on?'}
- append: {path: log, text: "{answer}\\n"}
""")
    async with unit.agent() as agent:
        session = await agent.session()
        await unit.desk.is_asked()
        assert agent.driver.pid is not None
        os.killpg(agent.driver.pid, signal.SIGKILL)
        exited = await agent.exit()
        assert exited.code not in (0, None)
    assert unit.file("log") == "one\n"

    told = answer("q1", "Go on?", "two")
    async with unit.agent(resume=session, text=unit.prompts.answers([told])) as agent:
        assert await agent.session() == session
        await agent.turn()
    assert unit.file("log") == "one\ntwo\n"
    assert "ACTIVE" in unit.file("docs/chunks/a/GOAL.md")


async def test_a_file_is_changed_once_where_the_kill_came_before_the_step_was_noted(
    bare_unit: Unit,
) -> None:
    bare_unit.plan('- append: {path: log, text: "one\\n"}\n- wait: 600')
    async with bare_unit.agent() as agent:
        session = await agent.session()
        kept = bare_unit.home / FOLDER / f"{session}.json"
        await eventually(lambda: '"done": 1' in kept.read_text())
    earlier = kept.read_text().replace('"done": 1', '"done": 0')
    digest = "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806"
    kept.write_text(earlier.replace('"writing": null', f'"writing": "{digest}"'))

    bare_unit.plan('- append: {path: log, text: "one\\n"}')
    async with bare_unit.agent(resume=session, text=bare_unit.prompts.resumed()) as agent:
        await agent.turn()
    assert bare_unit.file("log") == "one\n"


async def test_a_question_asked_again_after_a_restart_is_the_same_question(
    bare_unit: Unit,
) -> None:
    bare_unit.plan("- ask: {question: 'Go on?'}\n- write: {path: log, text: '{answer}'}")
    async with bare_unit.agent() as agent:
        session = await agent.session()
        await bare_unit.desk.is_asked()
    bare_unit.desk.answers["q1"].set_result("yes")
    async with bare_unit.agent(resume=session, text=bare_unit.prompts.resumed()) as agent:
        await agent.turn()
    assert bare_unit.file("log") == "yes"
    assert list(bare_unit.desk.asked) == ["q1"]


async def test_cancel_ends_the_turn_in_the_middle_of_a_step(unit: Unit) -> None:
    unit.plan("- run: touch started && sleep 600\n- write: {path: late, text: x}")
    async with unit.agent() as agent:
        await eventually((unit.workspace / "started").exists)
        await agent.driver.cancel()
        assert (await agent.turn()).reason == "cancelled"
        unit.plan("- run: touch again")
        await agent.driver.prompt("Go on.")
        assert (await agent.turn()).reason == "end_turn"
    assert (unit.workspace / "again").exists()
    assert not (unit.workspace / "late").exists()


async def test_cancel_while_asking_ends_the_wait_of_the_tool(bare_unit: Unit) -> None:
    bare_unit.plan("- ask: {question: 'Go on?'}")
    async with bare_unit.agent() as agent:
        await bare_unit.desk.is_asked()
        await agent.driver.cancel()
        assert (await agent.turn()).reason == "cancelled"
        await eventually(lambda: bare_unit.desk.cancelled == ["q1"])


async def test_an_unknown_session_is_told_as_lost(unit: Unit) -> None:
    unit.plan("- finish: false")
    async with unit.agent(resume="demo-0000") as agent:
        lost = await agent.until(SessionLost)
        assert lost.session == "demo-0000"
        await agent.exit()


async def test_a_failing_step_fails_the_turn_and_is_tried_again(bare_unit: Unit) -> None:
    bare_unit.plan("- write: {path: one, text: x}\n- fail: overloaded, retry after 3 s")
    async with bare_unit.agent() as agent:
        ended = await agent.turn()
        assert (ended.reason, ended.error) == ("failed", "overloaded, retry after 3 s")
        assert (ended.transient, ended.wait) == (True, 3.0)
        bare_unit.plan("- write: {path: one, text: x}\n- write: {path: two, text: y}")
        await agent.driver.prompt("Again.")
        assert (await agent.turn()).reason == "end_turn"
    assert bare_unit.file("two") == "y"


async def test_a_bad_plan_is_told_in_words(bare_unit: Unit) -> None:
    bare_unit.plan("- jump: high")
    async with bare_unit.agent() as agent:
        ended = await agent.turn()
    assert ended.error == "PLAN.md: There is no step 'jump'."


async def test_conflict_markers_are_resolved_by_keeping_both_sides(bare_unit: Unit) -> None:
    bare_unit.plan("- append: {path: src/a.py, text: 'mine'}")
    async with bare_unit.agent() as agent:
        await agent.turn()
        (bare_unit.workspace / "src/a.py").write_text(
            "A = 1\n<<<<<<< ours\nmine\n||||||| base\n=======\ntheirs\n>>>>>>> theirs\nend\n"
        )
        await agent.driver.prompt(bare_unit.prompts.sent_back(["src/a.py"]))
        await agent.turn()
    assert bare_unit.file("src/a.py") == "A = 1\ntheirs\nmine\nend\n"


async def test_nothing_of_the_agent_is_left_after_stop(unit: Unit) -> None:
    sleep = f"sleep {900000 + os.getpid()}"
    unit.plan(f"- run: {sleep} & sh -c 'trap \"\" TERM; touch up; {sleep}; sleep 1'")
    async with unit.agent() as agent:
        await eventually((unit.workspace / "up").exists)
        assert running(sleep)
        await agent.driver.stop(2.0)
        await agent.exit()
        assert not await agent.driver.prompt("more")
    assert not running(sleep)
