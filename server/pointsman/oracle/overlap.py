"""Two footprints in, what they have in common out. Pure and symmetric.

| kind      | there is one                                                                       |
|-----------|------------------------------------------------------------------------------------|
| TEXTUAL   | for each file in which a trial merge of the two trees conflicts                    |
| SYMBOL    | for each symbol that both write, and for each name that both create                |
| REFERENCE | for each symbol that one changes and that is referenced inside what the other       |
|           | touches; for each class of which both change different parts                       |
| SUBSYSTEM | for each subsystem that both implement, or that one implements and the other uses  |
| FILE      | for each file that both touch, where there is none of the above                    |

An overlap's ``evidence`` has, for sides ``a`` and ``b`` (in the order of their names), what they
do, how that is known and how surely; and its ``basis``, which together with the kind says how
likely a collision is (``verdict.COLLIDES``). A file with a merge rule has no overlaps but what git
can't merge in spite of it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from pointsman.model.conflict import ConflictType, Overlap
from pointsman.model.footprint import Access, Footprint, Touch
from pointsman.model.merge_rule import DEFAULT_RULES, Ruled, RuleFor
from pointsman.model.subsystem import overview_path
from pointsman.oracle.languages import code_language_of
from pointsman.oracle.lines import meet
from pointsman.oracle.observed import HUNKS_KEPT
from pointsman.oracle.side import NEAR, NO_SYMBOLS, SURE_EDGES, Side, Written, relies, strongest
from pointsman.oracle.symbols import IMPORTS, MODULE


class Basis(StrEnum):
    """What an overlap rests on, within its kind."""

    MERGED = "merged"
    """git tried."""
    WRITE = "write"
    PARTS = "parts"
    """Both were seen to change one body, at places that are apart."""
    ENTRY = "entry"
    """Both change one entry (a key, a section) of a file that is no code."""
    CREATE = "create"
    CONTAINS = "contains"
    """One side names, without being seen to change it, what the other's symbol is part of."""
    BROKEN = "broken"
    """One side removes, renames or re-signs what the other newly references, surely resolved."""
    RELIES = "relies"
    """One side changes what the other calls in, or next to, lines that it changes."""
    MENTIONS = "mentions"
    """One side changes what is referenced elsewhere inside something that the other touches, or in
    tests."""
    CLASS = "class"
    """Both change different parts of one class."""
    EXCLUSIVE = "exclusive"
    SHARED = "shared"
    LINES = "lines"
    """Both were seen to change the same lines of a file that has no symbols there."""
    GONE = "gone"
    """One side removes the file."""
    OPEN = "open"
    """For at least one side it is not known where in the file."""
    APART = "apart"
    """Both sides name symbols in it, different ones; a plan seldom names all."""
    DISJOINT = "disjoint"
    """Both sides name their symbols surely, and they are different ones."""
    OBSERVED = "observed"
    """Both sides were seen to change different things."""


QUIET_BASES = frozenset({Basis.MENTIONS, Basis.CLASS, Basis.OBSERVED})
"""What most pairs that share a file have in common: seldom a reason to wait or to ask."""


class _Pair(NamedTuple):
    a: Side
    b: Side
    exclusive: Collection[str]
    merge: Mapping[str, str] | None
    """What git says about each file that does not merge; None: it was not tried."""
    common: Sequence[tuple[str, Written, Written]]
    """The files that both write."""


def overlaps(
    a: Footprint,
    b: Footprint,
    *,
    exclusive: Collection[str] = (),
    merge: Mapping[str, str] | None = None,
    rules: Iterable[RuleFor] = DEFAULT_RULES,
) -> tuple[Overlap, ...]:
    """What two participants have in common, the same in either order.

    ``exclusive`` are the subsystems of which there can be one implementer at a time; ``merge`` is
    the outcome of a trial merge of both trees: for each file in conflict what git says, empty for a
    clean one, None where there is no such outcome.
    """
    ruled = Ruled(rules)
    return overlaps_of(Side(a, ruled), Side(b, ruled), exclusive=exclusive, merge=merge)


def overlaps_of(
    a: Side,
    b: Side,
    *,
    exclusive: Collection[str] = (),
    merge: Mapping[str, str] | None = None,
) -> tuple[Overlap, ...]:
    """``overlaps`` of two that have been made ready for it."""
    first, second = (a, b) if a.name <= b.name else (b, a)
    paths = sorted(first.writes.keys() & second.writes.keys())
    common = [(path, first.writes[path], second.writes[path]) for path in paths]
    pair = _Pair(first, second, exclusive, merge, common)
    found: list[Overlap] = []
    for kind in KINDS:
        found += kind(pair, frozenset(overlap.path for overlap in found))
    return tuple(found)


def _textual(pair: _Pair, above: Collection[str]) -> Iterator[Overlap]:
    for path, words in sorted((pair.merge or {}).items()):
        x, y = pair.a.best_known(path), pair.b.best_known(path)
        detail = f"git cannot merge what {pair.a.name} and {pair.b.name} did to {path}: {words}"
        yield _overlap(pair, (ConflictType.TEXTUAL, Basis.MERGED), (path, None), (x, y), detail)


def _symbol(pair: _Pair, above: Collection[str]) -> Iterator[Overlap]:
    for path, mine, theirs in pair.common:
        for symbol, x, y, basis in _same_symbols(mine, theirs):
            what = f"`{symbol}` in {path}" if symbol else path
            both = "create" if basis is Basis.CREATE else "change"
            detail = f"both {both} {what}: {pair.a.says(x)}; {pair.b.says(y)}"
            yield _overlap(pair, (ConflictType.SYMBOL, basis), (path, symbol), (x, y), detail)


def _reference(pair: _Pair, above: Collection[str]) -> Iterator[Overlap]:
    for writer, reader, swapped in ((pair.a, pair.b, False), (pair.b, pair.a, True)):
        for path, symbol in sorted(writer.changes & reader.relies_on):
            changes = writer.writes[path].changed[symbol]
            x = strongest(changes)
            y, basis = _relied_on(path, changes, reader.reads[path][symbol])
            detail = (
                f"{writer.name} {_DOES.get(x.access, 'changes')} `{symbol}` in {path}, which "
                f"{reader.name} {'newly ' if y.added else ''}references in {y.inside} "
                f"({y.edge}): {writer.says(x)}"
            )
            found = (y, x) if swapped else (x, y)
            yield _overlap(pair, (ConflictType.REFERENCE, basis), (path, symbol), found, detail)
    for path, mine, theirs in pair.common:
        yield from _same_class(pair, path, mine, theirs)


def _relied_on(path: str, changes: Iterable[Touch], reads: Iterable[Touch]) -> tuple[Touch, Basis]:
    """Of a symbol of ``path`` that is changed: the reference that this hits hardest, and how."""
    breaks = any(touch.access in _BREAKS for touch in changes)

    def basis(read: Touch) -> Basis:
        if breaks and read.added and read.edge in SURE_EDGES:
            return Basis.BROKEN
        return Basis.RELIES if relies(path, read) else Basis.MENTIONS

    return max(
        ((read, basis(read)) for read in reads),
        key=lambda found: (
            -_HARDEST.index(found[1]),
            found[0].added,
            found[0].confidence,
            found[0].inside or "",
        ),
    )


def _same_class(pair: _Pair, path: str, mine: Written, theirs: Written) -> Iterator[Overlap]:
    """The classes of which both sides were seen to change parts, but no part both."""
    classes = sorted(mine.classes.keys() & theirs.classes.keys())
    if not classes or mine.seen.keys() & theirs.seen.keys() - NO_SYMBOLS:
        return
    for holder in classes:
        x, y = mine.classes[holder], theirs.classes[holder]
        detail = (
            f"both change parts of `{holder}` in {path}: `{x.symbol}`, {pair.a.says(x)}; "
            f"`{y.symbol}`, {pair.b.says(y)}"
        )
        yield _overlap(pair, (ConflictType.REFERENCE, Basis.CLASS), (path, holder), (x, y), detail)


def _subsystem(pair: _Pair, above: Collection[str]) -> Iterator[Overlap]:
    a, b = pair.a.footprint, pair.b.footprint
    both = set(a.implements) & set(b.implements)
    one = (set(a.implements) & set(b.uses)) | (set(a.uses) & set(b.implements))
    for subsystem in sorted(both | one):
        exclusive = subsystem in both and subsystem in pair.exclusive
        verbs = ["implements" if subsystem in side.implements else "uses" for side in (a, b)]
        what = f"{'exclusive ' if exclusive else ''}subsystem {subsystem}"
        detail = f"{pair.a.name} {verbs[0]} and {pair.b.name} {verbs[1]} the {what}"
        basis = Basis.EXCLUSIVE if exclusive else Basis.SHARED
        path = overview_path(subsystem)
        if not pair.a.ruled(path):
            yield _overlap(
                pair, (ConflictType.SUBSYSTEM, basis), (path, None), (None, None), detail
            )


def _file(pair: _Pair, above: Collection[str]) -> Iterator[Overlap]:
    for path, mine, theirs in pair.common:
        if path not in above:
            x, y = mine.strongest, theirs.strongest
            basis = _file_basis(mine, theirs, tried=pair.merge is not None)
            detail = f"both touch {path}: {pair.a.says(x)}; {pair.b.says(y)}"
            yield _overlap(pair, (ConflictType.FILE, basis), (path, None), (x, y), detail)


KINDS: tuple[Callable[[_Pair, Collection[str]], Iterator[Overlap]], ...] = (
    _textual,
    _symbol,
    _reference,
    _subsystem,
    _file,
)
"""One function a kind, strong ones first; each is told the paths that have an overlap already."""


def _same_symbols(
    mine: Written, theirs: Written
) -> Iterator[tuple[str | None, Touch, Touch, Basis]]:
    """The symbols of one file that both sides write; None for a file that both create."""
    a, b = mine.by_symbol, theirs.by_symbol
    for symbol in sorted(a.keys() & b.keys(), key=lambda name: name or ""):
        x, y = mine.best[symbol], theirs.best[symbol]
        created = x.access is Access.CREATE and y.access is Access.CREATE
        if _same_content(a[symbol], b[symbol]):
            continue
        if symbol == MODULE:
            near = _near(a[symbol], b[symbol])
            if near:
                yield symbol, *near, Basis.WRITE
        elif symbol is not None and symbol != IMPORTS:
            basis = Basis.CREATE if created else _write_basis(a[symbol], b[symbol])
            if basis is not None:
                yield symbol, x, y, basis
        elif symbol is None and created:
            yield None, x, y, Basis.CREATE
    for outer, inner, swapped in ((mine, theirs, False), (theirs, mine, True)):
        for symbol, part in sorted(_contained(outer, inner)):
            x, y = outer.best[symbol], inner.best[part]
            yield part, *((y, x) if swapped else (x, y)), Basis.CONTAINS


def _same_content(mine: Iterable[Touch], theirs: Iterable[Touch]) -> bool:
    """Whether both sides were seen to make the very same of it."""
    made, others = {touch.content for touch in mine}, {touch.content for touch in theirs}
    return None not in made and made == others


def _write_basis(mine: Collection[Touch], theirs: Collection[Touch]) -> Basis | None:
    """Whether what both do to one definition is at one place in it, as far as that is known.

    None: apart in an entry of a file that is no code. Nothing goes by such a name, so that only
    places count.
    """
    both = (*mine, *theirs)
    code = code_language_of(both[0].path) is not None
    placed = all(
        touch.access is Access.WRITE_BODY and 0 < len(touch.changed) < HUNKS_KEPT for touch in both
    )
    ours, others = ([place for touch in side for place in touch.changed] for side in (mine, theirs))
    if placed and not any(meet(one, other, NEAR) for one in ours for other in others):
        return Basis.PARTS if code else None
    return Basis.WRITE if code else Basis.ENTRY


def _contained(outer: Written, inner: Written) -> Iterator[tuple[str, str]]:
    """Symbols that ``outer`` names, without being seen to change them, with those of ``inner`` that
    lie in them and that ``outer`` does not name."""
    if not outer.unseen:
        return
    for part, around in inner.scopes.items():
        symbol = next((scope for scope in around if scope in outer.by_symbol), None)
        if symbol in outer.unseen and symbol is not None and part not in outer.by_symbol:
            yield symbol, part


def _near(mine: Iterable[Touch], theirs: Iterable[Touch]) -> tuple[Touch, Touch] | None:
    """Two changes of module-level code that are at the same place."""
    placed = [(x, y) for x in mine for y in theirs if x.lines and y.lines]
    near = (pair for pair in placed if meet(_lines(pair[0]), _lines(pair[1]), NEAR))
    return min(near, key=lambda pair: (_lines(pair[0]), _lines(pair[1])), default=None)


def _file_basis(mine: Written, theirs: Written, *, tried: bool) -> Basis:
    """How two touch one file, of which they change no symbol both."""
    if mine.observed and theirs.observed:
        if tried:
            return Basis.OBSERVED
        if _near(mine.loose, theirs.loose):
            return Basis.LINES
        return Basis.GONE if mine.gone or theirs.gone else Basis.OBSERVED
    if mine.names_surely and theirs.names_surely:
        return Basis.DISJOINT
    return Basis.APART if mine.names and theirs.names else Basis.OPEN


def _lines(touch: Touch) -> tuple[int, int]:
    assert touch.lines is not None
    return touch.lines


_HARDEST = (Basis.BROKEN, Basis.RELIES, Basis.MENTIONS)
_BREAKS = frozenset({Access.DELETE, Access.RENAME, Access.WRITE_SIGNATURE})
_DOES = {
    Access.DELETE: "removes",
    Access.RENAME: "renames",
    Access.WRITE_SIGNATURE: "changes the signature of",
}


def _overlap(
    pair: _Pair,
    kind: tuple[ConflictType, Basis],
    place: tuple[str, str | None],
    touches: tuple[Touch | None, Touch | None],
    detail: str,
) -> Overlap:
    type, basis = kind
    evidence: dict[str, Any] = {"basis": basis.value}
    for key, side, touch in zip(("a", "b"), (pair.a, pair.b), touches, strict=True):
        if touch is not None:
            evidence[key] = side.evidence(touch)
    path, symbol = place
    return Overlap(type=type, path=path, symbol=symbol, detail=detail, evidence=evidence)
