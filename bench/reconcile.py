"""How long deciding takes: ``reconcile`` against writing the same state once with ``json.dumps``.

``python -m bench.reconcile [ROUNDS]``, for states with five conflicts a unit, a third of them to be
serialized, a third unresolved, a third independent: fresh ones, where everything is still to be
decided, and in full swing. Exits with 1 where a target is missed.
"""

import json
import random
import sys
from datetime import UTC, datetime, timedelta

from bench.measuring import Once, Row, cpu, in_turns, print_machine, print_ratios

from pointsman.model.conflict import Conflict, ConflictType, Overlap, Verdict
from pointsman.model.facts import DaemonStarted
from pointsman.model.footprint import Access
from pointsman.model.state import Draft, Limits, State
from pointsman.model.work_unit import BaseRef, Cause, Status, WorkUnit, move
from pointsman.reconcile import reconcile, settle
from pointsman.reconcile.fold import fold

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ROUNDS = 9
SMALL, LARGE = 1_000, 10_000
"""Units; conflicts are five times as many."""
OF_JSON_MOST = 1.0
"""How many times ``json.dumps`` of the same state the small one may cost."""
GROWTH_MOST = 12.0
"""How many times the small one the large one may cost."""


def pool(units: int, seed: int = 1) -> State:
    """Freshly injected and never settled: ``5 * units`` conflicts, a third of each verdict."""
    dice = random.Random(seed)
    names = [f"chunk_{n:05}" for n in range(units)]
    draft = Draft(State(limits=Limits(max_agents=units // 20)), NOON)
    fold(DaemonStarted(), draft)
    for n, name in enumerate(names):
        after = (f"{dice.choice(names[max(0, n - 50) : n])}.1",) if n and n % 5 == 0 else ()
        draft.put_unit(
            WorkUnit(
                id=f"{name}.1",
                chunk=name,
                depends_on=after,
                priority=dice.choice((0, 0, 0, 1, 5)),
                base=BaseRef(branch="main"),
                agent="claude",
                examined=True,
                created_at=NOON - timedelta(seconds=dice.randint(0, 7200)),
                updated_at=NOON,
            )
        )
    pairs: set[tuple[str, str]] = set()
    while len(pairs) < 5 * units:
        a, b = sorted(dice.sample(names, 2))
        pairs.add((a, b))
    for n, (a, b) in enumerate(sorted(pairs)):
        draft.put("conflicts", _conflict(n, a, b, list(Verdict)[n % 3]))
    return draft.state


def _conflict(n: int, a: str, b: str, verdict: Verdict) -> Conflict:
    path, symbol = f"src/package_{n % 40}/module_{n % 400}.py", f"Class{n % 30}::method"
    lines = {"access": Access.WRITE_BODY, "evidence": "PREDICTED", "lines": [n % 90, n % 90 + 9]}
    return Conflict.of(
        id=f"c{n}",
        a=a,
        b=b,
        verdict=verdict,
        probability=0.37,
        why=f"Both write {symbol} in {path}, as their plans say.",
        overlaps=(
            Overlap(
                type=ConflictType.SYMBOL,
                path=path,
                symbol=symbol,
                detail=f"{a} and {b} both write {symbol}",
                evidence={"a": lines, "b": lines},
            ),
        ),
    )


def in_full_swing(state: State) -> State:
    """Settled, and then some way on: units landed, running, failed, waiting, asked about."""
    draft = Draft(state, NOON)
    settle(draft)
    dice = random.Random(2)
    for unit in list(draft.state.units.values()):
        if unit.status is Status.ASSIGNED and dice.random() < 0.8:
            at = BaseRef(branch="main", commit="0" * 40, since=NOON)
            running = move(unit, Status.RUNNING, Cause.STARTED, base=at, workspace=f"/w/{unit.id}")
            draft.put_unit(running)
            if dice.random() < 0.5:
                landed = {"landed_at": NOON, "landed_commit": "1" * 40}
                draft.put_unit(move(running, Status.COMPLETED, Cause.LANDED, **landed))
    settle(draft)
    return draft.state


def main(rounds: int = ROUNDS) -> int:
    rows: list[Row] = []
    things: dict[str, Once] = {}
    for kind, made in (("fresh", pool), ("in full swing", lambda n: in_full_swing(pool(n)))):
        small, large = made(SMALL), made(LARGE)
        wire = small.wire()
        json_of = f"json.dumps, {kind}"
        few, many = f"{SMALL:,} units, {kind}", f"{LARGE:,} units, {kind}"
        things |= {
            json_of: lambda wire=wire: cpu(lambda: json.dumps(wire)),
            few: lambda state=small: cpu(lambda: reconcile(state, NOON)),
            many: lambda state=large: cpu(lambda: reconcile(state, NOON)),
        }
        rows += [Row(few, json_of, OF_JSON_MOST), Row(many, few, GROWTH_MOST)]
    met = print_ratios(rows, in_turns(things, rounds))
    print_machine()
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
