"""Which definitions the matches of a ``definitions.scm`` mean.

A match captures ``@name`` and the whole definition under its kind (``function``, ``class``,
``namespace``, ``variable``, ``type``, ``block``, ``key``; a method is a function in a class);
``@body`` where its body begins; ``@within`` what it belongs to, if it does not lie in it;
``@dotted`` beside ``@name``: its parts nest. ``@around`` is a statement around a definition that
belongs to it: of all that is captured for one name, the widest counts that is no other name's, too,
nor ``@shared`` by any number of names. ``@attached`` belongs to the definition that follows it.
``@imports`` needs no name.
``@heading.2`` ends where the next heading of that number, or a smaller one, begins.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tree_sitter import Node

from pointsman.oracle.languages.scopes import Scope, in_order, lines_of

_DEFINING = ("function", "class", "namespace", "variable", "type", "block", "key")
_NAME_LIMIT = 200
"""Bytes; a key may be a text of any length."""
_NOTHING = re.compile(rb"(?:\s++|//[^\n]*+|/\*(?>.*?\*/))*+\Z", re.DOTALL)
_DOTTED = re.compile(r"""\s*("[^"]*"|'[^']*'|[^."']+)\s*(?:\.|\Z)""")

Matches = Iterable[tuple[int, Mapping[str, Sequence[Node]]]]


class _Found(NamedTuple):
    """What one match says of a name."""

    node: Node
    kind: str
    """Empty: it is only around a definition."""
    body: Node | None
    within: str
    level: int = 0
    """Of a heading."""


def scopes(matches: Matches, source: bytes) -> list[Scope]:
    """All scopes of a file, in their order, outer ones before inner ones."""
    found: defaultdict[tuple[int, int], list[_Found]] = defaultdict(list)
    names: dict[tuple[int, int], tuple[Node, bool]] = {}
    claims: defaultdict[tuple[int, int], set[tuple[int, int]]] = defaultdict(set)
    imports: dict[int, Node] = {}
    attached: list[Node] = []
    for _, captures in matches:
        imports.update((node.start_byte, node) for node in captures.get("imports", ()))
        attached += captures.get("attached", ())
        for node in captures.get("shared", ()):
            claims[node.byte_range] |= {(-1, -1), (-2, -2)}
        for name in captures.get("name", ()):
            place = (name.start_byte, name.end_byte)
            for each in _read(captures, source):
                names[place] = (name, "dotted" in captures)
                found[place].append(each)
                claims[each.node.byte_range].add(place)
    whole = [
        _scope(*names[place], _best(each, claims, names[place][0]), source)
        for place, each in found.items()
        if any(one.kind for one in each)
    ]
    headings = _closed([(s, level) for s, level in whole if level], source)
    some = [s for s, level in whole if not level and s.name]
    return in_order(
        iter(
            [
                *_with_attached(some, attached, source),
                *headings,
                *(_of_import(node) for node in imports.values()),
            ]
        )
    )


def _read(captures: Mapping[str, Sequence[Node]], source: bytes) -> Iterator[_Found]:
    body = captures["body"][0] if "body" in captures else None
    within = _text(captures["within"][0], source) if "within" in captures else ""
    for capture, nodes in captures.items():
        kind, _, level = capture.partition(".")
        if kind in _DEFINING or level:
            yield _Found(nodes[0], kind, body, within, int(level or 0))
        elif kind == "around":
            yield _Found(nodes[0], "", None, "")


def _best(
    found: Sequence[_Found],
    claims: Mapping[tuple[int, int], set[tuple[int, int]]],
    name: Node,
) -> _Found:
    """The widest node, with what the match knows that knows most."""
    own = [each.node for each in found if len(claims[each.node.byte_range]) == 1]
    widest = min(own, key=lambda n: (n.start_byte, -n.end_byte), default=name)
    most = max(found, key=lambda each: (each.body is not None, bool(each.kind)))
    return most._replace(node=widest)


def _scope(name: Node, dotted: bool, best: _Found, source: bytes) -> tuple[Scope, int]:
    node, named = best.node, (name.start_byte, name.end_byte)
    body = node.end_byte if best.kind == "function" else node.start_byte
    if best.body is not None:
        body = best.body.start_byte
    if not (named[1] <= body <= node.end_byte):
        body = node.start_byte
    text = _text(name, source)
    if dotted:
        text = "::".join(part.strip(" \"'") for part in _DOTTED.findall(text))
    kind = best.kind or "variable"
    lines = lines_of(node)
    return (
        Scope(kind, text, node.start_byte, node.end_byte, body, named, lines, best.within),
        best.level,
    )


def _with_attached(
    found: Sequence[Scope], attached: Sequence[Node], source: bytes
) -> Iterator[Scope]:
    """Scopes that begin with what is attached to them: attributes and decorators before them."""
    before = sorted(attached, key=lambda node: node.start_byte)
    for scope in sorted(found, key=lambda scope: scope.start, reverse=True):
        start, first = scope.start, scope.lines[0]
        while before and before[-1].start_byte >= start:
            before.pop()
        while before and _NOTHING.match(source, before[-1].end_byte, start):
            node = before.pop()
            start, first = node.start_byte, node.start_point.row
        body = start if scope.body == scope.start else scope.body
        yield scope._replace(start=start, body=body, lines=(first, scope.lines[1]))


def _closed(headings: list[tuple[Scope, int]], source: bytes) -> Iterator[Scope]:
    """Headings with all that is below them."""
    open_: list[tuple[Scope, int]] = []
    end = len(source)
    for scope, level in sorted(headings, key=lambda each: each[0].start, reverse=True):
        while open_ and open_[-1][1] > level:
            open_.pop()
        below = open_[-1][0] if open_ else None
        last = below.lines[0] - 1 if below else source.count(b"\n") - source.endswith(b"\n")
        first = scope.lines[0]
        until = below.start if below else end
        yield scope._replace(end=until, lines=(first, max(first, last)))
        open_.append((scope, level))


def _of_import(node: Node) -> Scope:
    start = node.start_byte
    return Scope("imports", "", start, node.end_byte, start, (start, start), lines_of(node))


def _text(node: Node, source: bytes) -> str:
    """A name in one line, without quotes."""
    written = source[node.start_byte : min(node.end_byte, node.start_byte + _NAME_LIMIT)]
    text = " ".join(written.decode("utf-8", "replace").split())
    return text[1:-1] if text[:1] in ("'", '"') and text[-1:] == text[:1] else text
