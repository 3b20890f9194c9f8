"""Words of the wire as words for a terminal. Standard library only, no I/O.

What agents, file names and documents say is hostile: it may hold escape sequences that repaint the
screen, and marks that reverse the direction of text. ``clean`` shows them instead.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_SHOWN = {
    **{code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A)},
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F], 0xFFFD),
    **dict.fromkeys([0x2028, 0x2029], 0x0A),
}
"""Control characters, and the pictures that are shown in their place (Unicode, U+2400)."""


def clean(text: object) -> str:
    """Text that a terminal only prints: controls but tab and newline become visible."""
    return str(text).replace("\r\n", "\n").translate(_SHOWN)


def one_line(text: object) -> str:
    """The same, on one line."""
    return " ".join(clean(text).split())


def place_text(place: Any) -> str:
    """``path:line`` of a wire's place, or ``path:line:column`` where it is not the line's start;
    both from 1. Empty for none."""
    if not isinstance(place, dict) or "path" not in place:
        return ""
    path = one_line(place["path"])
    range_ = place.get("range")
    if not isinstance(range_, dict):
        return path
    line, column = int(range_["start"]["line"]), int(range_["start"].get("character", 0))
    return f"{path}:{line + 1}" + (f":{column + 1}" if column else "")


def moment(text: str) -> datetime:
    """A wire's point in time."""
    return datetime.fromisoformat(text)


def since(text: str, now: datetime | None = None) -> str:
    """How long ago: ``4s``, ``3m``, ``2h``, ``5d``."""
    return span(((now or datetime.now(UTC)) - moment(text)).total_seconds())


def span(seconds: float) -> str:
    """A length of time in two to four characters."""
    whole = max(int(seconds), 0)
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if whole >= size:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 unit``, ``2 units``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def listed(names: list[str] | tuple[str, ...]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
