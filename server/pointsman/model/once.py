"""What is made of frozen things, made once: most of them are the ones they were a moment ago."""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

S = TypeVar("S")
T = TypeVar("T")


class Once(Generic[S, T]):
    """Makes something of each of many things that are never changed in place. A thing is known by
    its identity, and kept as long as it is among those that were asked for last."""

    def __init__(self, make: Callable[[S], T]) -> None:
        self._make = make
        self._made: dict[int, tuple[S, T]] = {}
        """By ``id``, with the thing itself: as long as it is here, no other can have that."""

    def of(self, things: Iterable[S]) -> list[T]:
        """What is made of each, in their order. Raises what making raises."""
        wanted, before = list(things), self._made
        self._made = {id(t): before.get(id(t)) or (t, self._make(t)) for t in wanted}
        return [self._made[id(t)][1] for t in wanted]
