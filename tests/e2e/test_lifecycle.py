"""A unit's life besides the straight way: where it is cut from, how it fails, how it is ended."""

from pathlib import Path

import pytest
from rig import CODE, GATE

pytestmark = pytest.mark.e2e


def goal(folder: Path, chunk: str) -> str:
    return (folder / f"docs/chunks/{chunk}/GOAL.md").read_text()


def test_a_running_unit_is_cancelled_process_first_and_its_work_is_kept(world):
    world.chunk("stopped", {"write": {"path": "stopped.txt", "text": "half\n"}}, GATE)
    world.inject("stopped")
    unit = world.at_gate("stopped")
    assert world.agents(unit["id"])
    ended = world.call("cancel", unit="stopped")["unit"]
    assert ended["status"] == "CANCELLED"
    assert world.agents(unit["id"]) == {}
    world.eventually(lambda: "workspace" not in world.unit("stopped"))
    assert not Path(unit["workspace"]).exists()
    kept = f"refs/pointsman/snapshots/{unit['id']}"
    assert world.git("show", f"{kept}:stopped.txt") == "half"
    assert world.on_base("stopped.txt") is None
    assert world.refused("cancel", unit="stopped").code == "illegal-transition"


def test_status_tells_when_an_agent_at_work_was_last_heard_of(world):
    world.chunk("mute", {"write": {"path": "mute.txt", "text": "1\n"}}, GATE)
    (unit,) = world.inject("mute")
    world.at_gate("mute")
    heard = world.call("status")["heard"]["mute.1"]
    assert heard > unit["createdAt"]
    world.open("mute")
    world.reach("mute", "COMPLETED")
    assert "mute.1" not in world.call("status")["heard"]


def test_an_agent_whose_model_is_overloaded_is_tried_again_later_and_has_not_failed(world):
    world.chunk("overloaded", {"fail": "503: the model is overloaded"})
    world.call("setSettings", max_attempts=1)
    world.inject("overloaded")
    later = world.eventually(lambda: u if "notBefore" in (u := world.unit("overloaded")) else None)
    assert (later["status"], later["attempts"]) == ("READY", 0)
    assert later["transientFailures"] == 1
    assert later["notBefore"] > later["updatedAt"]
    world.call("cancel", unit="overloaded")
    world.call("setSettings", max_attempts=3)


def test_an_agent_that_gives_up_is_told_to_go_on_and_then_the_operator_is_asked(world):
    world.chunk("unfinished", {"write": {"path": "part.txt", "text": "part\n"}}, {"finish": False})
    world.inject("unfinished")
    item = world.item("unfinished", "AGENT_FAILED")
    asking = world.unit("unfinished")
    assert asking["status"] == "NEEDS_ATTENTION"
    assert asking["usage"]["turns"] == 3  # the first prompt, and two that tell it so
    assert {"retry", "give-up"} == {o["id"] for o in item["options"]}
    world.call("answer", item=item["id"], option="give-up")
    assert world.reach("unfinished", "FAILED")["attempts"] == 0
    assert world.on_base("part.txt") is None


def test_a_retained_workspace_is_there_after_the_landing(world):
    world.chunk("kept", {"write": {"path": "kept.txt", "text": "kept\n"}})
    world.inject("kept", retain=True)
    done = world.reach("kept", "COMPLETED")
    assert (Path(done["workspace"]) / "kept.txt").read_text() == "kept\n"


def test_a_unit_is_cut_from_base_whatever_is_checked_out(world):
    world.chunk("cut", {"write": {"path": "cut.txt", "text": "cut\n"}}, GATE)
    base = world.git("rev-parse", "main")
    world.git("checkout", "-q", "-b", "aside")
    try:
        world.write("aside.txt", "aside\n")
        world.commit("aside")
        world.inject("cut")
        unit = world.at_gate("cut")
        assert unit["base"] == {"branch": "main", "commit": base, "since": unit["base"]["since"]}
        assert not (Path(unit["workspace"]) / "aside.txt").exists()
        world.open("cut")
        world.reach("cut", "COMPLETED")
        assert world.git("rev-parse", "--abbrev-ref", "HEAD") == "aside"
        assert not (world.root / "cut.txt").exists()
        assert world.on_base("cut.txt") == "cut\n"
        assert world.on_base("aside.txt") is None
    finally:
        world.git("checkout", "-q", "main")


def test_a_chunk_is_activated_in_its_workspace_and_the_one_it_displaces_comes_back(world):
    world.chunk("older", status="IMPLEMENTING")
    world.chunk("newer", {"write": {"path": "newer.txt", "text": "newer\n"}}, GATE)
    before = world.on_base("docs/chunks/older/GOAL.md")
    world.inject("newer")
    unit = world.at_gate("newer")
    assert unit["displacedChunk"] == "older"
    workspace = Path(unit["workspace"])
    assert "IMPLEMENTING" in goal(workspace, "newer")
    assert "FUTURE" in goal(workspace, "older")
    world.open("newer")
    world.reach("newer", "COMPLETED")
    assert world.on_base("docs/chunks/older/GOAL.md") == before
    assert "ACTIVE" in goal(world.root, "newer")
    changed = world.git("show", "--format=", "--name-only", "main").splitlines()
    assert changed == ["docs/chunks/newer/GOAL.md", "newer.txt"]


def test_a_check_that_fails_sends_the_work_back(rig):
    rig.make_repository()
    rig.chunk("checked", {"write": {"path": "ok.txt", "text": "ok\n"}})
    rig.chunk("careless", {"write": {"path": "bad.txt", "text": "bad\n"}})
    rig.configure("checks = ['test ! -e bad.txt']\nmax_sent_back = 0\n")
    rig.start()
    rig.inject("checked", "careless")
    rig.reach("checked", "COMPLETED")
    item = rig.item("careless", "CHECKS_FAILED")
    assert "test ! -e bad.txt" in item["text"]
    assert rig.times_landed("careless") == 0


def test_a_command_that_always_fails_is_tried_again_later_then_fails_till_it_is_retried(rig):
    rig.make_repository()
    rig.configure(
        "max_attempts = 2\nmax_nudges = 0\n[agents.crash]\ndriver = 'command'\n"
        "command = ['sh', '-c', 'echo it broke >&2; exit 3']\n"
    )
    rig.chunk("crashing", agent="crash")
    rig.start()
    rig.inject("crashing")
    later = rig.eventually(lambda: u if "notBefore" in (u := rig.unit("crashing")) else None)
    assert (later["status"], later["attempts"]) == ("READY", 1)
    failed = rig.reach("crashing", "FAILED")
    assert failed["attempts"] == 2
    assert Path(failed["workspace"]).is_dir()
    assert rig.refused("inject", chunks=["crashing"]).code == "already-injected"
    attempts = rig.call("unit", unit="crashing")["attempts"]
    assert [a["exitCode"] for a in attempts] == [3, 3]
    assert "it broke" in attempts[-1]["lastWords"]
    assert rig.items() == []

    rig.call("retry", unit="crashing")
    again = rig.eventually(lambda: u if "notBefore" in (u := rig.unit("crashing")) else None)
    assert (again["status"], again["attempts"]) == ("READY", 1)


def test_a_diff_of_a_unit_whose_workspace_is_gone_shows_its_last_snapshot(world):
    world.chunk("vanished", {"write": {"path": "vanished.txt", "text": "half\n"}}, GATE)
    world.inject("vanished")
    unit = world.at_gate("vanished")
    whole = world.call("diff", unit="vanished")
    assert "vanished.txt" in [f["path"] for f in whole["files"]]
    aside = Path(unit["workspace"]).with_name("aside")
    Path(unit["workspace"]).rename(aside)
    try:
        assert world.call("diff", unit="vanished") == whole
    finally:
        aside.rename(unit["workspace"])


def test_a_diff_gives_the_texts_of_both_sides_where_they_are_asked_for(world):
    path = world.source("both_sides")
    steps = (
        {"replace": {"path": path, "old": '"hi "', "new": '"ho "'}},
        {"write": {"path": "new.txt", "text": "new\n"}},
        {"write": {"path": "new.bin", "text": "\0"}},
    )
    world.chunk("both-sides", *steps, GATE)
    world.inject("both-sides")
    world.at_gate("both-sides")
    assert "after" not in world.call("diff", unit="both-sides")["files"][0]
    files = {f["path"]: f for f in world.call("diff", unit="both-sides", texts=True)["files"]}
    assert files[path]["before"]["text"] == CODE
    assert files[path]["after"]["text"] == CODE.replace('"hi "', '"ho "')
    assert "before" not in files["new.txt"]
    assert files["new.txt"]["after"]["text"] == "new\n"
    assert "text" not in files["new.bin"]["after"]


def test_chunks_that_can_go_in_are_listed_with_what_keeps_others_from_it(world):
    world.chunk("listed", GATE)
    world.chunk("listed-after", GATE, depends_on=["listed"])
    world.chunk("listed-done", GATE, status="ACTIVE")
    world.chunk("listed-open", GATE, commit=False)

    def listed():
        found = world.call("chunks", check=True)["chunks"]
        return {c["name"]: c for c in found if c["name"].startswith("listed")}

    cards = listed()
    assert list(cards) == ["listed", "listed-after", "listed-done", "listed-open"]
    assert (cards["listed"]["status"], cards["listed"]["says"]) == ("FUTURE", "Do it.")
    assert "problem" not in cards["listed"]
    assert "problem" not in cards["listed-after"]
    assert cards["listed-open"]["problem"]["code"] == "chunk-uncommitted"
    world.inject("listed")
    world.at_gate("listed")
    assert listed()["listed"]["problem"]["code"] == "already-injected"
    world.commit("and the open one")


def test_what_a_chunk_will_touch_is_what_it_said_when_it_was_injected(rig):
    rig.make_repository()
    rig.chunk("planned", approach="Change `greet` in `src/greet.py`.")
    rig.start()
    rig.call("pause")
    injected_from = rig.git("rev-parse", "main")
    rig.inject("planned")
    rig.eventually(lambda: rig.unit("planned")["examined"])
    before = rig.call("footprint", unit="planned")["touches"]
    assert {t["path"] for t in before} == {"src/greet.py"}
    rig.chunk("planned", approach="Write `src/other.py` anew.", commit=False)
    rig.kill()
    rig.start()

    def examined():
        """What the daemon holds of it: not what its documents say at this moment."""
        return rig.call("who", path="src/greet.py")["touches"]

    rig.eventually(examined)
    assert rig.call("footprint", unit="planned")["touches"] == before
    rig.commit("another plan")
    rig.kill()
    rig.start()
    rig.eventually(examined)
    assert rig.call("footprint", unit="planned")["touches"] == before
    assert rig.unit("planned")["injectedFrom"] == injected_from


def test_what_a_check_makes_of_its_checkout_keeps_nothing_from_landing(rig):
    deep = "import os\nfor _ in range(3000):\n    os.mkdir('d' * 20)\n    os.chdir('d' * 20)\n"
    rig.make_repository({"src/a.py": "A = 1\n", "deep.py": deep})
    rig.configure("checks = ['python3 deep.py']\n")
    rig.chunk("one", {"write": {"path": "one.txt", "text": "1\n"}})
    rig.start()
    rig.inject("one")
    rig.reach("one", "COMPLETED")
    assert not list(rig.home.glob("state/pointsman/*/checks/*"))
