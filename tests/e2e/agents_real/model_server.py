"""A model on loopback that says what a test tells it to, in the wire format of the Gemini API.

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
from typing import Any

Call = tuple[str, dict[str, Any]]
"""The end of a tool's name, and its arguments."""


class Conversation:
    """What an agent sends along: everything that was said so far."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.text = json.dumps(request.get("contents", []))
        self.tools = [
            declared["name"]
            for tool in request.get("tools", ())
            for declared in tool.get("functionDeclarations", ())
        ]
        self._done = [
            part["functionResponse"]["name"]
            for content in request.get("contents", ())
            for part in content.get("parts", ())
            if "functionResponse" in part
        ]

    def count(self, tool: str) -> int:
        """How many calls of a tool have a result."""
        return sum(name.endswith(tool) for name in self._done)

    def find(self, pattern: str) -> str | None:
        """The first group of a pattern's last match in the conversation."""
        found = re.findall(pattern, self.text)
        return found[-1] if found else None


Script = Callable[[Conversation], Call | None]
"""What the model does next; None when it is done."""


@dataclass
class ModelServer:
    """A running server."""

    url: str
    keys: set[str] = field(default_factory=set)
    """That were presented."""


@contextmanager
def serve(script: Script) -> Iterator[ModelServer]:
    """The server, on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            model.keys.add(self.headers.get("x-goog-api-key", ""))
            if ":countTokens" in self.path:
                self._send("application/json", json.dumps({"totalTokens": 100}))
                return
            reply = json.dumps(_message(_next(script, Conversation(request))))
            if ":streamGenerateContent" in self.path:
                self._send("text/event-stream", f"data: {reply}\r\n\r\n")
            else:
                self._send("application/json", reply)

        def _send(self, kind: str, text: str) -> None:
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


def _next(script: Script, conversation: Conversation) -> dict[str, Any]:
    """The next part of a message. A request without tools is a side request."""
    call = script(conversation) if conversation.tools else None
    if call is None:
        return {"text": "Done."}
    wanted, arguments = call
    name = next(name for name in conversation.tools if name.endswith(wanted))
    return {"functionCall": {"name": name, "args": arguments}}


def _message(part: dict[str, Any]) -> dict[str, Any]:
    content = {"role": "model", "parts": [part]}
    counts = {"promptTokenCount": 100, "candidatesTokenCount": 10, "totalTokenCount": 110}
    return {
        "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
        "usageMetadata": counts,
        "modelVersion": "scripted",
    }
