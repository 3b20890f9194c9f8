"""``pointsman``: where every invocation begins.

Editors start ``pointsman lsp`` at every window, so it is dispatched before anything else is read.
"""

import sys


def main() -> int:
    """Run the program with the arguments of this process; gives its exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["lsp"]:
        from pointsman.doors.shim import run as shim

        shim()
    from pointsman.doors.cli.run import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
