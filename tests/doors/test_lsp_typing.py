"""What is typed is compared while it is typed, in one session, and is nobody else's."""

from pathlib import Path
from typing import Any

import pytest
from testbed import EDITOR, FakeApp, FakeUnsaved, conflict, eventually, unit

from pointsman.doors.lsp.features import diagnostics
from pointsman.doors.lsp.features import typing as feature
from pointsman.model.conflict import Conflict
from pointsman.model.footprint import OPERATOR
from pointsman.model.place import Range
from pointsman.operations.seam import Met

PATH = "src/x.py"


def met(lines: tuple[int, int] = (3, 4), **fields: Any) -> Met:
    wire = conflict("alpha", OPERATOR, id="", verdict="SERIALIZE", **fields)
    found = Conflict.model_validate(wire)
    return Met(found, found.overlaps[0], Range.lines(*lines), Range.lines(*lines))


def document(uri: str, text: str) -> dict[str, Any]:
    return {"textDocument": {"uri": uri, "languageId": "x", "version": 1, "text": text}}


def position(line: int, character: int) -> dict[str, int]:
    return {"line": line, "character": character}


def change(uri: str, text: str, start: Any = None, end: Any = None) -> dict[str, Any]:
    changed: dict[str, Any] = {"text": text}
    if start is not None:
        changed["range"] = {"start": start, "end": end or start}
    return {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [changed]}


class Writer:
    """An editor in which somebody types."""

    def __init__(self, app: FakeApp, wire: Any, root: Path, session: FakeUnsaved) -> None:
        self.app, self.wire, self.root, self.unsaved = app, wire, root, session

    def uri(self, path: str = PATH) -> str:
        return (self.root / path).as_uri()

    async def open(self, text: str, uri: str | None = None) -> None:
        self.wire.send(method="textDocument/didOpen", params=document(uri or self.uri(), text))
        await self.has_read()

    async def type(self, text: str, *where: Any, uri: str | None = None) -> None:
        params = change(uri or self.uri(), text, *where)
        self.wire.send(method="textDocument/didChange", params=params)
        await self.has_read()

    async def close(self, uri: str | None = None) -> None:
        params = {"textDocument": {"uri": uri or self.uri()}}
        self.wire.send(method="textDocument/didClose", params=params)
        await self.has_read()

    async def has_read(self) -> None:
        """All that was sent so far."""
        await self.wire.call("workspace/executeCommand", {"command": "pointsman.echo"})

    async def shown(self, uri: str | None = None) -> list[dict[str, Any]]:
        """What is shown next in a file."""
        told = await self.wire.until(
            lambda m: (
                m.get("method") == "textDocument/publishDiagnostics"
                and m["params"]["uri"] == (uri or self.uri())
            )
        )
        found: list[dict[str, Any]] = told["params"]["diagnostics"]
        return found


@pytest.fixture
async def write(app: FakeApp, editor: Any, repository: Any) -> Any:
    """``await write()``: a new session in which to type."""

    async def start(encoding: str = "utf-16", **fields: Any) -> Writer:
        before = set(app.sessions)
        capabilities = {**EDITOR, "general": {"positionEncodings": [encoding]}}
        wire = await editor(capabilities, **fields)
        (new,) = set(app.sessions) - before
        return Writer(app, wire, repository.root, app.sessions[new])

    return start


async def test_what_is_typed_is_shown_where_it_collides(app: FakeApp, write: Any) -> None:
    app.units = [unit("alpha", workspace="/work/alpha")]
    app.met[b"return 2"] = (met((1, 2)),)
    writer = await write()
    await writer.open("\ndef f():\n    return 1\n")
    await writer.type("2", position(2, 11), position(2, 12))
    (shown,) = await writer.shown()
    assert shown["message"].startswith("alpha and you: both write f.")
    assert shown["code"] == "conflict-symbol"
    assert shown["range"] == {"start": position(1, 0), "end": position(3, 0)}
    (related,) = shown["relatedInformation"]
    assert related["message"].startswith("alpha: ")
    await writer.type("1", position(2, 11), position(2, 12))
    assert await writer.shown() == []


async def test_of_what_is_unsaved_the_others_diff_is_offered_and_no_verdict(
    app: FakeApp, write: Any
) -> None:
    app.units = [unit("alpha", workspace="/work/alpha")]
    app.met[b"text"] = (met((0, 0)),)
    writer = await write()
    await writer.open("text")
    (shown,) = await writer.shown()
    params = {
        "textDocument": {"uri": writer.uri()},
        "range": shown["range"],
        "context": {"diagnostics": []},
    }
    answer = await writer.wire.call("textDocument/codeAction", params)
    assert [action["title"] for action in answer["result"]] == ["Show the diff of alpha"]


async def test_no_other_session_and_no_event_tells_of_it(app: FakeApp, write: Any) -> None:
    app.met[b"secret"] = (met(),)
    one, other = await write(), await write()
    await other.open("")
    await one.open("secret")
    assert await one.shown()
    assert other.unsaved.texts == {PATH: b""}
    await other.has_read()
    assert not [m for m in other.wire.heard if m.get("method", "").endswith("publishDiagnostics")]
    assert not [event for event in app.events if "secret" in repr(event)]


async def test_two_sessions_have_the_same_file_each_its_own_way(app: FakeApp, write: Any) -> None:
    app.met[b"mine"] = (met(),)
    one, other = await write(), await write()
    await one.open("mine")
    await other.open("mine")
    assert await one.shown() and await other.shown()
    await other.type("theirs", position(0, 0), position(0, 4))
    assert await other.shown() == []
    assert one.unsaved.texts == {PATH: b"mine"}


async def test_what_units_do_meanwhile_is_shown_at_once(app: FakeApp, write: Any) -> None:
    writer = await write()
    await writer.open("text")
    app.met[b"text"] = (met(),)
    writer.unsaved.stale(PATH)
    assert await writer.shown()


async def test_a_closed_file_and_a_dead_session_leave_nothing(app: FakeApp, write: Any) -> None:
    app.met[b"text"] = (met(),)
    writer, other = await write(), await write()
    await writer.open("text")
    assert await writer.shown()
    await writer.close()
    assert await writer.shown() == [] and writer.unsaved.texts == {}
    await other.open("text")
    await other.wire.close()
    await eventually(lambda: list(app.sessions.values()) == [writer.unsaved])


async def test_the_pools_own_marks_give_way_in_a_file_that_is_open(
    app: FakeApp, write: Any
) -> None:
    app.units = [unit("alpha")]
    app.conflicts = [conflict("alpha", OPERATOR)]
    app.met[b"text"] = (met((7, 7)),)
    writer = await write()
    (of_pool,) = await writer.shown()
    assert of_pool["range"]["start"]["line"] == 3
    await writer.open("text")
    assert await writer.shown() == []
    (typed,) = await writer.shown()
    assert typed["range"]["start"]["line"] == 7
    await writer.close()
    assert await writer.shown() == []
    assert await writer.shown() == [of_pool]


async def test_marks_of_the_pool_keep_nobody_waiting_and_move_with_the_text(
    app: FakeApp, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnostics, "SETTLED_SECONDS", 1e6)  # the text is never read anew
    app.units = [unit("alpha"), unit("beta")]
    app.conflicts = [conflict()]
    app.met[b"mine"] = (met((9, 9)),)
    writer = await write()
    (of_pool,) = await writer.shown()
    await writer.open("a\nb\nc\ndef f():\n    return 1\n")
    await writer.type("mine\n\n", position(0, 0))
    both = await writer.shown()
    while len(both) < 2:
        both = await writer.shown()
    first = of_pool["range"]["start"]["line"]
    assert sorted(d["range"]["start"]["line"] for d in both) == [first + 2, 9]


async def test_references_are_resolved_when_the_typing_rests(
    app: FakeApp, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature, "RESTS", 0.01)
    writer = await write()
    await writer.open("text")
    await eventually(lambda: writer.unsaved.studied == [PATH])
    await writer.type("x", position(0, 0))
    await eventually(lambda: writer.unsaved.studied == [PATH, PATH])


async def test_a_burst_of_keystrokes_is_not_looked_at_one_by_one(
    app: FakeApp, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature, "PAUSE", 1e9)  # each look is followed by the longest pause
    writer = await write()
    await writer.open("")
    for n in range(100):
        writer.wire.send(
            method="textDocument/didChange", params=change(writer.uri(), "x", position(0, n))
        )
    await writer.has_read()
    assert writer.unsaved.texts == {PATH: b"x" * 100}
    assert writer.unsaved.looks <= 3


@pytest.mark.parametrize(("encoding", "at"), [("utf-8", 6), ("utf-16", 3), ("utf-32", 2)], ids=str)
async def test_positions_are_in_the_sessions_encoding(
    app: FakeApp, write: Any, encoding: str, at: int
) -> None:
    writer = await write(encoding)
    await writer.open("x\r\né😋b")
    await writer.type("a", position(1, at), position(1, at))
    assert writer.unsaved.texts == {PATH: "x\r\né😋ab".encode()}


@pytest.mark.parametrize("name", ["with blank.py", "ümlaut.py", "100%.py", "a%20b.py", "😋.py"])
async def test_any_name_is_the_files(app: FakeApp, write: Any, name: str) -> None:
    app.met[b"text"] = (met(),)
    writer = await write()
    await writer.open("text", writer.uri(name))
    assert writer.unsaved.texts == {name: b"text"}
    assert await writer.shown(writer.uri(name))


@pytest.mark.parametrize(
    "uri",
    [
        "untitled:Untitled-1",
        "file:///elsewhere/x.py",
        "file:///c%3A/x.py",
        "git:/x.py?ref",
        "not a uri",
        "",
        "file://[",
        "pointsman:/a.1.diff",
    ],
)
async def test_what_is_no_file_of_the_checkout_is_left_alone(
    app: FakeApp, write: Any, uri: str
) -> None:
    writer = await write()
    await writer.open("text", uri)
    await writer.type("x", position(0, 0), uri=uri)
    await writer.close(uri)
    assert writer.unsaved.texts == {}


async def test_gits_own_files_are_none_of_it(app: FakeApp, write: Any) -> None:
    writer = await write()
    await writer.open("text", writer.uri(".git/COMMIT_EDITMSG"))
    assert writer.unsaved.texts == {}


async def test_a_file_that_is_too_large_is_left_out_and_said_once(
    app: FakeApp, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature, "LARGEST", 10)
    writer = await write()
    await writer.open("text")
    await writer.type("and more of it", position(0, 4))
    assert writer.unsaved.texts == {}
    for text in ("x" * 20, "y" * 30):
        await writer.type(text)
    said = [m for m in writer.wire.heard if m.get("method") == "window/logMessage"]
    assert len(said) == 1
    await writer.type("short")
    assert writer.unsaved.texts == {PATH: b"short"}


async def test_a_change_of_the_whole_text_is_one(app: FakeApp, write: Any) -> None:
    writer = await write()
    await writer.open("one\ntwo")
    await writer.type("drei\n")
    await writer.type("!", position(0, 4))
    assert writer.unsaved.texts == {PATH: b"drei!\n"}
