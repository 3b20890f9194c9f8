"""The footprints that are held, and what they have in common: proposed conflicts.

An arrival costs what it shares, not what is there. ``meet`` finds by set operations whom it has
anything in common with, and of whom that can be more than is quiet; ``told`` looks at pairs, and
makes the sentences and the evidence. Most of those that share a file are INDEPENDENT whatever they
do there (``overlap.QUIET_BASES``): nothing waits for them, so they can be told later, in pieces.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from pointsman.model.conflict import Conflict
from pointsman.model.footprint import Access, Footprint, Touch
from pointsman.model.merge_rule import DEFAULT_RULES, RuleFor
from pointsman.oracle.calibration import DEFAULT_MODEL, Calibration, calibrated
from pointsman.oracle.candidates import Candidates
from pointsman.oracle.lines import meet
from pointsman.oracle.merging import TrialMerges
from pointsman.oracle.overlap import overlaps_of
from pointsman.oracle.symbols import LineRange
from pointsman.oracle.verdict import DEFAULT_THRESHOLDS, QUIET, Thresholds, propose


class Met(NamedTuple):
    """Whom a participant has anything in common with, as both were at the time."""

    mine: Footprint
    near: Mapping[str, Footprint]
    """By participant, those that it has anything in common with."""
    merges: Mapping[str, Mapping[str, str]]
    """By participant, the files that git can't merge, with its word for why; if it was asked."""
    pressing: frozenset[str]
    """Those of whom one may have to wait, or the operator be asked."""
    beside: frozenset[str]
    """Those that it is INDEPENDENT of, whatever they have in common."""


class Comparing:
    """What is held, compared. Used by one event loop."""

    def __init__(
        self,
        merges: TrialMerges,
        *,
        rules: Iterable[RuleFor] = DEFAULT_RULES,
        thresholds: Thresholds = DEFAULT_THRESHOLDS,
        exclusive: Collection[str] = (),
        model: Calibration = DEFAULT_MODEL,
    ) -> None:
        self._rules = tuple(rules)
        self.thresholds = thresholds
        self.exclusive = frozenset(exclusive)
        """Subsystems that only one may implement at a time."""
        self.model = model
        """How likely what collides. It and the others may be changed; then compare anew."""
        self.merges = merges
        self._held = Candidates(self._rules)

    @property
    def rules(self) -> tuple[RuleFor, ...]:
        """The merge rules."""
        return self._rules

    @rules.setter
    def rules(self, rules: tuple[RuleFor, ...]) -> None:
        if rules != self._rules:
            before = self._held.footprints
            self._rules, self._held = rules, Candidates(rules)
            for footprint in before.values():
                self._held.hold(footprint)

    @property
    def judges_by(self) -> tuple[object, ...]:
        """What, besides two footprints, decides how they are judged."""
        return (self.rules, self.thresholds, self.exclusive, self.model)

    def hold(self, footprint: Footprint) -> None:
        """Makes this the participant's footprint."""
        self._held.hold(footprint)

    def forget(self, participant: str) -> None:
        """Its work is over: it overlaps with nobody any more."""
        self._held.forget(participant)
        self.merges.forget(participant)

    def footprint(self, participant: str) -> Footprint | None:
        return self._held.footprints.get(participant)

    def participants(self) -> frozenset[str]:
        """All whose footprint is held: those that ``compare`` compares with."""
        return frozenset(self._held.footprints)

    async def compare(self, participant: str) -> list[Conflict]:
        """The conflicts, with empty ids, of a held participant with all others that are held.

        A pair that is not in the list has no conflict now, whatever it had before.
        """
        mine = self.footprint(participant)
        return await self.meeting(mine) if mine is not None else []

    async def meeting(self, mine: Footprint) -> list[Conflict]:
        """The same of a footprint that is not held: a buffer's, which is nobody else's business."""
        met = await self._met(mine)
        found = []
        for name in sorted(met.near):
            theirs = self.footprint(name)
            if theirs is met.near[name]:  # else it changed, or was forgotten, meanwhile
                found.append(self._conflict(mine, theirs, met.merges.get(name)))
        return [conflict for conflict in found if conflict is not None]

    async def meet(self, participant: str, *, ask: bool = True) -> Met | None:
        """Whom a held participant has anything in common with; None if it is not held.

        What git says of two trees is asked here, so that ``told`` waits for nothing; without
        ``ask``, only what it has said already counts.
        """
        mine = self.footprint(participant)
        return await self._met(mine, ask=ask) if mine is not None else None

    async def _met(self, mine: Footprint, *, ask: bool = True) -> Met:
        held = self._held.footprints
        near = {name: held[name] for name in self._held.of(mine)}
        merges = await self.merges.of(mine, near.values(), self.rules, ask=ask)
        pressing = frozenset(near)
        if not self.model.weights and min(self.thresholds) > QUIET:
            unmerged = {name for name, merge in merges.items() if merge}
            pressing &= self._held.pressing(mine) | unmerged
        return Met(mine, near, merges, pressing, frozenset(near) - pressing)

    def still(self, met: Met, others: Iterable[str]) -> list[str]:
        """Those of the others where both are as they met: not forgotten, nor anything new held."""
        held = self._held.footprints
        if held.get(met.mine.participant) is not met.mine:
            return []
        return [name for name in others if held.get(name) is met.near[name]]

    def told(self, met: Met, others: Iterable[str]) -> list[Conflict]:
        """Its conflicts with the others, where both are still as they met.

        Takes about a tenth of a millisecond for each of them.
        """
        found = (
            self._conflict(met.mine, met.near[name], met.merges.get(name))
            for name in self.still(met, others)
        )
        return [conflict for conflict in found if conflict is not None]

    async def compare_two(self, a: Footprint, b: Footprint) -> Conflict | None:
        """The conflict of two footprints, held or not; None if they have nothing in common."""
        merges = await self.merges.of(a, [b], self.rules)
        return self._conflict(a, b, merges.get(b.participant))

    def _conflict(
        self, a: Footprint, b: Footprint, merge: Mapping[str, str] | None
    ) -> Conflict | None:
        sides = self._held.side(a), self._held.side(b)
        common = overlaps_of(*sides, exclusive=self.exclusive, merge=merge)
        conflict = propose(a, b, common, self.thresholds)
        if conflict is None:
            return None
        return calibrated(conflict, (a, b), self.model, self.thresholds)

    def who(
        self,
        path: str,
        *,
        symbol: str | None = None,
        lines: LineRange | None = None,
        reads: bool = False,
    ) -> list[tuple[str, Touch]]:
        """Who touches a file, or of it a symbol (with what is in it), or lines (zero-based).

        Touches of the whole file always count. With ``reads`` also who relies on what is there.
        """

        def meant(touch: Touch) -> bool:
            if symbol is not None and touch.symbol is not None:
                return touch.symbol == symbol or touch.symbol.startswith(f"{symbol}::")
            return lines is None or touch.lines is None or meet(touch.lines, lines)

        return [
            (footprint.participant, touch)
            for footprint in self._held.touching(path, reads=reads)
            for touch in footprint.touches
            if touch.path == path and (reads or touch.access is not Access.READ) and meant(touch)
        ]
