"""Find the repository's daemon, or start it: what every door's client does first.

Starters take turns at ``start.lock``, so that eight editor windows opened at once start one daemon
and the other seven find it. The one that starts waits for a byte on a pipe, not by polling; if the
daemon dies instead, its own words are shown. Standard library only.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys
import time

from pointsman.daemon.address import Repository, announced, private_folder, socket_path
from pointsman.daemon.lock import open_lock
from pointsman.model.refusal import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

READY = b"R"
"""What the daemon writes to the pipe once it listens and ``daemon.json`` is written."""
HELD = b"H"
"""What it writes, before it leaves, if another process holds ``daemon.lock``."""

START_LIMIT = 60.0
"""Seconds for a daemon to come up. Opening a large ledger after a crash takes a while."""
_START_SECONDS = 1.0
"""What a start takes: with less time left, another is not worth trying."""
_LOG_LIMIT = 1 << 20
_WORDS_LIMIT = 2000
"""Bytes of a failed daemon's words that are shown."""


def daemon_command() -> list[str]:
    """How a daemon is started. ``-P``: a ``pointsman`` folder where we are is not ours."""
    return [sys.executable, "-P", "-m", "pointsman.daemon"]


def tell(descriptor: int, word: bytes) -> None:
    """The daemon's side: say READY or HELD to the starter, who may be gone, and hang up."""
    try:
        os.write(descriptor, word)
    except BrokenPipeError:
        pass
    finally:
        os.close(descriptor)


def find(repository: Repository) -> socket.socket | None:
    """A connection to the daemon of ``repository``, or None if there is none."""
    told = announced(repository.state)
    if told is not None and (connection := _connect(told["socket"])) is not None:
        return connection
    return _connect(str(socket_path(repository.id)))


def find_or_start(
    repository: Repository, command: Sequence[str] | None = None, limit: float = START_LIMIT
) -> socket.socket:
    """A connection to the daemon of ``repository``, started by ``command`` if there is none.

    Raises Refusal ``daemon-unreachable``, with the daemon's own words if it had any.
    """
    connection = find(repository)
    if connection is not None:
        return connection
    deadline = time.monotonic() + limit
    turn = open_lock(repository.state, "start.lock")
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        while (connection := find(repository)) is None:
            if _start(repository, command or daemon_command(), deadline) == HELD:
                _wait_for_holder(deadline)
        return connection
    finally:
        os.close(turn)


def _start(repository: Repository, command: Sequence[str], deadline: float) -> bytes:
    """Start a daemon and wait for its word, READY or HELD. Raises Refusal if none comes."""
    log = _open_log(repository.state)
    said_before = os.fstat(log).st_size
    reader, writer = os.pipe()
    try:
        _spawn([*command, "--repository", str(repository.common_dir)], writer, log)
        os.close(writer)
        word = _read_within(reader, deadline)
        if word is None:
            message = "The daemon did not become ready in time."
        elif word in (READY, HELD):
            return word
        else:
            message = f"The daemon did not start. It said: {_words(log, said_before)}"
        raise Refusal(
            "daemon-unreachable", message, "Run `pointsman daemon run` to see what it says."
        )
    finally:
        os.close(reader)
        os.close(log)


def _words(log: int, since: int) -> str:
    """What a daemon that died wrote to its log last; of a traceback, what it comes down to."""
    end = os.fstat(log).st_size
    start = max(since, end - _WORDS_LIMIT)
    said = os.pread(log, _WORDS_LIMIT, start).decode(errors="replace").strip()
    if said.startswith("Traceback") or "\nTraceback" in said or start > since:
        said = said.rpartition("\n")[2]
    return said or "nothing"


def _wait_for_holder(deadline: float) -> None:
    """Another daemon has the lock but did not answer: it comes up, by no starter, or goes down.

    The one case to look again in, since there is nothing to wait on.
    """
    if time.monotonic() + _START_SECONDS > deadline:
        raise Refusal(
            "daemon-unreachable",
            "Another process holds the daemon's lock and does not listen.",
            "Run `pointsman daemon stop`, then try again.",
        )
    time.sleep(0.05)


def _spawn(command: Sequence[str], ready: int, log: int) -> None:
    """Run ``command`` detached: a session of its own, no terminal, outliving whoever starts it."""
    import subprocess  # only a starter needs it, and most shims find a daemon

    process = subprocess.Popen(
        [*command, "--ready-fd", str(ready)],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd="/",
        pass_fds=(ready,),
        start_new_session=True,
    )
    process.returncode = 0  # not ours to wait for: without this, Python warns when it is collected


def _read_within(reader: int, deadline: float) -> bytes | None:
    """One byte; b"" if the daemon is gone without a word; None if the time is over."""
    import select

    readable, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
    return os.read(reader, 1) if readable else None


def _open_log(state: Path) -> int:
    """``daemon.log``, for appending; what it held is moved aside once it is large."""
    private_folder(state)
    log = state / "daemon.log"
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(state / "daemon.log.1")
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.open(log, flags, 0o600)


def _connect(path: str) -> socket.socket | None:
    """A connection to the socket at ``path``, if a process of ours listens there."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(path)
        if _peer(connection) == os.getuid():
            return connection
    except (OSError, ValueError):  # ValueError: a path with a NUL, from a daemon.json that lies
        pass
    connection.close()
    return None


def _peer(connection: socket.socket) -> int:
    """The user id of the process at the other end (unix(7), SO_PEERCRED)."""
    size = struct.calcsize("3i")
    _, uid, _ = struct.unpack(
        "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    )
    return int(uid)
