"""``pointsman/event``, ``pointsman/sync``, and documents."""

from pathlib import Path

import pytest
from testbed import FakeApp, eventually, question, unit


async def follows(app: FakeApp, count: int = 1) -> None:
    await eventually(lambda: len(app._followers) == count)


async def test_every_event_is_sent_on_with_its_places_as_uris(app: FakeApp, editor, repository):
    wire = await editor()
    await follows(app)
    app.tell("log", unit="alpha.1", text="x")
    app.tell("attention.opened", item={"id": "q1", "place": {"path": "src/x.py"}})
    first = (await wire.called("pointsman/event"))["params"]
    assert (first["seq"], first["kind"], first["unit"]) == (1, "log", "alpha.1")
    second = (await wire.called("pointsman/event"))["params"]
    place = second["data"]["item"]["place"]
    assert place["uri"] == (repository.root / "src/x.py").as_uri()
    assert place["range"]["start"] == {"line": 0, "character": 0}


async def test_a_client_asks_for_what_it_missed(app: FakeApp, editor):
    for _ in range(3):
        app.tell("log")
    wire = await editor()
    result = (await wire.call("pointsman/sync", {"since": 1}))["result"]
    assert [event["seq"] for event in result["events"]] == [2, 3]
    assert result["seq"] == 3


@pytest.mark.parametrize(
    ("params", "sent"),
    [
        ({}, True),
        ({"clientInfo": {"name": "Eglot"}}, False),
        ({"clientInfo": {"name": "Eglot"}, "initializationOptions": {"events": True}}, True),
        ({"initializationOptions": {"events": False}}, False),
    ],
)
async def test_a_client_that_would_complain_is_spared(app: FakeApp, editor, params, sent):
    wire = await editor(**params)
    await follows(app)
    app.tell("log")
    await wire.call("workspace/executeCommand", {"command": "pointsman.echo"})
    assert any(m.get("method") == "pointsman/event" for m in wire.heard) is sent


async def test_a_session_that_fell_behind_looks_again_and_goes_on(app: FakeApp, editor):
    wire = await editor()
    await follows(app)
    app.tell("log")
    app._followers[0].put_nowait(None)  # the stream ends
    await follows(app, 0)
    app.tell("log")
    seen = [(await wire.called("pointsman/event"))["params"]["seq"] for _ in range(2)]
    assert seen == [1, 2]


async def test_a_client_that_says_twice_that_it_is_ready_hears_everything_once(
    app: FakeApp, editor
):
    wire = await editor()
    wire.send(method="initialized", params={})
    await wire.call("pointsman/sync", {"since": 0})
    await follows(app)


async def test_an_item_that_makes_no_sense_does_not_stop_what_is_shown(
    app: FakeApp, editor, repository
):
    app.units, app.items = [unit("alpha")], [{"id": 3}]
    wire = await editor()
    await eventually(lambda: bool(app.asked("attention")))
    app.items = [question()]
    app.tell("attention.opened")
    assert (await wire.called("textDocument/publishDiagnostics"))["params"]["diagnostics"]


async def test_a_diff_is_opened_as_a_virtual_document_where_the_client_can(app, editor):
    app.units = [unit("alpha")]
    window = {"window": {"showDocument": {"support": True}}}
    wire = await editor({**window, "workspace": {"textDocumentContent": {}}})
    command = {"command": "pointsman.showDiff", "arguments": [{"unit": "alpha"}]}
    id = wire.ask("workspace/executeCommand", command)
    asked = await wire.called("window/showDocument")
    assert asked["params"]["uri"] == "pointsman:/alpha.1.diff"
    content = await wire.call("workspace/textDocumentContent", {"uri": asked["params"]["uri"]})
    assert content["result"] == {"text": "--- a/x.py of alpha.1\n"}
    wire.send(id=asked["id"], result={"success": True})
    assert (await wire.answer(id))["result"] == {"uri": asked["params"]["uri"]}


async def test_a_transcript_is_opened_as_a_private_file_elsewhere(app, editor):
    app.units = [unit("alpha")]
    wire = await editor()
    command = {"command": "pointsman.showTranscript", "arguments": [{"unit": "alpha.1"}]}
    wire.ask("workspace/executeCommand", command)
    asked = await wire.called("window/showDocument")
    file = Path(asked["params"]["uri"].removeprefix("file://"))
    assert "hello" in file.read_text()
    assert file.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("uri", ["pointsman:/../x.diff", "file:///etc/passwd", "pointsman:/x"])
async def test_there_are_no_other_documents(editor, uri):
    wire = await editor()
    answer = await wire.call("workspace/textDocumentContent", {"uri": uri})
    assert answer["error"]["data"]["code"] == "invalid-params"


async def test_showing_an_unknown_unit_is_refused(editor):
    wire = await editor()
    command = {"command": "pointsman.showDiff", "arguments": [{"unit": "nobody"}]}
    answer = await wire.call("workspace/executeCommand", command)
    assert answer["error"]["data"]["code"] == "unit-not-found"


async def test_another_build_of_the_client_is_let_in_and_told(knock, repository):
    wire = await knock("lsp", build="0.0.1-other")
    await wire.call("initialize", {"processId": None, "capabilities": {}})
    wire.send(method="initialized", params={})
    said = (await wire.called("window/showMessage"))["params"]
    assert said["type"] == 2
    assert "0.0.1-other" in said["message"]
    assert "pointsman daemon stop --drain" in said["message"]
