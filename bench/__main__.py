"""`python -m bench [REPOSITORY]`: every bench that needs no more. Exits with 1 where a target is
missed. With a repository that has a long history, the oracle is measured on it too."""

import sys
from collections.abc import Callable
from functools import partial

from bench import keystroke, live_conflicts, lsp_lenses, oracle_pairs, reconcile, sessions, start

if __name__ == "__main__":
    benches: list[tuple[str | None, Callable[[], int]]] = [
        (reconcile.__doc__, reconcile.main),
        (start.__doc__, start.main),
        (lsp_lenses.__doc__, lsp_lenses.main),
        (keystroke.__doc__, keystroke.main),
        (sessions.__doc__, sessions.main),
        (live_conflicts.__doc__, live_conflicts.main),
        *((oracle_pairs.__doc__, partial(oracle_pairs.main, r)) for r in sys.argv[1:2]),
    ]
    codes = []
    for told, run in benches:
        print(f"\n{(told or '').splitlines()[0]}")
        codes.append(run())
    sys.exit(max(codes))
