"""Lenses and hints: who touches a symbol, at the symbol, in the text as the editor has it."""

import asyncio
import copy
from typing import Any

import pytest
from testbed import EDITOR, FakeApp, conflict, eventually, touch, unit

PATH = "src/x.py"
TEXT = """\
import os


@cached
def f():
    return 1


def g(): return "😋", f
"""
NO_LENSES = copy.deepcopy(EDITOR)
del NO_LENSES["textDocument"]["codeLens"]


@pytest.fixture
def uri(repository) -> str:
    return (repository.root / PATH).as_uri()


@pytest.fixture
async def busy(app: FakeApp) -> FakeApp:
    """alpha changes f, and beta, which waits its turn, relies on it."""
    app.units = [unit("alpha"), unit("beta", status="READY")]
    app.touches[PATH] = [
        touch("alpha"),
        touch("beta", access="READ", inside="src/y.py#h", status="READY"),
    ]
    return app


async def shown(app: FakeApp) -> None:
    """Until a session has had its first look."""
    await eventually(lambda: bool(app.asked("attention")))
    await asyncio.sleep(0)


async def lenses(wire, uri: str) -> list[tuple[int, str]]:
    params = {"textDocument": {"uri": uri}}
    found = (await wire.call("textDocument/codeLens", params))["result"]
    return [(lens["range"]["start"]["line"], lens["command"]["title"]) for lens in found]


async def hints(wire, uri: str, last: int = 100) -> list[tuple[dict[str, int], str]]:
    around = {"start": {"line": 0, "character": 0}, "end": {"line": last, "character": 0}}
    params = {"textDocument": {"uri": uri}, "range": around}
    found = (await wire.call("textDocument/inlayHint", params))["result"]
    return [(hint["position"], hint["label"]) for hint in found]


async def test_above_a_symbol_is_who_changes_it_and_who_relies_on_it(busy, editor, uri):
    wire = await editor()
    await shown(busy)
    wire.opens(uri, TEXT)
    assert await lenses(wire, uri) == [(3, "alpha is changing this · beta relies on this (ready)")]
    assert busy.asked("who") == [{"path": PATH, "reads": True}]


async def test_the_lines_are_those_of_the_text_in_the_editor(busy, editor, uri):
    wire = await editor()
    await shown(busy)
    wire.opens(uri, TEXT)
    assert [line for line, _ in await lenses(wire, uri)] == [3]
    wire.edits(uri, "# new\n\n" + TEXT, 2)
    assert [line for line, _ in await lenses(wire, uri)] == [5]
    assert len(busy.asked("who")) == 1, "nobody's touch has changed"
    wire.edits(uri, "\n", 3)
    assert await lenses(wire, uri) == [(0, "alpha is changing this file")]


async def test_an_edit_while_symbols_are_read_is_waited_for(busy, editor, uri):
    read, started, go_on = busy._symbols, asyncio.Event(), asyncio.Event()

    async def slowly(params, caller):
        started.set()
        await go_on.wait()
        return await read(params, caller)

    busy._symbols = slowly
    wire = await editor()
    await shown(busy)
    wire.opens(uri, TEXT)
    asking = wire.ask("textDocument/codeLens", {"textDocument": {"uri": uri}})
    await started.wait()
    wire.edits(uri, "\n\n\n" + TEXT, 2)
    await wire.call("workspace/executeCommand", {"command": "pointsman.echo"})
    go_on.set()
    (lens,) = (await wire.answer(asking))["result"]
    assert lens["range"]["start"]["line"] == 6
    assert [asked["text"] for asked in busy.asked("symbols")] == [TEXT, "\n\n\n" + TEXT]


async def test_one_who_does_not_want_to_wait_leaves_the_reading_to_others(busy, editor, uri):
    read, started, go_on = busy._symbols, asyncio.Event(), asyncio.Event()

    async def slowly(params, caller):
        started.set()
        await go_on.wait()
        return await read(params, caller)

    busy._symbols = slowly
    wire = await editor()
    await shown(busy)
    wire.opens(uri, TEXT)
    params = {"textDocument": {"uri": uri}}
    first, second = (wire.ask("textDocument/codeLens", params) for _ in range(2))
    await started.wait()
    wire.send(method="$/cancelRequest", params={"id": first})
    assert (await wire.answer(first))["error"]["code"] == -32800
    go_on.set()
    assert (await wire.answer(second))["result"]
    assert len(busy.asked("symbols")) == 1


async def test_what_is_not_in_the_text_is_told_at_the_top(busy, editor, uri):
    busy.touches[PATH] = [
        touch("alpha", "gone", access="DELETE"),
        touch("beta", None, evidence="PREDICTED"),
        touch("beta", "gone", access="READ"),
    ]
    wire = await editor()
    await shown(busy)
    wire.opens(uri, TEXT)
    assert await lenses(wire, uri) == [
        (0, "alpha is deleting this file · beta may change this file (ready)")
    ]


async def test_what_the_operator_changes_they_know(busy, editor, uri):
    busy.touches[PATH] = [touch("operator")]
    wire = await editor()
    await shown(busy)
    wire.opens(uri, TEXT)
    assert await lenses(wire, uri) == []


async def test_of_many_only_some_are_named(busy, editor, uri):
    names = [f"unit{n}" for n in range(5)]
    busy.units = [unit(name) for name in names]
    busy.touches[PATH] = [touch(name) for name in names]
    wire = await editor()
    await shown(busy)
    wire.opens(uri, TEXT)
    ((_, title),) = await lenses(wire, uri)
    assert title.endswith("unit2 are changing this · 2 more")


async def test_an_undecided_pair_is_decided_from_its_first_lens(busy, editor, uri):
    both = conflict()
    both["overlaps"] += [{**both["overlaps"][0], "symbol": "g"}]
    busy.conflicts = [both]
    busy.touches[PATH] = [touch(c, s) for c in ("alpha", "beta") for s in ("f", "g")]
    wire = await editor()
    await shown(busy)
    wire.opens(uri, TEXT)
    found = (await wire.call("textDocument/codeLens", {"textDocument": {"uri": uri}}))["result"]
    assert [lens["command"]["title"] for lens in found] == [
        "alpha and beta (ready) are changing this · undecided",
        "alpha first",
        "beta first",
        "Independent",
        "Ask the agents",
        "alpha and beta (ready) are changing this · undecided",
    ]
    await wire.call("workspace/executeCommand", found[1]["command"])
    assert busy.asked("verdict") == [{"conflict": "c1", "verdict": "SERIALIZE", "first": "alpha"}]


async def test_a_serialized_pair_says_who_waits(busy, editor, uri):
    busy.conflicts = [conflict(verdict="SERIALIZE", first="alpha", resolved=True)]
    busy.touches[PATH] = [touch("alpha"), touch("beta")]
    wire = await editor()
    await shown(busy)
    wire.opens(uri, TEXT)
    ((_, title),) = await lenses(wire, uri)
    assert title.endswith(" · beta waits for alpha")


async def test_lenses_are_asked_for_again_when_they_would_be_others(busy, editor, uri):
    wire = await editor()
    await shown(busy)
    wire.opens(uri, TEXT)
    await lenses(wire, uri)
    looks = len(busy.asked("status"))
    busy.tell("snapshot.taken")
    busy.tell("unit.changed")  # of which nothing shows
    await eventually(lambda: len(busy.asked("status")) > looks)
    await wire.call("workspace/executeCommand", {"command": "pointsman.echo"})
    assert not [m for m in wire.heard if m.get("method") == "workspace/codeLens/refresh"]
    busy.touches[PATH] = [touch("beta", "g")]
    busy.tell("footprint.changed")
    await wire.called("workspace/codeLens/refresh")
    assert [line for line, _ in await lenses(wire, uri)] == [8]


async def test_a_closed_document_is_not_asked_about(busy, editor, uri):
    wire = await editor()
    await shown(busy)
    wire.opens(uri, TEXT)
    await lenses(wire, uri)
    wire.send(method="textDocument/didClose", params={"textDocument": {"uri": uri}})
    busy.touches[PATH] = []
    asked = len(busy.asked("who"))
    busy.tell("footprint.changed")
    looks = len(busy.asked("status"))
    await eventually(lambda: len(busy.asked("status")) > looks)
    await wire.call("workspace/executeCommand", {"command": "pointsman.echo"})
    assert len(busy.asked("who")) == asked
    assert not [m for m in wire.heard if m.get("method") == "workspace/codeLens/refresh"]


# The click


async def test_a_click_leads_to_the_diff_of_the_only_one(busy, editor, uri):
    busy.units = [unit("alpha", workspace="/ws/alpha")]
    patch = "diff --git a/a.py b/a.py\n@@\ndiff --git a/src/x.py b/src/x.py\n"
    busy._diff = lambda params, caller: {"patch": patch}
    wire = await editor()
    await shown(busy)
    wire.opens(uri, TEXT)
    found = (await wire.call("textDocument/codeLens", {"textDocument": {"uri": uri}}))["result"]
    wire.ask("workspace/executeCommand", found[0]["command"])
    asked = (await wire.called("window/showDocument"))["params"]
    assert asked["uri"].endswith("/alpha.1.diff")
    assert asked["selection"]["start"]["line"] == 2


async def test_a_click_where_several_are_leads_to_a_page_on_them(busy, editor, uri, repository):
    busy.conflicts = [conflict(why="Both write `f` <b>in</b> src/x.py.")]
    wire = await editor({**EDITOR, "workspace": {"textDocumentContent": {}}})
    await shown(busy)
    wire.opens(uri, TEXT)
    found = (await wire.call("textDocument/codeLens", {"textDocument": {"uri": uri}}))["result"]
    wire.ask("workspace/executeCommand", found[0]["command"])
    asked = (await wire.called("window/showDocument"))["params"]
    content = await wire.call("workspace/textDocumentContent", {"uri": asked["uri"]})
    page = content["result"]["text"]
    assert "**alpha** is changing it: observed, snapshot 0123456789" in page
    assert "**beta** relies on it in src/y.py\\#h (ready)" in page
    assert (
        "80% likely to collide, undecided. Both write \\`f\\` \\<b\\>in\\</b\\> src/x.py." in page
    )


@pytest.mark.parametrize("arguments", [{}, {"path": 3}, {"path": "src/x.py", "symbol": []}])
async def test_a_page_of_nothing_is_refused(busy, editor, arguments):
    wire = await editor()
    command = {"command": "pointsman.showWho", "arguments": [arguments]}
    answer = await wire.call("workspace/executeCommand", command)
    assert answer["error"]["data"]["code"] == "invalid-params"


# Hints


@pytest.mark.parametrize(("encoding", "end"), [("utf-16", 23), ("utf-8", 25), ("utf-32", 22)])
async def test_without_lenses_the_same_is_at_the_ends_of_lines(busy, editor, uri, encoding, end):
    busy.touches[PATH] = [touch("alpha"), touch("alpha", "g")]
    wire = await editor({**NO_LENSES, "general": {"positionEncodings": [encoding]}})
    await shown(busy)
    wire.opens(uri, TEXT)
    assert await hints(wire, uri) == [
        ({"line": 4, "character": 8}, "alpha is changing this"),
        ({"line": 8, "character": end}, "alpha is changing this"),
    ]
    assert [at["line"] for at, _ in await hints(wire, uri, last=5)] == [4]
    assert await lenses(wire, uri) == []


async def test_hints_are_asked_for_again_too(busy, editor, uri):
    wire = await editor(NO_LENSES)
    await shown(busy)
    wire.opens(uri, TEXT)
    assert await hints(wire, uri)
    busy.touches[PATH] = []
    busy.tell("footprint.changed")
    await wire.called("workspace/inlayHint/refresh")
    assert await hints(wire, uri) == []


@pytest.mark.parametrize(
    ("capabilities", "option", "lens", "hint"),
    [
        (EDITOR, None, True, False),
        (EDITOR, "hints", False, True),
        (EDITOR, "none", False, False),
        (EDITOR, ["lenses"], False, False),
        (NO_LENSES, None, False, True),
        (NO_LENSES, "lenses", True, False),
        ({}, None, False, False),
    ],
)
async def test_never_both_are_shown(busy, editor, uri, capabilities, option, lens, hint):
    options: dict[str, Any] = {"annotations": option} if option is not None else {}
    wire = await editor(capabilities, initializationOptions=options)
    assert ("inlayHintProvider" in wire.capabilities) is hint
    await shown(busy)
    wire.opens(uri, TEXT)
    assert bool(await lenses(wire, uri)) is lens
    assert bool(await hints(wire, uri)) is hint
