"""``pointsman lsp``: what editors start at every window. Finds or starts the daemon, then pipes.

The repository is found from the client's first message, which is then replayed to the daemon;
after that bytes go both ways unread. Where there is no repository, or no daemon can be had, the
shim answers the editor by itself. Standard library only, as little of it as can be.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

from pointsman import __version__
from pointsman.daemon.address import find_repository
from pointsman.doors.client import knock
from pointsman.doors.framing import frame, read_message
from pointsman.model.refusal import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, BinaryIO

    from pointsman.doors.client import Connection

_CHUNK = 65536
_REQUEST_FAILED = -32803
_INVALID_REQUEST = -32600
_TAIL = 200


def main(daemon: Sequence[str] | None = None) -> int:
    """Serve the editor at standard input and output. ``daemon`` as in ``knock``.

    Returns the exit code: 0 after the client's ``exit`` or its hanging up, 1 if the daemon went
    away first, so that the editor starts us anew.
    """
    stdin = sys.stdin.buffer
    first = read_message(stdin)
    if first is None:
        return 0
    folder = _folder(first)
    repository = find_repository(folder) if folder is not None else None
    if repository is None:
        return _alone(first, stdin, None)
    try:
        connection = knock(repository, "lsp", daemon=daemon)
    except Refusal as refusal:
        print(f"pointsman: {refusal}", file=sys.stderr)
        return _alone(first, stdin, refusal)
    if connection.welcome.get("build") != __version__:
        theirs = connection.welcome.get("build")
        print(f"pointsman: the daemon is build {theirs}, this is {__version__}", file=sys.stderr)
    return _pipe(first, stdin, connection)


def _folder(first: bytes) -> Path | None:
    """Where the client works: its first folder, its root, else our own folder.

    None if it works somewhere that is no folder of this machine.
    """
    try:
        params = json.loads(first).get("params") or {}
        folders = params.get("workspaceFolders")
        uri = folders[0]["uri"] if folders else params.get("rootUri")
        path = params.get("rootPath")
    except (ValueError, TypeError, AttributeError, LookupError):
        uri = path = None
    if isinstance(uri, str):
        return _path(uri)
    return Path(path) if isinstance(path, str) and path else Path.cwd()


def _path(uri: str) -> Path | None:
    """The path of a ``file:`` URI (RFC 8089): ``file:///x`` or ``file://localhost/x``."""
    from urllib.parse import unquote_to_bytes

    scheme, _, rest = uri.partition("://")
    host, slash, path = rest.partition("/")
    if scheme.lower() != "file" or host not in ("", "localhost") or not slash:
        return None
    return Path(os.fsdecode(unquote_to_bytes("/" + path)))


def _pipe(first: bytes, stdin: BinaryIO, connection: Connection) -> int:
    """Bytes both ways until either side ends."""
    sock = connection.socket
    tail = b""

    def upwards() -> None:
        """From the editor to the daemon; the editor's end of file is passed on."""
        nonlocal tail
        try:
            sock.sendall(frame(first))
            tail = first[-_TAIL:]
            while chunk := stdin.read1(_CHUNK):  # type: ignore[attr-defined]  # BufferedReader has
                tail = (tail + chunk)[-_TAIL:]
                sock.sendall(chunk)
            tail = b'"exit"'
            sock.shutdown(1)
        except OSError:
            pass  # the daemon is gone, and the other direction has seen it

    threading.Thread(target=upwards, daemon=True).start()
    try:
        while chunk := sock.recv(_CHUNK):
            view = memoryview(chunk)
            while view:
                view = view[os.write(1, view) :]
    except OSError:
        pass  # reset by the daemon, or the editor reads no more: over either way
    # Whether the client has taken its leave shows in the last bytes that it sent.
    return 0 if b'"exit"' in tail else 1


def _alone(first: bytes, stdin: BinaryIO, refusal: Refusal | None) -> int:
    """Answer the editor without a daemon: nothing on offer, or ``refusal`` as the reason."""
    message: bytes | None = first
    while message is not None:
        try:
            content = json.loads(message)
        except ValueError:
            content = {}
        if isinstance(content, dict) and content.get("method") == "exit":
            return 0
        if isinstance(content, dict) and "id" in content and "method" in content:
            answer = {"jsonrpc": "2.0", "id": content["id"], **_answer(content["method"], refusal)}
            sys.stdout.buffer.write(frame(json.dumps(answer).encode()))
            sys.stdout.buffer.flush()
        message = read_message(stdin)
    return 0


def _answer(method: str, refusal: Refusal | None) -> dict[str, Any]:
    if method == "initialize" and refusal is not None:
        data = {**refusal.wire(), "retry": False}
        return {"error": {"code": _REQUEST_FAILED, "message": str(refusal), "data": data}}
    if method == "initialize":
        server = {"name": "pointsman", "version": __version__}
        return {"result": {"capabilities": {}, "serverInfo": server}}
    if method == "shutdown":
        return {"result": None}
    message = str(refusal or "Pointsman works in git repositories; here is none.")
    return {"error": {"code": _INVALID_REQUEST, "message": message}}


def run() -> None:
    """The entry point. Leaves at once: a thread may still be reading standard input."""
    try:
        code = main()
    except KeyboardInterrupt:
        code = 130
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
