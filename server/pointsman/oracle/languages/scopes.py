"""Definitions as a language finds them, and what is the same for all: their names and their order.

A language finds scopes, says what is in each (``Content``), and ``definitions`` puts it together.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from operator import itemgetter
from typing import NamedTuple

from tree_sitter import Node

from pointsman.oracle.symbols import (
    IMPORTS,
    MODULE,
    Definition,
    Import,
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

    def moved(self, by: int, rows: int) -> "Scope":
        """So many bytes and lines further down."""
        kind, name, start, end, body, (first, last), (top, bottom), within = self
        named, lines = (first + by, last + by), (top + rows, bottom + rows)
        return Scope(kind, name, start + by, end + by, body + by, named, lines, within)


class Content(NamedTuple):
    """What is in a definition."""

    signature: str
    body: str
    references: str
    bases: str


def in_order(found: Iterator[Scope]) -> list[Scope]:
    """Scopes in the order of the file, outer ones before inner ones."""
    return sorted(found, key=lambda scope: (scope.start, -scope.end))


def definitions(
    found: Sequence[Scope], contents: Sequence[Content], inside: str = ""
) -> Iterator[Definition]:
    """The definitions of scopes, each named after those that it lies in, and each import.

    ``inside`` is the kind of what all of them lie in, if that has a name of its own. A block (of
    kind ``block``) adds to something: what lies in it lies in that by name, and its own name is in
    angle brackets.
    """
    around = [(found[-1].end + 1 if found else 0, "", inside)]
    for scope, content in zip(found, contents, strict=True):
        kind = scope.kind
        if kind == "imports":
            name = IMPORTS
        else:
            while len(around) > 1 and around[-1][0] <= scope.start:
                around.pop()
            _, outer, outer_kind = around[-1]
            if kind == "function" and (scope.within or outer_kind in ("class", "block")):
                kind = "method"
            holder = "::".join(filter(None, (outer, scope.within))) if scope.within else outer
            name = f"<{scope.name.replace('::', '.')}>" if kind == "block" else scope.name
            name = f"{holder}::{name}" if holder else name
            around.append((scope.end, holder if kind == "block" else name, kind))
        yield Definition(name, kind, scope.start, scope.end, *scope.lines, *content)


def whole_file(
    source: bytes, module: Content, found: Sequence[Definition]
) -> tuple[Definition, ...]:
    """All definitions of a file: the module, its imports as one, and the others."""
    last = max(line_count(source) - 1, 0)
    first = [Definition(MODULE, "module", 0, len(source), 0, last, *module)]
    tops = [each for each in found if each.kind == "imports"]
    if tops:
        bodies = "".join(each.body for each in tops)
        begin, end = tops[0], tops[-1]
        first.append(
            Definition(
                *(IMPORTS, "imports", begin.start, end.end, begin.first, end.last),
                *("", digest(bodies.encode()) if bodies else ""),
            )
        )
    return (*first, *(each for each in found if each.kind != "imports"))


def imported(
    found: Sequence[Definition], imports: Iterable[tuple[int, str, str, str]]
) -> tuple[Import, ...]:
    """Imports (their place, then as ``Import`` has it) with the definitions that they are in."""
    told: list[Import] = []
    around: list[Definition] = []
    left: list[Definition] | None = None
    for at, *rest in sorted(imports, key=itemgetter(0)):
        if left is None:
            left = [d for d in reversed(found) if d.kind not in ("module", "imports")]
        while left and left[-1].start <= at:
            around.append(left.pop())
        while around and around[-1].end <= at:
            around.pop()
        told.append(Import(around[-1].name if around else "", *rest))
    return tuple(told)


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
