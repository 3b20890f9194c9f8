"""Questions as message boxes."""

import pytest
from testbed import FakeApp, eventually, question, unit

ASK = "window/showMessageRequest"


@pytest.fixture
async def wire(app: FakeApp, editor):
    """An editor that has seen how things are: nothing is open."""
    app.units = [unit("alpha")]
    wire = await editor()
    await looked(app)
    return wire


async def looked(app: FakeApp) -> None:
    """Until the session has looked at the state once more, and shown it."""
    asked = len(app.asked("attention"))
    await eventually(lambda: len(app.asked("attention")) > asked)


def opens(app: FakeApp, *items) -> None:
    app.items = [*app.items, *items]
    app.tell("attention.opened")


async def test_a_question_with_options_is_asked_and_its_answer_given(app, wire):
    opens(app, question())
    asked = await wire.called(ASK)
    assert asked["params"]["message"] == "alpha: Tabs or spaces?"
    assert [action["title"] for action in asked["params"]["actions"]] == ["Tabs", "Spaces"]
    wire.send(id=asked["id"], result={"title": "Spaces"})
    await eventually(lambda: bool(app.asked("answer")))
    assert app.asked("answer") == [{"item": "q1", "option": "spaces"}]


async def test_options_of_one_label_can_be_told_apart(app, wire):
    options = [{"id": "a", "label": "Yes"}, {"id": "b", "label": "Yes"}]
    opens(app, question(options=options))
    asked = await wire.called(ASK)
    wire.send(id=asked["id"], result=asked["params"]["actions"][1])
    await eventually(lambda: bool(app.asked("answer")))
    assert app.asked("answer") == [{"item": "q1", "option": "b"}]


@pytest.mark.parametrize(
    "answer",
    [
        {"result": None},
        {"error": {"code": -32603, "message": "Canceled"}},
        {"result": {"title": "Neither"}},
        {"result": 3},
    ],
)
async def test_no_answer_leaves_the_item_open_and_the_next_is_asked(app, wire, answer):
    opens(app, question(), question("q2", text="And?"))
    first = await wire.called(ASK)
    wire.send(id=first["id"], **answer)
    second = await wire.called(ASK)
    assert second["params"]["message"] == "alpha: And?"
    assert not app.asked("answer")
    assert len(app.items) == 2


async def test_one_box_at_a_time(app, wire):
    opens(app, question(), question("q2", text="And?"))
    await wire.called(ASK)
    await looked_again(app, wire)
    assert not [m for m in wire.heard if m.get("method") == ASK]


async def looked_again(app: FakeApp, wire) -> None:
    app.tell("unit.changed")
    await looked(app)
    await wire.call("workspace/executeCommand", {"command": "pointsman.echo"})


async def test_nothing_is_asked_at_start_up(app: FakeApp, editor):
    app.units, app.items = [unit("alpha")], [question()]
    wire = await editor()
    await looked(app)
    await looked_again(app, wire)
    assert not [m for m in wire.heard if m.get("method") == ASK]


@pytest.mark.parametrize(
    ("capabilities", "options"),
    [
        ({}, None),
        ({"window": {"showMessage": {}}}, None),
        ({"window": {"showMessage": {"messageActionItem": {}}}}, {"prompts": False}),
    ],
)
async def test_a_client_that_can_not_or_will_not_is_not_asked(
    app: FakeApp, editor, capabilities, options
):
    wire = await editor(capabilities, initializationOptions=options)
    await looked(app)
    opens(app, question())
    await looked(app)
    await looked_again(app, wire)
    assert not [m for m in wire.heard if m.get("method") == ASK]


async def test_what_is_no_question_with_options_is_not_asked(app, wire):
    opens(app, question(options=[]), question("q2", reason="PERMISSION"))
    await looked_again(app, wire)
    assert not [m for m in wire.heard if m.get("method") == ASK]


async def test_an_answer_that_comes_too_late_is_harmless_and_the_next_question_does_not_wait(
    app, wire
):
    opens(app, question(), question("q2", text="And?"))
    first = await wire.called(ASK)
    app.items = app.items[1:]  # answered at another door
    app.tell("attention.closed")
    assert (await wire.called("$/cancelRequest"))["params"] == {"id": first["id"]}
    second = await wire.called(ASK)
    wire.send(id=first["id"], result={"title": "Tabs"})
    wire.send(id=second["id"], result={"title": "Tabs"})
    await eventually(lambda: bool(app.asked("answer")))
    assert app.asked("answer") == [{"item": "q2", "option": "tabs"}]


async def test_the_first_of_two_editors_to_answer_wins(app, wire, editor):
    other = await editor()
    await looked(app)
    opens(app, question())
    asked = await wire.called(ASK), await other.called(ASK)
    wire.send(id=asked[0]["id"], result={"title": "Tabs"})
    await eventually(lambda: not app.items)
    other.send(id=asked[1]["id"], result={"title": "Spaces"})
    assert (await other.call("workspace/executeCommand", {"command": "pointsman.echo"}))["result"]
    assert app.asked("answer")[0] == {"item": "q1", "option": "tabs"}


async def test_an_editor_that_vanishes_under_a_box_leaves_the_item_open(app, wire, listener):
    opens(app, question())
    await wire.called(ASK)
    await wire.close()
    await eventually(lambda: not listener.sessions)
    assert app.items
    assert not app.asked("answer")


async def test_what_has_no_file_to_be_marked_in_is_said(app, wire):
    opens(app, question(unit=None, chunk=None, reason="CIRCUIT_OPEN", options=[]))
    assert (await wire.called("window/showMessage"))["params"]["message"] == "Tabs or spaces?"


async def test_an_endless_question_is_cut_in_the_box(app, wire):
    opens(app, question(text="x" * 100_000))
    assert len((await wire.called(ASK))["params"]["message"]) == 1000


async def test_an_editor_is_told_once_where_agents_are_held_back_less(app: FakeApp, editor):
    app.daemon = {"sandbox": "none", "network": ["claude"]}
    wire = await editor()
    first = await wire.called("window/showMessage")
    second = await wire.called("window/showMessage")
    assert "without a sandbox" in first["params"]["message"]
    assert second["params"]["message"].endswith("services too: claude.")
    app.tell("unit.changed")
    await looked(app)
    app.daemon = {"sandbox": "none", "network": ["claude", "codex"]}
    app.tell("daemon.changed")
    third = await wire.called("window/showMessage")  # and nothing of before in between
    assert third["params"]["message"].endswith("services too: claude, codex.")


async def test_a_message_has_no_link_whatever_it_quotes(app, wire):
    link = "[Fix](command:workbench.action.terminal.sendSequence)"
    shown = "[Fix] (command:workbench.action.terminal.sendSequence)"
    failed = question(unit=None, chunk=None, reason="CIRCUIT_OPEN", options=[], text=link)
    opens(app, failed)
    assert (await wire.called("window/showMessage"))["params"]["message"] == shown
    opens(app, question(id="q2", text=link))
    assert (await wire.called(ASK))["params"]["message"] == f"alpha: {shown}"


async def test_what_was_answered_for_the_operator_is_said(app, wire):
    app.tell("attention.closed", "alpha.1", item="q1", answer="Tabs", door="default")
    said = await wire.called("window/showMessage")
    assert said["params"]["message"] == "alpha.1: q1 was answered by your default: Tabs"
