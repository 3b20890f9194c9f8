"""Who goes first where two are to be serialized: a direction for every SERIALIZE, never a circle.

Dependencies and directions together are a graph of who waits for whom. Laying all its chunks in one
line, in a topological order that prefers what has begun and then the scheduler's order, and
pointing every new edge forward along that line keeps the graph acyclic without a search per edge.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime

from pointsman.model.conflict import Conflict, DecidedBy
from pointsman.model.state import Draft, State
from pointsman.reconcile.actions import Direct
from pointsman.reconcile.view import View


def direct(view: View) -> Iterator[Direct]:
    """A direction for every SERIALIZE between live units that has none."""
    if view.undirected:
        line = {chunk: n for n, chunk in enumerate(_in_one_line(view))}
        for conflict in view.undirected:
            a, b = conflict.a, conflict.b
            yield Direct(conflict.id, a if line[a] < line[b] else b)


def _in_one_line(view: View) -> list[str]:
    """The live chunks by rank, each right after all that it waits for: what has begun comes first
    together with what it needs."""
    placed: dict[str, None] = {}
    for unit in view.in_order:
        path = [unit.chunk]
        while path:
            before = view.holders.get(path[-1], ())
            if missing := [c for c in before if c not in placed]:
                path += reversed(missing)
            else:
                placed.setdefault(path.pop())
    return list(placed)


def circle_through(state: State, now: datetime, judged: Conflict, first: str) -> list[str] | None:
    """The circle of waiting chunks that ``first`` going first would close, or None."""
    undirected = {**state.conflicts, judged.id: judged.with_(first=None)}
    followers = View(replace(state, conflicts=undirected), now).followers
    second = judged.other(first)
    waits_for = {second: first}
    found = [second]
    for chunk in found:
        for follower in followers.get(chunk, ()):
            if follower not in waits_for:
                waits_for[follower] = chunk
                found.append(follower)
    if first not in waits_for:
        return None
    circle = [second, first]
    while circle[-1] != second:
        circle.append(waits_for[circle[-1]])
    return circle


def held_by(state: State, now: datetime, chunk: str) -> set[str]:
    """All the chunks that ``chunk`` waits for, transitively."""
    view = View(state, now)
    found: set[str] = set()
    path = [chunk]
    while path:
        before = set(view.waits_for(view.live[path.pop()])) - found
        found |= before
        path += before
    return found


def redirect(draft: Draft, chunks: Collection[str]) -> None:
    """Chunks come (back) into the pool: their pairs are directed anew.

    While they were away others were directed without regard to them, so an old direction could
    close a circle now. The operator's stays where it does not.
    """
    old = [
        c
        for c in draft.state.conflicts.values()
        if c.first is not None and (c.a in chunks or c.b in chunks)
    ]
    for conflict in old:
        draft.put("conflicts", conflict.with_(first=None))
    for conflict in old:
        by_operator = conflict.decided_by is DecidedBy.OPERATOR
        if by_operator and not circle_through(
            draft.state, draft.now, conflict, str(conflict.first)
        ):
            draft.put("conflicts", conflict)
