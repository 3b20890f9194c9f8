"""Where things are defined in Python: found by patterns in masked code, confirmed by the tree.

A query over the whole tree costs a third of parsing it. Here the tree is asked only where a pattern
has found something to ask about, always for the smallest node around two signs that belong to it.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from tree_sitter import Node

from pointsman.oracle.languages.python.mask import Masked
from pointsman.oracle.symbols import LineRange

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_WORD = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*+"
_LANDMARK = re.compile(
    rb"\n(?:[ \t\f]*+(?:async[ \t]++)?(?P<scope>(?:def|class)[ \t]++)%b"
    rb"|(?P<imports>import|from)[ \t.]"
    rb"|(?P<type>type[ \t]++)[A-Za-z_\x80-\xff]"
    rb"|(?P<variable>%b[ \t]*+)[:=](?!=))" % (_WORD, _WORD)
)
_NODES = {
    "function_definition": "function",
    "class_definition": "class",
    "import_statement": "imports",
    "import_from_statement": "imports",
    "future_import_statement": "imports",
    "type_alias_statement": "type",
    "assignment": "variable",
}


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


def scopes(text: Masked, root: Node) -> list[Scope]:
    """All scopes of a file, in their order, outer ones before inner ones."""
    return sorted(_found(text.code, root), key=lambda scope: (scope.start, -scope.end))


def qualified(found: Sequence[Scope]) -> Iterator[tuple[int, str, str]]:
    """The number, full name and kind of each definition, named after those that it lies in."""
    around: list[tuple[int, str, str]] = []
    for number, scope in enumerate(found):
        if scope.kind == "imports":
            continue
        while around and around[-1][0] <= scope.start:
            around.pop()
        name, kind = scope.name, scope.kind
        if around:
            _, outer_name, outer_kind = around[-1]
            name = f"{outer_name}::{name}"
            if kind == "function" and outer_kind == "class":
                kind = "method"
        around.append((scope.end, name, kind))
        yield number, name, kind


def lines_of(node: Node) -> LineRange:
    """Its first and last line."""
    first, end = node.start_point, node.end_point
    last = end.row - 1 if end.column == 0 and end.row > first.row else end.row
    return (first.row, last)


def _found(code: bytearray, root: Node) -> Iterator[Scope]:
    decorated = b"@" in code
    for group, start, end in _landmarks(code):
        node = root.descendant_for_byte_range(start, end)
        kind = _NODES.get(node.type) if node is not None else None
        if node is None or kind is None:
            continue
        scope = None
        if group == "scope":
            scope = _function_or_class(code, kind, node, decorated=decorated)
        elif node.start_byte != start or group != kind:
            continue
        elif group == "imports":
            named = (node.start_byte, node.start_byte)
            scope = Scope(kind, "", start, node.end_byte, start, named, lines_of(node))
        elif group == "type":
            name = node.child_by_field_name("left")
            while name is not None and name.type != "identifier":
                name = name.named_child(0)
            scope = _assigned(kind, code, node, name)
        else:
            name, above = node.child_by_field_name("left"), node.parent
            if (
                name is not None
                and name.type == "identifier"
                and above is not None
                and above.start_byte == start
                and above.type == "expression_statement"
            ):
                scope = _assigned(kind, code, above, name)
        if scope is not None:
            yield scope


def _landmarks(code: bytearray) -> Iterator[tuple[str, int, int]]:
    """The kind of what may begin there, and a range of bytes that is part of it alone."""
    start = len(BYTE_ORDER_MARK) if code.startswith(BYTE_ORDER_MARK) else 0
    first = _LANDMARK.match(b"\n" + code[start : start + 200])
    firsts = [(first, start - 1)] if first else []
    for match, shift in chain(firsts, ((m, 0) for m in _LANDMARK.finditer(code))):
        group = match.lastgroup
        if group is not None:
            begin, end = match.span(group)
            yield group, begin + shift, end + shift + 1


def _function_or_class(code: bytearray, kind: str, node: Node, *, decorated: bool) -> Scope | None:
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if name is None or body is None or name.end_byte == name.start_byte:
        return None
    outer = node.parent if decorated else None
    if outer is None or outer.type != "decorated_definition":
        outer = node
    named = (name.start_byte, name.end_byte)
    text = code[slice(*named)].decode("utf-8", "replace")
    return Scope(
        *(kind, text, outer.start_byte, outer.end_byte, body.start_byte, named, lines_of(outer))
    )


def _assigned(kind: str, code: bytearray, node: Node, name: Node | None) -> Scope | None:
    if name is None:
        return None
    start, named = node.start_byte, (name.start_byte, name.end_byte)
    text = code[slice(*named)].decode("utf-8", "replace")
    return Scope(kind, text, start, node.end_byte, start, named, lines_of(node))
