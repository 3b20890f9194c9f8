"""Starting, limiting and stopping processes under a policy; whatever happens, none is left over.

Every process is started as the leader of a session and process group of its own. Under bubblewrap
it is ``bwrap`` that we start: it makes a PID namespace, whose first process (pid 1 inside, the
only child of ours) takes everything in the sandbox with it when it dies. ``--die-with-parent``
binds both to the *thread* that started them (prctl(2), PR_SET_PDEATHSIG): start processes from
the event loop's thread, never from a worker's. It takes hold only at the end of the some 10 ms
that a start lasts; who is killed during these leaves work for `pointsman.sandbox.survivors`.
"""

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pointsman.sandbox.backend import Sandbox
from pointsman.sandbox.policy import Policy

LINE_LIMIT = 64 << 20
"""Bytes of the longest line that can be read at once: agents send whole files in one."""

CHUNK = 64 << 10

REAP_SECONDS = 5.0
"""How long a killed process and its pipes may take to go, before we stop waiting for them."""


@dataclass(frozen=True)
class Finished:
    """How a process ended. ``code`` is its exit status; 128 + n or -n if signal n ended it."""

    code: int
    stdout: bytes
    stderr: bytes
    ended: Literal["exit", "time-limit", "output-limit"] = "exit"
    """Whether it ended by itself, or was killed at a limit: then the output is what came so far."""

    @property
    def ok(self) -> bool:
        return self.ended == "exit" and self.code == 0


class _OutputLimitReached(Exception):
    """More output than allowed."""


async def run(
    sandbox: Sandbox,
    policy: Policy,
    argv: Sequence[str],
    *,
    stdin: bytes = b"",
    limit: float,
    output_limit: int,
) -> Finished:
    """Run ``argv`` to its end, at most ``limit`` seconds, ``output_limit`` bytes of both outputs.

    At a limit, and when cancelled, everything that it started is killed and reaped before this
    returns. Raises `OSError` if it can't be started, and what `Sandbox.command` raises.
    """
    process = await spawn(sandbox, policy, argv)
    output = _Output(output_limit)
    ended: Literal["exit", "time-limit", "output-limit"] = "exit"
    try:
        async with asyncio.timeout(limit), asyncio.TaskGroup() as streams:
            assert process.stdin and process.stdout and process.stderr
            streams.create_task(_feed(process.stdin, stdin))
            streams.create_task(output.collect(process.stdout, output.stdout))
            streams.create_task(output.collect(process.stderr, output.stderr))
            streams.create_task(process.wait())
    except* TimeoutError:
        ended = "time-limit"
    except* _OutputLimitReached:
        ended = "output-limit"
    finally:
        with _pid_one(process) as inside:
            await _kill(process, inside)
    code = process.returncode if process.returncode is not None else -signal.SIGKILL
    return Finished(code, bytes(output.stdout), bytes(output.stderr), ended)


async def spawn(
    sandbox: Sandbox, policy: Policy, argv: Sequence[str], *, line_limit: int = LINE_LIMIT
) -> asyncio.subprocess.Process:
    """Start ``argv`` with a pipe for each of stdin, stdout and stderr; end it with `stop`.

    Raises `OSError` if it can't be started, and what `Sandbox.command` raises.
    """
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *sandbox.command(policy, argv),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=sandbox.environment(policy),
            cwd=policy.cwd,
            start_new_session=True,
            limit=line_limit,
        )
    )
    try:
        # Shielded, and killed by us: asyncio waits for ever for a process whose start it
        # cancelled before the pipes were connected.
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with suppress(OSError):
            process = await starting
            with _pid_one(process) as inside:
                await _kill(process, inside)
        raise


async def stop(process: asyncio.subprocess.Process, grace: float) -> None:
    """End a process that `spawn` started: SIGTERM, after ``grace`` seconds SIGKILL.

    Both go to the whole group; when this returns, nothing in the sandbox runs any more. Safe to
    call again, and for a process that has ended. Cancelled during the grace, it kills at once.
    """
    with _pid_one(process) as inside:
        try:
            if process.returncode is None:
                _terminate(process)
                with suppress(TimeoutError):
                    async with asyncio.timeout(grace):
                        await process.wait()
        finally:
            await _kill(process, inside)


class _Output:
    """The bytes of both outputs, together at most ``limit``."""

    def __init__(self, limit: int) -> None:
        self.left = limit
        self.stdout = bytearray()
        self.stderr = bytearray()

    async def collect(self, stream: asyncio.StreamReader, into: bytearray) -> None:
        while data := await stream.read(CHUNK):
            into += data[: self.left]
            if len(data) > self.left:
                raise _OutputLimitReached
            self.left -= len(data)


async def _feed(stream: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(ConnectionError):  # it need not read what it is given
        stream.write(data)
        await stream.drain()
    stream.close()


@contextmanager
def _pid_one(process: asyncio.subprocess.Process) -> Iterator[int | None]:
    """A descriptor of the process that is pid 1 in the sandbox (pidfd_open(2)), if there is one.

    It becomes readable only when every process of the PID namespace is gone, which is later than
    the end of ``bwrap`` itself.
    """
    pid = _pid_of_pid_one(process)
    descriptor = None
    if pid is not None:
        with suppress(OSError):
            descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _pid_of_pid_one(process: asyncio.subprocess.Process) -> int | None:
    pid = process.pid
    try:
        if process.returncode is not None or Path(f"/proc/{pid}/comm").read_text() != "bwrap\n":
            return None
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return None
    return int(children[0]) if children else None


def _terminate(process: asyncio.subprocess.Process) -> None:
    """SIGTERM to the agent's group: inside, where there is a sandbox, for bwrap passes none on.

    Pid 1 leads that group (``--new-session``), and is itself deaf to it (pid_namespaces(7)).
    """
    _signal_group(_pid_of_pid_one(process) or process.pid, signal.SIGTERM)


async def _kill(process: asyncio.subprocess.Process, inside: int | None) -> None:
    """SIGKILL to all, before the first await; then wait until they are gone.

    Not for ever: `Process.wait` returns only when the pipes are closed too, and without a sandbox
    somebody who left the group may hold on to them.
    """
    _signal_group(process.pid, signal.SIGKILL)
    if inside is not None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(inside, signal.SIGKILL)
    with suppress(TimeoutError):
        async with asyncio.timeout(REAP_SECONDS):
            if inside is not None:
                await gone(inside)
            await process.wait()


def _signal_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, number)


async def gone(pidfd: int) -> None:
    """Wait until the process that ``pidfd`` stands for has ended (pidfd_open(2))."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(pidfd, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(pidfd)
