"""`python -m bench`: every bench that needs no arguments. Exits with 1 where a target is missed."""

import sys

from bench import keystroke, live_conflicts, lsp_lenses, reconcile, sessions, start

if __name__ == "__main__":
    codes = []
    for bench in (reconcile, start, lsp_lenses, keystroke, sessions, live_conflicts):
        print(f"\n{bench.__name__}: {(bench.__doc__ or '').splitlines()[0]}")
        codes.append(bench.main())
    sys.exit(max(codes))
