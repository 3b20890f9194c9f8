"""The operator is a participant: by what they have not committed, and what they have not saved."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pytest_lsp import client_capabilities, make_test_lsp_client
from rig import CODE, GATE, Rig

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]

SECRET = "what nobody else may read"


def with_operator(world: Rig, chunk: str) -> list[dict[str, Any]]:
    """The conflicts of the operator and a chunk."""
    found: list[dict[str, Any]] = world.call("conflicts", chunk=chunk)["conflicts"]
    return [c for c in found if "operator" in (c["a"], c["b"])]


def prompts(world: Rig, unit: str) -> str:
    """All that the agent was told."""
    attempts = world.call("unit", unit=unit)["attempts"]
    return "\n".join(
        line["text"]
        for attempt in attempts
        for line in world.call("log", unit=unit, attempt=attempt["n"])["lines"]
        if line["kind"] == "prompt"
    )


def change(path: str, words: str) -> dict[str, Any]:
    return {"replace": {"path": path, "old": '"hi "', "new": f'"{words} "'}}


def test_uncommitted_work_meets_what_an_agent_does_and_blocks_nobody(world: Rig) -> None:
    path = world.source("meets")
    world.chunk("meets", change(path, "hello"), GATE, {"finish": False}, GATE)
    world.inject("meets")
    world.at_gate("meets")
    world.write(path, CODE.replace('"hi "', f'"{SECRET} "'))
    (conflict,) = world.eventually(lambda: with_operator(world, "meets"))
    assert [(o["type"], o["path"], o["symbol"]) for o in conflict["overlaps"]] == [
        ("SYMBOL", path, "greet")
    ]
    assert world.unit("meets")["status"] == "RUNNING"
    assert not world.unit("meets").get("blockedBy")

    world.write(path, CODE)
    world.eventually(lambda: not with_operator(world, "meets"))
    world.write(path, CODE.replace("len(names)", "len(names) + 1"))
    world.git("add", path)  # to stage it is not to commit it, and it is another symbol
    world.git("commit", "-q", "-m", "the operator's")
    world.write("src/new of mine.py", "def mine():\n    return 1\n")
    world.eventually(lambda: any(t["participant"] == "operator" for t in who(world)))
    world.eventually(lambda: not with_operator(world, "meets"))
    (world.root / "src/new of mine.py").unlink()
    world.eventually(lambda: not who(world))


def who(world: Rig) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.call("who", path="src/new of mine.py")["touches"]
    return found


async def test_what_is_unsaved_is_compared_and_the_agent_is_told_names_alone(rig: Rig) -> None:
    rig.make_repository()
    rig.chunk("alpha", GATE, change("src/greet.py", "hello"), {"finish": False}, GATE)
    client = make_test_lsp_client()
    program = Path(sys.executable).parent / "pointsman"
    await client.start_io(str(program), "lsp", env=rig.env)
    try:
        await client.initialize_session(
            types.InitializeParams(
                capabilities=client_capabilities("visual-studio-code"),
                workspace_folders=[types.WorkspaceFolder(rig.root.as_uri(), "repo")],
            )
        )
        await asyncio.to_thread(rig.inject, "alpha")
        await asyncio.to_thread(rig.at_gate, "alpha")
        uri = (rig.root / "src/greet.py").as_uri()
        text = CODE.replace('"hi "', f'"{SECRET} "')
        client.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "python", 1, CODE))
        )
        client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version=2, uri=uri),
                [types.TextDocumentContentChangeWholeDocument(f"\n{text}")],
            )
        )
        await asyncio.to_thread(rig.open, "alpha")

        def shown() -> list[types.Diagnostic]:
            found = client.diagnostics.get(uri, [])
            return [d for d in found if d.message.startswith("alpha and you: both change `greet`")]

        async with asyncio.timeout(40):
            while not shown():
                await asyncio.sleep(0.02)
        (diagnostic,) = shown()
        assert diagnostic.range.start.line == CODE.splitlines().index("def greet(name):") + 1
        assert diagnostic.related_information
        workspace = Path(rig.unit("alpha")["workspace"])
        assert diagnostic.related_information[0].location.uri == (
            (workspace / "src/greet.py").as_uri()
        )
        told = await asyncio.to_thread(
            rig.eventually,
            lambda: words if "The operator is changing" in (words := prompts(rig, "alpha")) else "",
        )
        assert "- `greet` in src/greet.py" in told
        assert not with_operator(rig, "alpha"), "what is unsaved is in no ledger"
        state = [rig.root / ".git/pointsman", rig.home / "state"]
        files = [f for folder in state for f in folder.rglob("*") if f.is_file()]
        assert not [f for f in files if SECRET.encode() in f.read_bytes()]
    finally:
        async with asyncio.timeout(10):
            await client.shutdown_session()
            await client.stop()
        await asyncio.to_thread(rig.call, "shutdown")
