"""Python. See ``extraction`` for how it is read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from pointsman.oracle.languages.language import Language
from pointsman.oracle.languages.memory import Memory
from pointsman.oracle.symbols import Definition, Symbols

if TYPE_CHECKING:
    from tree_sitter import Node, Parser


def _parser() -> Parser:
    from pointsman.oracle.languages.python.extraction import parser

    return parser()


def _symbols(source: bytes, root: Node, memory: Memory, hashes: bool) -> Symbols:
    from pointsman.oracle.languages.python.extraction import symbols

    return symbols(source, root, memory, hashes=hashes)


def _outline(source: bytes) -> Sequence[Definition]:
    from pointsman.oracle.languages.python.outline import outline

    return outline(source)


def _definition_pattern(names: Collection[str]) -> str:
    """A line of it may still be a comment or a string: extraction decides."""
    choice = "|".join(sorted(names))
    keyword = "(async[[:space:]]+def|def|class|type)[[:space:]]+"
    return (
        rf"^[[:space:]]*{keyword}({choice})([^A-Za-z0-9_]|$)"
        rf"|^({choice})[[:space:]]*(:|=([^=]|$))"
    )


PYTHON = Language(
    "python", (".py", ".pyi", ".pyw"), _parser, _symbols, _definition_pattern, _outline
)
