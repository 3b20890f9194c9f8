"""A daemon for tests: the real lock, socket and doors around the app of ``testbed``.

Started like the real one: ``--repository <common dir> --ready-fd N``. ``--count FILE`` gets a line
for every start; ``--die WORDS`` says them and fails; ``--build`` is what it says it is.
"""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from testbed import FakeApp, conflict, question, serve_locked

from pointsman import __version__
from pointsman.daemon.address import Repository
from pointsman.daemon.lock import acquire
from pointsman.daemon.start import HELD, READY, tell


async def serve(repository: Repository, lock, ready: int, build: str) -> None:
    app = FakeApp()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    given = app._verdict

    def verdict(params, caller):
        """Once the pair is judged, an agent has a question."""
        app.items = [question()]
        app.tell("attention.opened")
        return given(params, caller)

    app._verdict = verdict
    app.conflicts = [conflict()]  # which shows once both are injected
    app._slow = lambda params, caller: {"sessions": len(listener.sessions), "pid": os.getpid()}
    async with serve_locked(app, repository, lock, build) as listener:
        tell(ready, READY)
        await stop.wait()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repository", type=Path, required=True)
    parser.add_argument("--ready-fd", type=int, required=True)
    parser.add_argument("--count", type=Path)
    parser.add_argument("--die")
    parser.add_argument("--build", default=__version__)
    args = parser.parse_args()
    if args.die:
        print(args.die)
        return 1
    repository = Repository(args.repository, args.repository)
    lock = acquire(repository.state)
    if lock is None:
        tell(args.ready_fd, HELD)
        return 0
    if args.count:
        with args.count.open("a") as count:
            count.write(f"{os.getpid()}\n")
    asyncio.run(serve(repository, lock, args.ready_fd, args.build))
    lock.release()
    return 0


if __name__ == "__main__":
    sys.exit(main())
