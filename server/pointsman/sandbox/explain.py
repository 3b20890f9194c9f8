"""A policy in words, for ``pointsman sandbox explain`` and the editor."""

from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True)
class Line:
    """One thing that a process may or may not have."""

    access: Access
    what: str
    note: str = ""


def lines(policy: Policy) -> list[Line]:
    """All that ``policy`` grants, as data. Values of variables are left out: some are keys."""
    home = [Line("write", str(policy.home), "HOME")] if policy.home else []
    network = (
        Line("network", "host", "everything, this machine's own services included")
        if policy.network == "host"
        else Line("network", "none")
    )
    return [
        *(Line("write", str(path)) for path in policy.write),
        *home,
        *(Line("write", str(path), "socket") for path in policy.sockets),
        *(Line("read", str(path), _note(path.name)) for path in policy.read),
        *(Line("private", str(path)) for path in PRIVATE),
        *(Line("hidden", str(path)) for path in policy.masked),
        network,
        *(Line("environment", name) for name in sorted(policy.env)),
    ]


def explain(policy: Policy) -> str:
    """The same as a text, grouped, one thing a line."""
    found = lines(policy)
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
