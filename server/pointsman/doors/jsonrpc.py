"""JSON-RPC 2.0 messages: bytes to typed messages and back, no I/O. Shared by the doors.

Only the envelope is looked at; params and results stay raw JSON, whatever they contain.
"""

import json
from dataclasses import dataclass
from typing import Any

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
NOT_INITIALIZED = -32002
REQUEST_FAILED = -32803
REQUEST_CANCELLED = -32800

Id = int | str


@dataclass(frozen=True)
class Request:
    id: Id
    method: str
    params: Any


@dataclass(frozen=True)
class Notification:
    method: str
    params: Any


@dataclass(frozen=True)
class Response:
    """An answer to a request of ours: ``error`` is None where it has a result."""

    id: Id
    result: Any
    error: dict[str, Any] | None


@dataclass(frozen=True)
class Malformed:
    """Not a message. ``id`` is what it seemed to answer to or ask for, if that can be told."""

    code: int
    message: str
    id: Id | None = None


Message = Request | Notification | Response | Malformed


def parse(body: bytes) -> Message:
    """What ``body`` says. Never raises."""
    try:
        content = json.loads(body)
        if b"\\u" in body:
            content = _whole(content)
    except (ValueError, RecursionError):
        return Malformed(PARSE_ERROR, "The message is not JSON in UTF-8.")
    if not isinstance(content, dict) or content.get("jsonrpc") != "2.0":
        return Malformed(INVALID_REQUEST, "The message is not a JSON-RPC 2.0 object.")
    return _message(content)


def _whole(content: Any) -> Any:
    """``content`` with each half of a surrogate pair become U+FFFD, which is as long in UTF-16.

    Half a pair is no text: no file, no database and no UTF-8 can take it. But editors send it (of a
    document that holds one, with the very next keystroke), and wait for an answer.
    """
    text = json.dumps(content, ensure_ascii=False)
    return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _message(content: dict[str, Any]) -> Message:
    given, error = content.get("id"), content.get("error")
    id = given if isinstance(given, int | str) and not isinstance(given, bool) else None
    match content:
        case {"method": str() as method, "id": _} if id is not None:
            return Request(id, method, content.get("params"))
        case {"method": str() as method} if "id" not in content:
            return Notification(method, content.get("params"))
        case {"error": dict()} if id is not None and "method" not in content:
            return Response(id, None, error)
        case {"result": _} if id is not None and "method" not in content:
            return Response(id, content["result"], None)
    return Malformed(INVALID_REQUEST, "The message is no request, response or notification.", id)


def encode(message: dict[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()


def response(id: Id, result: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id, "result": result}


def failed(id: Id | None, error: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request that failed; ``error`` is ``{code, message, data?}``."""
    return {"jsonrpc": "2.0", "id": id, "error": error}


def notification(method: str, params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": params}
