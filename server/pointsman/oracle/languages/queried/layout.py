"""Code without its layout, for languages that are read by queries.

``layout.scm`` captures ``@comment``; ``@string`` (a string whose quotes may be either),
``@verbatim`` (whatever is kept byte for byte), ``@block`` (lines whose common indentation is
layout) and ``@text`` (words whose distances are layout); ``@group`` (a node whose first and last
byte mean nothing, parentheses); ``@drop`` (a token that means nothing); and ``@end`` (a statement
that ends with a line or a semicolon). All else is code: its blanks mean nothing but between words.
"""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tree_sitter import Node

from pointsman.oracle.languages.scopes import BYTE_ORDER_MARK, Scope

_LITERAL, _END, _GAP = b"\x02", b"\x03", b"\x01"
_CONTROL = bytes.maketrans(bytes(range(1, 9)), b"\x7f" * 8)
"""Bytes that mean something here mean nothing in any language, and are not taken from a source."""
_LITERALS = ("string", "verbatim", "block", "text")
_BLANKS = re.compile(rb"[ \t\r\n\f\v]+")
_MEANT = re.compile(rb"(?<=[\w$\x80-\xff]) (?=[\w$\x80-\xff])|(?<=\+) (?=\+)|(?<=-) (?=-)")
"""Blanks that part two words, or two signs that together are another."""
_LAST_COMMA = re.compile(rb"(?<=[^,(\[{<]),(?=[ \t\r\n]*+[)\]}>])")
_SEPARATOR = re.compile(rb"[ \t\r\n]*+,")
_ENDS = re.compile(rb"[\x03 ]*\x03[\x03; ]*")
_NO_END = re.compile(rb"(?<=[{(])\x03|\x03(?=[)}])")


class Literal(NamedTuple):
    """A piece of a file whose insides are no code."""

    start: int
    end: int
    kind: str

    def normal(self, source: bytes) -> bytes:
        """Its content, the same however it is laid out."""
        content = source[self.start : self.end]
        if self.kind == "string" and content[:1] in (b"'", b'"'):
            inside = content[1:-1]
            return content if b"'" in inside or b'"' in inside else b'"' + inside + b'"'
        if self.kind == "text":
            return b" ".join(content.split())
        if self.kind == "block":
            head, _, tail = content.decode("latin-1").replace("\r\n", "\n").partition("\n")
            return f"{head.strip()}\n{textwrap.dedent(tail).rstrip()}".encode()
        return content


class Plain(NamedTuple):
    """A source whose comments are blanks, and whose literals are no more than a sign."""

    code: bytes
    """As long as the source."""
    literals: list[Literal]
    starts: list[int]
    """Where each literal begins."""


def plain(
    source: bytes,
    root: Node,
    matches: Iterable[tuple[int, Mapping[str, Sequence[Node]]]],
    scopes: Sequence[Scope],
    tuples: Sequence[str],
) -> Plain:
    """Takes out of a source what means nothing, and marks where statements end.

    A comma after a definition, or the end of one, is no part of what the definition lies in.
    """
    code = bytearray(source.translate(_CONTROL))
    if code.startswith(BYTE_ORDER_MARK):
        code[:3] = b"   "
    found: dict[str, list[Node]] = {}
    for _, captures in matches:
        for name, nodes in captures.items():
            found.setdefault(name, []).extend(nodes)
    literals = _outermost(found)
    for literal in literals:
        width = literal.end - literal.start
        code[literal.start : literal.end] = (_LITERAL + b" " * width)[:width]
    for node in [*found.get("comment", ()), *found.get("drop", ())]:
        code[node.start_byte : node.end_byte] = b" " * (node.end_byte - node.start_byte)
    for node in found.get("group", ()):
        if node.end_byte - node.start_byte > 2:
            code[node.start_byte] = code[node.end_byte - 1] = 32
    ends = {scope.end for scope in scopes}
    for end in ends:
        separator = _SEPARATOR.match(code, end)
        if separator:
            code[separator.end() - 1] = 32
    for match in _LAST_COMMA.finditer(bytes(code)):
        if not tuples or _means_nothing(root, match.start(), tuples):
            code[match.start()] = 32
    for node in found.get("end", ()):
        _mark_end(code, node.end_byte, marked=node.end_byte not in ends)
    return Plain(bytes(code), literals, [literal.start for literal in literals])


def normal_form(code: bytes) -> bytes:
    """Plain code without layout."""
    one = _ENDS.sub(_END, _BLANKS.sub(b" ", code))
    return _NO_END.sub(b"", _MEANT.sub(_GAP, one).replace(b" ", b"")).strip(_END)


def _mark_end(code: bytearray, end: int, *, marked: bool) -> None:
    if code[end - 1 : end] == b";":
        code[end - 1] = _END[0] if marked else 32
    elif marked and end < len(code) and code[end] in b"; \t\r\n":
        code[end] = _END[0]


def _outermost(found: Mapping[str, Sequence[Node]]) -> list[Literal]:
    every = sorted(
        (Literal(*n.byte_range, kind) for kind in _LITERALS for n in found.get(kind, ())),
        key=lambda literal: (literal.start, -literal.end),
    )
    kept: list[Literal] = []
    for literal in every:
        if not kept or literal.start >= kept[-1].end:
            kept.append(literal)
    return kept


def _means_nothing(root: Node, comma: int, tuples: Sequence[str]) -> bool:
    around = root.descendant_for_byte_range(comma, comma + 1)
    around = around.parent if around is not None and around.type == "," else around
    return (
        around is None
        or around.type not in tuples
        or sum(child.type == "," for child in around.children) > 1
    )
