"""Two units that want the same code: verdicts, dependencies, and what becomes of who waits."""

import pytest
from rig import GATE

pytestmark = pytest.mark.e2e


def renamed(path: str, new: str) -> dict:
    """Change the body of greet()."""
    return {"replace": {"path": path, "old": 'return "hi "', "new": f'return "{new} "'}}


def loud(path: str) -> dict:
    """Change the same function, elsewhere: its signature."""
    return {"replace": {"path": path, "old": "greet(name)", "new": "greet(name, loud=True)"}}


def unseen(path: str, new: str) -> dict:
    """Change the body of greet(), without a word of it in the plan."""
    return {"run": f"""sed -i 's/"hi "/"{new} "/' {path}"""}


def judge(world, a: str, b: str, verdict: str, **more) -> dict:
    return world.call("verdict", a=a, b=b, verdict=verdict, **more)["conflict"]


def prompts(world, unit: str) -> list[str]:
    """All that the unit's agents were told."""
    return [
        line["text"]
        for attempt in world.call("unit", unit=unit)["attempts"]
        for line in world.call("log", unit=unit, attempt=attempt["n"])["lines"]
        if line["kind"] == "prompt"
    ]


def test_the_second_of_two_serialized_starts_from_the_base_that_the_first_made(world):
    path = world.source("serial")
    world.chunk("first", renamed(path, "hello"), GATE)
    world.chunk("second", loud(path))
    world.inject("first", "second")
    item = world.item("second", "CONFLICT")
    assert {o["id"] for o in item["options"]} == {"independent", "first:first", "first:second"}
    assert world.unit("second")["status"] == "NEEDS_ATTENTION"
    assert world.reach("first", "RUNNING")

    conflict = judge(world, "second", "first", "SERIALIZE", first="first")
    assert (conflict["decidedBy"], conflict["first"]) == ("operator", "first")
    held = world.reach("second", "BLOCKED")
    assert held["blockedBy"] == ["first"]
    assert "workspace" not in held
    world.at_gate("first")
    world.open("first")
    landed = world.reach("first", "COMPLETED")["landedCommit"]
    assert world.reach("second", "COMPLETED")["base"]["commit"] == landed
    text = world.on_base(path)
    assert "def greet(name, loud=True):" in text
    assert 'return "hello "' in text


def test_work_judged_independent_that_collides_goes_back_and_both_land(world):
    path = world.source("collide")
    world.chunk("left", renamed(path, "left"), GATE)
    world.chunk("right", renamed(path, "right"), GATE)
    world.inject("left", "right")
    world.eventually(lambda: world.items("left") + world.items("right"))
    judge(world, "left", "right", "INDEPENDENT")
    world.at_gate("left")
    world.at_gate("right")

    # What was predicted is seen now: the same lines. That was not judged yet, so it is asked anew.
    def asked_anew() -> bool:
        (conflict,) = world.call("conflicts", chunk="left")["conflicts"]
        return conflict["verdict"] == "ASK_OPERATOR"

    world.eventually(asked_anew)
    assert {world.unit(c)["status"] for c in ("left", "right")} == {"RUNNING"}
    judge(world, "left", "right", "INDEPENDENT")
    world.open("left")
    world.reach("left", "COMPLETED")
    world.open("right")
    world.reach("right", "COMPLETED")
    text = world.on_base(path)
    assert 'return "left "' in text
    assert 'return "right "' in text
    assert "<<<<" not in text
    assert [world.times_landed(c) for c in ("left", "right")] == [1, 1]
    phases = {
        e["data"]["unit"].get("phase")
        for e in world.call("history", unit="right")["events"]
        if e["kind"] == "unit.changed"
    }
    assert "REBASE" in phases


def test_a_verdict_while_both_run_stops_one_and_keeps_its_session(world):
    path = world.source("late_verdict")
    world.chunk("goes", renamed(path, "goes"), GATE)
    world.chunk("waits", loud(path), GATE, {"append": {"path": path, "text": "# waits\n"}})
    world.inject("goes", "waits")
    world.eventually(lambda: world.items("goes") + world.items("waits"))
    judge(world, "goes", "waits", "INDEPENDENT")
    world.at_gate("goes")
    world.at_gate("waits")

    judge(world, "goes", "waits", "SERIALIZE", first="goes")
    held = world.reach("waits", "BLOCKED")
    assert held["blockedBy"] == ["goes"]
    world.open("waits")  # its agent is stopped at the end of its turn
    world.eventually(lambda: not world.agents("waits.1"))
    assert world.unit("waits")["status"] == "BLOCKED"
    assert world.times_landed("waits") == 0
    world.open("goes")
    world.reach("goes", "COMPLETED")
    world.reach("waits", "COMPLETED")
    text = world.on_base(path)
    assert "loud=True" in text
    assert text.count("# waits") == 1
    sessions = {a["session"] for a in world.call("unit", unit="waits")["attempts"]}
    assert len(sessions) == 1


def test_work_that_turns_out_to_collide_blocks_one_of_two_that_run(world):
    path = world.source("surprise")
    world.chunk("alpha", unseen(path, "alpha"), GATE)
    world.chunk("omega", unseen(path, "omega"), GATE)
    world.inject("alpha", "omega")
    world.at_gate("alpha")
    world.at_gate("omega")
    held = world.eventually(
        lambda: next((u for c in ("alpha", "omega") if (u := world.unit(c))["blockedBy"]), None)
    )
    (first,) = held["blockedBy"]

    def overlaps() -> set[str]:
        (conflict,) = world.call("conflicts", chunk=first)["conflicts"]
        assert (conflict["verdict"], conflict["first"]) == ("SERIALIZE", first)
        return {overlap["type"] for overlap in conflict["overlaps"]}

    # what was just written is compared by symbol; git is asked once there are snapshots
    world.eventually(lambda: "TEXTUAL" in overlaps())
    world.open("alpha")
    world.open("omega")
    world.reach(first, "COMPLETED")
    world.reach(held["chunk"], "COMPLETED")
    text = world.on_base(path)
    assert 'return "alpha "' in text
    assert 'return "omega "' in text
    (told,) = [p for p in prompts(world, held["chunk"]) if "does not merge" in p]
    assert f"by {first} ({first}.1), commit {world.unit(first)['landedCommit'][:10]}" in told
    assert f'>     return "{first} " + name' in told


def test_what_depends_on_another_starts_from_its_landing(world):
    world.chunk("ground", {"write": {"path": "ground.txt", "text": "1\n"}}, GATE)
    world.chunk("house", {"run": "cat ground.txt > house.txt"}, depends_on=["ground"])
    world.inject("house", "ground")
    world.at_gate("ground")
    assert world.unit("house")["status"] == "BLOCKED"
    assert world.unit("house")["blockedBy"] == ["ground"]
    world.open("ground")
    landed = world.reach("ground", "COMPLETED")["landedCommit"]
    assert world.reach("house", "COMPLETED")["base"]["commit"] == landed
    assert world.on_base("house.txt") == "1\n"


def test_deleting_who_goes_first_releases_who_waits(world):
    path = world.source("deleted")
    world.chunk("holder", renamed(path, "holder"), GATE)
    world.chunk("held", loud(path))
    world.inject("holder", "held")
    world.item("held", "CONFLICT")
    world.at_gate("holder")
    judge(world, "holder", "held", "SERIALIZE", first="holder")
    world.reach("held", "BLOCKED")

    deleted = world.call("delete", unit="holder")["unit"]
    assert deleted["status"] == "CANCELLED"
    assert world.agents("holder.1") == {}
    assert world.refused("unit", unit="holder").code == "unit-not-found"
    world.reach("held", "COMPLETED")
    assert "holder" not in world.on_base(path)


def test_whoever_depends_on_a_cancelled_unit_asks_the_operator(world):
    world.chunk("lost", GATE)
    world.chunk("orphan", {"write": {"path": "orphan.txt", "text": "1\n"}}, depends_on=["lost"])
    world.inject("lost", "orphan")
    world.at_gate("lost")
    world.call("cancel", unit="lost")
    item = world.item("orphan", "DEPENDENCY_GONE")
    assert world.unit("orphan")["status"] == "NEEDS_ATTENTION"
    world.call("answer", item=item["id"], option="go-on")
    world.reach("orphan", "COMPLETED")


def test_what_does_not_merge_is_shown_with_its_three_versions_and_who_landed(rig):
    rig.make_repository()
    rig.configure("max_sent_back = 0\n")
    path = "src/greet.py"
    rig.chunk("left", renamed(path, "left"), GATE)
    rig.chunk("right", renamed(path, "right"), GATE)
    rig.start()
    rig.inject("left", "right")
    rig.eventually(lambda: rig.items("left") + rig.items("right"))
    judge(rig, "left", "right", "INDEPENDENT")
    rig.at_gate("left")
    rig.at_gate("right")
    rig.eventually(lambda: rig.items("left") + rig.items("right"))
    judge(rig, "left", "right", "INDEPENDENT")
    rig.open("left")
    landed = rig.reach("left", "COMPLETED")["landedCommit"]
    rig.open("right")
    item = rig.item("right", "LANDING_CONFLICT")
    assert item["place"]["path"] == path
    (file,) = item["unmerged"]
    assert (file["path"], file["kind"]) == (path, "content")
    (change,) = file["landed"]
    assert (change["commit"], change["unit"], change["symbols"]) == (landed, "left.1", ["greet"])
    assert f"by left (left.1), commit {landed[:10]}, in common with you: greet" in item["text"]
    assert '>     return "right " + name' in item["text"]

    rig.git("gc", "--quiet", "--prune=now")
    (shown,) = rig.call("diff", unit="right", conflict=True)["unmerged"]
    texts = [shown[side]["text"] for side in ("base", "ours", "theirs")]
    assert ['"hi "' in texts[0], '"left "' in texts[1], '"right "' in texts[2]] == [True] * 3
    told = rig.cli("diff", "right", "--conflict").stdout
    assert "left.1 · greet" in told
    assert "||||||| before both" in told
    assert rig.refused("diff", unit="left", conflict=True).code == "item-not-found"

    rig.call("answer", item=item["id"], option="send-back")
    rig.reach("right", "COMPLETED")
    assert sum("in common with you: greet" in told for told in prompts(rig, "right")) == 1
    assert '"left "' in rig.on_base(path)
    assert '"right "' in rig.on_base(path)


def test_two_that_implement_an_exclusive_subsystem_wait_for_each_other(world):
    world.write("docs/subsystems/mail/OVERVIEW.md", "---\nexclusive: true\n---\n# Mail\n")
    world.commit("a subsystem")
    links = [{"subsystem_id": "mail", "relationship": "implements"}]
    for name in ("sends", "receives"):
        world.chunk(name, {"write": {"path": f"{name}.txt", "text": "x\n"}}, GATE, subsystems=links)
    assert "mail" in world.call("chunks")["subsystems"]
    world.inject("sends", "receives")
    held = world.reach("receives", "BLOCKED", "RUNNING")
    (conflict,) = world.call("conflicts", chunk="sends")["conflicts"]
    assert (conflict["verdict"], conflict["overlaps"][0]["type"]) == ("SERIALIZE", "SUBSYSTEM")
    waits = "receives" if held["status"] == "BLOCKED" else "sends"
    goes = "sends" if waits == "receives" else "receives"
    assert world.reach(waits, "BLOCKED")["blockedBy"] == [goes]
    world.at_gate(goes)
    world.open(goes)
    world.reach(goes, "COMPLETED")
    world.at_gate(waits)
    world.open(waits)
    world.reach(waits, "COMPLETED")


def test_a_merge_rule_that_is_set_has_the_pair_looked_at_again_and_both_land(world):
    world.write("CHANGES.txt", "# Now\n")
    world.commit("a change log")
    for name in ("adds", "joins"):
        log = {"append": {"path": "CHANGES.txt", "text": f"- {name}\n"}}
        world.chunk(name, log, GATE)
    world.call("setSettings", askFrom=1, serializeFrom=1)
    world.inject("adds", "joins")
    world.at_gate("adds")
    world.at_gate("joins")

    def kinds() -> list[str]:
        found = world.call("conflicts", chunk="adds")["conflicts"]
        return [overlap["type"] for conflict in found for overlap in conflict["overlaps"]]

    world.eventually(lambda: "TEXTUAL" in kinds())
    world.call("setSettings", mergeRules={"CHANGES.txt": "append-only"})
    world.eventually(lambda: not kinds())
    world.open("adds")
    world.open("joins")
    world.reach("adds", "COMPLETED")
    world.reach("joins", "COMPLETED")
    lines = (world.on_base("CHANGES.txt") or "").splitlines()
    assert (lines[0], sorted(lines[1:])) == ("# Now", ["- adds", "- joins"])
    told = [words for found in world.call("landings")["landings"] for words in found["settled"]]
    assert any("CHANGES.txt" in words for words in told)
    world.call("setSettings", mergeRules=None, askFrom=None, serializeFrom=None)
