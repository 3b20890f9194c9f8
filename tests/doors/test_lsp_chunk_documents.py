"""Writing a chunk document: completion, links, definitions and hovers over a real socket."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from testbed import FakeApp, conflict, eventually, question, touch, unit

from pointsman.doors.lsp.features.completion import INSIDE
from pointsman.doors.lsp.naming import Named, front_matter, named, slot
from pointsman.model.budget import Budget
from pointsman.model.chunk import ABOUT, CodeReference, FrontMatter, SubsystemLink

GOAL = "docs/chunks/alpha/GOAL.md"
DOCUMENT = """\
---
status: FUTURE
depends_on: [beta, "gone"]  # not parser
code_paths:
  - src/x.py
  - src/nowhere.py
code_references:
  - ref: src/x.py#f
    implements: 😋 all
  - {ref: 'src/x.py', implements: more}
agent: demo
---
See `src/x.py#f` and `beta`, not src/x.py.
"""


@pytest.fixture
def uri(repository) -> str:
    return (repository.root / GOAL).as_uri()


@pytest.fixture
async def wire(app: FakeApp, editor, uri):
    """An editor that has the document open."""
    app.units = [unit("alpha"), unit("beta")]
    app.chunks = [
        {"name": "alpha", "path": GOAL, "status": "FUTURE"},
        {"name": "beta", "path": "docs/chunks/beta/GOAL.md", "status": "ACTIVE", "title": "Beta"},
    ]
    wire = await editor()
    await eventually(lambda: bool(app.asked("attention")))
    wire.opens(uri, DOCUMENT)
    return wire


async def ask(wire, method: str, uri: str, line: int, character: int) -> Any:
    at = {"line": line, "character": character}
    params = {"textDocument": {"uri": uri}, "position": at}
    answer = await wire.call(f"textDocument/{method}", params)
    assert "error" not in answer, answer
    return answer["result"]


async def completed(wire, uri: str, text: str) -> list[str]:
    """What is offered at the bar in ``text``, as it would be typed there."""
    before, after = text.split("|")
    line = before.count("\n")
    column = len(before.rpartition("\n")[2])
    wire.edits(uri, before + after, 2)
    result = await ask(wire, "completion", uri, line, column)
    for item in result["items"] if result else ():
        edit = item["textEdit"]["range"]
        assert edit["start"]["line"] == line
        assert edit["end"] == {"line": line, "character": column}
    return [item["textEdit"]["newText"] for item in result["items"]] if result else []


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("---\nst|", set(ABOUT)),
        ("---\nstatus: ACTIVE\n|\n---\n", set(ABOUT) - {"status"}),
        ("---\nstatus: |", {"FUTURE", "IMPLEMENTING", "ACTIVE"}),
        ("---\ndepends_on: [|", {"beta"}),
        ("---\ndepends_on: [x, be|]\n---\n", {"beta"}),
        ("---\ndepends_on:\n  - x\n  - |", {"beta"}),
        ("---\ncreated_after:\n- '|", {"beta"}),
        ("---\nagent: |", {"demo", "claude"}),
        ("---\nsubsystems:\n  - subsystem_id: |", {"search"}),
        ("---\nsubsystems: [{relationship: |", {"implements", "uses"}),
        ("---\nsubsystems:\n  - |", {"subsystem_id", "relationship"}),
        ("---\nbudget:\n  |", {"seconds", "tokens", "money", "turns"}),
        ("---\ncode_paths: [|", {"src/", "docs/"}),
        ("---\ncode_paths:\n  - src/|", {"src/x.py"}),
        ("---\ncode_references:\n  - ref: src/|", {"src/x.py"}),
        ("---\ncode_references:\n  - ref: src/x.py#|", {"src/x.py#f"}),
        ("---\ncode_references:\n  - re|", {"ref", "implements"}),
    ],
)
async def test_what_can_stand_there_is_offered(wire, uri, text, offered):
    found = await completed(wire, uri, text)
    assert offered <= set(found)
    assert "alpha" not in found, "a chunk does not depend on itself"
    assert ".git/" not in found


@pytest.mark.parametrize(
    "text",
    [
        "---\nstatus: FUTURE\n---\nbod|",
        "stat|",
        "---\nother: |",
        "---\ndepends_on: [beta] # |",
        "---\ncode_paths: [../|",
        "---\ncode_paths: [/|",
        "---\ncode_references: [{ref: ../x#|",
    ],
)
async def test_nothing_is_offered_elsewhere(wire, uri, text):
    assert not set(await completed(wire, uri, text)) - set(INSIDE["code_references"])


async def test_a_place_is_replaced_in_the_clients_columns(wire, uri):
    wire.edits(uri, '---\ndepends_on: ["😋", be', 2)
    result = await ask(wire, "completion", uri, 1, len('depends_on: ["😋", be') + 1)
    (item,) = result["items"]
    assert item["textEdit"]["range"]["start"]["character"] == len('depends_on: ["😋", ') + 1
    assert (item["detail"], item["documentation"]) == ("ACTIVE", "Beta")


async def test_what_is_named_and_there_is_a_link(wire, uri, repository):
    params = {"textDocument": {"uri": uri}}
    links = (await wire.call("textDocument/documentLink", params))["result"]
    found = [
        (link["range"]["start"]["line"], link["range"]["start"]["character"], link["target"])
        for link in links
    ]
    root = repository.root.as_uri()
    assert found == [
        (2, 13, f"{root}/docs/chunks/beta/GOAL.md"),
        (4, 4, f"{root}/src/x.py"),
        (7, 9, f"{root}/src/x.py"),
        (9, 11, f"{root}/src/x.py"),
        (12, 5, f"{root}/src/x.py"),
    ]


async def test_a_definition_is_the_symbol_the_file_or_the_chunk(wire, uri, repository):
    root = repository.root.as_uri()
    symbol = await ask(wire, "definition", uri, 7, 12)
    assert symbol["uri"] == f"{root}/src/x.py"
    assert symbol["range"] == {
        "start": {"line": 3, "character": 4},
        "end": {"line": 3, "character": 5},
    }
    wire.opens(f"{root}/src/x.py", "\n\ndef f(): pass\n")  # not saved yet
    assert (await ask(wire, "definition", uri, 12, 6))["range"]["start"]["line"] == 2
    assert (await ask(wire, "definition", uri, 4, 5))["range"]["start"]["line"] == 0
    chunk = await ask(wire, "definition", uri, 2, 14)
    assert chunk["uri"] == f"{root}/docs/chunks/beta/GOAL.md"
    for nowhere in ((5, 6), (2, 20), (1, 9), (12, 34), (99, 0)):
        assert await ask(wire, "definition", uri, *nowhere) is None


async def test_over_a_chunks_name_is_its_card(app: FakeApp, wire, uri):
    app.units[1] |= {
        "status": "BLOCKED",
        "phase": "IMPLEMENT",
        "agent": "demo",
        "base": {"branch": "main", "commit": "0123456789abcdef"},
        "blockedBy": ["alpha"],
        "usage": {"tokens": 12345, "money": 0.5, "seconds": 120},
    }
    app.items = [question(chunk="beta", text="Tabs *or* spaces?")]
    looks = len(app.asked("attention"))
    app.tell("unit.changed")
    await eventually(lambda: len(app.asked("attention")) > looks)
    card = (await ask(wire, "hover", uri, 2, 14))["contents"]["value"]
    assert card.startswith("**beta** · blocked · implement\n")
    assert "agent: demo" in card
    assert "base: main at 0123456789" in card
    assert "blocked by: alpha" in card
    assert "used: 12,345 tokens, 0.50 of money, 2 min" in card
    assert "waits for you: question: Tabs \\*or\\* spaces?" in card


async def test_a_chunk_that_is_not_in_the_pool_has_a_card_too(app: FakeApp, wire, uri):
    app.units = []
    looks = len(app.asked("attention"))
    app.tell("unit.changed")
    await eventually(lambda: len(app.asked("attention")) > looks)
    card = (await ask(wire, "hover", uri, 12, 24))["contents"]["value"]
    assert card == "**beta** · active, not in the pool\n\nBeta"
    assert await ask(wire, "hover", uri, 2, 21) is None


# Hovers in source


async def test_over_a_symbol_is_who_touches_it_and_what_collides(app: FakeApp, editor, repository):
    app.units = [unit("alpha"), unit("beta")]
    app.conflicts = [conflict()]
    app.touches["src/x.py"] = [
        touch("alpha", evidence="PREDICTED", confidence=0.6, why="PLAN.md:12"),
        touch("beta", access="READ", inside="src/y.py#g"),
    ]
    wire = await editor()
    await eventually(lambda: bool(app.asked("attention")))
    source = (repository.root / "src/x.py").as_uri()
    wire.opens(source, "def f(): pass\n\n\ndef g():\n    f()\n")
    card = (await ask(wire, "hover", source, 0, 4))["contents"]
    assert card["kind"] == "markdown"
    assert "**alpha** may change it: predicted, 60%, PLAN.md:12" in card["value"]
    assert "**beta** relies on it in src/y.py\\#g: observed" in card["value"]
    assert "80% likely to collide, undecided" in card["value"]
    assert await ask(wire, "hover", source, 4, 5) == {"contents": card}, "where it is used, too"
    for elsewhere in ((3, 4), (0, 0), (9, 9)):
        assert await ask(wire, "hover", source, *elsewhere) is None


async def test_a_hover_is_plain_where_the_client_is(app: FakeApp, editor, repository):
    app.units = [unit("alpha")]
    app.touches["src/x.py"] = [touch("alpha", "my_f", why="a*b")]
    wire = await editor({})
    await eventually(lambda: bool(app.asked("attention")))
    source = (repository.root / "src/x.py").as_uri()
    wire.opens(source, "def my_f(): pass\n")
    card = (await ask(wire, "hover", source, 0, 4))["contents"]
    assert card == {
        "kind": "plaintext",
        "value": "my_f in src/x.py\n\n- alpha is changing it: observed, a*b",
    }


# Lenses


async def titles(wire, uri: str) -> dict[str, dict[str, Any]]:
    answer = await wire.call("textDocument/codeLens", {"textDocument": {"uri": uri}})
    return {lens["command"]["title"]: lens["command"] for lens in answer["result"]}


@pytest.mark.parametrize(
    ("units", "offered"),
    [
        ([], ["Inject"]),
        ([unit("alpha", status="READY")], ["ready"]),
        (
            [unit("alpha", phase="IMPLEMENT", workspace="/ws")],
            ["running · implement", "Diff", "Transcript"],
        ),
        (
            [unit("alpha", status="NEEDS_ATTENTION", phase="LAND", workspace="/ws")],
            ["needs attention · land", "Diff", "Transcript", "Land"],
        ),
        ([unit("alpha", status="FAILED")], ["Retry", "Diff", "Transcript"]),
        ([unit("alpha", status="COMPLETED")], ["Inject", "Diff", "Transcript"]),
        (
            [unit("alpha", status="FAILED"), {**unit("alpha", status="READY"), "id": "alpha.2"}],
            ["ready"],
        ),
    ],
)
async def test_above_a_goal_is_what_can_be_done_with_its_unit(
    app: FakeApp, editor, uri, units, offered
):
    app.units = units
    wire = await editor()
    await eventually(lambda: bool(app.asked("attention")))
    wire.opens(uri, DOCUMENT)
    assert list(await titles(wire, uri)) == offered


async def test_what_is_done_is_not_injected(app: FakeApp, editor, uri):
    wire = await editor()
    await eventually(lambda: bool(app.asked("attention")))
    wire.opens(uri, DOCUMENT.replace("FUTURE", "ACTIVE"))
    assert await titles(wire, uri) == {}


async def test_they_change_with_the_unit(app: FakeApp, editor, uri, repository):
    wire = await editor()
    await eventually(lambda: bool(app.asked("attention")))
    wire.opens(uri, DOCUMENT)
    inject = (await titles(wire, uri))["Inject"]
    asking = wire.ask("workspace/executeCommand", inject)
    create = await wire.called("window/workDoneProgress/create")
    wire.send(id=create["id"], result=None)
    await wire.answer(asking)
    assert app.asked("inject") == [{"chunks": ["alpha"]}]
    await wire.called("workspace/codeLens/refresh")
    assert list(await titles(wire, uri)) == ["running"]
    app.units.append(unit("beta"))
    app.conflicts = [conflict()]
    app.tell("conflict.changed")
    await wire.called("workspace/codeLens/refresh")
    shown = await titles(wire, uri)
    assert list(shown) == ["running", "Conflicts (1, 1 undecided)"]
    wire.ask("workspace/executeCommand", shown["Conflicts (1, 1 undecided)"])
    asked = (await wire.called("window/showDocument"))["params"]
    assert ".chunk.md" in asked["uri"]


async def test_a_plan_has_none(app: FakeApp, wire, uri):
    plan = uri.replace("GOAL", "PLAN")
    wire.opens(plan, "# Plan\n")
    assert await titles(wire, plan) == {}


# Reading what is half written


def test_every_key_is_described() -> None:
    assert ABOUT.keys() == FrontMatter.model_fields.keys()
    assert set(INSIDE["code_references"]) == CodeReference.model_fields.keys()
    assert set(INSIDE["subsystems"]) == SubsystemLink.model_fields.keys()
    assert set(INSIDE["budget"]) == Budget.model_fields.keys()


def test_values_are_found_where_they_stand() -> None:
    lines = DOCUMENT.splitlines()
    found = list(named(lines))
    assert all(lines[n.line][n.start : n.end] == n.value for n in found)
    assert [(n.key, n.value) for n in found] == [
        ("status", "FUTURE"),
        ("depends_on", "beta"),
        ("depends_on", "gone"),
        ("code_paths", "src/x.py"),
        ("code_paths", "src/nowhere.py"),
        ("code_references.ref", "src/x.py#f"),
        ("code_references.implements", "😋 all"),
        ("code_references.ref", "src/x.py"),
        ("code_references.implements", "more"),
        ("agent", "demo"),
        ("body", "src/x.py#f"),
        ("body", "beta"),
    ]


@given(
    st.text(alphabet="-:#`'\"[]{}, \tab\n.😋", max_size=80), st.integers(0, 12), st.integers(0, 30)
)
def test_nothing_that_is_typed_can_upset_it(typed: str, line: int, column: int) -> None:
    lines = ["---", *typed.split("\n")]
    for each in named(lines):
        assert isinstance(each, Named)
        assert lines[each.line][each.start : each.end] == each.value
    here = slot(lines, line, column)
    if here is not None:
        assert line in front_matter(lines)
        assert lines[line][here.start : column] == here.typed[: len(lines[line]) - here.start]
