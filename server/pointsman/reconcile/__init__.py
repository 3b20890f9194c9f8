"""state -> actions: the whole policy at one glance, each line in a file of its name.

Pure: no I/O, and no clock but the one passed in. ``settle`` repeats ``reconcile`` on a draft until
it has nothing left to decide, so that every transaction ends in a state that is put right.
"""

from datetime import datetime

from pointsman.model.state import Draft, State
from pointsman.reconcile.actions import Action, Decision, Effect
from pointsman.reconcile.ask import ask
from pointsman.reconcile.claim import claim
from pointsman.reconcile.decide import decide
from pointsman.reconcile.expire import expire
from pointsman.reconcile.order import direct
from pointsman.reconcile.recover import recover
from pointsman.reconcile.release import release
from pointsman.reconcile.retire import retire
from pointsman.reconcile.run import run
from pointsman.reconcile.view import View

PASSES_MOST = 64
"""A unit takes a handful of steps in one transaction; more means that two rules fight."""


def reconcile(state: State, now: datetime) -> list[Action]:
    """What to do next, from what is known. Pure: the same state and time give the same actions."""
    view = View(state, now)
    if void := [*recover(view)]:
        return [*void]  # nothing else is decided on claims of an earlier life
    if overdue := [*expire(view)]:
        return [*overdue]  # nor on what is being answered
    return [
        *direct(view),
        *ask(view),
        *release(view),
        *claim(view),
        *run(view),
        *retire(view),
    ]


def settle(draft: Draft) -> list[Effect]:
    """Carry out all decisions on the draft, to the fixed point; what is left are the effects."""
    for _ in range(PASSES_MOST):
        actions = reconcile(draft.state, draft.now)
        decisions = [a for a in actions if isinstance(a, Decision)]
        if not decisions:
            return [a for a in actions if isinstance(a, Effect)]
        for decision in decisions:
            decide(decision, draft)
    raise AssertionError(f"reconcile does not settle: {decisions[:3]}")
