"""facts -> changes of the state: what each fact means, one small function a fact.

A fact about a unit that has ended raises ``Stale``: whoever reports it works on something that is
over and stops. Nothing here does I/O or looks at a clock but the draft's.
"""

from pointsman.reconcile.fold import agents, landing, pool, views
from pointsman.reconcile.fold.base import fold

FAMILIES = (agents, landing, pool, views)
"""Importing them teaches ``fold`` what their facts mean."""

__all__ = ["FAMILIES", "fold"]
