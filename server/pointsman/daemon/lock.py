"""One daemon a repository: a ``flock`` on ``daemon.lock``, held till death.

The kernel lets go of it however the daemon dies, so there is no stale lock. Only the holder binds
the socket, removes what a dead daemon left at its path, and announces itself; hence these are
methods of the lock. Standard library only.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from pathlib import Path

from pointsman.daemon.address import private_folder


class Lock:
    """The right to be this repository's daemon. Made by ``acquire`` alone."""

    def __init__(self, state: Path, descriptor: int) -> None:
        self._state = state
        self._descriptor = descriptor
        self._socket: Path | None = None

    def bind(self, path: Path) -> socket.socket:
        """A socket bound to ``path`` (0600), not yet listening. What was there is removed."""
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(str(path))
            path.chmod(0o600)
        except OSError:
            listener.close()
            raise
        self._socket = path
        return listener

    def announce(self, build: str, protocol: int) -> None:
        """Write ``daemon.json`` for those who look for the socket. Call it once it listens."""
        content = {
            "pid": os.getpid(),
            "socket": str(self._socket),
            "build": build,
            "protocol": protocol,
        }
        draft = self._state / f"daemon.json.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(content), encoding="utf-8")
        draft.replace(self._state / "daemon.json")

    def leave(self) -> None:
        """Remove the socket and ``daemon.json``. The lock is held on, till death: who waits for the
        daemon's end waits for that."""
        if self._socket is not None:
            self._socket.unlink(missing_ok=True)
            (self._state / "daemon.json").unlink(missing_ok=True)

    def release(self) -> None:
        """Leave, and let go: for a process that lives on."""
        self.leave()
        os.close(self._descriptor)


def acquire(state: Path, name: str = "daemon.lock") -> Lock | None:
    """The lock, or None if another process holds it. Does not wait."""
    descriptor = open_lock(state, name)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return Lock(state, descriptor)


def open_lock(state: Path, name: str) -> int:
    """A descriptor of the lock file, made if needed. The file is never removed: that would race."""
    private_folder(state)
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.open(state / name, flags, 0o600)
