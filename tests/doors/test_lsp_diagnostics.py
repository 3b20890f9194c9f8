"""Conflicts and attention items as diagnostics, and the actions on them."""

from pathlib import Path
from typing import Any

import pytest
from testbed import FakeApp, conflict, eventually, question, unit

PUBLISH = "textDocument/publishDiagnostics"


async def published(wire, repository, path) -> list[dict[str, Any]]:
    """The next diagnostics of a file."""
    uri = (repository.root / path).as_uri()
    message = await wire.until(lambda m: m.get("method") == PUBLISH and m["params"]["uri"] == uri)
    return message["params"]["diagnostics"]


async def actions(wire, repository, path, line=0, **context) -> dict[str, dict[str, Any]]:
    """The code actions at a line, by title."""
    position = {"line": line, "character": 0}
    params = {
        "textDocument": {"uri": (repository.root / path).as_uri()},
        "range": {"start": position, "end": position},
        "context": {"diagnostics": [], **context},
    }
    answer = await wire.call("textDocument/codeAction", params)
    return {action["title"]: action for action in answer["result"]}


@pytest.fixture
def two(app: FakeApp) -> FakeApp:
    """Two units in conflict at lines 3 to 5 of src/x.py."""
    app.units = [unit("alpha"), unit("beta")]
    app.conflicts = [conflict()]
    return app


async def test_an_undecided_conflict_is_a_warning_at_its_lines(two, editor, repository):
    wire = await editor()
    (shown,) = await published(wire, repository, "src/x.py")
    assert shown["range"] == {
        "start": {"line": 3, "character": 0},
        "end": {"line": 6, "character": 0},
    }
    assert shown["severity"] == 2
    assert (shown["source"], shown["code"]) == ("pointsman", "conflict-symbol")
    assert "both write f" in shown["message"]
    assert shown["codeDescription"]["href"].endswith("codes.md#conflict-symbol")
    assert shown["data"] == {
        "conflict": "c1",
        "a": "alpha",
        "b": "beta",
        "verdict": "ASK_OPERATOR",
    }


async def test_it_is_shown_in_both_chunks_documents_too(two, editor, repository):
    wire = await editor()
    for chunk, other in (("alpha", "beta"), ("beta", "alpha")):
        (shown,) = await published(wire, repository, f"docs/chunks/{chunk}/GOAL.md")
        assert shown["code"] == "conflict"
        assert other in shown["message"]
        assert shown["range"]["start"]["line"] == 0


async def test_related_information_leads_into_the_other_workspace(
    two, editor, repository, tmp_path
):
    (tmp_path / "ws/src").mkdir(parents=True)
    (tmp_path / "ws/src/x.py").write_text("x")
    two.units[1]["workspace"] = str(tmp_path / "ws")
    wire = await editor()
    (shown,) = await published(wire, repository, "src/x.py")
    alpha, beta = shown["relatedInformation"]
    assert alpha["location"]["uri"] == (repository.root / "src/x.py").as_uri()
    assert alpha["message"] == "alpha: declared write body"
    assert beta["location"]["uri"] == (tmp_path / "ws/src/x.py").as_uri()
    assert beta["location"]["range"]["start"]["line"] == 4


async def test_a_client_is_sent_nothing_that_it_does_not_declare(two, editor, repository):
    wire = await editor({})
    (shown,) = await published(wire, repository, "src/x.py")
    assert set(shown) == {"range", "severity", "source", "code", "message"}


async def test_a_conflict_that_is_decided_is_information_and_says_who_waits(
    two, editor, repository
):
    two.conflicts = [conflict(verdict="SERIALIZE", first="alpha")]
    wire = await editor()
    (shown,) = await published(wire, repository, "src/x.py")
    assert shown["severity"] == 3
    assert "beta waits for alpha" in shown["message"]


async def test_independent_and_finished_conflicts_are_not_shown(two, editor, repository):
    two.units.append({**unit("gamma"), "status": "COMPLETED"})
    two.conflicts = [conflict(verdict="INDEPENDENT"), conflict(b="gamma", id="c2")]
    two.items = [question()]
    wire = await editor()
    await published(wire, repository, "docs/chunks/alpha/GOAL.md")
    assert not [m for m in wire.heard if m["params"].get("uri", "").endswith("x.py")]


async def test_a_conflict_that_is_settled_disappears_and_nothing_else_is_sent_again(
    two, editor, repository
):
    two.items = [question(place={"path": "src/x.py"}), question("q2", text="And?")]
    wire = await editor()
    assert len(await published(wire, repository, "src/x.py")) == 2
    for chunk in ("alpha", "beta"):
        await published(wire, repository, f"docs/chunks/{chunk}/GOAL.md")
    two.conflicts = []
    two.tell("conflict.changed")
    assert len(await published(wire, repository, "src/x.py")) == 1
    assert await published(wire, repository, "docs/chunks/beta/GOAL.md") == []
    two.items = []
    two.tell("attention.closed")
    assert await published(wire, repository, "src/x.py") == []
    asked = len(two.asked("status"))
    two.tell("unit.changed")  # of which nothing shows
    await eventually(lambda: len(two.asked("status")) > asked)
    await wire.call("workspace/executeCommand", {"command": "pointsman.echo"})
    assert not [m for m in wire.heard if m.get("method") == PUBLISH and "beta" in str(m)]


async def test_in_an_open_document_a_conflict_is_at_the_symbols_name(two, editor, repository):
    wire = await editor()
    (shown,) = await published(wire, repository, "src/x.py")
    uri = (repository.root / "src/x.py").as_uri()
    wire.opens(uri, "\n\n@deco\ndef f(a):\n    return 1\n")
    (shown,) = await published(wire, repository, "src/x.py")
    assert shown["range"] == {
        "start": {"line": 3, "character": 4},
        "end": {"line": 3, "character": 5},
    }
    assert "Independent" in await actions(wire, repository, "src/x.py", line=4), "in its body too"
    assert not await actions(wire, repository, "src/x.py", line=0)
    wire.edits(uri, "def g(): pass\n\n\n\n\n\ndef f(): pass\n", 2)
    (shown,) = await published(wire, repository, "src/x.py")
    assert shown["range"]["start"] == {"line": 6, "character": 4}
    wire.edits(uri, "# f is gone\n", 3)
    (shown,) = await published(wire, repository, "src/x.py")
    assert shown["range"]["start"]["line"] == 3, "where base has it"
    wire.edits(uri, "def f(): pass\n", 4)
    assert await published(wire, repository, "src/x.py")
    wire.send(method="textDocument/didClose", params={"textDocument": {"uri": uri}})
    (shown,) = await published(wire, repository, "src/x.py")
    assert shown["range"]["end"]["line"] == 6


async def test_a_new_conflict_waits_for_the_text_that_it_is_shown_in(two, editor, repository):
    conflicts, two.conflicts = two.conflicts, []
    uri = (repository.root / "src/x.py").as_uri()
    wire = await editor()
    wire.opens(uri, "\n" * 20 + "def f(): pass\n")
    two.conflicts = conflicts
    two.tell("conflict.changed")
    (shown,) = await published(wire, repository, "src/x.py")
    assert shown["range"]["start"]["line"] == 20


async def test_an_attention_item_is_shown_at_its_place_in_the_clients_columns(
    app, editor, repository
):
    line = "    return '😋é', 1".encode()
    place = {
        "path": "src/x.py",
        "range": {
            "start": {"line": 4, "character": line.index("é".encode())},
            "end": {"line": 4, "character": len(line)},
        },
    }
    app.units, app.items = [unit("alpha")], [question(place=place)]
    for encoding, start, end in (("utf-16", 14, 19), ("utf-8", 16, 22), ("utf-32", 13, 18)):
        wire = await editor({"general": {"positionEncodings": [encoding]}})
        (shown,) = await published(wire, repository, "src/x.py")
        assert shown["range"]["start"] == {"line": 4, "character": start}
        assert shown["range"]["end"] == {"line": 4, "character": end}
        assert shown["code"] == "question"
        assert shown["message"] == "alpha: Tabs or spaces?"


@pytest.mark.parametrize("name", ["mit Leerzeichen.py", "über.py", "100%.py", "a%20b.py", "😋.py"])
async def test_columns_are_those_of_the_unsaved_text_whatever_the_file_is_called(
    app, editor, repository, name
):
    (repository.root / "src" / name).write_text("x = 1\n")
    character = len("é = '😋'".encode())
    start, end = ({"line": 0, "character": c} for c in (character, character + 1))
    place = {"path": f"src/{name}", "range": {"start": start, "end": end}}
    wire = await editor()
    uri = (repository.root / "src" / name).as_uri()
    document = {"uri": uri, "languageId": "python", "version": 1, "text": "é = '😋' + x\n"}
    wire.send(method="textDocument/didOpen", params={"textDocument": document})
    await wire.call("workspace/executeCommand", {"command": "pointsman.echo"})
    app.units, app.items = [unit("alpha")], [question(place=place)]
    app.tell("attention.opened")
    (shown,) = await published(wire, repository, f"src/{name}")
    assert shown["range"]["start"] == {"line": 0, "character": 8}


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/etc/passwd", "nowhere.py", "a\0b", "", "x" * 5000]
)
async def test_an_item_whose_place_is_nowhere_is_shown_in_the_goal(app, editor, repository, path):
    app.units, app.items = [unit("alpha")], [question(place={"path": path})]
    wire = await editor()
    assert len(await published(wire, repository, "docs/chunks/alpha/GOAL.md")) == 1


async def test_a_failure_is_an_error(app, editor, repository):
    app.units, app.items = [unit("alpha")], [question(reason="CHECKS_FAILED", options=[])]
    wire = await editor()
    (shown,) = await published(wire, repository, "docs/chunks/alpha/GOAL.md")
    assert (shown["severity"], shown["code"]) == (1, "checks-failed")


async def test_every_code_has_its_heading_on_the_page_that_it_links_to():
    from pointsman.doors.lsp.features.diagnostics import CODES_PAGE
    from pointsman.model.attention import Reason
    from pointsman.model.conflict import ConflictType

    headings = {line[4:] for line in CODES_PAGE.read_text().splitlines() if line[:4] == "### "}
    assert {reason.lower().replace("_", "-") for reason in Reason} <= headings
    assert {f"conflict-{kind.lower()}" for kind in ConflictType} <= headings
    assert {"conflict", "unit-failed"} <= headings


async def test_a_chunk_document_is_checked_when_it_is_opened_and_saved(app, editor, repository):
    path = "docs/chunks/alpha/GOAL.md"
    place = {
        "path": path,
        "range": {"start": {"line": 1, "character": 0}, "end": {"line": 2, "character": 0}},
    }
    app.problems = [
        {"code": "plan-missing", "message": "No plan.", "remedy": "Write one.", "place": place},
        {"code": "chunk-status", "message": "ACTIVE.", "remedy": "-", "place": place},
    ]
    wire = await editor()
    await eventually(lambda: bool(app.asked("attention")))
    uri = (repository.root / path).as_uri()
    document = {"uri": uri, "languageId": "markdown", "version": 1, "text": "---\n"}
    wire.send(method="textDocument/didOpen", params={"textDocument": document})
    (shown,) = await published(wire, repository, path)
    assert (shown["code"], shown["message"]) == ("plan-missing", "No plan. Write one.")
    assert shown["range"]["start"]["line"] == 1
    app.problems = []
    wire.send(method="textDocument/didSave", params={"textDocument": {"uri": uri}})
    assert await published(wire, repository, path) == []
    assert app.asked("validate") == [{"chunks": ["alpha"]}] * 2


async def test_a_chunk_document_is_checked_as_it_is_typed(app, editor, repository):
    path = "docs/chunks/alpha/GOAL.md"
    wire = await editor()
    await eventually(lambda: bool(app.asked("attention")))
    uri = (repository.root / path).as_uri()
    wire.opens(uri, "---\n")
    await eventually(lambda: len(app.asked("validate")) == 1)
    app.problems = [{"code": "chunk-unreadable", "message": "No status.", "remedy": "-"}]
    wire.edits(uri, "---\nx\n", 2)
    wire.edits(uri, "---\nstatus: NEW\n", 3)
    assert [d["code"] for d in await published(wire, repository, path)] == ["chunk-unreadable"]
    asked = {"chunks": ["alpha"], "unsaved": {path: "---\nstatus: NEW\n"}}
    assert app.asked("validate")[1:] == [asked]
    wire.send(method="textDocument/didSave", params={"textDocument": {"uri": uri}})
    await eventually(lambda: len(app.asked("validate")) == 3)
    assert app.asked("validate")[2] == {"chunks": ["alpha"]}


async def test_what_is_shown_of_a_closed_chunk_document_goes(app, editor, repository):
    path = "docs/chunks/alpha/PLAN.md"
    app.problems = [{"code": "plan-missing", "message": "No plan.", "remedy": "Write one."}]
    wire = await editor()
    uri = (repository.root / path).as_uri()
    document = {"uri": uri, "languageId": "markdown", "version": 1, "text": ""}
    wire.send(method="textDocument/didOpen", params={"textDocument": document})
    goal = "docs/chunks/alpha/GOAL.md"
    assert await published(wire, repository, goal)
    wire.send(method="textDocument/didClose", params={"textDocument": {"uri": uri}})
    assert await published(wire, repository, goal) == []


# Code actions


async def test_a_conflict_offers_every_verdict(two, editor, repository):
    wire = await editor()
    await published(wire, repository, "src/x.py")
    offered = await actions(wire, repository, "src/x.py", line=4)
    assert list(offered) == [
        "Serialize: alpha first",
        "Serialize: beta first",
        "Independent",
        "Ask the agents",
    ]
    first = offered["Serialize: beta first"]
    assert first["kind"] == "quickfix"
    assert first["diagnostics"][0]["code"] == "conflict-symbol"
    assert first["command"]["command"] == "pointsman.verdict"
    assert first["command"]["arguments"] == [
        {"conflict": "c1", "verdict": "SERIALIZE", "first": "beta"}
    ]
    assert await actions(wire, repository, "src/x.py", line=0) == {}


async def test_an_action_is_run_as_a_command_and_the_warning_goes(two, editor, repository):
    wire = await editor()
    await published(wire, repository, "src/x.py")
    offered = await actions(wire, repository, "docs/chunks/beta/GOAL.md")
    answer = await wire.call("workspace/executeCommand", offered["Independent"]["command"])
    assert "error" not in answer
    assert two.asked("verdict") == [{"conflict": "c1", "verdict": "INDEPENDENT"}]
    assert await published(wire, repository, "src/x.py") == []


async def test_nobody_waits_for_the_operators_own_work(two, editor, repository):
    two.conflicts = [conflict(b="operator")]
    wire = await editor()
    await published(wire, repository, "src/x.py")
    offered = await actions(wire, repository, "src/x.py", line=4)
    assert list(offered) == ["Independent", "Ask the agents"]


async def test_a_question_offers_an_answer_an_option_and_the_way_to_it(app, editor, repository):
    app.units, app.items = [unit("alpha")], [question()]
    wire = await editor()
    await published(wire, repository, "docs/chunks/alpha/GOAL.md")
    offered = await actions(wire, repository, "docs/chunks/alpha/GOAL.md")
    assert list(offered) == [
        "Answer: Tabs",
        "Answer: Spaces",
        "Answer…",
        "Show the transcript",
        "Show the diff",
    ]
    command = offered["Answer: Spaces"]["command"]
    assert command["arguments"] == [{"item": "q1", "option": "spaces"}]
    assert offered["Answer…"]["command"]["command"] == "pointsman.answerFile"
    await wire.call("workspace/executeCommand", command)
    assert await published(wire, repository, "docs/chunks/alpha/GOAL.md") == []


async def test_a_failed_check_offers_to_retry(app, editor, repository):
    app.units = [unit("alpha")]
    again, back = {"id": "retry", "label": "Try again"}, {"id": "send-back", "label": "Send back"}
    app.items = [question(reason="CHECKS_FAILED", options=[back, again], freeText=False)]
    wire = await editor()
    await published(wire, repository, "docs/chunks/alpha/GOAL.md")
    offered = await actions(wire, repository, "docs/chunks/alpha/GOAL.md")
    looks = ["Show the transcript", "Show the diff"]
    assert list(offered) == ["Answer: Send back", "Retry", *looks]
    assert offered["Retry"]["command"]["arguments"] == [{"item": "q1", "option": "retry"}]


async def test_a_unit_that_failed_is_an_error_until_it_is_tried_again(app, editor, repository):
    goal = "docs/chunks/alpha/GOAL.md"
    app.units = [unit("alpha", status="FAILED"), unit("beta", status="COMPLETED")]
    wire = await editor()
    (shown,) = await published(wire, repository, goal)
    assert (shown["severity"], shown["code"]) == (1, "unit-failed")
    offered = await actions(wire, repository, goal)
    looks = ["Show the transcript", "Show the diff"]
    assert list(offered) == ["Retry", *looks, "Take it off the lists"]
    assert offered["Retry"]["command"]["command"] == "pointsman.retry"
    assert offered["Retry"]["command"]["arguments"] == [{"unit": "alpha.1"}]
    app.units += [{**unit("alpha"), "id": "alpha.2"}]
    app.tell("unit.changed")
    assert await published(wire, repository, goal) == []


async def test_what_does_not_merge_can_be_looked_at(app, editor, repository):
    app.units = [unit("alpha")]
    app.items = [question(reason="LANDING_CONFLICT", options=[])]
    app._diff = lambda params, caller: {"patch": f"{params}\n"}
    wire = await editor()
    await published(wire, repository, "docs/chunks/alpha/GOAL.md")
    offered = await actions(wire, repository, "docs/chunks/alpha/GOAL.md")
    wire.ask("workspace/executeCommand", offered["Show what does not merge"]["command"])
    asked = (await wire.called("window/showDocument"))["params"]
    file = Path(asked["uri"].removeprefix("file://"))
    assert file.read_text() == "{'unit': 'alpha.1', 'conflict': True}\n"


async def test_only_quick_fixes_are_offered_and_only_if_wanted(two, editor, repository):
    wire = await editor()
    await published(wire, repository, "src/x.py")
    assert not await actions(wire, repository, "src/x.py", line=4, only=["refactor"])
    assert await actions(wire, repository, "src/x.py", line=4, only=["quickfix"])


async def test_a_client_without_literals_gets_commands(two, editor, repository):
    wire = await editor({})
    await published(wire, repository, "src/x.py")
    offered = await actions(wire, repository, "src/x.py", line=4)
    assert offered["Independent"]["command"] == "pointsman.verdict"


async def test_a_file_outside_the_repository_has_no_actions(two, editor, repository):
    wire = await editor()
    await published(wire, repository, "src/x.py")
    assert await actions(wire, repository, "../outside.py") == {}
