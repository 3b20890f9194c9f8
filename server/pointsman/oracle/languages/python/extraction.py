"""Python: what is defined by tree-sitter-python, the rest by patterns over masked code.

A file is cut (``pieces``), its pieces are read (``reading``) unless they are remembered, and put
together. A survey tells what a file defines, imports and names, for little more than its parsing
costs. With hashes comes what only files that someone changes need: code without what a formatter
changes, so that a hash tells meaning from layout, and ``references``, which count arguments and
leave out what a function binds itself.
"""

from functools import cache, partial
from typing import NamedTuple

from tree_sitter import Language, Node, Parser
from tree_sitter_python import language

from pointsman.oracle.languages.memory import NOTHING_KEPT, Memory
from pointsman.oracle.languages.python import references as refs
from pointsman.oracle.languages.python.layout import normal_form
from pointsman.oracle.languages.python.pieces import Cut, cuts
from pointsman.oracle.languages.python.reading import ContentOf, Own, Piece, read
from pointsman.oracle.languages.scopes import (
    Content,
    digest,
    unknown,
    whole_file,
)
from pointsman.oracle.symbols import Definition, Import, Symbols


@cache
def parser() -> Parser:
    return Parser(Language(language()))


def symbols(source: bytes, root: Node, memory: Memory, *, hashes: bool) -> Symbols:
    """The symbols of a Python file (see ``Language.symbols``)."""
    if hashes:

        def content(kind: str, own: Own) -> Content:
            return memory.recall((kind, own), len(own.body), partial(_hashed, kind, own))

    else:
        memory, content = NOTHING_KEPT, _surveyed
    # what parses may as well be read in one piece, which is faster where nothing is remembered
    found = cuts(source, root) if hashes or root.has_error else [Cut(0, 0)]
    ends = [*(cut.start for cut in found[1:]), len(source)]
    joined = _Joined()
    for cut, end in zip(found, ends, strict=True):
        code = source[cut.start : end]
        kept = memory if cut.nodes is not None else NOTHING_KEPT
        question = (code, cut.nodes, cut.opens is not None, cut.depth > 0)
        making = partial(read, code, cut, root, content, hashes=hashes)
        joined.add(cut, kept.recall(question, len(code), making))
    return joined.symbols(source, root, content)


class _Open(NamedTuple):
    """The module, or a class, whose pieces are not all there yet."""

    number: int
    """Of the definition."""
    prefix: str
    """What the names of the definitions in it begin with."""
    pieces: list[Own]
    """What of it is there."""

    def own(self) -> Own:
        return self.pieces[0]._replace(
            body=b"".join([own.body for own in self.pieces]),
            body_strings=tuple(s for own in self.pieces for s in own.body_strings),
        )


class _Joined:
    """Puts pieces together, in the order of the file."""

    def __init__(self) -> None:
        self._module = _Open(-1, "", [])
        self._around = [self._module]
        self._classes: list[_Open] = []
        self._definitions: list[Definition] = []
        self._imports: list[Import] = []
        self._exports: list[str] | None = None

    def add(self, cut: Cut, piece: Piece) -> None:
        del self._around[cut.depth + 1 :]
        around = self._around[-1]
        around.pieces.append(piece.outer)
        first, prefix, at, row = len(self._definitions), around.prefix, cut.start, cut.row
        self._definitions += [
            Definition(prefix + name, kind, start + at, end + at, top + row, last + row, *content)
            for name, kind, start, end, top, last, *content in piece.definitions
        ]
        if piece.imports:
            self._imports += [each.inside(prefix) for each in piece.imports]
        if piece.exports is not None:
            self._exports = [*(self._exports or ()), *piece.exports]
        if cut.opens is None:
            return
        if piece.opened is not None:
            opened = self._definitions[first]
            end, last = cut.opens
            self._definitions[first] = opened._replace(end=end, last=last)
            around = _Open(first, f"{opened.name}::", [piece.opened])
            self._classes.append(around)
        self._around.append(around)

    def symbols(self, source: bytes, root: Node, content: ContentOf) -> Symbols:
        found = self._definitions
        for each in self._classes:
            told = content("class", each.own())
            found[each.number] = Definition(*found[each.number][:6], *told)
        return Symbols(
            "python",
            whole_file(source, content("module", self._module.own()), found),
            unknown(root),
            imports=tuple(self._imports),
            exports=None if self._exports is None else tuple(self._exports),
        )


def _surveyed(kind: str, own: Own) -> Content:
    bases = refs.bases(normal_form(own.signature)) if kind == "class" else ""
    return Content("", "", refs.names(own.signature + own.body), bases)


def _hashed(kind: str, own: Own) -> Content:
    at, body_at = own.columns
    signature = normal_form(own.signature, at) if own.signature else b""
    body = normal_form(own.body, body_at)
    header = digest(signature, *own.signature_strings) if signature else ""
    hashed = digest(body, *own.body_strings)
    if kind == "imports":
        return Content("", hashed, "", "")
    bound = refs.parameters(signature) if kind == "function" else frozenset()
    named = refs.references(signature, bound) if signature else set()
    if kind == "function":
        bound |= refs.bound_names(body)
    named |= refs.references(body, bound)
    return Content(
        header,
        hashed,
        b" ".join(sorted(named)).decode("utf-8", "replace"),
        refs.bases(signature) if kind == "class" else "",
    )
