"""An agent asks the operator: while it waits, after it has stopped waiting, and not at all."""

import pytest

pytestmark = pytest.mark.e2e

COLOUR = {"ask": {"question": "Which colour?", "options": ["red", "blue"]}}


def answers_heard(rig, unit: str) -> str:
    """All that the agent was told and said, over all its attempts."""
    attempts = rig.call("unit", unit=unit)["attempts"]
    lines = [
        line["text"]
        for attempt in attempts
        for line in rig.call("log", unit=unit, attempt=attempt["n"])["lines"]
    ]
    return "\n".join(lines)


def test_a_question_is_answered_while_the_agent_waits(world):
    world.chunk("colour", COLOUR, {"write": {"path": "colour.txt", "text": "{answer}\n"}})
    world.inject("colour")
    item = world.item("colour", "QUESTION")
    assert item["text"] == "Which colour?"
    assert [o["label"] for o in item["options"]] == ["red", "blue"]
    waiting = world.unit("colour")
    assert waiting["status"] == "NEEDS_ATTENTION"
    assert waiting["attention"]["id"] == item["id"]

    told = world.call("answer", item=item["id"], option=item["options"][1]["id"])
    assert told["delivered"]
    world.reach("colour", "COMPLETED")
    assert world.on_base("colour.txt") == "blue\n"
    assert len(world.call("unit", unit="colour")["attempts"]) == 1
    assert world.items("colour") == []


def test_an_agent_that_waits_for_an_answer_holds_no_slot(world):
    world.chunk("slow", COLOUR, {"write": {"path": "slow.txt", "text": "{answer}\n"}})
    world.chunk("quick", {"write": {"path": "quick.txt", "text": "quick\n"}})
    world.call("setSettings", max_agents=1)
    world.inject("slow")
    item = world.item("slow", "QUESTION")
    world.inject("quick")
    world.reach("quick", "COMPLETED")
    assert world.agents("slow.1"), "the agent that asked is parked, not stopped"
    world.call("answer", item=item["id"], text="green")
    world.reach("slow", "COMPLETED")
    assert world.on_base("slow.txt") == "green\n"
    world.call("setSettings", max_agents=4)


def test_a_run_that_asks_nothing_opens_no_item(world):
    world.chunk(
        "silent",
        {"run": "git status --short && python3 -c 'print(1)' > made.txt"},
        {"append": {"path": "made.txt", "text": "2\n"}},
    )
    world.inject("silent")
    world.reach("silent", "COMPLETED")
    assert world.on_base("made.txt") == "1\n2\n"
    kinds = {e["kind"] for e in world.call("history", unit="silent")["events"]}
    assert "attention.opened" not in kinds


def test_a_late_answer_is_the_next_prompt_of_the_same_session(rig):
    rig.configure("ask_wait = 0.2\n")
    rig.make_repository()
    rig.chunk("late", COLOUR, {"write": {"path": "colour.txt", "text": "{answer}\n"}})
    rig.start()
    rig.inject("late")
    item = rig.item("late", "QUESTION")
    rig.eventually(lambda: not rig.agents("late.1"))  # it got its ticket, its turn is over
    stopped = rig.unit("late")
    assert stopped["status"] == "NEEDS_ATTENTION"
    assert stopped["attention"]["id"] == item["id"]

    told = rig.call("answer", item=item["id"], text="green")
    assert not told["delivered"]
    rig.reach("late", "COMPLETED")
    assert rig.on_base("colour.txt") == "green\n"
    first, second = rig.call("unit", unit="late")["attempts"]
    assert first["session"] == second["session"]
    heard = answers_heard(rig, "late")
    assert heard.count("> green") == 1
    assert heard.count(f"Answer to {item['id']}") == 1


def test_nobody_answers_and_the_operators_default_is_taken_in_its_time(rig):
    rig.configure('[answers.QUESTION]\nafter = 2\ntext = "green"\n')
    rig.make_repository()
    rig.chunk("late", COLOUR, {"write": {"path": "colour.txt", "text": "{answer}\n"}})
    rig.start()
    rig.inject("late")
    item = rig.item("late", "QUESTION")
    rig.reach("late", "COMPLETED")
    assert rig.on_base("colour.txt") == "green\n"
    refused = rig.refused("answer", item=item["id"], text="red")
    assert (refused.code, refused.data["door"]) == ("already-answered", "default")
    events = rig.call("history", unit="late")["events"]
    (closed,) = [e["data"] for e in events if e["kind"] == "attention.closed"]
    assert closed == {"item": item["id"], "answer": "green", "door": "default"}
