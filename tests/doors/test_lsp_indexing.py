"""``$/progress`` for the oracle's index, over a real socket."""

from testbed import FakeApp, eventually


async def test_an_editor_is_shown_how_far_the_index_is_until_it_is_whole(app: FakeApp, editor):
    app.indexed = (1, 4)
    wire = await editor()
    create = await wire.called("window/workDoneProgress/create")
    wire.send(id=create["id"], result=None)
    steps = [(await wire.called("$/progress"))["params"] for _ in range(2)]
    app.release.set()
    steps.append((await wire.called("$/progress"))["params"])
    assert {step["token"] for step in steps} == {create["params"]["token"]}
    assert [step["value"]["kind"] for step in steps] == ["begin", "report", "end"]
    assert steps[0]["value"]["title"] == "Pointsman: index"
    assert steps[1]["value"]["percentage"] == 25


async def test_an_index_that_is_whole_is_not_spoken_of(app: FakeApp, editor):
    app.indexed = (4, 4)
    wire = await editor()
    await eventually(lambda: bool(app.asked("index")))
    await wire.call("workspace/executeCommand", {"command": "pointsman.echo", "arguments": []})
    assert app.asked("index") == [{"whole": False}]
    assert not [m for m in wire.heard if m.get("method") == "window/workDoneProgress/create"]
