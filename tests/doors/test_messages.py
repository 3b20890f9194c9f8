"""Framing and JSON-RPC envelopes: no bytes stop a reader or raise in a parser."""

import asyncio
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.doors import jsonrpc
from pointsman.doors.framing import frame, read_message, read_messages
from pointsman.doors.lsp.places import Checkout, columns

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
envelope = st.dictionaries(
    st.sampled_from(["jsonrpc", "id", "method", "params", "result", "error"]),
    anything | st.sampled_from(["2.0", 1, "x", "initialize", "shutdown"]),
)


async def bodies(data: bytes, limit: int = 1 << 20) -> list[bytes]:
    reader = asyncio.StreamReader(limit=1024)
    reader.feed_data(data)
    reader.feed_eof()
    return [body async for body in read_messages(reader, limit)]


def run(coroutine: Any) -> Any:
    return asyncio.new_event_loop().run_until_complete(coroutine)


@given(st.lists(st.binary()))
@settings(max_examples=50)
def test_what_is_framed_is_read_back(sent):
    assert run(bodies(b"".join(map(frame, sent)))) == sent


@given(st.binary())
@settings(max_examples=50)
def test_rubbish_before_a_message_is_skipped(rubbish):
    # A line that itself announces a length would rightly swallow what follows.
    if b":" not in rubbish:
        assert run(bodies(rubbish + b"\r\n\r\n" + frame(b"{}"))) == [b"{}"]


async def test_a_body_over_the_limit_is_thrown_away_as_it_comes():
    assert await bodies(frame(b"x" * 5000) + frame(b"{}"), limit=4999) == [b"", b"{}"]


async def test_an_endless_header_line_is_skipped():
    assert await bodies(b"x" * 5000 + b"\r\n" + frame(b"{}")) == [b"{}"]


@pytest.mark.parametrize("data", [b"", b"Content-Length: 5\r\n\r\nabc", b"Content-Length: 5"])
async def test_a_stream_that_ends_in_the_middle_ends(data):
    assert await bodies(data) == []
    assert read_message(io.BytesIO(data)) is None


def test_the_blocking_reader_reads_the_same():
    stream = io.BytesIO(b"content-length: 2\n\n{}" + frame(b"[]"))
    assert read_message(stream) == b"{}"
    assert read_message(stream) == b"[]"
    assert read_message(stream) is None


@given(st.binary() | envelope.map(lambda m: json.dumps(m).encode()))
def test_parsing_never_raises(body):
    message = jsonrpc.parse(body)
    if isinstance(message, jsonrpc.Malformed):
        assert message.code in (jsonrpc.PARSE_ERROR, jsonrpc.INVALID_REQUEST)


@given(st.integers() | st.text(st.characters(exclude_categories=["Cs"])), anything)
def test_a_request_is_what_was_sent(id, params):
    body = jsonrpc.encode({"jsonrpc": "2.0", "id": id, "method": "m", "params": params})
    request = jsonrpc.parse(body)
    assert isinstance(request, jsonrpc.Request)
    assert (request.id, request.method) == (id, "m")
    assert repr(request.params) == repr(params)  # not ==, for nan


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", jsonrpc.PARSE_ERROR),
        (b"{", jsonrpc.PARSE_ERROR),
        (b"\xff", jsonrpc.PARSE_ERROR),
        (b"[" * 100_000, jsonrpc.PARSE_ERROR),
        (b"1" * 10_000, jsonrpc.PARSE_ERROR),
        (b"[]", jsonrpc.INVALID_REQUEST),
        (b'{"jsonrpc":"1.0","id":1,"method":"x"}', jsonrpc.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":true,"method":"x"}', jsonrpc.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":null,"method":"x"}', jsonrpc.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1}', jsonrpc.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1,"method":7}', jsonrpc.INVALID_REQUEST),
    ],
)
def test_what_is_no_message_is_told_why(body, code):
    message = jsonrpc.parse(body)
    assert isinstance(message, jsonrpc.Malformed)
    assert message.code == code


@given(st.text(st.characters(exclude_categories=["Cs"])), st.data())
def test_a_byte_column_is_the_same_character_in_every_encoding(line, data):
    prefix = line[: data.draw(st.integers(0, len(line)))]
    byte = len(prefix.encode())
    assert columns(line.encode(), byte, "utf-8") == byte
    assert columns(line.encode(), byte, "utf-32") == len(prefix)
    assert columns(line.encode(), byte, "utf-16") == len(prefix.encode("utf-16-le")) // 2


def test_a_column_in_the_middle_of_a_character_is_its_start():
    assert columns("é".encode(), 1, "utf-16") == 0


@given(st.text(st.characters()))
def test_a_path_and_its_uri_name_the_same_file_and_never_one_outside(tmp_path_factory, path):
    checkout = Checkout(tmp_path_factory.getbasetemp(), "utf-16")
    uri = checkout.uri(path)
    if uri is None:
        return
    back = checkout.path(uri)
    assert back is not None
    assert ".." not in back.split("/")


async def test_the_column_comes_from_the_open_document_where_there_is_one(tmp_path):
    from pointsman.model.place import Position, Range

    (tmp_path / "x").write_text("ééé")
    inside = Range(start=Position(line=0, character=2), end=Position(line=0, character=4))
    assert Checkout(tmp_path, "utf-16").range("x", inside)["end"]["character"] == 2
    edited = Checkout(tmp_path, "utf-16", lambda uri: "abcd")
    assert edited.range("x", inside)["end"]["character"] == 4


async def test_a_link_out_of_the_checkout_is_not_read(tmp_path):
    from pointsman.model.place import Position, Range

    (tmp_path / "outside").write_text("éé")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/x").symlink_to(tmp_path / "outside")
    inside = Range(start=Position(line=0, character=2), end=Position(line=0, character=2))
    shown = Checkout(tmp_path / "in", "utf-16").range("x", inside)
    assert shown["end"]["character"] == 2


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        (r"a\ud83d", "a\ufffd"),
        (r"\ude0ab", "\ufffdb"),
        (r"\ud83d\ud83d\ude0a", "\ufffd😊"),
        (r"\ud83d\ude0a", "😊"),
        (r"\\ud83d", r"\ud83d"),
    ],
)
def test_half_a_surrogate_pair_is_taken_as_a_character_of_the_same_length(sent, taken):
    message = jsonrpc.parse(b'{"jsonrpc":"2.0","id":1,"method":"m","params":"%b"}' % sent.encode())
    assert message == jsonrpc.Request(1, "m", taken)
