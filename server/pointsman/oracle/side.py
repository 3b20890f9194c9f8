"""One footprint made ready to be compared: once, when it arrives, not once for every pair.

What a participant does to a file does not depend on who else is there. So all that comparing asks
of one side alone is answered here, at the first time of asking, and kept.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from pointsman.model.footprint import STRENGTH, Access, Evidence, Footprint, Touch
from pointsman.oracle.symbols import IMPORTS, MODULE
from pointsman.oracle.tests import is_test

NEAR = 3
"""Lines between two changes of module-level code up to which they count as the same thing."""
SURE = 0.9
"""Confidence from which a symbol that is only predicted is taken as named surely."""
NO_SYMBOLS = frozenset({None, MODULE, IMPORTS})
SURE_EDGES = frozenset({"exact", "inherited"})
_CALLABLE = frozenset({"function", "method"})
_KNOWN = {
    Evidence.OBSERVED: "observed",
    Evidence.DECLARED: "declared",
    Evidence.PREDICTED: "predicted",
}


class Written:
    """What one participant does to one file, but for reading it."""

    def __init__(self, touches: Sequence[Touch]) -> None:
        self.touches = touches
        self.by_symbol: dict[str | None, list[Touch]] = {}
        for touch in touches:
            self.by_symbol.setdefault(touch.symbol, []).append(touch)
        self.best = {symbol: strongest(those) for symbol, those in self.by_symbol.items()}
        """By symbol, the touch that is known best."""
        self.unseen = [s for s, t in self.best.items() if t.evidence is not Evidence.OBSERVED]
        """The symbols that it was not seen to change: what is in them may be meant."""
        self.observed = len(self.unseen) < len(self.best)
        """Whether it was seen to do anything here."""
        whole = [t for t in self.by_symbol.get(None, ()) if t.evidence is Evidence.OBSERVED]
        self.loose = [touch for touch in whole if touch.lines]
        """Changes of lines that belong to no symbol."""
        self.gone = any(touch.access is Access.DELETE for touch in whole) if whole else False
        """Whether it was seen to remove the file."""
        module = self.by_symbol.get(MODULE, ())
        self.lines = [touch.lines for touch in (*self.loose, *module) if touch.lines]
        """Where it changes lines of no symbol or of module-level code."""
        self.scopes = {s: _around(s) for s in self.by_symbol if s is not None and "::" in s}
        """The symbols that lie in others, each with those, the innermost first."""

    @cached_property
    def strongest(self) -> Touch:
        """What is known best of all that it does here."""
        return strongest(self.touches)

    @cached_property
    def changed(self) -> Mapping[str | None, list[Touch]]:
        """By symbol, what it does to those that are there on base; without imports and the like."""
        changes = {
            symbol: [touch for touch in touches if touch.access is not Access.CREATE]
            for symbol, touches in self.by_symbol.items()
            if symbol not in NO_SYMBOLS
        }
        return {symbol: touches for symbol, touches in changes.items() if touches}

    @cached_property
    def seen(self) -> Mapping[str, Touch]:
        """The symbols that it was observed to change."""
        return {t.symbol: t for t in self.touches if t.symbol and t.evidence is Evidence.OBSERVED}

    @cached_property
    def classes(self) -> Mapping[str, Touch]:
        """What holds a symbol that it was observed to change, and one such change."""
        return {s.rpartition("::")[0]: touch for s, touch in self.seen.items() if "::" in s}

    @cached_property
    def names(self) -> bool:
        """Whether it says which symbols it touches."""
        return any(touch.symbol for touch in self.touches)

    @cached_property
    def names_surely(self) -> bool:
        """Whether it says so surely, and nothing vaguer."""
        named = [touch for touch in self.touches if touch.symbol is not None]
        return bool(named) and all(
            touch.evidence is not Evidence.PREDICTED or touch.confidence >= SURE for touch in named
        )


class Side:
    """One of the two that are compared. Files with a merge rule are kept apart: that two touch one
    foretells nothing."""

    def __init__(self, footprint: Footprint, ruled: Callable[[str], bool]) -> None:
        self.footprint = footprint
        self.name = footprint.participant
        self.ruled = ruled
        """Whether a file has a merge rule."""
        self._said: dict[int, str] = {}
        self._evidence: dict[int, dict[str, Any]] = {}
        writes: dict[str, list[Touch]] = {}
        reads: dict[str, dict[str | None, list[Touch]]] = {}
        for touch in footprint.touches:
            if touch.access is Access.READ:
                reads.setdefault(touch.path, {}).setdefault(touch.symbol, []).append(touch)
            else:
                writes.setdefault(touch.path, []).append(touch)
        self.files = tuple(writes), tuple(reads)
        """All that it writes, and all that it reads."""
        self._aside = {path: writes.pop(path) for path in self.files[0] if ruled(path)}
        self.writes = {path: Written(touches) for path, touches in writes.items()}
        self.reads = {path: by for path, by in reads.items() if not ruled(path)}
        """By path and symbol, what its work relies on."""

    @cached_property
    def changes(self) -> frozenset[tuple[str, str]]:
        """Path and symbol of all that it changes that was there."""
        return frozenset((p, s) for p, file in self.writes.items() for s in file.changed if s)

    @cached_property
    def relies_on(self) -> frozenset[tuple[str, str]]:
        """Path and symbol of all that its work relies on."""
        return frozenset((p, s) for p, by_symbol in self.reads.items() for s in by_symbol if s)

    def best_known(self, path: str) -> Touch | None:
        """What is known best of all that it does to a file, whether that has a merge rule or not;
        None: it writes nothing there."""
        if path in self._aside:
            return strongest(self._aside[path])
        return self.writes[path].strongest if path in self.writes else None

    def says(self, touch: Touch | None) -> str:
        """What it does, and how that is known, as part of a sentence."""
        if touch is None:
            return self.name
        said = self._said.get(id(touch))
        if said is None:
            said = self._said[id(touch)] = f"{self.name}{_where(touch)}"
        return said

    def evidence(self, touch: Touch) -> dict[str, Any]:
        """One of its touches as it stands in an overlap's evidence."""
        found = self._evidence.get(id(touch))
        if found is None:
            found = touch.model_dump(mode="json", exclude={"path"}, exclude_none=True)
            self._evidence[id(touch)] = found
        return found


def relies(path: str, read: Touch) -> bool:
    """Whether a reference to a symbol of ``path`` is a call in, or next to, lines that changed."""
    if not read.near or not (read.called or read.kind in _CALLABLE):
        return False
    return not is_test(path) and not is_test((read.inside or "").partition("#")[0])


def strongest(touches: Sequence[Touch]) -> Touch:
    """The touch that is known best; of equals the first in the file. There is at least one."""
    if len(touches) == 1:
        return touches[0]
    return max(
        touches,
        key=lambda t: (
            STRENGTH[t.evidence],
            t.confidence,
            t.lines is not None,
            [-line for line in t.lines or ()],
        ),
    )


def _around(symbol: str) -> tuple[str, ...]:
    scopes = []
    while symbol := symbol.rpartition("::")[0]:
        scopes.append(symbol)
    return tuple(scopes)


def _where(touch: Touch) -> str:
    where = ""
    if touch.lines is not None:
        first, last = touch.lines[0] + 1, touch.lines[1] + 1
        where = f" line {first}" if first == last else f" lines {first}–{last}"
    source = f" ({touch.why})" if touch.why else ""
    return f"{where}, {_KNOWN[touch.evidence]}{source}"
