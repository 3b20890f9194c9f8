"""Bringing a finished tree onto base: verify, trial merge, commit, compare-and-swap.

Steps, not policy: each does one thing and tells how it went, can be killed at any line, and does
the same when it is done again. Nothing of the operator's is stashed, reset or overwritten.
"""

from pointsman.landing.explaining import Known, explain, in_words, settled_in_words
from pointsman.landing.merging import let_go, make_commit, restore_document, trial
from pointsman.landing.moving import Held, Moved, TipMoved, held, move_base
from pointsman.landing.protected import protected
from pointsman.landing.verifying import verify

__all__ = [
    "Held",
    "Known",
    "Moved",
    "TipMoved",
    "explain",
    "held",
    "in_words",
    "let_go",
    "make_commit",
    "move_base",
    "protected",
    "restore_document",
    "settled_in_words",
    "trial",
    "verify",
]
