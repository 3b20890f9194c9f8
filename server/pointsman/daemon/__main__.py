"""``python -m pointsman.daemon --repository COMMON_DIR [--ready-fd N]``: how doors start a daemon.

Says on the pipe when it listens, or that another one holds the lock. Its words (stderr) go to
``daemon.log`` where a door started it, and to the terminal under ``pointsman daemon run``.
"""

import argparse
import gc
import os
import sys
from pathlib import Path


def main() -> int:
    """Run the daemon. The exit code is ``process.run``'s."""
    parser = argparse.ArgumentParser(prog="pointsman daemon run")
    parser.add_argument("--repository", type=Path, required=True, help="the git common directory")
    parser.add_argument("--ready-fd", type=int, help="a pipe to say on that it listens")
    arguments = parser.parse_args()
    # An editor waits. While modules are loaded nothing dies, so nothing need be looked for; and
    # pydantic would read the metadata of every installed package to find plugins, of which we
    # want none.
    gc.disable()
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    from pointsman.daemon.process import run

    return run(arguments.repository.resolve(), arguments.ready_fd)


if __name__ == "__main__":
    sys.exit(main())
