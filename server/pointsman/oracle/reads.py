"""What touched code relies on: its references, resolved, as touches that only read.

Of a definition that somebody changed, all that it references in the repository; ``added`` marks
what it did not reference before.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pointsman.model.footprint import Access, Touch
from pointsman.oracle.resolve import Edge, How, Modules, Resolver
from pointsman.oracle.symbols import IMPORTS, Definition, Symbols

ROUNDS = 6
"""How often files that turn out to be needed are read; chains of re-exports are shorter."""
FILES = 300
"""Files that are read for one participant."""
DEFINITIONS = 200
"""Touched definitions that are looked into."""
READS = 1000
"""Touches that are kept; the surest first."""

CONFIDENCE: Mapping[How, float] = {
    How.EXACT: 1.0,
    How.INHERITED: 0.95,
    How.UNIQUE: 0.85,
    How.AMBIGUOUS: 0.5,
}


class Touched(NamedTuple):
    """A file that somebody changed: its symbols now and before, and the touches in it."""

    path: str
    after: Symbols
    before: Symbols | None
    touches: Collection[Touch]


async def reads(
    files: Sequence[Touched],
    modules: Modules,
    load: Callable[[Collection[str]], Awaitable[Mapping[str, Symbols]]],
    defining: Callable[[str], Sequence[str]] = lambda _: (),
) -> list[Touch]:
    """The symbols that touched definitions reference, as touches of access READ.

    ``load`` gives the symbols of files of base; raises what it raises.
    """
    symbols = {file.path: file.after for file in files}
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
        names = {t.symbol: t for t in file.touches if t.symbol not in (None, IMPORTS)}
        for name, touch in names.items():
            definitions = file.after.by_name.get(name or "", ())
            looked_into += len(definitions)
            if looked_into > DEFINITIONS:
                return
            before = _texts(file.before, name or "")
            for definition in definitions:
                for edge, text in _edges(resolver, file.path, definition):
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
                        added=text not in before,
                    )


def _edges(resolver: Resolver, path: str, definition: Definition) -> Iterator[tuple[Edge, str]]:
    for text, edges in resolver.edges(path, definition).items():
        name = text.partition("(")[0]
        yield from ((edge, name) for edge in edges)


def _texts(symbols: Symbols | None, name: str) -> frozenset[str]:
    """The names that a definition referenced before."""
    definitions = symbols.by_name.get(name, ()) if symbols else ()
    return frozenset(text.partition("(")[0] for d in definitions for text in d.references.split())
