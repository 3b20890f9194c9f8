"""How many units wait for an attention item: counted when it is shown, and nowhere kept.

The number changes with every unit that comes, goes or is judged; a kept one would have to be told
again each time. So an item gets its number on its way out: in an operation's result as things are
then, in an event as they were after the transaction that told it.
"""

from datetime import datetime
from functools import cached_property

from pointsman.model.attention import AttentionItem, Reason
from pointsman.model.state import State
from pointsman.reconcile.view import View


class Blocks:
    """The count of one state, as ``Word.wire`` takes it. Nothing is counted before it is asked."""

    def __init__(self, state: State, now: datetime) -> None:
        self._state, self._now = state, now

    @cached_property
    def _view(self) -> View:
        return View(self._state, self._now)

    def __call__(self, item: AttentionItem) -> int:
        """The unit itself, if it can't go on, and all that wait for it, transitively."""
        if item.unit is None:
            return self._of_all(item)
        unit = self._state.units.get(item.unit)
        if unit is None or not unit.live or not self._view.stands_in_the_way(unit, item):
            return 0
        return 1 + self._view.unblocks[unit.chunk]

    def _of_all(self, item: AttentionItem) -> int:
        """A day's budget keeps all from working that need an agent; nothing else is in the way."""
        waiting = (u for u in self._state.units.values() if u.live and u.needs_agent)
        return sum(1 for u in waiting if not u.ending) if item.reason is Reason.BUDGET else 0
