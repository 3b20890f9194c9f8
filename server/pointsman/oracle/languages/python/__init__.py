"""Python: definitions by tree-sitter-python.

``symbols`` asks the query in ``definitions.scm`` for all that matters at once, nests what it found
into qualified names, and has ``layout`` hash the code of each definition apart from what is nested.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

from tree_sitter import Language, Node, Parser, Query, QueryCursor
from tree_sitter_python import language

from pointsman.oracle.languages.python.layout import Span, digests
from pointsman.oracle.symbols import IMPORTS, MODULE, Definition, LineRange, Symbols, line_count

NAME = "python"
SUFFIXES: tuple[str, ...] = (".py", ".pyi", ".pyw")

_DEPTH = 1000
"""How deep the query looks into a tree. Nobody writes deeper code, but some files are hostile."""


def symbols(source: bytes) -> Symbols:
    """The symbols of a Python file (see ``Language``)."""
    found = _captures(source)
    imports = found.get("import", [])
    scopes = sorted(_scopes(source, found), key=lambda scope: scope.span.start)
    spans = [Span(n.start_byte, n.end_byte, n.start_byte, None) for n in imports]
    hashed = digests(
        source,
        [*spans, *(scope.span for scope in scopes)],
        blocks=[n.byte_range for n in found.get("block", [])],
        strings=[n.byte_range for n in found.get("string", [])],
        comments=[n.byte_range for n in found.get("comment", [])],
        groups=[n.byte_range for n in found.get("group", [])],
    )
    last = max(line_count(source) - 1, 0)
    definitions = [Definition(MODULE, "module", 0, len(source), 0, last, "", hashed.rest)]
    if imports:
        first, last = _lines(imports[0])[0], _lines(imports[-1])[1]
        start, end = spans[0].start, spans[-1].end
        definitions.append(
            Definition(IMPORTS, "imports", start, end, first, last, "", hashed.unnamed)
        )
    definitions += _qualified(scopes, hashed.spans[len(spans) :])
    unknown = sorted({_lines(node) for node in found.get("unknown", [])})
    return Symbols(NAME, tuple(definitions), tuple(unknown))


def definition_pattern(names: Collection[str]) -> str:
    """See ``Language``. A line of it may still be a comment or a string: extraction decides."""
    choice = "|".join(sorted(names))
    keyword = "(async[[:space:]]+def|def|class|type)[[:space:]]+"
    return (
        rf"^[[:space:]]*{keyword}({choice})([^A-Za-z0-9_]|$)"
        rf"|^({choice})[[:space:]]*(:|=([^=]|$))"
    )


class _Scope(NamedTuple):
    """A definition that was found, before it is known what it lies in."""

    kind: str
    name: str
    span: Span
    lines: LineRange


def _captures(source: bytes) -> dict[str, list[Node]]:
    parser, query = _grammar()
    cursor = QueryCursor(query)
    cursor.set_max_start_depth(_DEPTH)
    found = cursor.captures(parser.parse(source).root_node)
    return {kind: sorted(nodes, key=lambda node: node.start_byte) for kind, nodes in found.items()}


def _scopes(source: bytes, found: dict[str, list[Node]]) -> Iterator[_Scope]:
    for kind in ("function", "class"):
        for node in found.get(kind, []):
            name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
            outer = node.parent
            if outer is None or outer.type != "decorated_definition":
                outer = node
            if name and body and name.end_byte > name.start_byte:
                yield _scope(source, kind, outer, name, body.start_byte)
    for kind, holder in (("variable", "assignment"), ("type", "type_alias_statement")):
        for node in found.get(kind, []):
            inner = node if node.type == holder else node.named_child(0)
            name = inner.child_by_field_name("left")
            if name:
                yield _scope(source, kind, node, name, node.start_byte)


def _scope(source: bytes, kind: str, node: Node, name: Node, body: int) -> _Scope:
    text = source[name.start_byte : name.end_byte].decode("utf-8", "replace")
    span = Span(node.start_byte, node.end_byte, body, name.byte_range)
    return _Scope(kind, text, span, _lines(node))


def _qualified(scopes: Sequence[_Scope], hashes: Sequence[tuple[str, str]]) -> Iterator[Definition]:
    """The definitions of sorted scopes, each named after those that it lies in."""
    around: list[Definition] = []
    for scope, (signature, body) in zip(scopes, hashes, strict=True):
        start, end = scope.span.start, scope.span.end
        while around and around[-1].end <= start:
            around.pop()
        name, kind = scope.name, scope.kind
        if around:
            name = f"{around[-1].name}::{name}"
            if kind == "function" and around[-1].kind == "class":
                kind = "method"
        definition = Definition(name, kind, start, end, *scope.lines, signature, body)
        around.append(definition)
        yield definition


def _lines(node: Node) -> LineRange:
    first, end = node.start_point, node.end_point
    last = end.row - 1 if end.column == 0 and end.row > first.row else end.row
    return (first.row, last)


@cache
def _grammar() -> tuple[Parser, Query]:
    grammar = Language(language())
    queries = resources.files(__package__).joinpath("definitions.scm").read_text("utf-8")
    return Parser(grammar), Query(grammar, queries)
