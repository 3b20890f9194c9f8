"""What was worked out lately, by what it was worked out from."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Memory:
    """Remembers the latest answers to ``limit`` bytes of questions. For one thread."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._answers: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def recall(self, question: Hashable, size: int, answer: Callable[[], T]) -> T:
        """What ``answer`` says, or said when the same was asked before.

        ``question`` must hold all that the answer rests on, and ``size`` its bytes.
        """
        if size > self._limit:
            return answer()
        known = self._answers.get(question)
        if known is not None:
            self._answers.move_to_end(question)
            said: T = known[0]
            return said
        said = answer()
        self._answers[question] = (said, size)
        self._held += size
        while self._held > self._limit:
            self._held -= self._answers.popitem(last=False)[1][1]
        return said


NOTHING_KEPT = Memory(-1)
"""Remembers nothing."""
