"""Extraction by queries: scopes, what is whose, references, and hashes of what is not layout."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import NamedTuple

from tree_sitter import Language, Node, Parser, Query, QueryCursor

from pointsman.oracle.languages.parts import ByteRange, Part, parts, text
from pointsman.oracle.languages.queried import Grammar
from pointsman.oracle.languages.queried.definitions import scopes
from pointsman.oracle.languages.queried.layout import Plain, normal_form, plain
from pointsman.oracle.languages.queried.references import Uses, uses
from pointsman.oracle.languages.scopes import (
    Content,
    Scope,
    definitions,
    digest,
    imported,
    unknown,
    whole_file,
)
from pointsman.oracle.symbols import Symbols


class _Tools(NamedTuple):
    """What a worker keeps of a language once it has met it."""

    parser: Parser
    queries: dict[str, Query | None]

    def matches(self, name: str, root: Node) -> list[tuple[int, dict[str, list[Node]]]]:
        """What the queries of a file of this name find, in the order of the file."""
        query = self.queries[name]
        return QueryCursor(query).matches(root) if query else []


def parser(grammar: Grammar) -> Parser:
    return _tools(grammar).parser


def symbols(grammar: Grammar, source: bytes, root: Node, *, hashes: bool) -> Symbols:
    """The symbols of a file (see ``Language.symbols``)."""
    tools = _tools(grammar)
    found = scopes(tools.matches("definitions", root), source)
    used = uses(tools.matches("references", root), source)
    module, others = parts(source, found)
    owned: list[tuple[Part, Scope | None]] = [(module, None), *zip(others, found, strict=True)]
    if hashes:
        layout = plain(source, root, tools.matches("layout", root), found, grammar.tuples)
        contents = [_hashed(source, layout, used, part, scope) for part, scope in owned]
    else:
        contents = [_named("", "", used, part, scope) for part, scope in owned]
    named = whole_file(source, contents[0], list(definitions(found, contents[1:])))
    return Symbols(
        grammar.name,
        named,
        unknown(root),
        imports=imported(named, used.imports),
    )


def _named(signature: str, body: str, used: Uses, part: Part, scope: Scope | None) -> Content:
    if scope is not None and scope.kind == "imports":
        return Content(signature, body, "", "")
    names = used.inside([*part.signature, *part.body])
    bases = used.bases(scope.start, scope.body) if scope and scope.kind == "class" else ""
    return Content(signature, body, names, bases)


def _hashed(source: bytes, layout: Plain, used: Uses, part: Part, scope: Scope | None) -> Content:
    signature = _digest(source, layout, part.signature) if part.signature else ""
    return _named(signature, _digest(source, layout, part.body), used, part, scope)


def _digest(source: bytes, layout: Plain, ranges: Sequence[ByteRange]) -> str:
    def literals() -> Iterator[bytes]:
        for start, end in ranges:
            first, last = (bisect_left(layout.starts, at) for at in (start, end))
            yield from (literal.normal(source) for literal in layout.literals[first:last])

    return digest(normal_form(text(layout.code, ranges)), *literals())


@cache
def _tools(grammar: Grammar) -> _Tools:
    language = Language(getattr(import_module(grammar.wheel), grammar.function)())
    folders = files("pointsman.oracle.languages")
    queries: dict[str, Query | None] = {}
    for name in ("definitions", "references", "layout"):
        places = [folders / f / f"{name}.scm" for f in grammar.folders or (grammar.name,)]
        written = "\n".join(place.read_text("utf-8") for place in places if place.is_file())
        queries[name] = Query(language, written) if written else None
    return _Tools(Parser(language), queries)
