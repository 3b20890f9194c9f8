"""The main job from an editor: inject, judge a conflict, answer questions, see the work land.

With what VS Code and Neovim declare of themselves, through the real shim, which starts the daemon.
"""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pytest_lsp import LanguageClient, client_capabilities, make_test_lsp_client
from rig import CODE, GATE, Rig

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]

SYMBOL_LINE = CODE.splitlines().index("def greet(name):")
ALPHA = (
    GATE,
    {"ask": {"question": "Which greeting?", "options": ["Hello", "Good day"]}},
    {"replace": {"path": "src/greet.py", "old": '"hi "', "new": '"{answer} "'}},
    {"ask": {"question": "Which size?", "options": ["small", "large"]}},
    {"append": {"path": "src/greet.py", "text": "\nSIZE = '{answer}'\n"}},
    {"ask": {"question": "Which motto?"}},
    {"append": {"path": "src/greet.py", "text": "MOTTO = '{answer}'\n"}},
)
BETA = {
    "replace": {"path": "src/greet.py", "old": "def greet(name)", "new": "def greet(name, /)"},
}


class Editor:
    """An editor's side of the walk: what it is shown, and what its user does."""

    def __init__(self, client: LanguageClient, rig: Rig) -> None:
        self.client, self.rig = client, rig
        self.asked: list[types.ShowMessageRequestParams] = []
        self.choices: dict[str, str] = {}
        """What the user chooses in a box, by the words of the question; else it is dismissed."""
        self.events: list[Any] = []

        @client.feature(types.WINDOW_SHOW_MESSAGE_REQUEST)
        def _(params: types.ShowMessageRequestParams) -> types.MessageActionItem | None:
            return self._box(params)

        @client.feature("pointsman/event")
        def _(event: Any) -> None:
            self.events.append(event)

        # lsprotocol takes an action that has a command for a bare command.
        client.protocol._converter.register_structure_hook(
            types.Command | types.CodeAction,
            lambda raw, _: client.protocol._converter.structure(raw, types.CodeAction),
        )

    def _box(self, params: types.ShowMessageRequestParams) -> types.MessageActionItem | None:
        self.asked.append(params)
        chosen = next((c for q, c in self.choices.items() if q in params.message), None)
        return next((a for a in params.actions if a.title == chosen), None)

    async def run(self, name: str, *arguments: Any) -> Any:
        command = types.ExecuteCommandParams(f"pointsman.{name}", list(arguments))
        return await self.client.workspace_execute_command_async(command)

    def uri(self, path: str) -> str:
        return (self.rig.root / path).as_uri()

    def shown(self, path: str) -> dict[str, types.Diagnostic]:
        """The diagnostics of a file, by their code."""
        return {str(d.code): d for d in self.client.diagnostics.get(self.uri(path), [])}

    async def act(self, path: str, diagnostic: types.Diagnostic, title: str) -> None:
        """Choose the code action of that title on a diagnostic."""
        actions = await self.client.text_document_code_action_async(
            types.CodeActionParams(
                types.TextDocumentIdentifier(self.uri(path)),
                diagnostic.range,
                types.CodeActionContext([diagnostic]),
            )
        )
        chosen = next(a for a in actions if a.title == title)
        assert chosen.diagnostics
        await self.client.workspace_execute_command_async(
            types.ExecuteCommandParams(chosen.command.command, chosen.command.arguments)
        )

    async def until(self, look: Callable[[], Any]) -> Any:
        """The first true thing that ``look`` gives. Blocks nothing of the client."""
        async with asyncio.timeout(40):
            while not (found := look()):
                await asyncio.sleep(0.02)
        return found

    def opens(self, path: str, text: str) -> None:
        document = types.TextDocumentItem(self.uri(path), "python", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(document))

    async def lens(self, path: str, line: int) -> str:
        """The title of the first lens above a line, once there is one."""
        params = types.CodeLensParams(types.TextDocumentIdentifier(self.uri(path)))
        async with asyncio.timeout(40):
            while True:
                for found in await self.client.text_document_code_lens_async(params):
                    if found.range.start.line == line:
                        return found.command.title
                await asyncio.sleep(0.05)

    async def status(self, chunk: str) -> str:
        return (await self.run("unit", chunk))["unit"]["status"]


@pytest.fixture(params=["visual-studio-code", "neovim"])
async def editor(request, rig) -> AsyncIterator[Editor]:
    rig.make_repository()
    rig.chunk("alpha", *ALPHA)
    rig.chunk("beta", BETA)
    client = make_test_lsp_client()
    found = Editor(client, rig)
    program = Path(sys.executable).parent / "pointsman"
    await client.start_io(str(program), "lsp", env=rig.env)
    try:
        async with asyncio.timeout(30):
            await client.initialize_session(
                types.InitializeParams(
                    capabilities=client_capabilities(request.param),
                    workspace_folders=[types.WorkspaceFolder(rig.root.as_uri(), "repo")],
                )
            )
        yield found
        async with asyncio.timeout(10):
            await client.shutdown_session()
            await client.stop()
    finally:
        stopped = await asyncio.to_thread(rig.cli, "daemon", "stop")
    assert stopped.returncode == 0
    assert client.error is None


async def test_from_inject_over_verdict_and_questions_to_landed(editor: Editor):
    source, goal = "src/greet.py", "docs/chunks/alpha/GOAL.md"
    editor.choices = {"Which greeting?": "Good day"}
    await editor.run("inject", "alpha")
    await editor.run("inject", "beta")

    known = await editor.run("chunks")
    assert [(c["name"], c["status"]) for c in known["chunks"]] == [
        ("alpha", "FUTURE"),
        ("beta", "FUTURE"),
    ]

    # The conflict, at the symbol and at both chunks.
    conflict = await editor.until(lambda: editor.shown(source).get("conflict-symbol"))
    assert conflict.source == "pointsman"
    assert conflict.range.start.line == SYMBOL_LINE
    assert {"alpha", "beta"} <= set(conflict.message.replace(":", " ").split())
    await editor.until(lambda: "conflict" in editor.shown(goal))
    await editor.until(lambda: "conflict" in editor.shown("docs/chunks/beta/GOAL.md"))
    # Who touches it stands above it, in the text as the editor has it.
    editor.opens(source, f"# not saved\n{CODE}")
    lens = await editor.lens(source, SYMBOL_LINE + 1)
    assert re.match(r"alpha (and beta.* )?(may change|is changing|are changing) this", lens)
    assert lens.endswith(" · undecided")
    conflict = await editor.until(lambda: _at(editor.shown(source), SYMBOL_LINE + 1))
    await editor.act(source, conflict, "Serialize: alpha first")
    judged = await editor.run("conflicts", "alpha")
    assert [(c["verdict"], c["first"], c["decidedBy"]) for c in judged["conflicts"]] == [
        ("SERIALIZE", "alpha", "operator")
    ]
    assert await editor.status("beta") == "BLOCKED"

    # A question in a box; one that is dismissed and answered at its mark; one in words.
    await asyncio.to_thread(editor.rig.at_gate, "alpha")
    await asyncio.to_thread(editor.rig.open, "alpha")
    await editor.until(lambda: len(editor.asked) == 2)
    boxes = [(p.message, [a.title for a in p.actions]) for p in editor.asked]
    assert boxes == [
        ("alpha: Which greeting?", ["Hello", "Good day"]),
        ("alpha: Which size?", ["small", "large"]),
    ]
    await editor.until(lambda: "Which size?" in _message(editor.shown(goal).get("question")))
    assert await editor.status("alpha") == "NEEDS_ATTENTION"
    await editor.act(goal, editor.shown(goal)["question"], "Answer: large")
    await editor.until(lambda: "Which motto?" in _message(editor.shown(goal).get("question")))
    assert len(editor.asked) == 2, "there is nothing to choose from in a box"
    await editor.act(goal, editor.shown(goal)["question"], "Answer…")
    (opened,) = editor.client.shown_documents
    file = Path(opened.uri.removeprefix("file://"))
    assert file.is_relative_to(editor.rig.home / "state")
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text(file.read_text() + "no haste\n")
    await editor.act(goal, editor.shown(goal)["question"], "Send answer")
    assert not file.exists()

    # Landed, one after the other, and nothing is marked any more.
    await editor.until(lambda: _completed(editor.events) == {"alpha.1", "beta.1"})
    await editor.until(lambda: not any(editor.client.diagnostics.values()))
    text = editor.rig.on_base(source)
    assert 'return "Good day " + name' in text
    assert "def greet(name, /):" in text
    assert "SIZE = 'large'\nMOTTO = 'no haste'\n" in text

    told = [e for e in editor.events if e.kind == "footprint.changed"]
    assert {"alpha.1", "beta.1"} == {e.unit for e in told if source in e.data.paths}

    # Every event came once and in order; what one missed can be had again.
    seqs = [event.seq for event in editor.events]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    missed = await editor.client.protocol.send_request_async("pointsman/sync", {"since": seqs[4]})
    assert [event.seq for event in missed.events][: len(seqs) - 5] == seqs[5:]
    assert missed.seq >= seqs[-1]


def _at(shown: dict[str, types.Diagnostic], line: int) -> types.Diagnostic | None:
    """The symbol's conflict, once it is shown at that line."""
    found = shown.get("conflict-symbol")
    return found if found is not None and found.range.start.line == line else None


def _message(diagnostic: types.Diagnostic | None) -> str:
    return diagnostic.message if diagnostic is not None else ""


def _completed(events: list[Any]) -> set[str]:
    changed = [e.data.unit for e in events if e.kind == "unit.changed"]
    return {unit.id for unit in changed if unit.status == "COMPLETED"}
