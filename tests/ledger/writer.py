"""Writes to a ledger until it is killed or fails: ``python -m tests.ledger.writer PATH LIMIT``."""

import asyncio
import resource
import signal
import sys
from pathlib import Path

from tests.ledger.conftest import injected

from pointsman.ledger import Ledger


async def main(path: Path) -> None:
    async with Ledger.open(path) as ledger:
        while True:
            await ledger.record(injected(f"u{len(ledger.state.units)}"))
            print(ledger.seq, flush=True)


if __name__ == "__main__":
    limit = int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write past it fails instead
    try:
        asyncio.run(main(Path(sys.argv[1])))
    except Exception as error:
        print(type(error).__name__, flush=True)
