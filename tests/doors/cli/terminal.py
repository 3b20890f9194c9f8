"""A real terminal for a real process: keys in, the screen out."""

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fcntl import ioctl

PATIENCE = 20.0
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>78]")


class Terminal:
    """What a program wrote, with and without the terminal's commands."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process, self._master = process, master
        self.raw = ""

    @property
    def text(self) -> str:
        return ESCAPES.sub("", self.raw)

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def interrupt(self) -> None:
        self.type("\x03")

    def until(self, wanted: str, patience: float = PATIENCE) -> None:
        """Read until ``wanted`` is on the screen."""
        deadline = time.monotonic() + patience
        while wanted not in self.text:
            assert self._read(deadline), f"{wanted!r} did not come; there is:\n{self.text}"

    def forget(self) -> None:
        """What was written so far counts no more."""
        self.raw = ""

    def ends(self) -> int:
        """Read until it ends; its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline):
            pass
        return self.process.wait(PATIENCE)

    def _read(self, deadline: float) -> bool:
        readable, _, _ = select.select([self._master], [], [], max(deadline - time.monotonic(), 0))
        if not readable:
            return False
        try:
            read = os.read(self._master, 65536)
        except OSError:  # EIO: the other side is closed (pty(7))
            return False
        self.raw += read.decode(errors="replace")
        return bool(read)


def _at_a_terminal() -> None:
    """Ctrl-C reaches the process, also where whoever runs the tests has it ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def terminal(
    *arguments: str, columns: int = 80, lines: int = 24, env: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """``pointsman`` with these arguments at a terminal of that size."""
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", lines, columns, 0, 0))
    keep = {name: os.environ[name] for name in ("PATH", "XDG_RUNTIME_DIR") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-m", "pointsman.doors.cli.main", *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**keep, "TERM": "xterm-256color", "LANG": "C.UTF-8", **(env or {})},
        start_new_session=True,
        preexec_fn=_at_a_terminal,  # noqa: PLW1509 - takes no locks
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
        os.close(master)
