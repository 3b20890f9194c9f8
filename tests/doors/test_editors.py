"""An operator's way through Pointsman with what VS Code and Neovim declare, through the shim."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pytest_lsp import LanguageClient, client_capabilities, make_test_lsp_client
from testbed import eventually

SMALL_DAEMON = Path(__file__).parent / "small_daemon.py"


@pytest.fixture(params=["visual-studio-code", "neovim"])
async def client(request, repository, runtime, tmp_path):
    """A client of that editor's capabilities, started, initialized, and shut down at the end."""
    daemon = [sys.executable, str(SMALL_DAEMON), "--count", str(tmp_path / "starts")]
    code = f"import os; from pointsman.doors import shim; os._exit(shim.main({daemon!r}))"
    client = make_test_lsp_client()
    client.asked = []
    client.events = []
    client.answers_boxes = True

    @client.feature(types.WINDOW_SHOW_MESSAGE_REQUEST)
    async def _(params: types.ShowMessageRequestParams) -> types.MessageActionItem:
        client.asked.append((params, dict(client.diagnostics)))
        return params.actions[1] if client.answers_boxes else None

    @client.feature(types.WORKSPACE_CODE_LENS_REFRESH)
    def _(params: Any) -> None:
        client.refreshed = True

    @client.feature("pointsman/event")
    def _(params: Any) -> None:
        client.events.append(params.kind)

    # lsprotocol takes an action that has a command for a bare command.
    client.protocol._converter.register_structure_hook(
        types.Command | types.CodeAction,
        lambda raw, _: client.protocol._converter.structure(raw, types.CodeAction),
    )
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(runtime)}
    await client.start_io(sys.executable, "-c", code, env=env)
    client.answer = await client.initialize_session(
        types.InitializeParams(
            capabilities=client_capabilities(request.param),
            workspace_folders=[types.WorkspaceFolder(repository.root.as_uri(), "repo")],
        )
    )
    yield client
    async with asyncio.timeout(10):
        await client.shutdown_session()
        await client.stop()
    for pid in (tmp_path / "starts").read_text().split():
        os.kill(int(pid), signal.SIGTERM)


async def run(client: LanguageClient, name: str, *arguments: Any) -> Any:
    params = types.ExecuteCommandParams(f"pointsman.{name}", arguments)
    return await client.workspace_execute_command_async(params)


async def actions(client: LanguageClient, uri: str, line: int) -> dict[str, types.CodeAction]:
    at = types.Range(types.Position(line, 0), types.Position(line, 0))
    found = await client.text_document_code_action_async(
        types.CodeActionParams(
            types.TextDocumentIdentifier(uri),
            at,
            types.CodeActionContext(client.diagnostics[uri]),
        )
    )
    return {action.title: action for action in found}


async def test_from_inject_over_a_verdict_to_an_answered_question(
    client: LanguageClient, repository
):
    source = (repository.root / "src/x.py").as_uri()
    goal = (repository.root / "docs/chunks/alpha/GOAL.md").as_uri()

    await run(client, "inject", "alpha", "beta")
    await eventually(lambda: "unit.changed" in client.events)
    await eventually(lambda: bool(client.diagnostics.get(source)))
    (shown,) = client.diagnostics[source]
    assert (shown.source, shown.code) == ("pointsman", "conflict-symbol")
    assert shown.related_information

    offered = await actions(client, source, shown.range.start.line)
    command = offered["Serialize: beta first"].command
    await client.workspace_execute_command_async(
        types.ExecuteCommandParams(command.command, command.arguments)
    )
    await eventually(lambda: not client.diagnostics[source])

    # The daemon asks once the verdict is there.
    await eventually(lambda: bool(client.asked))
    params, shown_then = client.asked[0]
    assert [action.title for action in params.actions] == ["Tabs", "Spaces"]
    assert [diagnostic.code for diagnostic in shown_then[goal]] == ["question"]
    await eventually(lambda: not client.diagnostics[goal])
    assert client.error is None


async def choose(client: LanguageClient, command: types.Command) -> Any:
    params = types.ExecuteCommandParams(command.command, command.arguments)
    return await client.workspace_execute_command_async(params)


async def test_a_question_is_answered_in_words_in_a_file_that_the_editor_opens(
    client: LanguageClient, repository
):
    goal = (repository.root / "docs/chunks/alpha/GOAL.md").as_uri()
    client.answers_boxes = False
    await run(client, "inject", "alpha", "beta")
    await run(client, "verdict", {"conflict": "c1", "verdict": "INDEPENDENT"})
    await eventually(lambda: [d.code for d in client.diagnostics.get(goal, [])] == ["question"])

    await choose(client, (await actions(client, goal, 0))["Answer…"].command)
    (shown,) = client.shown_documents
    file = Path(shown.uri.removeprefix("file://"))
    text = file.read_text()
    assert "> Tabs or spaces?" in text
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(
            types.TextDocumentItem(shown.uri, "markdown", 1, f"{text}Neither: use tape.\n")
        )
    )
    client.diagnostics.setdefault(shown.uri, [])
    assert "Send answer" in await actions(client, shown.uri, 0)
    (lens,) = await client.text_document_code_lens_async(
        types.CodeLensParams(types.TextDocumentIdentifier(shown.uri))
    )
    assert lens.range.start.line == shown.selection.start.line - 1
    result = await choose(client, lens.command)
    assert result["delivered"]
    await eventually(lambda: not client.diagnostics[goal])
    assert not file.exists()
    assert client.error is None


async def test_positions_are_counted_as_the_client_does_and_nothing_is_pulled(
    client: LanguageClient, request
):
    offered = client.answer.capabilities
    expected = "utf-8" if "neovim" in request.node.name else "utf-16"
    assert offered.position_encoding == expected
    assert offered.diagnostic_provider is None
    assert "pointsman.inject" in offered.execute_command_provider.commands
