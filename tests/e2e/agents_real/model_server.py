"""A model on loopback that says what a test tells it to, in the wire format of an agent's API.

What it says next is read off the conversation in the request, never off a count of requests. So
retries and side requests change nothing, and a resumed session goes on where it was.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

Call = tuple[str, dict[str, Any]]
"""The end of a tool's name, and its arguments."""


@dataclass(frozen=True)
class Conversation:
    """What an agent sends along: everything that was said so far."""

    text: str
    tools: list[str]
    """Names of the tools that the model may call."""
    done: list[str]
    """Names of the tools whose calls have a result."""

    def count(self, tool: str) -> int:
        """How many calls of a tool have a result."""
        return sum(name.endswith(tool) for name in self.done)

    def find(self, pattern: str) -> str | None:
        """The first group of a pattern's last match in the conversation."""
        found = re.findall(pattern, self.text)
        return found[-1] if found else None


Script = Callable[[Conversation], Call | None]
"""What the model does next; None when it is done."""


class Wire(Protocol):
    """An API's format."""

    KEY: str
    """The header with the key."""

    def heard(self, request: dict[str, Any]) -> Conversation: ...

    def said(self, path: str, request: dict[str, Any], call: Call | None) -> tuple[str, str]:
        """The content type and body of an answer; ``call`` has the tool's whole name."""


class Gemini:
    """``generateContent`` and ``streamGenerateContent``."""

    KEY = "x-goog-api-key"

    def heard(self, request: dict[str, Any]) -> Conversation:
        contents = request.get("contents", [])
        return Conversation(
            text=json.dumps(contents),
            tools=[
                declared["name"]
                for tool in request.get("tools", ())
                for declared in tool.get("functionDeclarations", ())
            ],
            done=[
                part["functionResponse"]["name"]
                for content in contents
                for part in content.get("parts", ())
                if "functionResponse" in part
            ],
        )

    def said(self, path: str, request: dict[str, Any], call: Call | None) -> tuple[str, str]:
        if ":countTokens" in path:
            return "application/json", json.dumps({"totalTokens": 100})
        part: dict[str, Any] = {"text": "Done."}
        if call is not None:
            part = {"functionCall": {"name": call[0], "args": call[1]}}
        content = {"role": "model", "parts": [part]}
        counts = {"promptTokenCount": 100, "candidatesTokenCount": 10, "totalTokenCount": 110}
        reply = {
            "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
            "usageMetadata": counts,
            "modelVersion": "scripted",
        }
        if ":streamGenerateContent" in path:
            return "text/event-stream", f"data: {json.dumps(reply)}\r\n\r\n"
        return "application/json", json.dumps(reply)


class Messages:
    """Anthropic's Messages."""

    KEY = "x-api-key"

    def heard(self, request: dict[str, Any]) -> Conversation:
        messages = request.get("messages", [])
        blocks = [
            block
            for message in messages
            if isinstance(message["content"], list)
            for block in message["content"]
        ]
        names = {block["id"]: block["name"] for block in blocks if block["type"] == "tool_use"}
        return Conversation(
            text=json.dumps([request.get("system"), messages]),
            tools=[tool["name"] for tool in request.get("tools", ())],
            done=[names[b["tool_use_id"]] for b in blocks if b["type"] == "tool_result"],
        )

    def said(self, path: str, request: dict[str, Any], call: Call | None) -> tuple[str, str]:
        if "count_tokens" in path:
            return "application/json", json.dumps({"input_tokens": 100})
        block: dict[str, Any] = {"type": "text", "text": "Done."}
        delta: dict[str, Any] = {"type": "text_delta", "text": "Done."}
        if call is not None:
            ident = f"toolu_{len(request['messages']):04}"
            block = {"type": "tool_use", "id": ident, "name": call[0], "input": call[1]}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(call[1])}
        stop = {"stop_reason": "tool_use" if call else "end_turn", "stop_sequence": None}
        message = {
            "id": f"msg_{len(request['messages']):04}",
            "type": "message",
            "role": "assistant",
            "model": request.get("model", "scripted"),
            "usage": {"input_tokens": 100, "output_tokens": 10},
        }
        if not request.get("stream"):
            return "application/json", json.dumps({**message, "content": [block], **stop})
        begun = {**block, "input": {}} if call else {**block, "text": ""}
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": {**message, "content": [], **_NOT_YET}},
            {"type": "content_block_start", "index": 0, "content_block": begun},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 10}},
            {"type": "message_stop"},
        ]
        lines = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
        return "text/event-stream", "".join(lines)


_NOT_YET = {"stop_reason": None, "stop_sequence": None}


@dataclass
class ModelServer:
    """A running server."""

    url: str
    keys: set[str] = field(default_factory=set)
    """That were presented."""


@contextmanager
def serve(script: Script, wire: Wire) -> Iterator[ModelServer]:
    """The server, on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            model.keys.add(self.headers.get(wire.KEY, ""))
            kind, text = wire.said(self.path, request, _next(script, wire.heard(request)))
            data = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model = ModelServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _next(script: Script, conversation: Conversation) -> Call | None:
    """The next call with the tool's whole name; none in a side request, which has no such tool."""
    call = script(conversation) if conversation.tools else None
    named = [name for name in conversation.tools if call and name.endswith(call[0])]
    return (named[0], call[1]) if call and named else None
