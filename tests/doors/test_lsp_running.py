"""``$/progress`` of the units that are at work."""

from typing import Any

from testbed import EDITOR, FakeApp, eventually, unit


async def box(wire) -> str:
    """The token of the next box, which the client agrees to."""
    create = await wire.called("window/workDoneProgress/create")
    wire.send(id=create["id"], result=None)
    return create["params"]["token"]


async def step(wire, token: str) -> dict[str, Any]:
    message = await wire.until(
        lambda m: m.get("method") == "$/progress" and m["params"]["token"] == token
    )
    return message["params"]["value"]


async def test_a_unit_at_work_is_shown_from_its_start_to_its_landing(app: FakeApp, editor):
    app.units = [unit("alpha", phase="IMPLEMENT"), unit("beta", status="READY")]
    wire = await editor()
    token = await box(wire)
    assert await step(wire, token) == {"kind": "begin", "title": "alpha", "cancellable": False}
    assert await step(wire, token) == {"kind": "report", "message": "implement"}
    app.tell("progress", unit="alpha.1", text="half way", percent=50)
    said = {"kind": "report", "message": "implement: half way", "percentage": 50}
    assert await step(wire, token) == said
    app.units[0]["phase"] = "LAND"
    app.tell("unit.changed")
    assert await step(wire, token) == {"kind": "report", "message": "land"}
    app.tell("landing.step", unit="alpha.1", landing={"state": "MERGED"})
    assert (await step(wire, token))["message"] == "land: merged"
    app.units[0]["status"] = "COMPLETED"
    app.tell("unit.changed")
    assert await step(wire, token) == {"kind": "end"}


async def test_who_ends_before_the_client_agrees_is_ended_all_the_same(app: FakeApp, editor):
    app.units = [unit("alpha")]
    wire = await editor()
    create = await wire.called("window/workDoneProgress/create")
    app.units = []
    looks = len(app.asked("attention"))
    app.tell("unit.changed")
    await eventually(lambda: len(app.asked("attention")) > looks)
    wire.send(id=create["id"], result=None)
    kinds = [(await step(wire, create["params"]["token"]))["kind"] for _ in range(2)]
    assert kinds == ["begin", "end"]


async def test_of_very_many_only_some_are_shown(app: FakeApp, editor):
    app.units = [unit(f"unit{n}") for n in range(30)]
    wire = await editor()
    for _ in range(10):
        await box(wire)
    await wire.call("workspace/executeCommand", {"command": "pointsman.echo"})
    assert not [m for m in wire.heard if m.get("method") == "window/workDoneProgress/create"]


async def test_a_client_without_progress_has_none(app: FakeApp, editor):
    app.units = [unit("alpha")]
    wire = await editor({**EDITOR, "window": {}})
    await eventually(lambda: bool(app.asked("attention")))
    await wire.call("workspace/executeCommand", {"command": "pointsman.echo"})
    assert not [m for m in wire.heard if m.get("method") == "window/workDoneProgress/create"]
