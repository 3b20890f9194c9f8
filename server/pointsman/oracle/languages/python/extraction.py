"""Python: what is defined by tree-sitter-python, the rest by patterns over masked code.

``survey`` tells what a file defines, imports and names, for little more than its parsing costs:
``mask`` takes strings and comments out, ``scopes`` finds the definitions, ``parts`` says which code
is whose. ``symbols`` adds what only files that someone changes need: ``layout`` takes away what a
formatter changes, so that a hash tells meaning from layout, and ``references`` counts arguments and
leaves out what a function binds itself.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from tree_sitter import Language, Node, Parser
from tree_sitter_python import language

from pointsman.oracle.languages.parts import ByteRange, Part, parts, text
from pointsman.oracle.languages.python import references as refs
from pointsman.oracle.languages.python.layout import free, normal_form, normal_string
from pointsman.oracle.languages.python.mask import Masked, masked
from pointsman.oracle.languages.python.scopes import scopes
from pointsman.oracle.languages.scopes import (
    Content,
    Scope,
    definitions,
    digest,
    innermost,
    unknown,
)
from pointsman.oracle.symbols import Import, Symbols

_LISTED = re.compile(
    rb"(?<![^\n;: \t])__all__[ \t]*+(?:[:=](?!=)|\+=|\.(?:append|extend)[ \t]*+\()"
)
"""Where ``__all__`` is made, or something is added to it."""
_IDENTIFIER = re.compile(r"[^\W\d]\w*\Z")


def survey(source: bytes) -> Symbols:
    """The symbols of a Python file without hashes (see ``Language.extract``)."""
    file = _read(source)
    code = bytes(file.masked.code)

    def content(part: Part, scope: Scope | None) -> Content:
        names = refs.names(text(code, [*part.signature, *part.body]))
        above = text(code, part.signature) if scope and scope.kind == "class" else b""
        return Content("", "", names, refs.bases(normal_form(above)) if above else "")

    return _symbols(source, file, code, [content(*each) for each in file.parts(code)])


def symbols(source: bytes) -> Symbols:
    """The symbols of a Python file (see ``Language.extract``)."""
    file = _read(source)
    plain = bytes(file.masked.code)
    free(file.masked.code, file.root)
    hashed = _Hashed(source, bytes(file.masked.code), file)
    return _symbols(source, file, plain, [hashed.content(*each) for each in file.parts(plain)])


class _File(NamedTuple):
    root: Node
    masked: Masked
    scopes: list[Scope]

    def parts(self, code: bytes) -> Iterator[tuple[Part, Scope | None]]:
        """The module's part, then that of each scope."""
        module, others = parts(code, self.scopes)
        yield module, None
        yield from zip(others, self.scopes, strict=True)


def _read(source: bytes) -> _File:
    root = _parser().parse(source).root_node

    def end_of_string(position: int) -> int | None:
        leaf = root.descendant_for_byte_range(position, position + 1)
        string = leaf.parent if leaf is not None and leaf.type == "string_start" else None
        return string.end_byte if string is not None else None

    found = masked(source, end_of_string)
    return _File(root, found, scopes(found, root))


def _symbols(source: bytes, file: _File, code: bytes, contents: Sequence[Content]) -> Symbols:
    """Puts together what was found; the contents are the module's, then those of the scopes."""
    found = definitions(source, file.scopes, contents)
    return Symbols(
        "python",
        tuple(found),
        unknown(file.root),
        imports=tuple(
            Import(innermost(found, at), *imported) for at, *imported in refs.imports(code)
        ),
        exports=_exports(source, file),
    )


class _Hashed:
    """Makes contents with hashes, of masked code whose layout is marked (``free``)."""

    def __init__(self, source: bytes, code: bytes, file: _File) -> None:
        self._source, self._code, self._file = source, code, file
        self._starts = [begin for begin, _, _ in file.masked.strings]

    def content(self, part: Part, scope: Scope | None) -> Content:
        kind = scope.kind if scope else "module"
        signature = self._normal(part.signature, scope.start) if scope and part.signature else b""
        body = self._normal(part.body, scope.body if scope else 0)
        header = digest(signature, *self._strings(part.signature)) if signature else ""
        hashed = digest(body, *self._strings(part.body))
        if kind == "imports":
            return Content("", hashed, "", "")
        own = refs.parameters(signature) if kind == "function" else frozenset()
        named = refs.references(signature, own) if signature else set()
        if kind == "function":
            own |= refs.bound_names(body)
        named |= refs.references(body, own)
        return Content(
            header,
            hashed,
            b" ".join(sorted(named)).decode("utf-8", "replace"),
            refs.bases(signature) if kind == "class" else "",
        )

    def _normal(self, ranges: Sequence[ByteRange], start: int) -> bytes:
        column = start - (self._code.rfind(b"\n", 0, start) + 1)
        return normal_form(text(self._code, ranges), column)

    def _strings(self, ranges: Sequence[ByteRange]) -> Iterator[bytes]:
        all_ = self._file.masked.strings
        for start, end in ranges:
            for number in range(bisect_left(self._starts, start), bisect_left(self._starts, end)):
                string = all_[number]
                yield normal_string(self._source, string, docstring=self._is_docstring(string))

    def _is_docstring(self, string: tuple[int, int, int]) -> bool:
        """Whether a string of several lines is a statement."""
        begin, _, end = string
        if self._source.find(b"\n", begin, end) < 0:
            return False
        line = self._source.rfind(b"\n", 0, begin) + 1
        if self._code[line:begin].strip():
            return False
        node = self._file.root.descendant_for_byte_range(begin, end)
        if node is not None and node.type == "string":
            node = node.parent
        return node is not None and node.type == "expression_statement"


def _exports(source: bytes, file: _File) -> tuple[str, ...] | None:
    """What ``__all__`` lists, as far as it is written out; None: there is none."""
    spans = []
    for match in _LISTED.finditer(file.masked.code):
        node = file.root.descendant_for_byte_range(*match.span())
        while node is not None and node.start_byte == match.start():
            if node.type == "expression_statement":
                spans.append((node.start_byte, node.end_byte))
                break
            node = node.parent
    if not spans:
        return None
    listed = [
        source[start + 1 : end - 1].decode("utf-8", "replace")
        for begin, start, end in file.masked.strings
        if any(first <= begin < last for first, last in spans)
    ]
    return tuple(name for name in listed if _IDENTIFIER.match(name))


@cache
def _parser() -> Parser:
    return Parser(Language(language()))
