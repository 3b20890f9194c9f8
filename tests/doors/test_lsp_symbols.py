"""What is typed is read by who follows it edit by edit, and by a worker only where nobody does."""

from testbed import EDITOR, FakeApp, FakeUnsaved, conflict, eventually, touch, unit

from pointsman.operations.seam import Defined

PUBLISH = "textDocument/publishDiagnostics"


async def test_symbols_that_are_known_are_not_read_again(app: FakeApp, editor, repository):
    app.units, app.conflicts = [unit("alpha"), unit("beta")], [conflict()]
    app.touches["src/x.py"] = [touch("alpha")]
    wire = await editor(EDITOR)
    await eventually(lambda: bool(app.asked("attention")) and bool(app.sessions))
    (unsaved,) = app.sessions.values()
    unsaved.symbols = lambda path: following(unsaved, path)
    uri = (repository.root / "src/x.py").as_uri()
    for version, text in enumerate(("def f(): pass\n", "\n\ndef f(): pass\n"), start=1):
        if version == 1:
            wire.opens(uri, text)
        else:
            wire.edits(uri, text, version)
        line = text.count("\n") - 1
        (lens, *_) = (await wire.call("textDocument/codeLens", {"textDocument": {"uri": uri}}))[
            "result"
        ]
        assert lens["range"]["start"]["line"] == line
        await wire.until(
            lambda m, line=line: (
                m.get("method") == PUBLISH
                and [d["range"]["start"]["line"] for d in m["params"]["diagnostics"]] == [line]
            )
        )
    assert app.asked("symbols") == []


def following(unsaved: FakeUnsaved, path: str) -> tuple[Defined, ...]:
    """The one function, wherever it is."""
    line = unsaved.texts[path].count(b"\n") - 1
    return (Defined("f", "function", line, line, line, 4, 5),)
