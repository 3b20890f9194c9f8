"""Budgets: of a day, over all units, and through a daemon's end."""

import pytest
from rig import GATE, Rig

pytestmark = pytest.mark.e2e


def writes(rig: Rig, *chunks: str) -> None:
    for chunk in chunks:
        rig.chunk(chunk, {"write": {"path": f"{chunk}.txt", "text": "1\n"}}, agent="demo")


def test_what_a_day_may_use_is_asked_once_outlives_the_daemon_and_is_allowed_again(rig):
    rig.make_repository()
    rig.configure("max_agents = 1\n[daily_budget]\nturns = 1\n")
    writes(rig, "one", "two")
    rig.start()
    rig.inject("one", "two")
    done = rig.eventually(lambda: next((u for u in landed(rig)), None))
    rig.kill()
    rig.start()
    (item,) = rig.items()
    assert (item["reason"], item.get("unit")) == ("BUDGET", None)
    assert "1 of 1 turns" in item["text"]
    (left,) = {"one", "two"} - {done}
    assert rig.unit(left)["status"] == "READY"
    said = rig.cli("answer", item["id"], "--option", "continue")
    assert said.returncode == 0, said.stderr
    rig.reach(left, "COMPLETED")
    assert rig.items() == []
    rig.inject(rig.chunk("three", agent="demo"))
    assert [i["reason"] for i in rig.items()] == ["BUDGET"]


def test_an_agent_at_work_is_stopped_when_the_day_has_no_time_left(rig):
    rig.make_repository()
    rig.chunk("long", GATE, {"write": {"path": "long.txt", "text": "1\n"}}, agent="demo")
    rig.chunk("short", {"fail": "529 overloaded"}, agent="demo")
    rig.start()
    rig.inject("long")
    unit = rig.at_gate("long")
    rig.call("setSettings", daily_budget={"turns": 1})
    rig.inject("short")
    rig.eventually(rig.items)
    rig.eventually(lambda: not rig.agents(unit["id"]))
    stopped = rig.unit("long")
    assert (stopped["status"], stopped["attempts"]) == ("READY", 0)
    assert stopped["usage"]["seconds"] > 0
    rig.call("setSettings", daily_budget=None)
    assert rig.items() == []
    rig.at_gate("long")
    rig.open("long")
    rig.reach("long", "COMPLETED")


def landed(rig: Rig) -> list[str]:
    return [u["chunk"] for u in rig.call("status")["units"] if u["status"] == "COMPLETED"]
