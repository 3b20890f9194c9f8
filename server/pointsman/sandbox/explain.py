"""A policy in words, for ``pointsman sandbox explain``."""

from collections.abc import Collection
from typing import Literal

from pointsman.model.base import Word
from pointsman.sandbox.policy import PRIVATE, Policy

Access = Literal["read", "write", "hidden", "private", "network", "environment"]

TITLES: dict[Access, str] = {
    "write": "Reads and writes",
    "read": "Reads",
    "private": "Has an empty one of its own",
    "hidden": "Sees as empty",
    "network": "Network",
    "environment": "Environment",
}


class Line(Word):
    """One thing that a process may or may not have."""

    access: Access
    what: str
    note: str = ""


def lines(policy: Policy) -> list[Line]:
    """All that ``policy`` grants, as data. Values of variables are left out: some are keys."""
    home = [Line(access="write", what=str(policy.home), note="HOME")] if policy.home else []
    network = (
        Line(access="network", what="host", note="everything, this machine's own services included")
        if policy.network == "host"
        else Line(access="network", what="none")
    )
    return [
        *(Line(access="write", what=str(path)) for path in policy.write),
        *home,
        *(Line(access="write", what=str(path), note="socket") for path in policy.sockets),
        *(Line(access="read", what=str(path), note=_note(path.name)) for path in policy.read),
        *(Line(access="private", what=str(path)) for path in PRIVATE),
        *(Line(access="hidden", what=str(path)) for path in policy.masked),
        network,
        *(Line(access="environment", what=name) for name in sorted(policy.env)),
    ]


def explain(found: Collection[Line]) -> str:
    """The same as a text, grouped, one thing a line."""
    blocks = []
    for access, title in TITLES.items():
        rows = [line for line in found if line.access == access]
        if rows:
            texts = [f"  {row.what}{f'  ({row.note})' if row.note else ''}" for row in rows]
            blocks.append("\n".join([f"{title}:", *texts]))
    return "\n".join(blocks)


def _note(name: str) -> str:
    if name == "objects":
        return "every object of the repository, other branches and stashes too"
    return ""
