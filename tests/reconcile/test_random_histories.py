"""Random histories of operations, agents, findings, crashes and restarts, in memory.

The seeded ones are long and many; hypothesis' are short, and shrink to what matters.
"""

import random

import pytest
from hypothesis import settings
from tests.reconcile.histories import Histories
from tests.reconcile.invariants import check_state, check_transaction
from tests.reconcile.play import MOVES, Play
from tests.reconcile.world import Memory, Store, World

RARE = {"crash", "restart", "crash_in_a_step", "pause", "dirty", "end", "exit"}
RARE |= {"limit_the_day", "configure"}
WEIGHTS = {name: 1 if name in RARE else 6 for name in MOVES} | {"act": 60, "inject": 10}


@pytest.mark.parametrize("seed", range(30))
def test_a_long_random_history_keeps_every_invariant_and_ends_well(seed: int) -> None:
    at_random(seed, steps=250)


def at_random(seed: int, steps: int) -> None:
    dice = random.Random(seed)
    store = Memory()
    store.watch = check_transaction
    world = World(store=store, max_agents=dice.randint(1, 4), max_parked=dice.randint(1, 3))
    play = Play(world, dice.choice)
    for _ in range(steps):
        open_now = [name for name, is_open in MOVES.items() if is_open(play)]
        (name,) = dice.choices(open_now, [WEIGHTS[n] for n in open_now])
        getattr(play, name)()
        check_state(world)
    play.to_the_end()
    check_state(world)


class InMemory(Histories):
    def store(self) -> Store:
        memory = Memory()
        memory.watch = check_transaction
        return memory


TestAnyHistoryKeepsEveryInvariantAndEndsWell = InMemory.TestCase
TestAnyHistoryKeepsEveryInvariantAndEndsWell.settings = settings(
    max_examples=50, stateful_step_count=40
)
