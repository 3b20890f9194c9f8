"""At a real terminal: the live view, the walk through what waits, colours."""

import json

from canned import AT, CannedDaemon, item, unit
from terminal import terminal

from pointsman.daemon.address import Repository
from pointsman.model.errors import PointsmanError


def status(daemon: CannedDaemon, *units) -> None:
    daemon.results["status"] = {**daemon.results["status"], "units": list(units)}


def test_the_lanes_follow_events_until_ctrl_c(daemon: CannedDaemon, repository: Repository) -> None:
    status(daemon, unit("alpha", "READY"))
    with terminal("status", "--watch", "--repository", str(repository.root)) as seen:
        seen.until("waits for a free agent")
        asked = len(daemon.calls)
        daemon.tell("unit.changed", "alpha.1", unit=unit("alpha", "RUNNING", phase="IMPLEMENT"))
        seen.until("at work")
        daemon.tell("progress", "alpha.1", text="writes src/x.py")
        seen.until("writes src/x.py")
        daemon.tell("attention.opened", "alpha.1", item=item())
        seen.until("pointsman answer q1")
        assert len(daemon.calls) == asked, "it polls"
        seen.interrupt()
        assert seen.ends() == 130
        assert "\x1b[?1049l" in seen.raw, "the ordinary screen is not back"
        assert seen.raw.endswith("\x1b[?25h") or "\x1b[?25h" in seen.raw, "the cursor is not back"
        assert "Traceback" not in seen.raw


def test_a_daemon_that_ends_ends_the_view(daemon: CannedDaemon, repository: Repository) -> None:
    status(daemon, unit("alpha", "READY"))
    with terminal("status", "--watch", "--repository", str(repository.root)) as seen:
        seen.until("waits for a free agent")
        daemon.stop()
        assert seen.ends() == 4
        assert "The daemon has stopped." in seen.text


def test_without_a_terminal_every_change_is_a_line(cli, daemon: CannedDaemon) -> None:
    status(daemon, unit("alpha", "READY"))
    daemon.tell("unit.changed", "alpha.1", unit=unit("alpha", "RUNNING", phase="IMPLEMENT"))
    daemon.tell("progress", "alpha.1", text="writes x.py")
    daemon.tell("unit.changed", "alpha.1", unit=unit("alpha", "COMPLETED"))
    daemon.finish()
    said = cli("status", "--watch")
    assert said.code == 4
    assert "COMPLETED" in said.out
    assert "\x1b" not in said.out


def test_as_json_the_status_and_every_event_are_objects(cli, daemon: CannedDaemon) -> None:
    daemon.tell("progress", "alpha.1", text="writes x.py")
    daemon.finish()
    said = cli("status", "--watch", "--json")
    assert said.code == 0
    first, event = map(json.loads, said.out.splitlines())
    assert first == daemon.results["status"]
    assert event["data"] == {"text": "writes x.py"}


def test_the_walk_asks_one_after_the_other(daemon: CannedDaemon, repository: Repository) -> None:
    left = [item("q1"), item("q2", "beta", text="Which name?", options=[]), item("q3", "gamma")]

    def answer(params, caller):
        found = next(i for i in left if i["id"] == params["item"])
        left.remove(found)
        if params["item"] == "q2":
            return PointsmanError("already-answered", "q2 was answered.", "The first one stands.")
        return {"item": found, "delivered": True}

    daemon.results["attention"] = lambda params, caller: {"items": list(left)}
    daemon.results["answer"] = answer
    with terminal("answer", "--repository", str(repository.root)) as seen:
        seen.until("Tabs or spaces?")
        seen.until("Enter for later")
        seen.type("2\n")
        seen.until("Which name?")
        seen.type("walrus operator\n")
        seen.until("q2 was answered.")
        seen.until("q3")
        seen.forget()
        seen.type("\n")
        seen.until("pointsman answer q3")
        assert seen.ends() == 0
    assert daemon.asked("answer") == [
        {"item": "q1", "option": "spaces"},
        {"item": "q2", "text": "walrus operator"},
    ]


def test_what_answers_nothing_is_asked_again(daemon: CannedDaemon, repository: Repository) -> None:
    left = [item("q1", freeText=False)]

    def answer(params, caller):
        return {"item": left.pop(), "delivered": False}

    daemon.results["attention"] = lambda params, caller: {"items": list(left)}
    daemon.results["answer"] = answer
    with terminal("answer", "--repository", str(repository.root)) as seen:
        seen.until("later")
        seen.type("perhaps\n")
        seen.until("Choose 1 to 2.")
        seen.type("Tabs\n")
        assert seen.ends() == 0
    assert daemon.asked("answer") == [{"item": "q1", "option": "tabs"}]


def test_an_item_that_is_named_without_an_answer_is_asked(
    daemon: CannedDaemon, repository: Repository
) -> None:
    daemon.results["attention"] = {"items": [item("q1"), item("q2", text="Which colour?")]}
    daemon.results["answer"] = {"item": item("q2"), "delivered": True}
    with terminal("answer", "q2", "--repository", str(repository.root)) as seen:
        seen.until("Which colour?")
        seen.until("answer, or Enter for later")
        seen.type("2\n")
        assert seen.ends() == 0
    assert "q1" not in seen.text
    assert daemon.asked("answer") == [{"item": "q2", "option": "spaces"}]


def test_nobody_to_ask_is_a_usage_error(cli, daemon: CannedDaemon) -> None:
    assert cli("answer").code == 2


def test_a_diff_is_coloured_at_a_terminal_and_its_commands_are_shown(
    daemon: CannedDaemon, repository: Repository
) -> None:
    patch = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\x1b[2J\n"
    daemon.results["diff"] = {"patch": patch, "files": [{}], "tree": "t", "base": "b"}
    with terminal("diff", "a", "--repository", str(repository.root)) as seen:
        assert seen.ends() == 0
        assert "\x1b[32m+new" in seen.raw
        assert "\x1b[2J" not in seen.raw
        assert "␛[2J" in seen.raw


def test_no_color_is_respected(daemon: CannedDaemon, repository: Repository) -> None:
    status(daemon, unit("alpha", "RUNNING"))
    colour = {"NO_COLOR": "1"}
    with terminal("status", "--repository", str(repository.root), env=colour) as seen:
        assert seen.ends() == 0
        assert "RUNNING" in seen.text
        assert "\x1b[3" not in seen.raw
        assert "\x1b[1;3" not in seen.raw
    with terminal("unit", "x", "--repository", str(repository.root), env=colour) as seen:
        assert seen.ends() == 3
        assert "\x1b[1;31m" not in seen.raw


def test_progress_of_a_long_operation_is_wiped(
    daemon: CannedDaemon, repository: Repository
) -> None:
    def cancel(params, caller):
        caller.report("stopping alpha.1", 0.5)
        return {"unit": unit("alpha", "CANCELLED", updatedAt=AT)}

    daemon.results["cancel"] = cancel
    with terminal("cancel", "alpha", "--repository", str(repository.root)) as seen:
        assert seen.ends() == 0
        assert "stopping alpha.1 50%" in seen.text
        assert "alpha.1  − CANCELLED" in seen.text
