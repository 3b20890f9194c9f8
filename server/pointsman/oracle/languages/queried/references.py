"""What code names, by the matches of a ``references.scm``.

A match captures ``@name`` (an identifier; it may begin a chain), ``@member`` (one that hangs on
something), ``@self`` (the receiver, whatever it is called), ``@bound`` (a name that the definition
binds itself); ``@called`` with ``@arguments`` (the node whose end is what is called, and what it is
given); ``@base`` (a base of a class); and for imports ``@module`` with ``@imported``, ``@alias`` or
``@all``, as far as they are there.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tree_sitter import Node

from pointsman.oracle.languages.parts import ByteRange

_LINKS = frozenset({b".", b"?.", b"::", b"!."})
_TOKENS = {"name": "", "self": "self", "member": "."}
"""What may be captured of a chain; what is said besides of a plain name counts."""
_COMMENTS = frozenset({"comment", "line_comment", "block_comment"})
_SEVERAL = frozenset({"spread_element", "variadic_argument", "token_tree"})

Imported = tuple[int, str, str, str]
"""Where, and module, name and alias (see ``symbols.Import``)."""


class Uses:
    """The names in a file: chains of them, where each is, and which are bound where."""

    def __init__(
        self,
        chains: list[tuple[int, str]],
        bound: list[tuple[int, str]],
        bases: list[tuple[int, str]],
        imports: list[Imported],
    ) -> None:
        self.imports = imports
        self._chains, self._bound, self._bases = chains, bound, bases

    def inside(self, ranges: Sequence[ByteRange]) -> str:
        """What a definition names, as ``Definition.references`` has it."""
        bound = {name for _, name in _within(self._bound, ranges)}
        found = set()
        for _, text in _within(self._chains, ranges):
            first, dot, rest = text.partition(".")
            if first.partition("(")[0] not in bound:
                found.add(text)
            elif dot:
                found.add(f".{rest}")
        called = {name for name, call, _ in (text.partition("(") for text in found) if call}
        return " ".join(sorted(found - called))

    def bases(self, start: int, end: int) -> str:
        """The bases of a class that are named in a range, in order."""
        return " ".join(dict.fromkeys(name for _, name in _within(self._bases, [(start, end)])))


def uses(matches: Iterable[tuple[int, Mapping[str, Sequence[Node]]]], source: bytes) -> Uses:
    """Reads the matches of a file."""
    tokens: dict[tuple[int, int], str] = {}
    calls: dict[int, str] = {}
    bound: list[tuple[int, str]] = []
    bases: list[tuple[int, str]] = []
    imports: dict[tuple[int, str, str], Imported] = {}

    def text(node: Node) -> str:
        return source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    for _, captures in matches:
        for kind, mark in _TOKENS.items():
            for node in captures.get(kind, ()):
                if mark or node.byte_range not in tokens:
                    tokens[node.byte_range] = mark
        for node in captures.get("called", ()):
            calls[node.end_byte] = _count(captures.get("arguments", ()))
        bound += [(node.start_byte, text(node)) for node in captures.get("bound", ())]
        bases += [(n.start_byte, _dotted(text(n))) for n in captures.get("base", ())]
        if "module" in captures:
            module = captures["module"][0]
            named = captures.get("imported") or captures.get("all")
            name = "*" if "all" in captures else _dotted(text(named[0])) if named else ""
            alias = _dotted(text(captures["alias"][0])) if "alias" in captures else ""
            place = named[0].start_byte if named else module.start_byte
            key = (place, name, "")
            if key not in imports or alias:  # one pattern may know less than another
                imports[key] = (module.start_byte, _module(text(module)), name, alias)
    return Uses(
        list(_chains(tokens, calls, source)), sorted(bound), sorted(bases), list(imports.values())
    )


def _chains(
    tokens: Mapping[tuple[int, int], str], calls: Mapping[int, str], source: bytes
) -> Iterator[tuple[int, str]]:
    """Names that hang together, each chain once, with a call's mark."""
    start, end, chain = -1, -1, ""
    for (begin, stop), kind in sorted(tokens.items()):
        word = kind if kind == "self" else source[begin:stop].decode("utf-8", "replace")
        linked = kind == "." and chain and bytes(source[end:begin]).strip() in _LINKS
        if linked and end not in calls:
            chain = f"{chain}.{word}"
        else:
            if chain:
                yield start, chain + calls.get(end, "")
            start, chain = begin, f".{word}" if kind == "." else word
        end = stop
    if chain:
        yield start, chain + calls.get(end, "")


def _within(
    placed: Sequence[tuple[int, str]], ranges: Iterable[ByteRange]
) -> Iterator[tuple[int, str]]:
    for start, end in ranges:
        if start < end:
            yield from placed[bisect_left(placed, (start, "")) : bisect_left(placed, (end, ""))]


def _count(arguments: Sequence[Node]) -> str:
    """As ``symbols.Reference`` reads it."""
    if not arguments or arguments[0].type in _SEVERAL:
        return "(*"
    given = [child.type for child in arguments[0].named_children]
    if _SEVERAL.intersection(given):
        return "(*"
    return f"({sum(kind not in _COMMENTS for kind in given)}"


def _module(text: str) -> str:
    quoted = text[:1] in ('"', "'", "`")
    return text[1:-1] if quoted else _dotted(text)


def _dotted(text: str) -> str:
    """A path of names as it is in references: by dots, without blanks."""
    return "".join(text.split()).replace("::", ".")
