"""`python -m bench`: every bench that needs no arguments. Exits with 1 where a target is missed."""

import sys

from bench import lsp_lenses, reconcile, start

if __name__ == "__main__":
    codes = []
    for bench in (reconcile, start, lsp_lenses):
        print(f"\n{bench.__name__}: {(bench.__doc__ or '').splitlines()[0]}")
        codes.append(bench.main())
    sys.exit(max(codes))
