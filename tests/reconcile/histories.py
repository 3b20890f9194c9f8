"""The state machine of all moves, for hypothesis; over any store of facts."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.reconcile.invariants import check_state
from tests.reconcile.play import MOVES, Play
from tests.reconcile.world import Store, World


class Histories(RuleBasedStateMachine):
    """Any order of all moves. At the end everybody cooperates, and every unit has to end."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(store=self.store(), max_agents=2, max_parked=1)
        self.play = Play(self.world, lambda options: options[0])

    def store(self) -> Store:
        raise NotImplementedError

    @invariant()
    def every_invariant_holds(self) -> None:
        check_state(self.world)

    def teardown(self) -> None:
        self.play.to_the_end()
        check_state(self.world)


def _move(name: str, is_open: Callable[[Play], object]) -> Any:
    @precondition(lambda self: bool(is_open(self.play)))
    @rule(data=st.data())
    def move(self: Histories, data: st.DataObject) -> None:
        self.play.choose = lambda options: data.draw(st.sampled_from(list(options)))
        getattr(self.play, name)()

    return move


for _name, _is_open in MOVES.items():
    setattr(Histories, _name, _move(_name, _is_open))
