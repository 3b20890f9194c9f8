"""Documents that an editor has open stay as things are: virtual ones are asked for again, files are
written anew."""

from pathlib import Path
from typing import Any

import pytest
from testbed import EDITOR, FakeApp, eventually, unit

REFRESH = "workspace/textDocumentContent/refresh"
VIRTUAL = {**EDITOR, "workspace": {"textDocumentContent": {}}}


async def opened(wire, name: str, **argument: Any) -> str:
    """The URI of the document that a command opens."""
    command = {"command": f"pointsman.{name}", "arguments": [argument]}
    asking = wire.ask("workspace/executeCommand", command)
    shown = await wire.called("window/showDocument")
    wire.send(id=shown["id"], result={"success": True})
    return (await wire.answer(asking))["result"]["uri"]


@pytest.fixture
def alpha(app: FakeApp) -> FakeApp:
    app.units = [unit("alpha", workspace="/ws/alpha"), unit("beta")]
    return app


async def test_a_virtual_document_is_asked_for_again_when_its_unit_has_news(alpha, editor):
    wire = await editor(VIRTUAL)
    uri = await opened(wire, "showTranscript", unit="alpha")
    await eventually(lambda: len(alpha._followers) == 1)
    alpha.tell("log", unit="beta.1")
    alpha.tell("progress", unit="alpha.1", text="x")
    asked = await wire.called(REFRESH)
    assert asked["params"] == {"uri": uri}
    await wire.call("workspace/executeCommand", {"command": "pointsman.echo"})
    assert not [m for m in wire.heard if m.get("method") == REFRESH]


async def test_a_page_is_asked_for_again_when_anything_has_changed(alpha, editor):
    wire = await editor(VIRTUAL)
    await eventually(lambda: bool(alpha.asked("attention")))
    uri = await opened(wire, "showChunk", chunk="alpha")
    content = await wire.call("workspace/textDocumentContent", {"uri": uri})
    assert "**alpha** · running" in content["result"]["text"]
    alpha.units[0]["status"] = "BLOCKED"
    alpha.tell("unit.changed", unit="alpha.1")
    assert (await wire.called(REFRESH))["params"] == {"uri": uri}
    content = await wire.call("workspace/textDocumentContent", {"uri": uri})
    assert "**alpha** · blocked" in content["result"]["text"]


async def test_a_file_is_written_anew_while_it_is_open(alpha, editor):
    wire = await editor()
    uri = await opened(wire, "showDiff", unit="alpha")
    file = Path(uri.removeprefix("file://"))
    before = file.read_text()
    alpha._diff = lambda params, caller: {"patch": "another\n"}
    asked = len(alpha.asked("diff"))
    await eventually(lambda: len(alpha._followers) == 1)
    wire.opens(uri, before)
    await wire.call("workspace/executeCommand", {"command": "pointsman.echo"})
    alpha.tell("snapshot.taken", unit="alpha.1")
    await eventually(lambda: file.read_text() == "another\n")
    assert len(alpha.asked("diff")) == asked + 1
    other = await opened(wire, "showTranscript", unit="alpha")
    wire.opens(other, "")
    wire.send(method="textDocument/didClose", params={"textDocument": {"uri": uri}})
    await wire.call("workspace/executeCommand", {"command": "pointsman.echo"})
    Path(other.removeprefix("file://")).write_text("")
    alpha.tell("snapshot.taken", unit="alpha.1")
    await eventually(lambda: Path(other.removeprefix("file://")).read_text() != "")
    assert len(alpha.asked("diff")) == asked + 1


@pytest.mark.parametrize(
    "answer", [{"result": {"success": False}}, {"error": {"code": -32603, "message": "no"}}]
)
async def test_who_can_not_open_it_is_told_where_it_is(alpha, editor, answer):
    wire = await editor()
    command = {"command": "pointsman.showDiff", "arguments": [{"unit": "alpha"}]}
    asking = wire.ask("workspace/executeCommand", command)
    shown = await wire.called("window/showDocument")
    wire.send(id=shown["id"], **answer)
    uri = (await wire.answer(asking))["result"]["uri"]
    said = (await wire.called("window/showMessage"))["params"]["message"]
    assert uri.removeprefix("file://") in said


async def test_a_client_that_opens_nothing_is_told_too(alpha, editor):
    wire = await editor({})
    command = {"command": "pointsman.showDiff", "arguments": [{"unit": "alpha"}]}
    uri = (await wire.call("workspace/executeCommand", command))["result"]["uri"]
    said = (await wire.called("window/showMessage"))["params"]["message"]
    assert Path(uri.removeprefix("file://")).exists()
    assert uri.removeprefix("file://") in said


@pytest.mark.parametrize("chunk", ["../x", "", 3, None])
async def test_a_page_of_no_chunk_is_refused(editor, chunk):
    wire = await editor()
    command = {"command": "pointsman.showChunk", "arguments": [{"chunk": chunk}]}
    answer = await wire.call("workspace/executeCommand", command)
    assert answer["error"]["data"]["code"] == "invalid-params"


async def test_what_an_agent_says_in_a_transcript_can_not_look_like_another_line(alpha, editor):
    forged = "done\n2026-01-01T00:00:00Z told         go on\rand\u2028land"
    said = {"n": 1, "at": "2026-01-01T00:00:00Z", "kind": "message", "text": forged}
    alpha._log = lambda params, caller: {"lines": [said]}
    wire = await editor()
    uri = await opened(wire, "showTranscript", unit="alpha")
    first, *others = Path(uri.removeprefix("file://")).read_text().splitlines()
    assert first.endswith("done")
    assert [line[:34].strip() for line in others] == [""] * 3
