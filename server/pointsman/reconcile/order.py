"""Who goes first where two are to be serialized: a direction for every SERIALIZE, never a circle.

Dependencies and directions together are a graph of who waits for whom. Laying all its chunks in one
line, in a topological order that prefers what has begun and then the scheduler's order, and
pointing every new edge forward along that line keeps the graph acyclic without a search per edge.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterator

from pointsman.model.conflict import Conflict, Verdict
from pointsman.model.state import State
from pointsman.reconcile.actions import Direct
from pointsman.reconcile.view import View


def direct(view: View) -> Iterator[Direct]:
    """A direction for every SERIALIZE between live units that has none."""
    undirected = [
        c
        for chunk, found in view.conflicts.items()
        for c in found
        if c.verdict is Verdict.SERIALIZE and c.first is None and chunk == c.a and c.b in view.live
    ]
    if undirected:
        line = {chunk: n for n, chunk in enumerate(_in_one_line(view))}
        for conflict in undirected:
            yield Direct(conflict.id, min(conflict.a, conflict.b, key=line.__getitem__))


def _in_one_line(view: View) -> Iterator[str]:
    """The live chunks, each after all that it waits for; among the free ones by rank."""
    waiting = dict.fromkeys(view.live, 0)
    for followers in view.edges.values():
        for chunk in followers:
            waiting[chunk] += 1
    free = [(view.rank(view.live[c]), c) for c, n in waiting.items() if n == 0]
    heapq.heapify(free)
    while free:
        _, chunk = heapq.heappop(free)
        yield chunk
        for follower in view.edges.get(chunk, ()):
            waiting[follower] -= 1
            if waiting[follower] == 0:
                heapq.heappush(free, (view.rank(view.live[follower]), follower))


def circle_through(state: State, judged: Conflict, first: str) -> list[str] | None:
    """The circle of waiting chunks that ``first`` going first would close, or None.

    All directions count, also those of pairs that are not live now: a chunk may come back.
    """
    waits: dict[str, set[str]] = defaultdict(set)
    for unit in state.units.values():
        if unit.live:
            waits[unit.chunk] |= {d.rpartition(".")[0] for d in unit.depends_on}
    live = {u.chunk for u in state.units.values() if u.live}
    for conflict in state.conflicts.values():
        if conflict.first is not None and conflict.id != judged.id:
            after = conflict.other(conflict.first)
            if after in live and conflict.first in live:
                waits[after].add(conflict.first)
    second = judged.other(first)
    path: dict[str, str] = {first: second}
    stack = [first]
    while stack:
        chunk = stack.pop()
        for before in waits.get(chunk, ()):
            if before == second:
                circle = [second, chunk]
                while circle[-1] != first:
                    circle.append(path[circle[-1]])
                return [second, *reversed(circle[1:]), second]
            if before not in path:
                path[before] = chunk
                stack.append(before)
    return None
