"""Which failures pass by themselves: read from an agent's own words, since no protocol says it."""

import re
from typing import NamedTuple

_TRANSIENT = re.compile(
    r"overloaded|rate.?limit|too many requests|quota|usage limit"
    r"|temporarily unavailable|service unavailable|bad gateway|gateway time"
    r"|\b(?:429|502|503|504|529)\b"
    r"|ECONNRESET|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|socket hang up|fetch failed"
    r"|connection (?:error|reset|refused|timed out)|network (?:error|is unreachable)",
    re.IGNORECASE,
)
_WAIT = re.compile(
    r"(?:retry|try again|resets?)[- _]?(?:after|in)[\"']?\s*[:=]?\s*(\d+(?:\.\d+)?)\s*"
    r"(ms|m|h)?",
    re.IGNORECASE,
)
_SECONDS = {None: 1.0, "ms": 0.001, "m": 60.0, "h": 3600.0}


class Failure(NamedTuple):
    transient: bool
    wait: float | None
    """Seconds until a limit is reset, if the words say so."""


def classify(words: str) -> Failure:
    """Whether trying again later may help."""
    transient = _TRANSIENT.search(words) is not None
    wait = _WAIT.search(words) if transient else None
    if wait is None:
        return Failure(transient, None)
    unit = wait[2].lower() if wait[2] else None
    return Failure(transient, float(wait[1]) * _SECONDS[unit])
