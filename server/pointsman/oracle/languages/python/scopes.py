"""Where things are defined in Python: found by patterns in masked code, confirmed by the tree.

A query over the whole tree costs a third of parsing it. Here the tree is asked only where a pattern
has found something to ask about, always for the smallest node around two signs that belong to it.
"""

import re
from collections.abc import Iterator

from tree_sitter import Node

from pointsman.oracle.languages.python.mask import Masked
from pointsman.oracle.languages.scopes import BYTE_ORDER_MARK, Scope, in_order, lines_of

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


def scopes(text: Masked, root: Node, at: int, row: int) -> list[Scope]:
    """All scopes of a piece, in their order, outer ones before inner ones.

    The piece begins at byte ``at`` of the file, in line ``row``; its scopes' places are counted
    from there, and none ends after it.
    """
    found = (scope.moved(-at, -row) for scope in _found(text.code, root, at))
    end = len(text.code)
    return in_order(s if s.end <= end else s._replace(end=end) for s in found)


def _found(code: bytearray, root: Node, at: int) -> Iterator[Scope]:
    decorated = b"@" in code
    for group, start, end in _landmarks(code, at):
        node = root.descendant_for_byte_range(start, end)
        kind = _NODES.get(node.type) if node is not None else None
        if node is None or kind is None:
            continue
        scope = None
        if group == "scope":
            scope = _function_or_class(code, at, kind, node, decorated=decorated)
        elif node.start_byte != start or group != kind:
            continue
        elif group == "imports":
            named = (node.start_byte, node.start_byte)
            scope = Scope(kind, "", start, node.end_byte, start, named, lines_of(node))
        elif group == "type":
            name = node.child_by_field_name("left")
            while name is not None and name.type != "identifier":
                name = next(iter(name.named_children), None)
            scope = _assigned(kind, code, at, node, name)
        else:
            name, above = node.child_by_field_name("left"), node.parent
            if (
                name is not None
                and name.type == "identifier"
                and above is not None
                and above.start_byte == start
                and above.type == "expression_statement"
            ):
                scope = _assigned(kind, code, at, above, name)
        if scope is not None:
            yield scope


def _landmarks(code: bytearray, at: int) -> Iterator[tuple[str, int, int]]:
    """The kind of what may begin there, and a range of the file's bytes that is part of it alone.

    The code begins at byte ``at`` of the file.
    """
    mark = len(BYTE_ORDER_MARK) if code.startswith(BYTE_ORDER_MARK) else 0
    at += mark - 1
    for match in _LANDMARK.finditer(b"\n" + code[mark:]):
        group = match.lastgroup
        if group is not None:
            begin, end = match.span(group)
            yield group, at + begin, at + end + 1


def _function_or_class(
    code: bytearray, at: int, kind: str, node: Node, *, decorated: bool
) -> Scope | None:
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if name is None or body is None or name.end_byte == name.start_byte:
        return None
    outer = node.parent if decorated else None
    if outer is None or outer.type != "decorated_definition":
        outer = node
    named = (name.start_byte, name.end_byte)
    text = code[named[0] - at : named[1] - at].decode("utf-8", "replace")
    return Scope(
        *(kind, text, outer.start_byte, outer.end_byte, body.start_byte, named, lines_of(outer))
    )


def _assigned(kind: str, code: bytearray, at: int, node: Node, name: Node | None) -> Scope | None:
    if name is None:
        return None
    start, named = node.start_byte, (name.start_byte, name.end_byte)
    text = code[named[0] - at : named[1] - at].decode("utf-8", "replace")
    return Scope(kind, text, start, node.end_byte, start, named, lines_of(node))
