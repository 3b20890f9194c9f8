"""Footprints: what a participant touches, and the evidence it rests on.

Observed wins over declared wins over predicted, symbol by symbol. The same type serves a plan, a
running agent, a finished branch and the operator's unsaved buffer.
"""

from enum import StrEnum

from pointsman.model.base import Word

OPERATOR = "operator"
"""The participant that is the human: uncommitted files and unsaved buffers."""


class Access(StrEnum):
    CREATE = "CREATE"
    WRITE_BODY = "WRITE_BODY"
    WRITE_SIGNATURE = "WRITE_SIGNATURE"
    DELETE = "DELETE"
    RENAME = "RENAME"
    READ = "READ"


class Evidence(StrEnum):
    PREDICTED = "PREDICTED"
    DECLARED = "DECLARED"
    OBSERVED = "OBSERVED"


STRENGTH = {Evidence.PREDICTED: 0, Evidence.DECLARED: 1, Evidence.OBSERVED: 2}


class Touch(Word):
    """One thing touched: a whole file, a symbol (``Outer::inner``), or zero-based lines in it."""

    path: str
    symbol: str | None = None
    lines: tuple[int, int] | None = None
    """First and last line on base's side (for CREATE: on the participant's), zero-based."""
    access: Access
    evidence: Evidence
    confidence: float = 1.0
    why: str | None = None
    """Where it was read: ``PLAN.md:12``, ``code_paths``, ``claim``, a snapshot's id."""
    inside: str | None = None
    """Of a READ: the touched symbol (``path#Outer::inner``) that references this one,"""
    edge: str | None = None
    """how that was found (``exact``, ``inherited``, ``unique``, ``ambiguous``),"""
    added: bool = False
    """whether it is new there,"""
    called: bool = False
    """whether it is called,"""
    near: bool = False
    """whether it stands in or next to the lines that were changed,"""
    kind: str | None = None
    """and what it is (``function``, ``class``, ``variable`` …)."""
    changed: tuple[tuple[int, int], ...] = ()
    """Of a definition that was observed to be rewritten: the lines of base that differ, bounded."""
    content: str | None = None
    """Of a write that was observed: a hash of what it became. Two who make the same of it, or both
    remove it (``""``), don't get in each other's way."""


class Footprint(Word):
    """All that one participant touches, compared on ``base``."""

    participant: str
    """A chunk's name, or ``operator``."""
    base: str
    """The commit that it is relative to."""
    tree: str | None = None
    """The observed commit (a snapshot), if any."""
    touches: tuple[Touch, ...] = ()
    implements: tuple[str, ...] = ()
    """Subsystems that it declares to implement; and those it uses."""
    uses: tuple[str, ...] = ()
