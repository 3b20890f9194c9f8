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

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from pointsman.model.conflict import ConflictType, Overlap
from pointsman.model.footprint import STRENGTH, Access, Evidence, Footprint, Touch
from pointsman.model.merge_rule import DEFAULT_RULES, RuleFor, rule_of
from pointsman.model.subsystem import overview_path
from pointsman.oracle.lines import meet
from pointsman.oracle.observed import HUNKS_KEPT
from pointsman.oracle.symbols import IMPORTS, MODULE
from pointsman.oracle.tests import is_test

NEAR = 3
"""Lines between two changes of module-level code up to which they count as the same thing."""
SURE = 0.9
"""Confidence from which a symbol that is only predicted is taken as named surely."""


class Basis(StrEnum):
    """What an overlap rests on, within its kind."""

    MERGED = "merged"
    """git tried."""
    WRITE = "write"
    PARTS = "parts"
    """Both were seen to change one body, at places that are apart."""
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


class _Side(NamedTuple):
    name: str
    touches: Mapping[str, tuple[Touch, ...]]
    """By path; without those that only read."""
    reads: Mapping[str, tuple[Touch, ...]]
    """By path; those that only read."""
    footprint: Footprint


class _Pair(NamedTuple):
    a: _Side
    b: _Side
    exclusive: Collection[str]
    merge: Mapping[str, str] | None
    """What git says about each file that does not merge; None: it was not tried."""


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
    rules = tuple(rules)
    first, second = sorted((a, b), key=lambda footprint: footprint.participant)
    pair = _Pair(_side(first, rules), _side(second, rules), exclusive, merge)
    found: list[Overlap] = []
    for kind in KINDS:
        above = {overlap.path for overlap in found}
        found += [o for o in kind(pair, above) if kind is _textual or not rule_of(o.path, rules)]
    return tuple(found)


def _textual(pair: _Pair, above: Collection[str]) -> Iterator[Overlap]:
    for path, words in sorted((pair.merge or {}).items()):
        sides = [_strongest(side.touches.get(path, ())) for side in (pair.a, pair.b)]
        detail = f"git cannot merge what {pair.a.name} and {pair.b.name} did to {path}: {words}"
        yield _overlap(
            ConflictType.TEXTUAL, (path, None), detail, Basis.MERGED, (sides[0], sides[1])
        )


def _symbol(pair: _Pair, above: Collection[str]) -> Iterator[Overlap]:
    for path, (mine, theirs) in _common_paths(pair):
        for symbol, x, y, basis in _same_symbols(mine, theirs):
            what = f"`{symbol}` in {path}" if symbol else path
            both = "create" if basis is Basis.CREATE else "change"
            detail = f"both {both} {what}: {_says(pair.a, x)}; {_says(pair.b, y)}"
            yield _overlap(ConflictType.SYMBOL, (path, symbol), detail, basis, (x, y))


def _reference(pair: _Pair, above: Collection[str]) -> Iterator[Overlap]:
    for writer, reader, swapped in ((pair.a, pair.b, False), (pair.b, pair.a, True)):
        for path in sorted(writer.touches.keys() & reader.reads.keys()):
            written = _by_symbol(writer.touches[path])
            relied_on = _by_symbol(reader.reads[path])
            for symbol in sorted((written.keys() & relied_on.keys()) - _NO_SYMBOLS, key=str):
                changes = [t for t in written[symbol] if t.access is not Access.CREATE]
                x, (y, basis) = _strongest(changes), _relied_on(path, changes, relied_on[symbol])
                if x is None:
                    continue
                verb = _DOES.get(x.access, "changes")
                detail = (
                    f"{writer.name} {verb} `{symbol}` in {path}, which {reader.name} "
                    f"{'newly ' if y.added else ''}references in {y.inside} ({y.edge}): "
                    f"{_says(writer, x)}"
                )
                found = (y, x) if swapped else (x, y)
                yield _overlap(ConflictType.REFERENCE, (path, symbol), detail, basis, found)
    for path, (mine, theirs) in _common_paths(pair):
        yield from _same_class(pair, path, mine, theirs)


def _relied_on(path: str, changes: Iterable[Touch], reads: Iterable[Touch]) -> tuple[Touch, Basis]:
    """Of a symbol of ``path`` that is changed: the reference that this hits hardest, and how."""
    breaks = any(touch.access in _BREAKS for touch in changes)

    def basis(read: Touch) -> Basis:
        if breaks and read.added and read.edge in _SURE_EDGES:
            return Basis.BROKEN
        in_tests = is_test(path) or is_test((read.inside or "").partition("#")[0])
        relies = read.near and (read.called or read.kind in _CALLABLE)
        return Basis.RELIES if relies and not in_tests else Basis.MENTIONS

    return max(
        ((read, basis(read)) for read in reads),
        key=lambda found: (
            -_HARDEST.index(found[1]),
            found[0].added,
            found[0].confidence,
            found[0].inside or "",
        ),
    )


def _same_class(
    pair: _Pair, path: str, mine: Iterable[Touch], theirs: Iterable[Touch]
) -> Iterator[Overlap]:
    """The classes of which both sides were seen to change parts, but no part both."""
    a, b = (
        {t.symbol: t for t in side if t.symbol and t.evidence is Evidence.OBSERVED}
        for side in (mine, theirs)
    )
    if a.keys() & b.keys() - _NO_SYMBOLS:
        return
    classes = [{s.rpartition("::")[0]: t for s, t in side.items() if "::" in s} for side in (a, b)]
    for holder in sorted(classes[0].keys() & classes[1].keys()):
        x, y = classes[0][holder], classes[1][holder]
        detail = (
            f"both change parts of `{holder}` in {path}: `{x.symbol}`, {_says(pair.a, x)}; "
            f"`{y.symbol}`, {_says(pair.b, y)}"
        )
        yield _overlap(ConflictType.REFERENCE, (path, holder), detail, Basis.CLASS, (x, y))


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
        place = (overview_path(subsystem), None)
        yield _overlap(ConflictType.SUBSYSTEM, place, detail, basis, (None, None))


def _file(pair: _Pair, above: Collection[str]) -> Iterator[Overlap]:
    for path, (mine, theirs) in _common_paths(pair):
        if path not in above:
            x, y = _strongest(mine), _strongest(theirs)
            basis = _file_basis(mine, theirs, tried=pair.merge is not None)
            detail = f"both touch {path}: {_says(pair.a, x)}; {_says(pair.b, y)}"
            yield _overlap(ConflictType.FILE, (path, None), detail, basis, (x, y))


KINDS: tuple[Callable[[_Pair, Collection[str]], Iterator[Overlap]], ...] = (
    _textual,
    _symbol,
    _reference,
    _subsystem,
    _file,
)
"""One function a kind, strong ones first; each is told the paths that have an overlap already."""


def _same_symbols(
    mine: Iterable[Touch], theirs: Iterable[Touch]
) -> Iterator[tuple[str | None, Touch, Touch, Basis]]:
    """The symbols of one file that both sides write; None for a file that both create."""
    a, b = _by_symbol(mine), _by_symbol(theirs)
    for symbol in sorted(a.keys() & b.keys(), key=lambda name: name or ""):
        x, y = _strongest(a[symbol]), _strongest(b[symbol])
        assert x and y
        created = x.access is Access.CREATE and y.access is Access.CREATE
        if _same_content(a[symbol], b[symbol]):
            continue
        if symbol == MODULE:
            near = _near(a[symbol], b[symbol])
            if near:
                yield symbol, *near, Basis.WRITE
        elif symbol is not None and symbol != IMPORTS:
            yield symbol, x, y, Basis.CREATE if created else _write_basis(a[symbol], b[symbol])
        elif symbol is None and created:
            yield None, x, y, Basis.CREATE
    for outer, inner, swapped in ((a, b, False), (b, a, True)):
        for symbol, part in sorted(_contained(outer, inner)):
            x, y = _strongest(outer[symbol]), _strongest(inner[part])
            if x and y and x.evidence is not Evidence.OBSERVED:
                yield part, *((y, x) if swapped else (x, y)), Basis.CONTAINS


def _same_content(mine: Iterable[Touch], theirs: Iterable[Touch]) -> bool:
    """Whether both sides were seen to make the very same of it."""
    made, others = {touch.content for touch in mine}, {touch.content for touch in theirs}
    return None not in made and made == others


def _write_basis(mine: Collection[Touch], theirs: Collection[Touch]) -> Basis:
    """Whether what both do to one definition is at one place in it, as far as that is known."""
    for touch in (*mine, *theirs):
        if touch.access is not Access.WRITE_BODY or not 0 < len(touch.changed) < HUNKS_KEPT:
            return Basis.WRITE
    places = (
        (one, other) for x in mine for y in theirs for one in x.changed for other in y.changed
    )
    return Basis.WRITE if any(meet(one, other, NEAR) for one, other in places) else Basis.PARTS


def _contained(
    outer: Mapping[str | None, object], inner: Mapping[str | None, object]
) -> Iterator[tuple[str, str]]:
    """Symbols of ``outer`` with those of ``inner`` that lie in them and that it does not name."""
    for part in inner:
        scopes = (part or "").split("::")
        around = ["::".join(scopes[:depth]) for depth in range(len(scopes) - 1, 0, -1)]
        symbol = next((scope for scope in around if scope in outer), None)
        if part is not None and symbol is not None and part not in outer:
            yield symbol, part


def _near(mine: Iterable[Touch], theirs: Iterable[Touch]) -> tuple[Touch, Touch] | None:
    """Two changes of module-level code that are at the same place."""
    placed = [(x, y) for x in mine for y in theirs if x.lines and y.lines]
    near = (pair for pair in placed if meet(_lines(pair[0]), _lines(pair[1]), NEAR))
    return min(near, key=lambda pair: (_lines(pair[0]), _lines(pair[1])), default=None)


def _file_basis(mine: Collection[Touch], theirs: Collection[Touch], *, tried: bool) -> Basis:
    """How two touch one file, of which they change no symbol both."""
    observed = [
        [touch for touch in side if touch.evidence is Evidence.OBSERVED] for side in (mine, theirs)
    ]
    if all(observed):
        if tried:
            return Basis.OBSERVED
        loose = [[t for t in side if t.symbol is None and t.lines] for side in observed]
        if _near(*loose):
            return Basis.LINES
        if any(t.access is Access.DELETE and t.symbol is None for side in observed for t in side):
            return Basis.GONE
        return Basis.OBSERVED
    if _names_surely(mine) and _names_surely(theirs):
        return Basis.DISJOINT
    named = [any(touch.symbol for touch in side) for side in (mine, theirs)]
    return Basis.APART if all(named) else Basis.OPEN


def _names_surely(touches: Iterable[Touch]) -> bool:
    """Whether a side says surely which symbols of a file it touches, and nothing vaguer."""
    named = [touch for touch in touches if touch.symbol is not None]
    return bool(named) and all(
        touch.evidence is not Evidence.PREDICTED or touch.confidence >= SURE for touch in named
    )


def _side(footprint: Footprint, rules: tuple[RuleFor, ...]) -> _Side:
    writes: defaultdict[str, list[Touch]] = defaultdict(list)
    reads: defaultdict[str, list[Touch]] = defaultdict(list)
    for touch in footprint.touches:
        (reads if touch.access is Access.READ else writes)[touch.path].append(touch)
    frozen = [{path: tuple(ts) for path, ts in by.items()} for by in (writes, reads)]
    return _Side(footprint.participant, frozen[0], frozen[1], footprint)


def _common_paths(pair: _Pair) -> Iterator[tuple[str, tuple[tuple[Touch, ...], tuple[Touch, ...]]]]:
    for path in sorted(pair.a.touches.keys() & pair.b.touches.keys()):
        yield path, (pair.a.touches[path], pair.b.touches[path])


def _by_symbol(touches: Iterable[Touch]) -> Mapping[str | None, list[Touch]]:
    groups: defaultdict[str | None, list[Touch]] = defaultdict(list)
    for touch in touches:
        groups[touch.symbol].append(touch)
    return groups


def _strongest(touches: Iterable[Touch]) -> Touch | None:
    """The touch that is known best; of equals the first in the file."""
    return max(
        touches,
        key=lambda t: (
            STRENGTH[t.evidence],
            t.confidence,
            t.lines is not None,
            [-line for line in t.lines or ()],
        ),
        default=None,
    )


def _lines(touch: Touch) -> tuple[int, int]:
    assert touch.lines is not None
    return touch.lines


def _says(side: _Side, touch: Touch | None) -> str:
    """What one side does, and how that is known, as part of a sentence."""
    if touch is None:
        return side.name
    where = ""
    if touch.lines is not None:
        first, last = touch.lines[0] + 1, touch.lines[1] + 1
        where = f" line {first}" if first == last else f" lines {first}–{last}"
    source = f" ({touch.why})" if touch.why else ""
    return f"{side.name}{where}, {_KNOWN[touch.evidence]}{source}"


_HARDEST = (Basis.BROKEN, Basis.RELIES, Basis.MENTIONS)
_CALLABLE = frozenset({"function", "method"})
_NO_SYMBOLS = frozenset({None, MODULE, IMPORTS})
_BREAKS = frozenset({Access.DELETE, Access.RENAME, Access.WRITE_SIGNATURE})
_SURE_EDGES = frozenset({"exact", "inherited"})
_DOES = {
    Access.DELETE: "removes",
    Access.RENAME: "renames",
    Access.WRITE_SIGNATURE: "changes the signature of",
}
_KNOWN = {
    Evidence.OBSERVED: "observed",
    Evidence.DECLARED: "declared",
    Evidence.PREDICTED: "predicted",
}


def _overlap(
    type: ConflictType,
    place: tuple[str, str | None],
    detail: str,
    basis: Basis,
    sides: tuple[Touch | None, Touch | None],
) -> Overlap:
    evidence: dict[str, Any] = {"basis": basis.value}
    for key, touch in zip(("a", "b"), sides, strict=True):
        if touch is not None:
            evidence[key] = touch.model_dump(mode="json", exclude={"path"}, exclude_none=True)
    path, symbol = place
    return Overlap(type=type, path=path, symbol=symbol, detail=detail, evidence=evidence)
