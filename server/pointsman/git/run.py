"""Running git: the one place for its environment, switches, time limit and cleanup.

Every command gets an environment built here, never the caller's: an explicit ``GIT_DIR``, no global
or system configuration, no hooks, no fsmonitor, no attributes or excludes files from elsewhere.
Work on objects runs with ``/`` as its folder, so that no ``.gitattributes`` on disk is consulted.
Whatever touches files that an agent wrote runs, beyond that, through a ``start`` that puts the
process into a sandbox (see ``pointsman.workspaces``): hardening alone leaves holes.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pointsman.model.errors import PointsmanError

LIMIT = 120.0
"""Seconds that a command may take, unless it says otherwise."""

GRACE = 2.0
"""Seconds between asking a command to stop and killing it."""

SWITCHES: dict[str, str] = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    "core.quotePath": "false",
    "safe.bareRepository": "explicit",
    "submodule.recurse": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "transfer.fsckObjects": "true",
}
"""Configuration of every command, in the command's own scope, which no file can override."""

POINTSMAN = "Pointsman"
POINTSMAN_EMAIL = "pointsman@pointsman.invalid"


@dataclass(frozen=True)
class Invocation:
    """A process to be started: all of it, so that a sandbox can start it as well."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    stdin: bytes
    limit: float
    """Seconds; the process group is killed when they are over."""


@dataclass(frozen=True)
class Finished:
    code: int
    stdout: bytes
    stderr: bytes


Start = Callable[[Invocation], Awaitable[Finished]]


class GitFailed(PointsmanError):
    """Git said no. ``finished`` has its exit code and words."""

    def __init__(self, argv: Collection[str], finished: Finished) -> None:
        words = printable(os.fsdecode(finished.stderr)).strip().splitlines()
        told = next((line for line in words if line.startswith(("fatal:", "error:"))), "")
        # "=" is in what -c takes, and in no command
        words_of_it = (a for a in list(argv)[1:] if not a.startswith("-") and "=" not in a)
        command = next(words_of_it, "git")
        super().__init__(
            "git-failed",
            f"git {command} failed ({finished.code}): {told or (words or ['no words'])[-1]}",
            "Run `pointsman doctor`; the daemon's log has git's own words.",
            data={"command": command, "exitCode": finished.code, "stderr": "\n".join(words[-20:])},
        )
        self.finished = finished


async def start_directly(invocation: Invocation) -> Finished:
    """Runs the process as the daemon's child, in a session of its own.

    Raises TimeoutError when the limit is over. The process group is gone when this returns or
    raises, also on cancellation: asked to stop first, as git then removes its lock files.
    """
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *invocation.argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(invocation.env),
            cwd=invocation.cwd,
            start_new_session=True,
        )
    )
    try:
        process = await asyncio.shield(starting)  # cancelled, asyncio would kill it outright
    except asyncio.CancelledError:
        with suppress(OSError):
            await _stop_group(await starting)
        raise
    try:
        async with asyncio.timeout(invocation.limit):
            stdout, stderr = await process.communicate(invocation.stdin)
    finally:
        if process.returncode is None:
            await _stop_group(process)
    assert process.returncode is not None
    return Finished(process.returncode, stdout, stderr)


async def _stop_group(process: asyncio.subprocess.Process) -> None:
    try:
        with suppress(ProcessLookupError, TimeoutError):
            os.killpg(process.pid, signal.SIGTERM)
            async with asyncio.timeout(GRACE):
                await process.wait()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


@dataclass(frozen=True)
class Git:
    """A git directory, and how commands run on it.

    Every function of this package that works on objects or refs takes one: ``repository.git`` for
    the operator's repository, ``without_config(...)`` for merges and for looking at several object
    stores at once, a unit's snapshot store.
    """

    git_dir: Path
    work_tree: Path | None = None
    index: Path | None = None
    objects: Path | None = None
    """Where new objects go, if not into the git directory's own store."""
    alternates: tuple[Path, ...] = ()
    """Object folders to read beside it."""
    start: Start = start_directly

    def environment(self) -> dict[str, str]:
        """The whole environment of a command."""
        env = hardened_environment()
        env["GIT_DIR"] = str(self.git_dir)
        if self.work_tree:
            env["GIT_WORK_TREE"] = str(self.work_tree)
        if self.index:
            env["GIT_INDEX_FILE"] = str(self.index)
        if self.objects:
            env["GIT_OBJECT_DIRECTORY"] = str(self.objects)
        if self.alternates:
            env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = object_path_list(self.alternates)
        return env

    async def run(
        self,
        *args: str,
        stdin: bytes = b"",
        ok: Collection[int] = (0,),
        extra: Mapping[str, str] | None = None,
        limit: float = LIMIT,
    ) -> Finished:
        """Runs ``git <args>``; raises GitFailed if it ends with a code that is not in ``ok``."""
        return await self._run(("git", *args), stdin, ok, extra, limit)

    async def script(
        self,
        text: str,
        *args: str,
        stdin: bytes = b"",
        ok: Collection[int] = (0,),
        extra: Mapping[str, str] | None = None,
        limit: float = LIMIT,
    ) -> Finished:
        """Runs several git commands by one shell: for sandboxes, whose start is what costs.

        ``text`` is always a constant; whatever varies comes as ``$1``…, environment or stdin.
        """
        return await self._run(("/bin/sh", "-ec", text, "git", *args), stdin, ok, extra, limit)

    async def text(self, *args: str, extra: Mapping[str, str] | None = None) -> str:
        """What ``git <args>`` prints, without its last newline."""
        return os.fsdecode((await self.run(*args, extra=extra)).stdout).removesuffix("\n")

    async def _run(
        self,
        argv: tuple[str, ...],
        stdin: bytes,
        ok: Collection[int],
        extra: Mapping[str, str] | None,
        limit: float,
    ) -> Finished:
        env = self.environment() | dict(extra or {})
        cwd = self.work_tree or Path("/")
        finished = await self.start(Invocation(argv, env, cwd, stdin, limit))
        if finished.code not in ok:
            raise GitFailed(argv, finished)
        return finished


def hardened_environment() -> dict[str, str]:
    """What every command has, but for the git directory. No HOME: nothing there is wanted."""
    env = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "file",
        "GIT_AUTHOR_NAME": POINTSMAN,
        "GIT_AUTHOR_EMAIL": POINTSMAN_EMAIL,
        "GIT_COMMITTER_NAME": POINTSMAN,
        "GIT_COMMITTER_EMAIL": POINTSMAN_EMAIL,
        "GIT_CONFIG_COUNT": str(len(SWITCHES)),
    }
    for n, (key, value) in enumerate(SWITCHES.items()):
        env[f"GIT_CONFIG_KEY_{n}"] = key
        env[f"GIT_CONFIG_VALUE_{n}"] = value
    return env


OPERATORS = ("PATH", "HOME", "XDG_CONFIG_HOME", "USER", "LOGNAME", "TMPDIR")
OPERATORS_GIT = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")


async def run_as_operator(
    checkout: Path,
    *args: str,
    stdin: bytes = b"",
    ok: Collection[int] = (0,),
    extra: Mapping[str, str] | None = None,
    limit: float = LIMIT,
) -> Finished:
    """Runs git in the operator's own checkout with the operator's own configuration.

    Only for what must behave as the operator's git does there: finding a repository (their
    ``safe.directory``), their identity, their checkout's filters, the fast-forward of base. Other
    ``GIT_*`` variables that the daemon inherited (from a hook, say) are left out.
    """
    env = {name: os.environ[name] for name in (*OPERATORS, *OPERATORS_GIT) if name in os.environ}
    env |= {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "false"} | dict(extra or {})
    argv = ("git", *args)
    finished = await start_directly(Invocation(argv, env, checkout, stdin, limit))
    if finished.code not in ok:
        raise GitFailed(argv, finished)
    return finished


def object_path_list(folders: Collection[Path]) -> str:
    """A list of folders for ``GIT_ALTERNATE_OBJECT_DIRECTORIES`` (git(1): quoted as in C)."""

    def quoted(text: str) -> str:
        if ":" not in text and not text.startswith('"'):
            return text
        escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'

    return ":".join(quoted(str(folder)) for folder in folders)


def printable(path: str) -> str:
    """A path for people, the wire and the ledger.

    Inside, paths are ``os.fsdecode`` of git's bytes, so that any name survives the way there and
    back; such a string may hold surrogates, which no JSON takes. They are shown as ``\\xNN``.
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def records(output: bytes) -> list[str]:
    """The fields of a NUL-terminated list (``-z``)."""
    return [os.fsdecode(field) for field in output.split(b"\0")[:-1]]
