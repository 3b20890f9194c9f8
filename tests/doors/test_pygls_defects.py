"""The thirteen things that pygls 2.1.1 gets wrong for a server of many sessions, each not so here.

Where it is cheap, the same is done to plain pygls first: if one of those assertions fails after an
update of pygls, ours may have become needless.
"""

import asyncio
import gc
import json
import threading
import weakref
from typing import Any

import pytest
from lsprotocol import types
from pygls.io_ import run_async
from pygls.lsp.server import LanguageServer
from testbed import FakeApp, Wire, eventually, touch, unit

from pointsman.doors.lsp.protocol import new_server
from pointsman.doors.outgoing import Outgoing

INITIALIZE = {"processId": None, "rootUri": None, "capabilities": {}}
LENSES: dict[str, Any] = {"textDocument": {"codeLens": {}}}


class Plain:
    """Plain pygls on an in-memory connection."""

    def __init__(self, server: LanguageServer | None = None) -> None:
        self.server = server or LanguageServer("plain", "1")
        self.sent: list[dict[str, Any]] = []
        self.threads: set[int] = set()
        self.server.protocol.set_writer(self, include_headers=False)

    def write(self, data: bytes) -> None:
        self.threads.add(threading.get_ident())
        self.sent.append(json.loads(data))

    def close(self) -> None:
        pass

    async def feed(self, *bodies: dict[str, Any], header: bytes = b"Content-Length") -> None:
        reader = asyncio.StreamReader()
        for body in bodies:
            data = json.dumps({"jsonrpc": "2.0", **body}).encode()
            reader.feed_data(b"%b: %d\r\n\r\n%b" % (header, len(data), data))
        reader.feed_eof()
        await run_async(threading.Event(), reader, self.server.protocol)
        await asyncio.sleep(0)

    def answer(self, id: int) -> dict[str, Any]:
        return next(m for m in self.sent if m.get("id") == id and "method" not in m)


def request(id: int, method: str, params: Any = None) -> dict[str, Any]:
    return {"id": id, "method": method, "params": params}


def command(name: str, *arguments: Any) -> dict[str, Any]:
    return {"command": name, "arguments": list(arguments)}


EXECUTE = "workspace/executeCommand"


async def test_1_each_client_gets_its_own_answers_and_outlives_the_others(editor):
    plain = Plain()
    other = Plain(plain.server)
    await plain.feed(request(1, "initialize", INITIALIZE))
    assert other.sent and not plain.sent  # one server has one writer: the last to connect

    one, two = await editor(), await editor()
    ids = (
        one.ask(EXECUTE, command("pointsman.slow", {})),
        two.ask(EXECUTE, command("pointsman.echo", {"of": "two"})),
    )
    assert (await two.answer(ids[1]))["result"] == {"params": {"of": "two"}}
    await one.close()
    assert (await two.call(EXECUTE, command("pointsman.echo", {})))["result"]
    assert all("result" not in message for message in one.heard)


async def test_2_exit_ends_the_session_and_not_the_process(editor):
    with pytest.raises(SystemExit):
        await Plain().feed({"method": "exit"})

    one, two = await editor(), await editor()
    await one.call("shutdown")
    one.send(method="exit")
    with pytest.raises(EOFError):
        while True:
            await one.read()
    assert (await two.call(EXECUTE, command("pointsman.echo", {})))["result"]


async def test_3_a_handler_in_a_thread_answers_and_writes_on_the_loop():
    plain = Plain()
    seen = threading.Event()
    plain.server.thread()(plain.server.feature("test/thread")(lambda ls, params: seen.wait(1)))

    written: list[int] = []

    async def write(message: bytes) -> None:
        written.append(threading.get_ident())
        answers.append(json.loads(message))

    answers: list[dict[str, Any]] = []
    server = new_server("1")

    @server.thread()
    @server.feature("test/thread")
    def _(ls: LanguageServer, params: Any) -> str:
        ls.protocol.notify("test/from-a-thread")
        return threading.current_thread().name

    async with asyncio.TaskGroup() as group:
        outgoing = Outgoing(write, lambda: None)
        pump = group.create_task(outgoing.pump())
        server.protocol.attach(outgoing, group)
        for body in (request(1, "initialize", INITIALIZE), request(2, "test/thread")):
            await server.protocol.receive(json.dumps({"jsonrpc": "2.0", **body}).encode())
        await eventually(lambda: len(answers) == 3)
        pump.cancel()
    by_method = {message.get("method", message.get("id")): message for message in answers}
    assert by_method[2]["result"] != threading.current_thread().name
    assert "test/from-a-thread" in by_method
    assert set(written) == {threading.get_ident()}


async def test_4_a_client_that_never_reads_is_dropped(editor, listener, app: FakeApp):
    wire = await editor()
    await eventually(lambda: len(listener.sessions) == 1)
    wire.reader._transport.pause_reading()  # type: ignore[attr-defined]
    body = "x" * (1 << 20)
    for n in range(40):
        wire.send(id=1000 + n, method=EXECUTE, params=command("pointsman.echo", {"x": body}))
    await eventually(lambda: not listener.sessions)


async def test_5_a_cancelled_command_stops(editor, app: FakeApp):
    wire = await editor({})
    id = wire.ask(EXECUTE, command("pointsman.slow", {}))
    await eventually(lambda: "slow" in app.running)
    wire.send(method="$/cancelRequest", params={"id": id})
    answer = await wire.answer(id)
    assert answer["error"]["code"] == -32800
    assert answer["error"]["data"]["code"] == "cancelled"
    assert app.cancelled == ["slow"]
    assert not app.running


async def test_5_a_command_cancelled_before_it_began_is_answered_too(editor, app: FakeApp):
    wire = await editor({})
    id = wire.ask(EXECUTE, command("pointsman.slow", {}))
    wire.send(method="$/cancelRequest", params={"id": id})
    assert (await wire.answer(id))["error"]["code"] == -32800
    assert not app.running


async def test_5_plain_pygls_lets_it_run_on():
    plain = Plain()
    ended: list[str] = []

    @plain.server.command("slow")
    async def _(ls: LanguageServer) -> None:
        await asyncio.sleep(0.01)
        ended.append("ran on")

    await plain.feed(
        request(1, "initialize", INITIALIZE),
        request(2, EXECUTE, command("slow")),
        {"method": "$/cancelRequest", "params": {"id": 2}},
    )
    assert plain.answer(2)["error"]["code"] == -32800
    await eventually(lambda: ended == ["ran on"])


async def test_6_shutdown_with_requests_in_flight_is_answered_and_they_are_cancelled(
    editor, app: FakeApp
):
    plain = Plain()

    @plain.server.feature("test/slow")
    async def _(ls: LanguageServer, params: Any) -> None:
        await asyncio.sleep(10)

    waiting = [request(n, "test/slow") for n in range(2, 5)]
    await plain.feed(request(1, "initialize", INITIALIZE), *waiting, request(9, "shutdown"))
    # What it answers depends on what finishes first; the loop over a changing dictionary is there.
    assert plain.answer(9)

    wire = await editor({})
    ids = [wire.ask(EXECUTE, command("pointsman.slow", {"name": str(n)})) for n in range(5)]
    await eventually(lambda: len(app.running) == 5)
    assert (await wire.call("shutdown"))["result"] is None
    for id in ids:
        assert (await wire.answer(id))["error"]["code"] == -32800
    assert len(app.cancelled) == 5


async def test_7_arguments_that_look_like_messages_arrive_whole(editor):
    message = {"jsonrpc": "2.0", "id": 1, "method": "textDocument/hover", "params": {"a": [1]}}

    plain = Plain()
    got: list[Any] = []
    plain.server.command("take")(lambda *arguments: got.extend(arguments))
    await plain.feed(
        request(1, "initialize", INITIALIZE), request(2, EXECUTE, command("take", message))
    )
    assert got != [message]

    wire = await editor()
    answer = await wire.call(EXECUTE, command("pointsman.echo", {"m": message}))
    assert answer["result"] == {"params": {"m": message}}


@pytest.mark.parametrize(
    "header",
    [
        b"content-length: %d\r\n\r\n",
        b"CONTENT-LENGTH:%d\r\n\r\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %d\r\n\r\n",
        b"Content-Length: %d \n\n",
        b"rubbish\r\n\r\nContent-Length: 2x\r\n\r\nContent-Length: %d\r\n\r\n",
    ],
)
async def test_8_headers_are_read_in_any_case_and_rubbish_is_skipped(knock, header):
    plain = Plain()
    await plain.feed(request(1, "initialize", INITIALIZE), header=b"content-length")
    assert plain.sent == []

    wire = await knock("lsp")
    body = json.dumps({"jsonrpc": "2.0", **request(1, "initialize", INITIALIZE)}).encode()
    wire.raw(body, header)
    assert (await wire.answer(1))["result"]["capabilities"]


async def test_9_dead_sessions_are_freed():
    def use(server: LanguageServer) -> weakref.ref[Any]:
        Plain(server).server.protocol.get_message_type("initialize")
        server.protocol.get_result_type("initialize")
        return weakref.ref(server.protocol)

    plain = [use(LanguageServer("plain", "1")) for _ in range(20)]
    ours = [use(new_server("1")) for _ in range(20)]
    gc.collect()
    assert any(ref() is not None for ref in plain)
    assert all(ref() is None for ref in ours)


async def test_9_a_session_that_was_served_is_freed(editor, listener):
    gc.collect()
    before = _protocols()
    wires = [await editor() for _ in range(5)]
    assert _protocols() == before + 5
    for wire in wires:
        await wire.close()
    await eventually(lambda: not listener.sessions)
    await asyncio.sleep(0)
    gc.collect()
    assert _protocols() == before


def _protocols() -> int:
    from pointsman.doors.lsp.protocol import SessionProtocol

    return sum(type(found) is SessionProtocol for found in gc.get_objects())


async def test_10_who_waits_for_a_client_that_vanished_is_told():
    asked, _ = await _ask_a_client()
    asked.settle()
    with pytest.raises(ConnectionError):
        await asked.waiting


async def test_10_a_late_answer_to_a_cancelled_request_is_harmless():
    asked, sent = await _ask_a_client()
    asked.waiting.cancel()
    await asyncio.sleep(0)
    id = sent[0]["id"]
    assert sent[-1] == {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": id}}
    late = {"jsonrpc": "2.0", "id": id, "result": {"title": "x"}}
    await asked.receive(json.dumps(late).encode())
    await asked.receive(json.dumps(late).encode())


async def test_10_an_error_or_nonsense_as_the_answer_is_an_error_for_who_asked():
    for answer in ({"error": {"code": 1, "message": "no"}}, {"result": 17}, {"error": {}}):
        asked, sent = await _ask_a_client()
        await asked.receive(json.dumps({"jsonrpc": "2.0", "id": sent[0]["id"], **answer}).encode())
        with pytest.raises(Exception):  # noqa: B017 - of whatever kind
            await asked.waiting


async def _ask_a_client() -> tuple[Any, list[dict[str, Any]]]:
    """A session's protocol with one request to its client open, and what it has sent."""
    sent: list[dict[str, Any]] = []
    server = new_server("1")
    server.protocol._outgoing = type("", (), {"put": lambda _, m: sent.append(json.loads(m))})()
    asked = types.ShowMessageRequestParams(types.MessageType.Info, "?", [])
    server.protocol.waiting = server.protocol.send_request_async("window/showMessageRequest", asked)
    return server.protocol, sent


async def test_11_no_traceback_and_no_path_of_ours_leaves(editor):
    plain = Plain()

    @plain.server.feature("test/broken")
    def _(ls: LanguageServer, params: Any) -> None:
        raise ValueError("x")

    await plain.feed(request(1, "initialize", INITIALIZE), request(2, "test/broken"))
    assert "test_pygls_defects.py" in json.dumps(plain.answer(2))

    wire = await editor()
    answer = await wire.call(EXECUTE, command("pointsman.broken", {}))
    assert answer["error"]["code"] == -32603
    assert answer["error"]["data"]["code"] == "internal"
    text = json.dumps(answer)
    assert "secret" not in text
    assert ".py" not in text
    wrong = await wire.call("textDocument/codeAction", {"range": 3})
    assert wrong["error"] == {
        "code": -32602,
        "message": "The parameters of textDocument/codeAction have the wrong shape.",
    }


async def test_12_virtual_documents_are_offered_to_a_client_that_shows_them(editor):
    plain = Plain()
    plain.server.feature("workspace/textDocumentContent")(lambda params: None)
    capable = {"workspace": {"textDocumentContent": {}}}
    await plain.feed(request(1, "initialize", {**INITIALIZE, "capabilities": capable}))
    workspace = plain.answer(1)["result"]["capabilities"].get("workspace", {})
    assert "textDocumentContent" not in workspace

    wire: Wire = await editor(capable)
    assert wire.capabilities["workspace"]["textDocumentContent"] == {"schemes": ["pointsman"]}
    other: Wire = await editor({})
    assert "textDocumentContent" not in other.capabilities.get("workspace", {})


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 14), ("utf-16", 12), ("utf-32", 11)])
async def test_13_an_edit_below_a_form_feed_is_made_where_it_was_meant(
    app: FakeApp, editor, repository, encoding, column
):
    text = "# \x0c \u2028\n\ndef f(): '😋'\n"
    uri = (repository.root / "src/x.py").as_uri()

    def edit(column: int) -> dict[str, Any]:
        place = {"line": 2, "character": column}
        change = {"range": {"start": place, "end": place}, "text": "!"}
        return {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [change]}

    opened = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    plain = Plain()
    await plain.feed(
        request(1, "initialize", INITIALIZE),
        {"method": "initialized", "params": {}},
        {"method": "textDocument/didOpen", "params": {"textDocument": opened}},
        {"method": "textDocument/didChange", "params": edit(12)},
    )
    wanted = text.replace("😋", "😋!")
    assert plain.server.workspace.get_text_document(uri).source not in (text, wanted)

    app.units, app.touches["src/x.py"] = [unit("alpha")], [touch("alpha")]
    wire: Wire = await editor({"general": {"positionEncodings": [encoding]}, **LENSES})
    await eventually(lambda: bool(app.asked("attention")))
    wire.opens(uri, text)
    wire.send(method="textDocument/didChange", params=edit(column))
    await wire.call("textDocument/codeLens", {"textDocument": {"uri": uri}})
    assert app.asked("symbols")[-1]["text"] == wanted
