"""What is replayed: two commits on one base that could have been worked on at the same time."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    MERGE = "merge"
    """The two parents of a merge that was made."""
    PULLS = "pulls"
    """Two branches or pull requests that began at the same commit."""
    CASE = "case"
    """A labelled case."""


class Label(StrEnum):
    """What somebody found out about two changes together."""

    TEXTUAL = "textual"
    """git can't merge them."""
    SEMANTIC = "semantic"
    """They merge cleanly, and the result is broken."""
    NONE = "none"
    """They work together."""


@dataclass(frozen=True)
class Pair:
    """Two commits, and where they start from."""

    kind: Kind
    base: str
    a: str
    b: str
    texts: tuple[str, str] | None = None
    """What was asked for, before there was any work: markdown."""
    label: Label | None = None
    name: str = ""
    """For people."""

    @property
    def key(self) -> str:
        """The same for the same question, in this run and the next."""
        said = "\0".join((*(self.texts or ()), self.label or ""))
        words = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]
        return f"{self.kind}:{self.base}:{self.a}:{self.b}:{words}"
