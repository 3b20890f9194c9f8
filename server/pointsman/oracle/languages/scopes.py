"""Definitions as a language finds them, and what is the same for all: their names and their order.

A language finds scopes, says what is in each (``Content``), and ``definitions`` puts it together.
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

from tree_sitter import Node

from pointsman.oracle.symbols import (
    IMPORTS,
    MODULE,
    Definition,
    LineRange,
    line_count,
)

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Scope(NamedTuple):
    """A definition, or a top-level import, before it is known what it lies in."""

    kind: str
    name: str
    start: int
    end: int
    body: int
    """Where its body begins; before that is its signature."""
    named: tuple[int, int]
    """Where its name is; an empty range for imports."""
    lines: LineRange
    within: str = ""
    """What it belongs to, if that is not what it lies in: the type that has a method."""


class Content(NamedTuple):
    """What is in a definition."""

    signature: str
    body: str
    references: str
    bases: str


def in_order(found: Iterator[Scope]) -> list[Scope]:
    """Scopes in the order of the file, outer ones before inner ones."""
    return sorted(found, key=lambda scope: (scope.start, -scope.end))


def qualified(found: Sequence[Scope]) -> Iterator[tuple[int, str, str]]:
    """The number, full name and kind of each definition, named after those that it lies in.

    A block (of kind ``block``) adds to something: what lies in it lies in that by name, and its own
    name is in angle brackets.
    """
    around: list[tuple[int, str, str]] = []
    for number, scope in enumerate(found):
        if scope.kind == "imports":
            continue
        while around and around[-1][0] <= scope.start:
            around.pop()
        kind = scope.kind
        _, outer, outer_kind = around[-1] if around else (0, "", "")
        if kind == "function" and (scope.within or outer_kind in ("class", "block")):
            kind = "method"
        holder = "::".join(filter(None, (outer, scope.within)))
        if kind == "block":
            around.append((scope.end, holder, kind))
            name = f"<{scope.name.replace('::', '.')}>"
        else:
            name = scope.name
        name = f"{holder}::{name}" if holder else name
        if kind != "block":
            around.append((scope.end, name, kind))
        yield number, name, kind


def definitions(
    source: bytes, scopes: Sequence[Scope], contents: Sequence[Content]
) -> list[Definition]:
    """All definitions of a file; the contents are the module's, then those of the scopes."""
    module, *others = contents
    last = max(line_count(source) - 1, 0)
    found = [Definition(MODULE, "module", 0, len(source), 0, last, *module)]
    tops = [number for number, scope in enumerate(scopes) if scope.kind == "imports"]
    if tops:
        first, final = scopes[tops[0]], scopes[tops[-1]]
        bodies = "".join(others[number].body for number in tops)
        found.append(
            Definition(
                *(IMPORTS, "imports", first.start, final.end, first.lines[0], final.lines[1]),
                *("", digest(bodies.encode()) if bodies else ""),
            )
        )
    for number, name, kind in qualified(scopes):
        scope = scopes[number]
        found.append(Definition(name, kind, scope.start, scope.end, *scope.lines, *others[number]))
    return found


def innermost(found: Sequence[Definition], at: int) -> str:
    """The definition around a byte; empty: the module."""
    around = ""
    for definition in found:
        if definition.start > at:
            break
        if definition.kind not in ("module", "imports") and at < definition.end:
            around = definition.name
    return around


def digest(*pieces: bytes) -> str:
    return blake2b(b"\0".join(pieces), digest_size=8).hexdigest()


def lines_of(node: Node) -> LineRange:
    """Its first and last line."""
    first, end = node.start_point, node.end_point
    last = end.row - 1 if end.column == 0 and end.row > first.row else end.row
    return (first.row, last)


def unknown(root: Node) -> tuple[LineRange, ...]:
    """The lines of what did not parse."""
    found = set()
    left = [root] if root.has_error else []
    while left:
        node = left.pop()
        if node.type == "ERROR" or node.is_missing:
            found.add(lines_of(node))
        if node.has_error:
            left += node.children
    return tuple(sorted(found))
