"""What an agent may do without asking the operator. The one place where that is decided.

The sandbox is what protects; a prompt for every edit would only teach the operator to click. So an
agent in a sandbox is allowed whatever the sandbox allows, each time anew (``allow_always`` makes
some agents write settings files into the workspace). The operator is asked where the agent wants
what the sandbox would refuse, or wants to change the rules it works under, and always without a
sandbox.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pointsman.sandbox.policy import Policy

CHANGES_RULES = frozenset({"switch_mode"})
"""Kinds of tool call that are never allowed unasked."""
WRITES = frozenset({"edit", "delete", "move"})


class Choice(NamedTuple):
    """One option of a permission request. ``kind`` is as in ACP."""

    id: str
    kind: str


def allowed_unasked(
    tool: str | None,
    paths: Sequence[str],
    options: Sequence[Choice],
    policy: Policy,
    *,
    confined: bool,
) -> str | None:
    """The id of the option to choose without asking, or None if the operator is to be asked.

    ``paths`` are relative to the workspace or absolute; ``confined`` is False without a sandbox.
    """
    if not confined or tool in CHANGES_RULES:
        return None
    if not all(policy.allows(path, writing=tool in WRITES) for path in paths):
        return None
    for kind in ("allow_once", "allow_always"):
        for option in options:
            if option.kind == kind:
                return option.id
    return None
