"""The hello: one JSON line each way before anything else on the daemon's socket.

``{pointsman: 1, build, repository, door, checkout?}`` is answered by ``{ok: true, pointsman, build,
pid}`` or by ``{error: {code, message, remedy}}``. The number is the protocol's: another number is
refused, another build is not. Standard library only: the shim says it.
"""

from __future__ import annotations

import json
import os

from pointsman.model.refusal import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROTOCOL = 1
HELLO_LIMIT = 65536
"""Bytes of a hello line."""
RESTART = "pointsman daemon stop --drain"
"""The command that makes room for a daemon of another build, once its agents are done."""


class Hello:
    """Who knocks: at which door, of which build, for which repository."""

    def __init__(self, door: str, build: str, repository: str, checkout: str | None = None) -> None:
        self.door, self.build, self.repository = door, build, repository
        self.checkout = checkout
        """The top folder of the caller's checkout, where it has one."""

    def line(self) -> bytes:
        content: dict[str, Any] = {
            "pointsman": PROTOCOL,
            "build": self.build,
            "repository": self.repository,
            "door": self.door,
        }
        if self.checkout is not None:
            content["checkout"] = self.checkout
        return json.dumps(content).encode() + b"\n"


def read_hello(line: bytes) -> Hello:
    """The hello in ``line``. Raises Refusal ``protocol-mismatch`` for anything else."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or content.get("pointsman") != PROTOCOL:
        theirs = content.get("pointsman") if isinstance(content, dict) else None
        raise Refusal(
            "protocol-mismatch",
            f"This daemon speaks protocol {PROTOCOL}; the client "
            + (f"speaks {theirs}." if isinstance(theirs, int) else "sent no hello of Pointsman's."),
            f"Run `{RESTART}`, then try again: a daemon of your build is started.",
        )
    fields = [content.get(name) for name in ("door", "build", "repository", "checkout")]
    door, build, repository, checkout = (f if isinstance(f, str) else "" for f in fields)
    absolute = checkout.startswith("/") and "\0" not in checkout
    return Hello(door, build, repository, checkout if absolute else None)


def welcome(build: str) -> bytes:
    """The answer that lets a caller in."""
    content = {"ok": True, "pointsman": PROTOCOL, "build": build, "pid": os.getpid()}
    return json.dumps(content).encode() + b"\n"


def refused(refusal: Refusal) -> bytes:
    """The answer that does not."""
    return json.dumps({"error": refusal.wire()}).encode() + b"\n"


def read_answer(line: bytes) -> dict[str, Any]:
    """The daemon's answer. Raises Refusal if it refused, ConnectionError if it hung up."""
    if not line.endswith(b"\n"):
        raise ConnectionError("the daemon hung up")
    content = json.loads(line)
    if content.get("ok") is not True:
        raise Refusal.of(content.get("error", {}))
    return dict(content)
