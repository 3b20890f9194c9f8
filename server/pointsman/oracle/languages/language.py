"""What a language is to the oracle: a name, the files it is in, and what looks into them.

Made where the daemon starts, so it must cost nothing: grammars are loaded by the workers, when the
first file of a language comes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pointsman.oracle.languages.memory import Memory
from pointsman.oracle.symbols import Definition, Symbols

if TYPE_CHECKING:
    from tree_sitter import Node, Parser


@dataclass(frozen=True)
class Language:
    """One language."""

    name: str
    suffixes: tuple[str, ...]
    parser: Callable[[], Parser]
    """The parser of its grammar, which the first call loads."""
    symbols: Callable[[bytes, Node, Memory, bool], Symbols]
    """The symbols of a file: its source, the root of its tree, what is remembered of other files or
    versions, and whether with hashes, for a file that somebody changes.

    Without hashes it is a survey: its references may be all that looks like a name. The same,
    whatever is remembered; any bytes are a file; slow on hostile ones, so it runs in a worker.
    """
    definition_pattern: Callable[[Collection[str]], str] | None = None
    """An extended regular expression for lines that may define one of some identifiers; None: what
    it defines is not what code names (keys and headings)."""
    outline: Callable[[bytes], Sequence[Definition]] | None = None
    """What a file defines, several times faster and nearly as well: names, kinds and places."""
    family: str = ""
    """Languages whose code names each other's definitions share one; empty: its own name."""

    @property
    def kin(self) -> str:
        return self.family or self.name
