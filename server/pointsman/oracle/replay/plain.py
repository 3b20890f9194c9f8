"""The plain rules that the oracle must beat: same file, class, symbol, near and same lines.

They look at git's own diff, and at symbols by the lines that changed; renames are followed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pointsman.git import ChangedLines, Git, printable, small_blobs
from pointsman.model.footprint import Access, Footprint
from pointsman.oracle.index import SymbolIndex
from pointsman.oracle.languages import code_language_of
from pointsman.oracle.symbols import IMPORTS, MODULE, Symbols

NEAR = 3
_WORD = re.compile(r"[^\W\d]\w*")
_Span = tuple[int, int]
_Name = tuple[str, str]


@dataclass(frozen=True)
class Changed:
    """What one side changed, by the paths of base."""

    spans: Mapping[str, tuple[_Span, ...]]
    """Lines of base, half-open; empty ones are insertions."""
    symbols: frozenset[_Name]
    """The innermost ones around the lines; where there is no symbol, the file's module or text."""

    words: frozenset[str] = frozenset()
    """Identifiers in the definitions that it changed, without their own names."""
    changed: frozenset[_Name] = frozenset()
    """The symbols that it changed or removed, going by their content;"""
    relied_on: frozenset[_Name] = frozenset()
    """and those that what it changed references, imports resolved."""

    def with_relied_on(self, footprint: Footprint) -> "Changed":
        """With the two that only the oracle's footprint tells."""
        writes, reads = set(), set()
        for touch in footprint.touches:
            if touch.symbol and touch.symbol not in (MODULE, IMPORTS):
                if touch.access is Access.READ:
                    reads.add((touch.path, touch.symbol))
                elif touch.access is not Access.CREATE:
                    writes.add((touch.path, touch.symbol))
        return replace(self, changed=frozenset(writes), relied_on=frozenset(reads))

    @property
    def names(self) -> frozenset[str]:
        """The last parts of the symbols' names."""
        return frozenset(name.rpartition("::")[2] for _, name in self.symbols) - {MODULE, ""}

    @property
    def classes(self) -> frozenset[_Name]:
        return frozenset((path, name.partition("::")[0]) for path, name in self.symbols)


async def changed(git: Git, index: SymbolIndex, files: Sequence[ChangedLines]) -> Changed:
    """What ``git.line_changes`` tells, with the symbols there. Raises git-failed."""
    known = [f for f in files if f.hunks and code_language_of(f.change.path)]
    ids = {b for f in known for b in (f.change.old_blob, f.change.new_blob) if b}
    contents = await small_blobs(git, ids)

    async def symbols(file: ChangedLines, blob: str | None) -> Symbols:
        if blob is None or blob not in contents:
            return Symbols(None)
        return await index.symbols(file.change.path, contents[blob], blob)

    spans: dict[str, tuple[_Span, ...]] = {}
    names: set[_Name] = set()
    words: set[str] = set()
    for file in files:
        change = file.change
        path = printable(change.old_path or change.path)
        spans[path] = tuple(before for before, _ in file.hunks) or ((0, 1 << 30),)
        if change.old_path:
            spans.setdefault(printable(change.path), ((0, 1 << 30),))
        old = await symbols(file, change.old_blob)
        new = await symbols(file, change.new_blob)
        for before, after in file.hunks:
            names |= {(path, name) for name in _around(old, before) | _around(new, after)}
            words |= _words(new, contents.get(change.new_blob or "", b""), after)
        if old.language is None and new.language is None:
            names.add((path, ""))
    return Changed(spans, frozenset(names), frozenset(words))


def _words(symbols: Symbols, source: bytes, lines: _Span) -> set[str]:
    found: set[str] = set()
    around = _around(symbols, lines)
    for definition in symbols.definitions:
        if definition.name in around and definition.name != MODULE:
            text = source[definition.start : definition.end].decode("utf-8", "replace")
            found |= set(_WORD.findall(text)) - {definition.name.rpartition("::")[2]}
    return found


def _around(symbols: Symbols, lines: _Span) -> set[str]:
    """The innermost definitions that these lines are in or go over.

    What is inserted or removed between two lines counts as a change of what is around each of them.
    """
    if symbols.language is None:
        return set()
    first, last = lines[0], lines[1] - 1
    if last < first:
        return _around(symbols, (first - 1, first)) | _around(symbols, (first, first + 1))
    met = {
        d.name
        for d in symbols.definitions
        if d.kind not in ("module", "imports") and d.first <= last and first <= d.last
    }
    outer = {name.rpartition("::")[0] for name in met}
    return (met - outer) or {MODULE}


def _near(a: Changed, b: Changed, within: int) -> bool:
    """Whether they change lines of base with less than so many others in between.

    Changes that touch each other count as the same lines: git does not merge them either.
    """
    return any(
        x[0] - within <= y[1] and y[0] - within <= x[1]
        for path in a.spans.keys() & b.spans.keys()
        for x in a.spans[path]
        for y in b.spans[path]
    )


RULES: Mapping[str, Callable[[Changed, Changed], bool]] = {
    "same file": lambda a, b: bool(a.spans.keys() & b.spans.keys()),
    "same class": lambda a, b: bool(a.classes & b.classes),
    "same symbol": lambda a, b: bool(a.symbols & b.symbols),
    "lines within 3": lambda a, b: _near(a, b, NEAR),
    "overlapping lines": lambda a, b: _near(a, b, 0),
}


MEANING_RULES: Mapping[str, Callable[[Changed, Changed], bool]] = {
    "touched names touched": lambda a, b: bool(a.names & b.words or b.names & a.words),
    "touched references touched": lambda a, b: bool(
        a.changed & b.relied_on or b.changed & a.relied_on
    ),
}
"""For what git does not see: one changed what a definition names that the other changed."""


def _named(footprint: Footprint) -> tuple[set[str], set[_Name], set[str]]:
    """Files, symbols, and files of which no symbol is named."""
    written = [t for t in footprint.touches if t.access is not Access.READ]
    symbols = {(t.path, t.symbol) for t in written if t.symbol}
    files = {t.path for t in written}
    return files, symbols, files - {path for path, _ in symbols}


def _symbol_or_file(a: Footprint, b: Footprint) -> bool:
    (files, symbols, vague), (others, theirs, theirs_vague) = _named(a), _named(b)
    return bool(symbols & theirs or files & theirs_vague or vague & others)


PLAN_RULES: Mapping[str, Callable[[Footprint, Footprint], bool]] = {
    "named files": lambda a, b: bool(_named(a)[0] & _named(b)[0]),
    "named symbols": lambda a, b: bool(_named(a)[1] & _named(b)[1]),
    "symbol, or file where none is named": _symbol_or_file,
}
"""The same on what texts name, before there is any work."""
