"""A blocking client of the daemon: what the CLI and the shim stand on. Standard library only.

``knock`` finds or starts the daemon and says hello; ``Client`` speaks JSON-RPC at door ``cli``.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from pointsman import __version__
from pointsman.daemon.address import find_repository, in_workspace
from pointsman.daemon.start import find, find_or_start
from pointsman.doors.framing import frame, read_message
from pointsman.doors.hello import HELLO_LIMIT, Hello, read_answer
from pointsman.model.refusal import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, BinaryIO

    from pointsman.daemon.address import Repository

_ATTEMPTS = 3


class Connection:
    """A connection that has been let in. ``stream`` reads what comes; ``welcome`` is the answer."""

    def __init__(self, sock: socket.socket, stream: BinaryIO, welcome: dict[str, Any]) -> None:
        self.socket, self.stream, self.welcome = sock, stream, welcome

    def close(self) -> None:
        """Hang up. A thread that is reading comes to the end, instead of keeping us waiting."""
        with contextlib.suppress(OSError):  # the daemon may have been faster
            self.socket.shutdown(2)  # SHUT_RDWR
        self.stream.close()
        self.socket.close()


def repository_of(folder: Path) -> Repository:
    """The repository that ``folder`` is in. Raises Refusal: ``repository-missing``."""
    found = find_repository(folder)
    if found is None and in_workspace(folder):
        raise Refusal(
            "repository-missing",
            "This is an agent's workspace, which has no Pointsman of its own.",
            "Go to the repository that it was cut from.",
        )
    if found is None:
        here = folder in (Path(), Path.cwd())
        raise Refusal(
            "repository-missing",
            "Here is no git repository." if here else f"{folder} is in no git repository.",
            "Go to one, or make one: `git init`.",
        )
    return found


def knock(
    repository: Repository,
    door: str,
    *,
    start: bool = True,
    daemon: Sequence[str] | None = None,
) -> Connection:
    """Connect to ``door`` of the repository's daemon, which is started if there is none.

    ``daemon`` is the command that starts one, if not the installed one. Raises Refusal:
    ``daemon-unreachable`` if there is none and it can't be or must not be started,
    ``protocol-mismatch`` if it does not speak with us.
    """
    for _ in range(_ATTEMPTS):  # a daemon may be on its way out just when we knock
        sock = find_or_start(repository, daemon) if start else find(repository)
        if sock is None:
            break
        hello = Hello(door, __version__, repository.id, str(repository.root))
        try:
            sock.sendall(hello.line())
            stream = sock.makefile("rb")
            return Connection(sock, stream, read_answer(stream.readline(HELLO_LIMIT)))
        except ConnectionError:
            sock.close()
        except Refusal:
            sock.close()
            raise
    raise Refusal(
        "daemon-unreachable",
        "There is no daemon for this repository." if not start else "The daemon does not stay up.",
        "Run `pointsman daemon start`.",
    )


class Client:
    """Operations of the daemon, one at a time; a ``with`` closes it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last_id = 0

    @classmethod
    def connect(
        cls,
        folder: Path | None = None,
        *,
        start: bool = True,
        daemon: Sequence[str] | None = None,
    ) -> Client:
        """A client of the repository that ``folder`` (else the current one) is in.

        Raises Refusal: ``repository-missing``, or what ``knock`` raises.
        """
        repository = repository_of(folder or Path.cwd())
        return cls(knock(repository, "cli", start=start, daemon=daemon))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @property
    def build(self) -> str:
        """The daemon's build; the protocol is the same, or we would not be here."""
        return str(self._connection.welcome.get("build"))

    @property
    def pid(self) -> int:
        return int(self._connection.welcome["pid"])

    def call(
        self,
        method: str,
        params: dict[str, Any] | None = None,
        report: Callable[[str, float | None], None] | None = None,
    ) -> dict[str, Any]:
        """The result of an operation. ``report`` hears of its progress: words, fraction.

        Raises Refusal with the operation's error, or ``daemon-unreachable`` if the daemon died.
        Left by an exception (Ctrl-C), the operation is cancelled.
        """
        id = self._send(method, params)
        for message in self._messages(id):
            told = message.get("params") or {}
            if message.get("method") == "$/progress" and told.get("id") == id:
                if report is not None:
                    report(told.get("text", ""), told.get("fraction"))
            elif message.get("id") == id and "method" not in message:
                return _result(message)
        raise _died()

    def follow(self, since: int | None = None) -> Iterator[dict[str, Any]]:
        """Every event after ``since``, or from now on, as it comes; ends with a Refusal."""
        id = self._send("$/follow", {} if since is None else {"since": since})
        for message in self._messages(id):
            if message.get("method") == "$/event" and message["params"].get("id") == id:
                yield message["params"]["event"]
            elif message.get("id") == id and "method" not in message:
                _result(message)
        raise _died()

    def _send(self, method: str, params: dict[str, Any] | None) -> int:
        self._last_id += 1
        self._write({"id": self._last_id, "method": method, "params": params or {}})
        return self._last_id

    def _messages(self, id: int) -> Iterator[dict[str, Any]]:
        """What the daemon sends, until it hangs up. Left early, request ``id`` is cancelled."""
        answered = False
        try:
            while (body := read_message(self._connection.stream)) is not None:
                message = json.loads(body)
                answered = message.get("id") == id and "method" not in message
                yield message
        except ConnectionError:
            answered = True  # nobody is left to cancel anything
        finally:
            if not answered:
                with contextlib.suppress(Refusal):
                    self._write({"method": "$/cancelRequest", "params": {"id": id}})

    def _write(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        try:
            self._connection.socket.sendall(frame(body))
        except ConnectionError as error:
            raise _died() from error


def _result(message: dict[str, Any]) -> dict[str, Any]:
    error = message.get("error")
    if error is None:
        result: dict[str, Any] = message["result"]
        return result
    problem = error.get("data") or {"code": "internal", "message": error.get("message", "")}
    raise Refusal.of(problem)


def _died() -> Refusal:
    return Refusal(
        "daemon-unreachable",
        "The daemon hung up.",
        "Try again: it is started anew, and goes on where it was.",
    )
