"""Which failures pass by themselves: read from an agent's own words, since no protocol says it."""

import re
from typing import NamedTuple

_TRANSIENT = re.compile(
    r"overloaded|rate.?limit|too many requests|quota|usage limit"
    r"|temporarily unavailable|service unavailable|bad gateway|gateway time"
    r"|(?:http(?:/[\d.]+)?|status|error|code)[\s:=\"'(]*(?:429|502|503|504|529)\b"
    r"|ECONNRESET|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|socket hang up|fetch failed"
    r"|connection (?:error|reset|refused|timed out)|network (?:error|is unreachable)",
    re.IGNORECASE,
)
_WAIT = re.compile(
    r"(?:retry|try again|resets?)[- _]?(?:after|in)[\"']?\s*[:=]?\s*(\d+(?:\.\d+)?)\s*"
    r"(ms|m|h)?",
    re.IGNORECASE,
)
_LAST_LINES = 20
"""What came before them did not end it: agents also tell of errors that they got over."""
_SECONDS = {None: 1.0, "ms": 0.001, "m": 60.0, "h": 3600.0}


class Failure(NamedTuple):
    transient: bool
    wait: float | None
    """Seconds until a limit is reset, if the words say so."""


def classify(words: str) -> Failure:
    """Whether trying again later may help. ``words``: an error, or the last words of a process.

    Of a plain command too: most are agents' own programs, which tell such errors on stderr.
    """
    words = "\n".join(words.strip().splitlines()[-_LAST_LINES:])
    transient = _TRANSIENT.search(words) is not None
    wait = _WAIT.search(words) if transient else None
    if wait is None:
        return Failure(transient, None)
    unit = wait[2].lower() if wait[2] else None
    return Failure(transient, float(wait[1]) * _SECONDS[unit])
