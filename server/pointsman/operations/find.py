"""Finding what a caller names: units, items, conflicts. Each failure is its typed error."""

from pointsman.ledger import Ledger
from pointsman.model.attention import BY_DEFAULT, AttentionItem
from pointsman.model.conflict import Conflict, pair
from pointsman.model.errors import PointsmanError
from pointsman.model.names import UNIT_ID
from pointsman.model.state import State
from pointsman.model.work_unit import Status, WorkUnit


def unit_of(state: State, named: str) -> WorkUnit:
    """An exact id, else the chunk's live unit, else its newest. Raises unit-not-found."""
    exact = state.units.get(named)
    if exact is not None and not exact.hidden:
        return exact
    of_chunk = [u for u in state.units.values() if u.chunk == named and not u.hidden]
    if of_chunk:
        return max(of_chunk, key=lambda u: (u.live, int(u.id.rpartition(".")[2])))
    what = "unit" if UNIT_ID.match(named) else "unit or chunk"
    raise PointsmanError(
        "unit-not-found",
        f"There is no {what} {named!r} in the pool.",
        "`pointsman status` lists the units; `pointsman inject` adds a chunk.",
        data={"unit": named},
    )


def unit_or_failed(state: State, chunk: str) -> WorkUnit | None:
    """What stands in the way of injecting ``chunk``: its live unit, or a FAILED one."""
    for unit in state.units.values():
        hinders = unit.live or (unit.status is Status.FAILED and not unit.hidden)
        if unit.chunk == chunk and hinders:
            return unit
    return None


def conflict_of(state: State, conflict: str | None, a: str | None, b: str | None) -> Conflict:
    """A conflict by its id, or by its two chunks in any order. Raises conflict-not-found."""
    if conflict is not None:
        if (found := state.conflicts.get(conflict)) is not None:
            return found
        named = conflict
    elif a is None or b is None or a == b:
        raise PointsmanError(
            "verdict-invalid",
            "A verdict is on a conflict, or on two different chunks `a` and `b`.",
            "Name the conflict's id, or both chunks. `pointsman conflicts` lists them.",
        )
    else:
        key = pair(_chunk(state, a), _chunk(state, b))
        for found in state.conflicts.values():
            if (found.a, found.b) == key:
                return found
        named = f"{a} and {b}"
    raise PointsmanError(
        "conflict-not-found",
        f"No conflict is known: {named}.",
        "`pointsman conflicts` lists the pairs that have something in common.",
        data={"conflict": conflict, "a": a, "b": b},
    )


def _chunk(state: State, named: str) -> str:
    unit = state.units.get(named)
    return unit.chunk if unit is not None else named


async def open_item_of(ledger: Ledger, item: str) -> AttentionItem:
    """An open item. Raises already-answered with who and what, or item-not-found."""
    found = ledger.state.items.get(item)
    if found is not None:
        return found
    answer = await ledger.reader.answer(item)
    if answer is not None:
        by_default = f"{item} was answered by the default of your settings: {answer.words}"
        raise PointsmanError(
            "already-answered",
            by_default
            if answer.door == BY_DEFAULT
            else f"{item} was answered at the {answer.door} door: {answer.words}",
            "The first answer stands. Tell the agent more with another chunk, or cancel the unit.",
            data={"item": item, "door": answer.door, "answer": answer.words},
        )
    closed = await ledger.reader.item(item)
    raise PointsmanError(
        "item-not-found",
        f"{item} waits no longer: what it was about is settled."
        if closed is not None
        else f"There is no attention item {item!r}.",
        "`pointsman attention` lists what waits.",
        data={"item": item},
    )
