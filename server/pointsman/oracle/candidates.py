"""Who can overlap with whom: inverted indexes from what is touched to the participants that do.

A footprint that arrives is compared with its candidates only. Files miss nothing: whoever shares a
symbol shares its file, and renames are followed. Most candidates do no more than work in one file,
or mention what the other changes; those that do more are found by what they share, not by looking
at each.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pointsman.model.footprint import Access, Footprint
from pointsman.model.merge_rule import DEFAULT_RULES, Ruled, RuleFor
from pointsman.oracle.side import NEAR, NO_SYMBOLS, SURE_EDGES, Side, Written, relies

_Key = tuple[str, str, str | None]
"""A kind, a path (or a subsystem), and a symbol in it."""

_MEETS: Mapping[str, tuple[str, ...]] = {
    "write": ("write", "read"),
    "read": ("write",),
    "subsystem": ("subsystem",),
}
"""What of others each kind of key has to be held against: two that read one file share nothing."""

_PRESSES: Mapping[str, tuple[str, ...]] = {
    "symbol": ("symbol", "relied on"),
    "relied on": ("symbol",),
    "unseen symbol": ("around",),
    "around": ("unseen symbol",),
    "unseen": ("write",),
    "write": ("unseen", "gone"),
    "gone": ("write",),
    "lines": ("lines",),
    "long": ("somewhere",),
    "somewhere": ("long",),
    "subsystem": ("subsystem",),
}
"""The same for what is more than quiet (``overlap.QUIET_BASES``). ``around``: what a written symbol
lies in; ``unseen``: it is only said that it will be written; ``lines``: a stretch of lines of no
symbol, by its number; ``long``: more lines than are counted so, ``somewhere``: any."""

STRETCH = 16
"""Lines, so that two that change one file everybody changes need not be looked at."""
LONG = 64
"""Stretches."""


class _Held(NamedTuple):
    side: Side
    keys: frozenset[_Key]


class Candidates:
    """The footprints that are held, and the inverted indexes over them."""

    def __init__(self, rules: Iterable[RuleFor] = DEFAULT_RULES) -> None:
        self.footprints: dict[str, Footprint] = {}
        """Those that are held, by participant; changed by ``hold`` and ``forget`` only."""
        self._ruled = Ruled(rules)
        self._held: dict[str, _Held] = {}
        self._having: defaultdict[_Key, set[str]] = defaultdict(set)

    def hold(self, footprint: Footprint) -> None:
        """Puts a participant's footprint in the place of the one it had."""
        self.forget(footprint.participant)
        held = self._ready(footprint)
        participant = footprint.participant
        self.footprints[participant], self._held[participant] = footprint, held
        having = self._having
        for key in held.keys:
            having[key].add(participant)

    def forget(self, participant: str) -> None:
        self.footprints.pop(participant, None)
        held = self._held.pop(participant, None)
        for key in held.keys if held else ():
            having = self._having[key]
            having.discard(participant)
            if not having:
                del self._having[key]

    def side(self, footprint: Footprint) -> Side:
        """A footprint, held or not, ready to be compared."""
        return self._known(footprint).side

    def of(self, footprint: Footprint) -> set[str]:
        """All others that share a subsystem with it, or a file that one of the two writes."""
        return self._meeting(footprint, _MEETS)

    def pressing(self, footprint: Footprint) -> set[str]:
        """Those of them that can have more in common with it than is quiet (``QUIET_BASES`` of
        ``overlap``), as long as git is not asked."""
        return self._meeting(footprint, _PRESSES)

    def touching(self, path: str, *, reads: bool = False) -> Iterator[Footprint]:
        """The footprints that write a file, or with ``reads`` rely on it, by the participants'
        names."""
        found = self._having.get(("write", path, None), frozenset[str]())
        if reads:
            found = found | self._having.get(("read", path, None), frozenset())
        for participant in sorted(found):
            yield self.footprints[participant]

    def _meeting(self, footprint: Footprint, meets: Mapping[str, tuple[str, ...]]) -> set[str]:
        others: set[str] = set()
        having = self._having
        for kind, path, symbol in self._known(footprint).keys:
            for other in meets.get(kind, ()):
                there = having.get((other, path, symbol))
                if there is not None:
                    others |= there
        others.discard(footprint.participant)
        return others

    def _known(self, footprint: Footprint) -> _Held:
        held = self._held.get(footprint.participant)
        return held if held and held.side.footprint is footprint else self._ready(footprint)

    def _ready(self, footprint: Footprint) -> _Held:
        side = Side(footprint, self._ruled)
        return _Held(side, frozenset([*_files(side), *_symbols(side)]))


def _files(side: Side) -> Iterator[_Key]:
    for name in (*side.footprint.implements, *side.footprint.uses):
        yield "subsystem", name, None
    written, read = side.files
    yield from (("write", path, None) for path in written)
    yield from (("read", path, None) for path in read)


def _symbols(side: Side) -> Iterator[_Key]:
    for path, written in side.writes.items():
        yield from _written(path, written)
    for path, relied_on in side.reads.items():
        for symbol, reads in relied_on.items():
            if any((r.added and r.edge in SURE_EDGES) or relies(path, r) for r in reads):
                yield "relied on", path, symbol


def _written(path: str, written: Written) -> Iterator[_Key]:
    if not written.observed:
        yield "unseen", path, None
    if written.gone:
        yield "gone", path, None
    for symbol, touch in written.best.items():
        if symbol not in NO_SYMBOLS or (symbol is None and touch.access is Access.CREATE):
            yield "symbol", path, symbol
    for symbol in written.unseen:
        yield "unseen symbol", path, symbol
    for around in written.scopes.values():
        for scope in around:
            yield "around", path, scope
    for first, last in written.lines:
        # as far as NEAR lines behind it: two of which one is that near share one
        stretches = range(first // STRETCH, (last + NEAR) // STRETCH + 1)
        yield "somewhere", path, None
        if len(stretches) > LONG:
            yield "long", path, None
        else:
            yield from (("lines", path, str(stretch)) for stretch in stretches)
