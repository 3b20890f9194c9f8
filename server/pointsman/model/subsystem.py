"""Subsystems: parts of the program that have a document, ``docs/subsystems/<id>/OVERVIEW.md``.

A chunk says in its front matter which it implements and which it uses.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator

from pointsman.model.base import Word

SUBSYSTEMS = "docs/subsystems"
OVERVIEW = "OVERVIEW.md"


def overview_path(subsystem: str) -> str:
    return f"{SUBSYSTEMS}/{subsystem}/{OVERVIEW}"


def _flag(value: Any) -> Any:
    """Front matter has words only."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


class Subsystem(Word):
    """What is read of OVERVIEW.md's front matter. Unknown keys are ignored."""

    exclusive: Annotated[bool, BeforeValidator(_flag)] = False
    """Only one chunk at a time may implement it."""
