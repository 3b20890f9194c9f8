"""Languages that are read by tree-sitter queries: a grammar's wheel, and a folder of queries.

Three files in a folder, each of which may be missing: ``definitions.scm``, ``references.scm``, and
``layout.scm``, which tells layout from meaning. The modules here of the same names say what they
capture.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pointsman.oracle.languages.language import Language
from pointsman.oracle.languages.memory import Memory
from pointsman.oracle.symbols import Symbols

if TYPE_CHECKING:
    from tree_sitter import Node, Parser


@dataclass(frozen=True)
class Grammar:
    """Where a language's grammar and its queries are."""

    name: str
    wheel: str
    """The module of the grammar's wheel."""
    function: str = "language"
    """The function in it that gives the grammar."""
    folders: tuple[str, ...] = ()
    """Whose queries are used, one after the other; none: those of the folder of its name."""
    tuples: tuple[str, ...] = ()
    """Nodes in parentheses in which one comma alone means something."""


def queried(
    grammar: Grammar, suffixes: tuple[str, ...], defining: str = "", family: str = ""
) -> Language:
    """A language that is read by queries.

    ``defining`` is an extended regular expression for lines that may define a name, with ``NAMES``
    where the name is; empty: code does not name what it defines.
    """

    def parser() -> Parser:
        from pointsman.oracle.languages.queried.extraction import parser

        return parser(grammar)

    def read(source: bytes, root: Node, _: Memory, hashes: bool) -> Symbols:
        from pointsman.oracle.languages.queried.extraction import symbols

        return symbols(grammar, source, root, hashes=hashes)

    def pattern(names: Collection[str]) -> str:
        return defining.replace("NAMES", f"({'|'.join(sorted(names))})")

    return Language(
        grammar.name, suffixes, parser, read, pattern if defining else None, family=family
    )
