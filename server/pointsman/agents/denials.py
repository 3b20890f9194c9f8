"""What the sandbox kept from an agent, read from its failed tool calls and from its last words.

No protocol says it and bubblewrap tells nobody, so it is the words of the programs that were run,
held against the policy: a path that the policy allows was not denied, whatever they say.
"""

import os
import re
from collections.abc import Iterable, Iterator
from typing import Literal

from pointsman.agents.events import AgentEvent, Exited, ToolCall, TurnEnded
from pointsman.agents.permissions import WRITES
from pointsman.model.attention import Denial
from pointsman.sandbox.policy import Policy

_READ_ONLY = re.compile(r"read-only file ?system|\bEROFS\b", re.IGNORECASE)
_ABSENT = re.compile(
    r"no such file or directory|\bENOENT\b|permission denied|\bEACCES\b|cannot access"
    r"|(?:file|path|directory) (?:does not exist|not found)",
    re.IGNORECASE,
)
_NO_NETWORK = re.compile(
    r"network is unreachable|\bENETUNREACH\b"
    r"|could not resolve (?:host|proxy)|couldn't resolve host|unable to resolve host"
    r"|temporary failure in name resolution|name or service not known|\bEAI_AGAIN\b|\bENOTFOUND\b",
    re.IGNORECASE,
)
_PATH = re.compile(
    r"""'(?P<single>/[^']+)'|"(?P<double>/[^"]+)"|`(?P<tick>/[^`]+)`|(?P<bare>(?<![\w/.:])/[^\s'"`:;,()<>|&]+)"""
)
_HOST = re.compile(
    r"(?:resolve host(?:name)?:?|EAI_AGAIN|ENOTFOUND|ENETUNREACH|host=|https?://)\s*['\"(]*"
    r"(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9])",
    re.IGNORECASE,
)
_SHOWN = 300
"""Characters of a path or a host."""
_LINES = 200
"""Lines that are looked at, the last ones; and characters of each."""
_LINE = 2000
_SIGNALLED = 128
"""Exit codes from here on: it was ended, and its last words are about something else."""
_OWN = ("/proc", "/dev")
"""Each sandbox has its own; what is not there is nowhere."""


class Denials:
    """What the sandbox keeps from one process, as its events tell. Without a policy: nothing."""

    def __init__(self, policy: Policy | None) -> None:
        self._policy = policy
        self._told: set[tuple[str, str]] = set()

    def told(self, event: AgentEvent) -> tuple[Denial, ...]:
        """What this event tells. What a turn or the process fails with is most often what a tool
        call failed with before, and counts once."""
        if self._policy is None:
            return ()
        found: tuple[Denial, ...] = ()
        match event:
            case ToolCall(status="failed"):
                found = denials(event, self._policy)
            case TurnEnded(error=str(words)):
                found = self._new(denials_in(words, self._policy))
            case Exited(code=int(code)) if 0 < code < _SIGNALLED:
                found = self._new(denials_in(event.last_words, self._policy))
        self._told |= {(d.what, d.where) for d in found}
        return found

    def _new(self, found: tuple[Denial, ...]) -> tuple[Denial, ...]:
        return tuple(d for d in found if (d.what, d.where) not in self._told)


def denials(call: ToolCall, policy: Policy) -> tuple[Denial, ...]:
    """What a failed tool call was denied, each once: as its output tells, else as its paths do."""
    found = denials_in(call.output or "", policy)
    if found:
        return found
    writing = call.tool in WRITES
    outside = (path for path in call.paths if not policy.allows(path, writing=writing))
    return _once(_path("write" if writing else "read", path) for path in outside)


def denials_in(words: str, policy: Policy) -> tuple[Denial, ...]:
    """What the words of a failure say was denied, each once."""
    lines = words.splitlines()[-_LINES:]
    return _once(d for line in lines for d in _in_line(line[:_LINE], policy))


def _in_line(line: str, policy: Policy) -> Iterator[Denial]:
    if found := _READ_ONLY.search(line):
        where = _named(line, found)
        if where is None or not policy.allows(where, writing=True):
            yield _path("write", where or "")
    elif policy.network == "none" and _NO_NETWORK.search(line):
        host = _HOST.search(line)
        yield Denial(what="network", where=host["host"][:_SHOWN] if host else "")
    elif found := _ABSENT.search(line):
        where = _named(line, found)
        if where and not policy.allows(where, writing=False) and not _is_own(where):
            yield _path("read", where)


def _named(line: str, at: re.Match[str]) -> str | None:
    """The absolute path that is meant: the next one after the words, else the last before."""
    after = _PATH.search(line, at.end())
    found = after or next(reversed(list(_PATH.finditer(line, 0, at.start()))), None)
    return os.path.normpath(next(filter(None, found.groups()))) if found else None


def _is_own(path: str) -> bool:
    return any(path == own or path.startswith(f"{own}/") for own in _OWN)


def _path(what: Literal["read", "write"], where: str) -> Denial:
    printable = "".join(c if c.isprintable() else "?" for c in where)
    return Denial(what=what, where=printable[:_SHOWN])


def _once(found: Iterable[Denial]) -> tuple[Denial, ...]:
    return tuple({(d.what, d.where): d for d in found}.values())
