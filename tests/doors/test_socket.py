"""The daemon's socket: hello, door ``cli``, and clients that misbehave."""

import asyncio
import json
import random
import resource

import pytest
from testbed import FakeApp, Wire, eventually

from pointsman.daemon.address import socket_path
from pointsman.doors.outgoing import Outgoing


async def test_a_hello_is_answered_with_build_and_pid(knock):
    wire = await knock("cli")
    assert wire.welcome["ok"] is True
    assert wire.welcome["pointsman"] == 1
    assert wire.welcome["build"]
    assert wire.welcome["pid"] > 0


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        ({"pointsman": 2}, "protocol-mismatch"),
        ({"pointsman": None}, "protocol-mismatch"),
        ({"repository": "0123456789abcdef"}, "daemon-unreachable"),
        ({"door": "window"}, "daemon-unreachable"),
        ({"door": None}, "daemon-unreachable"),
    ],
)
async def test_a_wrong_hello_is_refused_in_words(knock, hello, code):
    wire = await knock(**{"door": "cli", **hello})
    error = wire.welcome["error"]
    assert error["code"] == code
    assert error["message"]
    with pytest.raises(EOFError):
        await wire.read()


async def test_another_protocol_is_refused_with_the_exact_command_that_helps(knock):
    wire = await knock("lsp", pointsman=99)
    assert "`pointsman daemon stop --drain`" in wire.welcome["error"]["remedy"]


@pytest.mark.parametrize("line", [b"\n", b"[]\n", b"GET / HTTP/1.1\r\n", b"{" * 100 + b"\n"])
async def test_what_is_no_hello_is_refused(listener, repository, line):
    reader, writer = await asyncio.open_unix_connection(str(socket_path(repository.id)))
    writer.write(line)
    assert json.loads(await reader.readline())["error"]["code"] == "protocol-mismatch"
    assert await reader.read() == b""
    writer.close()


async def test_a_hello_without_end_is_hung_up_on(listener, repository):
    reader, writer = await asyncio.open_unix_connection(str(socket_path(repository.id)))
    writer.write(b"x" * 200_000)
    with pytest.raises(ConnectionError):
        assert await reader.read() == b""
        raise ConnectionResetError
    writer.close()


async def test_the_method_is_the_operation_and_the_params_its_object(app, knock):
    wire = await knock("cli")
    assert (await wire.call("echo", {"a": 1}))["result"] == {"params": {"a": 1}}
    assert (await wire.call("echo"))["result"] == {"params": {}}
    caller = app.calls[-1][2]
    assert (caller.door, caller.session) == ("cli", "cli-1")
    assert caller.checkout


async def test_errors_are_data(knock):
    wire = await knock("cli")
    error = (await wire.call("refused"))["error"]
    assert error["code"] == -32803
    assert error["data"]["place"]["path"] == "docs/chunks/a/GOAL.md"
    assert (await wire.call("nothing"))["error"]["data"]["code"] == "operation-unknown"
    broken = (await wire.call("broken"))["error"]
    assert broken["data"]["code"] == "internal"
    assert "secret" not in json.dumps(broken)


async def test_progress_comes_before_the_result(app, knock):
    wire = await knock("cli")
    id = wire.ask("slow", {})
    told = (await wire.called("$/progress"))["params"]
    assert told == {"id": id, "text": "working", "fraction": 0.25}
    app.release.set()
    assert (await wire.answer(id))["result"] == {"name": "slow"}


async def test_cancelling_stops_the_operation(app: FakeApp, knock):
    wire = await knock("cli")
    id = wire.ask("slow", {})
    await wire.called("$/progress")
    wire.send(method="$/cancelRequest", params={"id": id})
    assert (await wire.answer(id))["error"]["code"] == -32800
    assert app.cancelled == ["slow"]


async def test_hanging_up_stops_what_was_asked_for(app: FakeApp, knock, listener):
    wire = await knock("cli")
    wire.ask("slow", {})
    await wire.called("$/progress")
    await wire.close()
    await eventually(lambda: app.cancelled == ["slow"] and not listener.sessions)


async def test_events_are_followed_from_a_seq_until_cancelled(app: FakeApp, knock):
    for _ in range(3):
        app.tell("log")
    wire = await knock("cli")
    id = wire.ask("$/follow", {"since": 2})
    assert (await wire.called("$/event"))["params"]["event"]["seq"] == 3
    app.tell("log", unit="a.1")
    told = (await wire.called("$/event"))["params"]
    assert (told["id"], told["event"]["unit"]) == (id, "a.1")
    wire.send(method="$/cancelRequest", params={"id": id})
    assert (await wire.answer(id))["error"]["code"] == -32800
    await eventually(lambda: not app._followers)


async def test_following_ends_with_an_error_when_no_more_events_come(app: FakeApp, knock):
    wire = await knock("cli")
    id = wire.ask("$/follow")
    await eventually(lambda: len(app._followers) == 1)
    app._followers[0].put_nowait(None)
    assert (await wire.answer(id))["error"]["data"]["code"] == "daemon-stopping"
    wrong = await wire.call("$/follow", {"since": "x"})
    assert wrong["error"]["data"]["code"] == "invalid-params"


async def test_an_id_in_use_and_too_many_requests_are_refused(app: FakeApp, knock):
    wire = await knock("cli")
    wire.send(id=7, method="slow", params={"name": "first"})
    await wire.called("$/progress")
    wire.send(id=7, method="slow", params={})
    assert (await wire.answer(7))["error"]["code"] == -32600
    for n in range(600):
        wire.send(id=1000 + n, method="slow", params={"name": str(n)})
    refused = await wire.until(lambda m: "error" in m)
    assert "Too many" in refused["error"]["message"]
    assert len(app.running) == 500


async def test_one_clients_end_is_nobody_elses(knock, listener):
    wires = [await knock(door) for door in ("cli", "lsp", "cli")]
    await wires[0].close()
    wires[1].writer.transport.abort()
    await eventually(lambda: list(listener.sessions) == ["cli-3"])
    assert (await wires[2].call("echo"))["result"]


@pytest.mark.parametrize("door", ["cli", "lsp"])
async def test_malformed_messages_never_take_the_session_down(knock, listener, door):
    wire: Wire = await knock(door)
    if door == "lsp":
        await wire.call("initialize", {"processId": None, "capabilities": {}})
        wire.send(method="initialized", params={})
    dice = random.Random(7)
    parts = [
        None,
        True,
        -1,
        1e999,
        "",
        "x",
        "é😋",
        [],
        {},
        {"uri": "x"},
        [[]],
        "initialize",
        "2.0",
        {"textDocument": {"uri": 3}},
        {"command": "pointsman.echo", "arguments": 3},
        "\ud800",
        {"textDocument": {"uri": "file:///x", "version": 1}, "contentChanges": [{"text": 1}]},
        {"token": {}},
        {"id": []},
        {"since": -1},
        {"uri": "%%%"},
        {"capabilities": 3},
    ]
    methods = [
        "textDocument/didOpen", "textDocument/didChange", "textDocument/didClose", "initialize",
        "textDocument/codeAction", "workspace/executeCommand", "$/cancelRequest", "initialized",
        "pointsman/sync", "workspace/textDocumentContent", "window/workDoneProgress/cancel",
        "workspace/didChangeWorkspaceFolders", "$/setTrace", "textDocument/didSave", "nothing",
        "echo", "notebookDocument/didOpen", "$/follow", "", 3, None,
    ]  # fmt: skip
    for _ in range(400):
        message = {"jsonrpc": dice.choice(["2.0"] * 9 + [1])}
        for key, choices in (
            ("id", [*parts, 1, 2, "a"]),
            ("method", methods),
            ("params", parts),
            ("result", parts),
            ("error", parts),
        ):
            if dice.random() < (0.8 if key in ("id", "method", "params") else 0.1):
                message[key] = dice.choice(choices)
        body = json.dumps(message).encode()
        if dice.random() < 0.2:
            cut = dice.randrange(len(body))
            body = body[:cut] + dice.randbytes(3) + body[cut:]
        wire.raw(body)
    last = "pointsman.echo" if door == "lsp" else "echo"
    method = "workspace/executeCommand" if door == "lsp" else "echo"
    wire.send(id="last", method=method, params={"command": last})
    answer = await wire.until(lambda m: m.get("id") == "last")
    assert "result" in answer
    assert len(listener.sessions) == 1


async def test_a_client_that_never_reads_costs_bounded_memory_and_is_dropped(
    app: FakeApp, knock, listener
):
    wire = await knock("cli")
    wire.ask("$/follow")
    await eventually(lambda: len(app._followers) == 1)
    wire.writer.transport.pause_reading()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    text = "x" * 100_000
    sent = 0
    while listener.sessions:
        app.tell("log", text=text)
        app.events.clear()
        sent += len(text)
        await asyncio.sleep(0)
        assert sent < 100 << 20
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 64 << 10  # KiB


async def test_the_queue_is_bounded_but_takes_any_single_message():
    gone = []
    stuck = asyncio.Event()

    async def write(_: bytes) -> None:
        await stuck.wait()

    outgoing = Outgoing(write, lambda: gone.append(True), limit=100)
    pump = asyncio.create_task(outgoing.pump())
    outgoing.put(b"x" * 1000)
    await asyncio.sleep(0)
    assert not gone
    outgoing.put(b"x")
    outgoing.put(b"x")
    assert gone == [True]
    stuck.set()
    await pump
    await outgoing.flushed()
