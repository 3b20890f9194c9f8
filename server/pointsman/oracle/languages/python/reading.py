"""Reading a piece of a Python file: what is in it, by its own bytes and its own part of the tree.

``mask`` takes strings and comments out, ``scopes`` finds the definitions, ``parts`` says which code
is whose, and ``layout`` takes away what a formatter changes, where hashes are wanted.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from tree_sitter import Node

from pointsman.oracle.languages.parts import ByteRange, Part, parts
from pointsman.oracle.languages.parts import text as text_of
from pointsman.oracle.languages.python import references as refs
from pointsman.oracle.languages.python.layout import free, normal_string
from pointsman.oracle.languages.python.mask import Masked, masked
from pointsman.oracle.languages.python.pieces import Cut
from pointsman.oracle.languages.python.scopes import scopes
from pointsman.oracle.languages.scopes import Content, Scope, definitions, imported
from pointsman.oracle.symbols import Definition, Import

_LISTED = re.compile(
    rb"__all__(?<![^\n;: \t]__all__)[ \t]*+(?:[:=](?!=)|\+=|\.(?:append|extend)[ \t]*+\()"
)
"""Where ``__all__`` is made, or something is added to it."""
_IDENTIFIER = re.compile(r"[^\W\d]\w*\Z")


class Own(NamedTuple):
    """A definition's own code and strings, without what is nested in it."""

    signature: bytes
    body: bytes
    columns: tuple[int, int] = (0, 0)
    """Where the first lines of both really begin."""
    signature_strings: tuple[bytes, ...] = ()
    body_strings: tuple[bytes, ...] = ()


ContentOf = Callable[[str, Own], Content]
"""What is in a definition of some kind."""
_NOT_KNOWN_YET = Content("", "", "", "")


class Piece(NamedTuple):
    """What a piece says; places and names begin where the piece does."""

    outer: Own
    """What belongs to the definition that the piece lies in."""
    definitions: Sequence[Definition]
    opened: Own | None
    """If the first of the definitions goes on in the next pieces: what of it is here."""
    imports: Sequence[Import]
    exports: Sequence[str] | None
    """What it adds to ``__all__``; None: it doesn't speak of it."""


def read(source: bytes, cut: Cut, root: Node, content: ContentOf, *, hashes: bool) -> Piece:
    """Reads a piece. ``source`` is the piece alone, ``root`` the tree of the whole file."""

    def end_of_string(position: int) -> int | None:
        start = cut.start + position
        leaf = root.descendant_for_byte_range(start, start + 1)
        string = leaf.parent if leaf is not None and leaf.type == "string_start" else None
        return min(string.end_byte - cut.start, len(source)) if string is not None else None

    text = masked(source, end_of_string)
    found = scopes(text, root, cut.start, cut.row)
    plain = bytes(text.code)
    whose = _Whose(source, text, plain, cut, root, hashes=hashes)
    module, others = parts(plain, found)
    outer = whose.own(module, None)
    owns = [whose.own(part, scope) for part, scope in zip(others, found, strict=True)]
    opened = None
    if cut.opens is not None and found and found[0].kind == "class":
        opened = owns[0]
        outer = outer._replace(body=outer.body + b"\n")  # its line ends in another piece
    contents = [content(scope.kind, own) for scope, own in zip(found, owns, strict=True)]
    if opened is not None:
        contents[0] = _NOT_KNOWN_YET
    defined = list(definitions(found, contents, "class" if cut.depth else ""))
    return Piece(
        outer,
        defined,
        opened,
        imported(defined, refs.imports(plain)),
        _exports(source, text, cut, root),
    )


class _Whose:
    """Gives parts of a piece as code, whose layout is marked where hashes are wanted (``free``)."""

    def __init__(
        self, source: bytes, found: Masked, plain: bytes, cut: Cut, root: Node, *, hashes: bool
    ) -> None:
        self._source, self._cut, self._root, self._hashes = source, cut, root, hashes
        self._strings = found.strings
        self._starts = [begin for begin, _, _ in found.strings]
        if hashes:
            free(found.code, root, cut.start)
        self._code = bytes(found.code) if hashes else plain

    def own(self, part: Part, scope: Scope | None) -> Own:
        signature, body = (text_of(self._code, ranges) for ranges in part)
        if not self._hashes:
            return Own(signature, body)
        return Own(
            signature,
            body,
            (self._column(scope.start), self._column(scope.body)) if scope else (0, 0),
            tuple(self._normal_strings(part.signature)),
            tuple(self._normal_strings(part.body)),
        )

    def _column(self, at: int) -> int:
        return at - (self._code.rfind(b"\n", 0, at) + 1)

    def _normal_strings(self, ranges: Sequence[ByteRange]) -> Iterator[bytes]:
        for start, end in ranges:
            first, last = (bisect_left(self._starts, at) for at in (start, end))
            for string in self._strings[first:last]:
                yield normal_string(self._source, string, docstring=self._is_docstring(string))

    def _is_docstring(self, string: tuple[int, int, int]) -> bool:
        """Whether a string of several lines is a statement."""
        begin, _, end = string
        if self._source.find(b"\n", begin, end) < 0:
            return False
        line = self._source.rfind(b"\n", 0, begin) + 1
        if self._code[line:begin].strip():
            return False
        at = self._cut.start
        node = self._root.descendant_for_byte_range(at + begin, at + end)
        if node is not None and node.type == "string":
            node = node.parent
        return node is not None and node.type == "expression_statement"


def _exports(source: bytes, found: Masked, cut: Cut, root: Node) -> list[str] | None:
    """What ``__all__`` lists, as far as it is written out; None: there is none."""
    spans = []
    for match in _LISTED.finditer(found.code):
        start, end = (cut.start + at for at in match.span())
        node = root.descendant_for_byte_range(start, end)
        while node is not None and node.start_byte == start:
            if node.type == "expression_statement":
                spans.append((node.start_byte - cut.start, node.end_byte - cut.start))
                break
            node = node.parent
    if not spans:
        return None
    listed = [
        source[start + 1 : end - 1].decode("utf-8", "replace")
        for begin, start, end in found.strings
        if any(first <= begin < last for first, last in spans)
    ]
    return [name for name in listed if _IDENTIFIER.match(name)]
