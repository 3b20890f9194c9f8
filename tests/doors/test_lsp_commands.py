"""``workspace/executeCommand`` over a real socket."""

import pytest
from testbed import FakeApp, eventually, unit


async def execute(wire, command, *arguments, **more):
    params = {"command": f"pointsman.{command}", "arguments": list(arguments), **more}
    return await wire.call("workspace/executeCommand", params)


async def test_every_operation_is_a_command(app, editor):
    wire = await editor()
    commands = wire.capabilities["executeCommandProvider"]["commands"]
    assert {f"pointsman.{name}" for name in app.operations()} <= set(commands)


async def test_the_one_object_arrives_as_it_is(editor):
    wire = await editor()
    params = {"a": "1", "snake_case": None, "jsonrpc": "2.0", "deep": [{"jsonrpc": "x", "id": 3}]}
    answer = await execute(wire, "echo", params)
    assert answer["result"] == {"params": params}


async def test_no_argument_is_an_empty_object(editor):
    wire = await editor()
    assert (await execute(wire, "echo"))["result"] == {"params": {}}
    assert (await execute(wire, "echo", None))["result"] == {"params": {}}


async def test_a_bare_string_fills_the_one_parameter_that_is_enough(app: FakeApp, editor):
    app.units = [unit("alpha")]
    wire = await editor()
    assert (await execute(wire, "unit", "alpha"))["result"]["unit"]["id"] == "alpha.1"


async def test_bare_strings_fill_a_list(app: FakeApp, editor):
    wire = await editor()
    await execute(wire, "validate", "x")
    await execute(wire, "validate", "x", "y")
    assert app.asked("validate") == [{"chunks": ["x"]}, {"chunks": ["x", "y"]}]


@pytest.mark.parametrize("arguments", [[1], ["a"], [{}, {}], [[]]])
async def test_other_arguments_are_refused_in_words(editor, arguments):
    wire = await editor()
    error = (await execute(wire, "echo", *arguments))["error"]
    assert error["code"] == -32803
    assert error["data"]["code"] == "invalid-params"
    assert error["data"]["remedy"]


@pytest.mark.parametrize("params", [None, [], {}, {"command": 3}, "x"])
async def test_a_command_request_of_the_wrong_shape_is_refused(editor, params):
    wire = await editor()
    answer = await wire.call("workspace/executeCommand", params)
    assert answer["error"]["data"]["code"] == "invalid-params"


@pytest.mark.parametrize("command", ["pointsman.nothing", "echo", "other.echo"])
async def test_an_unknown_command_is_refused(editor, command):
    wire = await editor()
    answer = await wire.call("workspace/executeCommand", {"command": command})
    assert answer["error"]["data"]["code"] == "operation-unknown"


async def test_an_operations_error_is_data_with_its_place_as_a_uri(editor, repository):
    wire = await editor()
    error = (await execute(wire, "refused"))["error"]
    assert error["code"] == -32803
    assert error["message"] == "It is ACTIVE. Make a new one."
    data = error["data"]
    assert (data["code"], data["data"]) == ("chunk-status", {"status": "ACTIVE"})
    assert data["place"]["uri"] == (repository.root / "docs/chunks/a/GOAL.md").as_uri()
    assert data["place"]["range"]["start"] == {"line": 2, "character": 0}


async def test_a_long_operation_reports_progress_on_a_token_that_the_client_agreed_to(editor):
    wire = await editor()
    id = wire.ask("workspace/executeCommand", {"command": "pointsman.inject", "arguments": ["new"]})
    create = await wire.called("window/workDoneProgress/create")
    wire.send(id=create["id"], result=None)
    steps = [(await wire.called("$/progress"))["params"] for _ in range(3)]
    assert {step["token"] for step in steps} == {create["params"]["token"]}
    assert [step["value"]["kind"] for step in steps] == ["begin", "report", "end"]
    assert steps[1]["value"] == {"kind": "report", "message": "cutting", "percentage": 50}
    assert (await wire.answer(id))["result"]["units"]


async def test_progress_goes_to_the_token_that_the_client_gave(editor):
    wire = await editor()
    answer = await execute(wire, "inject", "new", workDoneToken="mine")
    steps = [(await wire.called("$/progress"))["params"] for _ in range(3)]
    assert {step["token"] for step in steps} == {"mine"}
    assert "error" not in answer


async def test_a_client_that_refuses_the_token_gets_its_result_all_the_same(editor):
    wire = await editor()
    id = wire.ask("workspace/executeCommand", {"command": "pointsman.inject", "arguments": ["n"]})
    create = await wire.called("window/workDoneProgress/create")
    wire.send(id=create["id"], error={"code": -32603, "message": "no"})
    assert (await wire.answer(id))["result"]["units"]


async def test_a_client_that_never_agrees_to_a_token_gets_its_result_all_the_same(editor):
    wire = await editor()
    id = wire.ask("workspace/executeCommand", {"command": "pointsman.inject", "arguments": ["n"]})
    create = await wire.called("window/workDoneProgress/create")
    assert (await wire.answer(id))["result"]["units"]
    wire.send(id=create["id"], result=None)  # too late, and no harm
    assert (await execute(wire, "echo"))["result"]


async def test_a_client_without_progress_is_not_asked_for_a_token(editor):
    wire = await editor({})
    assert (await execute(wire, "inject", "new"))["result"]["units"]
    assert not [m for m in wire.heard if m.get("method") == "window/workDoneProgress/create"]


async def test_closing_the_progress_box_cancels_the_operation_for_real(app: FakeApp, editor):
    wire = await editor()
    params = {"command": "pointsman.slow", "arguments": [{}], "workDoneToken": "t"}
    id = wire.ask("workspace/executeCommand", params)
    await eventually(lambda: "slow" in app.running)
    wire.send(method="window/workDoneProgress/cancel", params={"token": "t"})
    assert (await wire.answer(id))["error"]["code"] == -32800
    assert app.cancelled == ["slow"]


async def test_the_caller_is_named_with_its_session_and_checkout(app: FakeApp, editor, repository):
    one, two = await editor(), await editor()
    await execute(one, "echo", {})
    await execute(two, "echo", {})
    callers = [caller for name, _, caller in app.calls if name == "echo"]
    assert [caller.door for caller in callers] == ["lsp", "lsp"]
    assert callers[0].session != callers[1].session
    assert callers[0].checkout == str(repository.root)
