"""What a language is to the oracle: a name, the files it is in, and what looks into them.

Made where the daemon starts, so it must cost nothing: grammars are loaded by the workers, when the
first file of a language comes.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from pointsman.oracle.symbols import Symbols


@dataclass(frozen=True)
class Language:
    """One language."""

    name: str
    suffixes: tuple[str, ...]
    extract: Callable[[bytes, bool], Symbols]
    """The symbols of a file; the flag tells whether with hashes, for a file that somebody changes.

    Without, it is a survey: its references may be all that looks like a name. Pure; any bytes are a
    file; slow on hostile ones, so it runs in a worker.
    """
    definition_pattern: Callable[[Collection[str]], str] | None = None
    """An extended regular expression for lines that may define one of some identifiers; None: what
    it defines is not what code names (keys and headings)."""
    family: str = ""
    """Languages whose code names each other's definitions share one; empty: its own name."""

    @property
    def kin(self) -> str:
        return self.family or self.name
