"""What touched code relies on: its references, resolved, as touches that only read.

Of a definition that somebody changed, all that it references in the repository; ``added`` marks
what it did not reference before.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pointsman.model.footprint import Access, Touch
from pointsman.oracle.lines import hunks
from pointsman.oracle.observed import Version
from pointsman.oracle.resolve import Edge, How, Modules, Resolver
from pointsman.oracle.symbols import IMPORTS, Definition, Reference, Symbols

ROUNDS = 6
"""How often files that turn out to be needed are read; chains of re-exports are shorter."""
FILES = 300
"""Files that are read for one participant."""
DEFINITIONS = 200
"""Touched definitions that are looked into."""
READS = 1000
"""Touches that are kept; the surest first."""

_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")

CONFIDENCE: Mapping[How, float] = {
    How.EXACT: 1.0,
    How.INHERITED: 0.95,
    How.UNIQUE: 0.85,
    How.AMBIGUOUS: 0.5,
}


NEAR = 3
"""Lines around a change in which what is named counts as part of it."""


class Touched(NamedTuple):
    """A file that somebody changed: what it is now and was before, and the touches in it."""

    path: str
    after: Version
    before: Version | None
    touches: Collection[Touch]

    def changed_lines(self) -> list[tuple[int, bytes]]:
        """The lines, with their numbers, that are new or next to a change."""
        lines = self.after.source.splitlines()
        if self.before is None:
            return list(enumerate(lines))
        near: set[int] = set()
        for hunk in hunks(self.before.source, self.after.source):
            first, end = hunk.after
            near.update(range(max(first - NEAR, 0), min(end + NEAR, len(lines))))
        return [(number, lines[number]) for number in sorted(near)]


async def reads(
    files: Sequence[Touched],
    modules: Modules,
    load: Callable[[Collection[str]], Awaitable[Mapping[str, Symbols]]],
    defining: Callable[[str], Sequence[str]] = lambda _: (),
) -> list[Touch]:
    """The symbols that touched definitions reference, as touches of access READ.

    ``load`` gives the symbols of files of base; raises what it raises.
    """
    symbols = {file.path: file.after.symbols for file in files}
    asked: set[str] = set(symbols)
    found: list[Touch] = []
    for _ in range(ROUNDS):
        resolver = Resolver(modules, symbols, defining)
        found = list(_touches(files, resolver))
        more = sorted(resolver.needed - asked)[: FILES - len(asked)]
        if not more:
            break
        asked |= set(more)
        symbols = {**await load(more), **symbols}
    surest = sorted(found, key=lambda touch: (-touch.confidence, not touch.added))
    return surest[:READS]


def _touches(files: Iterable[Touched], resolver: Resolver) -> Iterator[Touch]:
    written = {(file.path, touch.symbol) for file in files for touch in file.touches}
    seen: set[tuple[Edge, str]] = set()
    looked_into = 0
    for file in files:
        lines = file.changed_lines()
        names = {t.symbol: t for t in file.touches if t.symbol not in (None, IMPORTS)}
        for name, touch in names.items():
            definitions = file.after.symbols.by_name.get(name or "", ())
            looked_into += len(definitions)
            if looked_into > DEFINITIONS:
                return
            before = _names(file.before.symbols, name or "") if file.before else frozenset()
            for definition in definitions:
                near = _words(lines, definition)
                for edge, text in _edges(resolver, file.path, definition):
                    used = Reference.read(text)
                    inside = f"{file.path}#{name}"
                    if (edge.path, edge.symbol) in written or (edge, inside) in seen:
                        continue
                    seen.add((edge, inside))
                    yield Touch(
                        path=edge.path,
                        symbol=edge.symbol,
                        access=Access.READ,
                        evidence=touch.evidence,
                        confidence=CONFIDENCE[edge.how],
                        why=touch.why,
                        inside=inside,
                        edge=edge.how.value,
                        added=used.name not in before,
                        called=used.called,
                        near=used.name.rpartition(".")[2].encode() in near,
                        kind=resolver.kind(edge),
                    )


def _edges(resolver: Resolver, path: str, definition: Definition) -> Iterator[tuple[Edge, str]]:
    found = resolver.edges(path, definition)
    for text in sorted(found, key=lambda text: not Reference.read(text).called):
        yield from ((edge, text) for edge in found[text])


def _names(symbols: Symbols, name: str) -> frozenset[str]:
    """The names that a definition references."""
    definitions = symbols.by_name.get(name, ())
    return frozenset(
        Reference.read(text).name for d in definitions for text in d.references.split()
    )


def _words(lines: Iterable[tuple[int, bytes]], definition: Definition) -> frozenset[bytes]:
    """All words in those of the lines that belong to a definition."""
    inside = (line for n, line in lines if definition.first <= n <= definition.last)
    return frozenset(_WORD.findall(b"\n".join(inside)))
