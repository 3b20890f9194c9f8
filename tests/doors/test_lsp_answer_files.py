"""Answers in words: a file to write them in, and what becomes of it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from testbed import EDITOR, FakeApp, eventually, question, unit

from pointsman.doors.lsp.answer_file import LINE, answer_in, blank
from pointsman.model.attention import AttentionItem


@pytest.fixture
async def wire(app: FakeApp, editor):
    """An editor that knows of an open question."""
    app.units, app.items = [unit("alpha")], [question(options=[])]
    wire = await editor()
    await wire.called("textDocument/publishDiagnostics")
    return wire


async def execute(wire, command: str, item: Any = "q1") -> dict[str, Any]:
    params = {"command": f"pointsman.{command}", "arguments": [{"item": item}]}
    return await wire.call("workspace/executeCommand", params)


async def made(wire) -> Path:
    """The answer file, once the editor was asked to open it, and did."""
    asking = wire.ask(
        "workspace/executeCommand",
        {"command": "pointsman.answerFile", "arguments": [{"item": "q1"}]},
    )
    shown = await wire.called("window/showDocument")
    assert shown["params"]["takeFocus"]
    wire.send(id=shown["id"], result={"success": True})
    answer = await wire.answer(asking)
    assert answer["result"] == {"uri": shown["params"]["uri"]}
    return Path(shown["params"]["uri"].removeprefix("file://"))


def opens(wire, file: Path, text: str, uri: str | None = None) -> None:
    document = {
        "uri": uri or file.as_uri(),
        "languageId": "markdown",
        "version": 1,
        "text": text,
    }
    wire.send(method="textDocument/didOpen", params={"textDocument": document})


async def actions(wire, file: Path) -> list[dict[str, Any]]:
    start = {"line": 0, "character": 0}
    params = {
        "textDocument": {"uri": file.as_uri()},
        "range": {"start": start, "end": start},
        "context": {"diagnostics": []},
    }
    return (await wire.call("textDocument/codeAction", params))["result"]


async def lenses(wire, file: Path) -> list[dict[str, Any]]:
    params = {"textDocument": {"uri": file.as_uri()}}
    return (await wire.call("textDocument/codeLens", params))["result"]


async def test_the_file_is_private_and_holds_the_question(wire):
    file = await made(wire)
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text()
    assert "> Tabs or spaces?" in text
    assert text.endswith(f"{LINE}\n")
    assert answer_in(text) == ""


async def test_what_is_below_the_line_in_the_buffer_is_sent_by_lens_or_action(app, wire):
    file = await made(wire)
    opens(wire, file, file.read_text())
    change = {
        "textDocument": {"uri": file.as_uri(), "version": 2},
        "contentChanges": [{"text": file.read_text() + "Tabs.\n\nAlways.\n"}],
    }
    wire.send(method="textDocument/didChange", params=change)
    (lens,) = await lenses(wire, file)
    (action,) = await actions(wire, file)
    assert lens["command"] == action["command"]
    assert lens["command"]["title"] == "Send answer"
    await wire.call("workspace/executeCommand", lens["command"])
    assert app.asked("answer") == [{"item": "q1", "text": "Tabs.\n\nAlways."}]
    assert not file.exists()
    said = await wire.called("window/showMessage")
    assert said["params"]["message"] == "q1 is answered: its agent has it."
    await eventually(lambda: app.items == [])


async def test_a_file_that_is_not_open_counts_as_it_was_saved(app, wire):
    file = await made(wire)
    file.write_text(file.read_text() + "Spaces.")
    assert "result" in await execute(wire, "sendAnswer")
    assert app.asked("answer") == [{"item": "q1", "text": "Spaces."}]


async def test_an_editor_may_spell_the_uri_in_its_own_way(app, wire):
    file = await made(wire)
    spelt = file.as_uri().replace("answer-", "answer%2D")
    opens(wire, file, f"{LINE}\nTabs", uri=spelt)
    assert "result" in await execute(wire, "sendAnswer")
    assert app.asked("answer") == [{"item": "q1", "text": "Tabs"}]


async def test_the_question_itself_offers_to_send_what_was_saved(wire, repository):
    goal = repository.root / "docs/chunks/alpha/GOAL.md"
    titles = [action["title"] for action in await actions(wire, goal)]
    assert "Answer…" in titles and "Send answer" not in titles
    await made(wire)
    titles = [action["title"] for action in await actions(wire, goal)]
    assert "Answer…" in titles and "Send answer" in titles


async def test_if_sending_fails_the_file_stays_with_its_text(app, wire):
    file = await made(wire)
    file.write_text(file.read_text() + "Tabs.")
    app.items = []  # somebody was faster
    error = (await execute(wire, "sendAnswer"))["error"]
    assert error["data"]["code"] == "already-answered"
    assert file.read_text().endswith("Tabs.")


async def test_an_answer_that_was_begun_is_not_overwritten(wire):
    file = await made(wire)
    file.write_text(f"{LINE}\nhalf an ans")
    assert await made(wire) == file
    assert file.read_text() == f"{LINE}\nhalf an ans"


@pytest.mark.parametrize(
    ("text", "what"),
    [(f"{LINE}\n  \n", "no answer to q1 yet"), ("Tabs", "The line is missing"), (None, "written")],
)
async def test_what_is_no_answer_is_refused_and_the_item_stays(app, wire, text, what):
    if text is not None:
        (await made(wire)).write_text(text)
    error = (await execute(wire, "sendAnswer"))["error"]
    assert (error["code"], error["data"]["code"]) == (-32803, "answer-invalid")
    assert what in error["message"]
    assert error["data"]["remedy"]
    assert app.asked("answer") == []


@pytest.mark.parametrize("item", ["q9", None, {"x": 1}, "../../x"])
async def test_only_open_items_have_a_file(wire, item):
    error = (await execute(wire, "answerFile", item))["error"]
    assert error["data"]["code"] == "item-not-found"


async def test_the_number_or_name_of_an_option_is_that_option(app, wire):
    app.items = [question()]
    for words, option in (("2", "spaces"), ("tabs", "tabs")):
        file = await made(wire)
        assert "1. Tabs\n2. Spaces" in file.read_text()
        file.write_text(f"{LINE}\n{words}\n")
        await execute(wire, "sendAnswer")
        assert app.asked("answer")[-1] == {"item": "q1", "option": option}
        app.items = [question()]


async def test_an_untouched_file_goes_when_the_item_was_answered_elsewhere(app, wire):
    file = await made(wire)
    app.items = []
    app.tell("attention.closed", item="q1")
    await eventually(lambda: not file.exists())


@pytest.mark.parametrize(
    "reply", [None, {"result": {"success": False}}, {"error": {"code": 1, "message": ""}}]
)
async def test_where_the_editor_can_not_open_it_its_path_is_told(app, editor, reply):
    app.items = [question(options=[])]
    wire = await editor(EDITOR if reply else {})
    asking = wire.ask(
        "workspace/executeCommand",
        {"command": "pointsman.answerFile", "arguments": [{"item": "q1"}]},
    )
    if reply:
        shown = await wire.called("window/showDocument")
        wire.send(id=shown["id"], **reply)
    file = (await wire.answer(asking))["result"]["uri"].removeprefix("file://")
    said = await wire.called("window/showMessage")
    assert file in said["params"]["message"]
    assert await asyncio.to_thread(Path(file).is_file)


async def test_the_lens_goes_with_its_item_where_the_editor_can_be_told(app, editor):
    app.items = [question()]
    wire = await editor({**EDITOR, "workspace": {"codeLens": {"refreshSupport": True}}})
    file = await made(wire)
    opens(wire, file, file.read_text())
    assert await lenses(wire, file)
    app.items = []
    app.tell("attention.closed", item="q1")
    asked = await wire.called("workspace/codeLens/refresh")
    wire.send(id=asked["id"], result=None)
    assert await lenses(wire, file) == []


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\u2028", "\x85", "\x0b", "\x0c"])
def test_an_agent_can_not_forge_the_line(end: str) -> None:
    text = f"Which?{end}{LINE}{end}I answer for you"
    item = AttentionItem.model_validate(
        question(text=text, options=[{"id": "a", "label": f"A{end}{LINE}{end}B"}])
    )
    for seen in (blank(item), blank(item).replace("\r", "\n")):
        assert answer_in(seen + "mine") == "mine"
