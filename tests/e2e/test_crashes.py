"""``kill -9`` of the daemon: nothing is lost, nothing survives that should not, nothing is done
twice."""

import random
import shutil
from pathlib import Path

import pytest
from rig import GATE

pytestmark = pytest.mark.e2e

ASK = {"ask": {"question": "Which colour?", "options": ["red", "blue"]}}
ROUNDS = 8
SEED = 20262
MOMENTS = (
    *(("", n) for n in (1, 4, 9, 16)),
    *(("landing.step", n) for n in (1, 2, 3)),
)
"""When to kill: after that many events of that kind. A landing's are told before each step."""


def told(rig, unit: str) -> str:
    """All that the unit's agents were prompted with and given, in all attempts."""
    attempts = rig.call("unit", unit=unit)["attempts"]
    logs = [rig.call("log", unit=unit, attempt=a["n"])["lines"] for a in attempts]
    return "\n".join(line["text"] for lines in logs for line in lines)


def test_after_a_kill_nothing_is_lost_and_every_unit_goes_on(rig):
    rig.configure("checks = ['test ! -e slow.txt || sleep 2']\n")
    rig.make_repository()
    rig.chunk("asking", ASK, {"write": {"path": "asking.txt", "text": "{answer}\n"}})
    rig.chunk("working", {"write": {"path": "working.txt", "text": "1\n"}}, GATE)
    rig.chunk("landing", {"write": {"path": "slow.txt", "text": "1\n"}})
    rig.start()
    rig.inject("asking", "working", "landing")
    rig.at_gate("working")
    question = rig.item("asking", "QUESTION")
    rig.eventually(lambda: rig.unit("landing").get("phase") == "LAND")
    rig.eventually(lambda: rig.call("snapshots", unit="working")["snapshots"])
    snapshot = rig.call("snapshots", unit="working")["snapshots"][-1]["id"]
    agents = {**rig.agents("asking.1"), **rig.agents("working.1")}
    assert len(agents) >= 2

    rig.kill()
    shutil.rmtree(rig.home / f"state/pointsman/{_id(rig)}/workspaces/working.1")
    rig.start()
    assert not agents.keys() & rig.processes().keys()
    assert [i["id"] for i in rig.items("asking")] == [question["id"]]
    rig.at_gate("working")
    shown = {s["id"] for s in rig.call("snapshots", unit="working")["snapshots"]}
    assert snapshot in shown
    rig.open("working")
    rig.call("answer", item=question["id"], text="green")
    for chunk in ("asking", "working", "landing"):
        rig.reach(chunk, "COMPLETED")
        assert rig.times_landed(chunk) == 1
        assert rig.unit(chunk)["attempts"] == 0, "a restart is no attempt"
    assert rig.on_base("asking.txt") == "green\n"
    assert rig.on_base("working.txt") == "1\n"


def _hear(events, kind: str, count: int) -> None:
    for event in events:
        count -= event["kind"].startswith(kind)
        if count == 0:
            return


def _id(rig) -> str:
    return (rig.root / ".git/pointsman/id").read_text().strip()


def test_an_answer_that_was_never_delivered_is_delivered_once_after_the_kill(rig):
    rig.configure("max_agents = 1\n")
    rig.make_repository()
    rig.chunk("asking", ASK, {"append": {"path": "asking.txt", "text": "{answer}\n"}})
    rig.chunk("busy", {"write": {"path": "busy.txt", "text": "1\n"}}, GATE)
    rig.start()
    rig.inject("asking")
    question = rig.item("asking", "QUESTION")
    rig.inject("busy")
    rig.at_gate("busy")  # which has the only slot: the answer stays with us
    rig.call("answer", item=question["id"], text="green")
    assert rig.unit("asking")["status"] == "READY"
    rig.open("busy")
    rig.kill()

    rig.start()
    assert rig.refused("answer", item=question["id"], text="red").code == "already-answered"
    rig.reach("asking", "COMPLETED")
    rig.reach("busy", "COMPLETED")
    assert rig.on_base("asking.txt") == "green\n"
    assert told(rig, "asking").count("> green") == 1


def test_killed_again_and_again_everything_lands_exactly_once(rig):
    chance = random.Random(SEED)
    rig.make_repository()
    chunks = [f"chunk-{n}" for n in range(ROUNDS)]
    for n, chunk in enumerate(chunks):
        rig.chunk(
            chunk,
            {"write": {"path": f"made/{chunk}.txt", "text": "one\n"}},
            {"append": {"path": f"made/{chunk}.txt", "text": "two\n"}},
            depends_on=chunks[n - 2 : n - 1] if n > 1 else [],
        )
    rig.start()
    for chunk in chunks:
        seq = rig.call("status")["seq"]
        rig.inject(chunk)
        events = rig.client.follow(seq)
        _hear(events, *chance.choice(MOMENTS))
        events.close()
        agents = [pid for c in chunks for pid in rig.agents(f"{c}.1")]
        rig.kill()
        rig.start()
        assert not set(agents) & rig.processes().keys()
    for chunk in chunks:
        rig.reach(chunk, "COMPLETED")
    for chunk in chunks:
        assert rig.times_landed(chunk) == 1, chunk
        assert rig.on_base(f"made/{chunk}.txt") == "one\ntwo\n"
    assert rig.git("log", "--format=%s", "main").count("\n") + 1 == 1 + 2 * ROUNDS
    assert rig.git("status", "--porcelain") == ""
    assert rig.git("fsck", "--no-dangling", "--no-progress") == ""
    rig.eventually(lambda: not any(Path(w).exists() for w in _workspaces(rig)))
    rig.stop()
    assert rig.processes() == {}


def test_what_power_loss_leaves_of_our_refs_locks_nobody_out(rig):
    rig.make_repository()
    rig.chunk("locked", {"write": {"path": "locked.txt", "text": "1\n"}})
    for kind in ("base", "snapshots", "landing"):
        lock = rig.root / f".git/refs/pointsman/{kind}/locked.1.lock"
        lock.parent.mkdir(parents=True)
        lock.touch()
    rig.start()
    rig.inject("locked")
    rig.reach("locked", "COMPLETED")


def _workspaces(rig) -> list[str]:
    return [w["path"] for w in rig.call("workspaces")["workspaces"]]


def test_what_was_done_before_a_question_outlives_the_state_folder(rig):
    rig.make_repository()
    rig.chunk(
        "asking",
        {"write": {"path": "before.txt", "text": "work\n"}},
        ASK,
        {"write": {"path": "asking.txt", "text": "{answer}\n"}},
    )
    rig.start()
    rig.inject("asking")
    question = rig.item("asking", "QUESTION")
    kept = "refs/pointsman/snapshots/asking.1:before.txt"
    rig.eventually(lambda: rig.try_git("cat-file", "-e", kept).returncode == 0)
    assert rig.agents("asking.1"), "it waits, and has not ended"
    rig.kill()
    shutil.rmtree(rig.home / "state")
    assert rig.git("show", kept) == "work"
    rig.start()
    rig.call("answer", item=question["id"], text="green")
    rig.reach("asking", "COMPLETED")
    assert rig.on_base("before.txt") == "work\n"
    assert rig.on_base("asking.txt") == "green\n"
