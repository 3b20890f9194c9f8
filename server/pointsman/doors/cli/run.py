"""From arguments to an exit code: parse, do what the table says, tell what went wrong.

Exit codes: 0 done, 1 the answer is no (``validate``, ``doctor``, ``demo``), 2 usage, 3 refused,
4 no daemon, 130 interrupted. With ``--json``, the result's object goes to stdout as it is, and an
error's object to stderr.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from pointsman import __version__
from pointsman.doors.cli.command import Usage
from pointsman.doors.cli.commands import COMMANDS, GROUPS
from pointsman.model.refusal import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn

    from pointsman.doors.cli.command import Command
    from pointsman.doors.client import Client

DONE, NO, USAGE, REFUSED, NO_DAEMON, INTERRUPTED = 0, 1, 2, 3, 4, 130

_DAEMONLESS = frozenset({"daemon-unreachable", "daemon-stopping", "protocol-mismatch"})


class Invocation:
    """One run of the program: what was asked for, and the way to the daemon."""

    def __init__(self, command: Command, arguments: argparse.Namespace) -> None:
        self.command = command
        self.folder = Path(arguments.repository or ".")
        self.given: dict[str, Any] = {
            argument.name: _placed(value, self.folder) if argument.place else value
            for argument in command.arguments
            if (value := getattr(arguments, argument.name)) is not None
            and value is not False
            and value != []
        }
        self.json: bool = arguments.json

    def connect(self, *, start: bool = True) -> Client:
        """A connection to the repository's daemon. Raises Refusal."""
        from pointsman.doors.client import Client

        return Client.connect(self.folder, start=start)

    def params(self) -> dict[str, Any]:
        """What the operation is sent: what was given, in camelCase."""
        if self.command.params is not None:
            return self.command.params(dict(self.given))
        return {_camel(name): value for name, value in self.given.items()}

    def show(self, show: str, result: dict[str, Any]) -> int:
        """Give a result to people or programs; the exit code."""
        if self.json:
            print_json(result)
            return DONE
        from pointsman.doors.cli.out import Out

        return function(show)(result, Out()) or DONE


def _placed(path: str, folder: Path) -> str:
    """The whole path; what follows it (``#Symbol``, ``:10``) stays."""
    if not path or path.startswith("file:"):
        return path
    return os.path.normpath(folder.resolve() / path)


def run(argv: Sequence[str]) -> int:
    """Run the command; gives the exit code. Nothing is raised but what argparse exits with."""
    arguments = parser().parse_args(argv)
    invocation = Invocation(arguments.command, arguments)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a text stream
    try:
        code = _do(invocation)
        sys.stdout.flush()
        return code
    except Refusal as refusal:
        _tell(refusal, invocation)
        return NO_DAEMON if refusal.code in _DAEMONLESS else REFUSED
    except Usage as error:
        print(f"pointsman {invocation.command.name}: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`| head`). Python would complain at exit when it flushes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _do(invocation: Invocation) -> int:
    command = invocation.command
    for name, alternative in command.instead.items():
        absent = name.startswith("!")
        if (name.lstrip("!") in invocation.given) is not absent:
            return int(function(alternative)(invocation))
    if command.operation is None:
        return int(function(command.run)(invocation))
    params = invocation.params()
    with invocation.connect() as client:
        report = show_progress if sys.stderr.isatty() and not invocation.json else None
        try:
            result = client.call(command.operation, params, report)
        finally:
            if report is not None:
                show_progress("", None)
    return invocation.show(command.show, result)


def show_progress(text: str, fraction: float | None) -> None:
    """What a long operation is at, on one line of the terminal that is wiped when it is done."""
    share = f" {fraction:.0%}" if fraction is not None else ""
    line = "".join(c if c.isprintable() else " " for c in text)[:60]
    sys.stderr.write(f"\r\033[K{line}{share}")
    sys.stderr.flush()


def _tell(refusal: Refusal, invocation: Invocation) -> None:
    """The error: as a sentence with its place and its remedy, or as data."""
    if invocation.json:
        print_json({"error": refusal.wire()}, sys.stderr)
        return
    from pointsman.doors.cli.text import clean, place_text

    where = place_text(refusal.place)
    message = f"{where}: {refusal.message}" if where else refusal.message
    colour = sys.stderr.isatty() and not _no_colour()
    label = "\033[1;31merror\033[0m" if colour else "error"
    print(f"{label}: {clean(message)}", file=sys.stderr)
    for line in clean(refusal.remedy).splitlines():
        print(f"  {line}", file=sys.stderr)


def _no_colour() -> bool:
    import os

    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


def print_json(content: object, stream: Any = None) -> None:
    """An object as JSON for programs, indented for people."""
    import json

    print(json.dumps(content, indent=2, ensure_ascii=False), file=stream or sys.stdout)


def function(named: str) -> Callable[..., Any]:
    """The function that the table names."""
    from importlib import import_module

    module, _, name = named.partition(":")
    full = module if module.startswith("pointsman.") else f"pointsman.doors.cli.{module}"
    found: Callable[..., Any] = getattr(import_module(full), name)
    return found


def parser() -> argparse.ArgumentParser:
    """The parser of all subcommands."""
    common = argparse.ArgumentParser(add_help=False)
    _common(common, argparse.SUPPRESS)
    top = _Top(
        prog="pointsman",
        description="Many coding agents in parallel on one git repository, without collisions.",
        epilog="Exit codes: 0 done, 1 the answer is no, 2 usage, 3 refused, 4 no daemon.",
    )
    _common(top, None)
    top.add_argument("--version", action="version", version=f"pointsman {__version__}")
    commands = top.add_subparsers(
        metavar="COMMAND", dest="name", required=True, parser_class=argparse.ArgumentParser
    )
    for command in COMMANDS:
        sub = commands.add_parser(
            command.name,
            help=command.help,
            description=command.help[0].upper() + command.help[1:] + ".",
            usage=command.usage,
            parents=[common],
        )
        for argument in command.arguments:
            sub.add_argument(*argument.names, **argument.keywords)
        sub.set_defaults(command=command)
    return top


class _Top(argparse.ArgumentParser):
    """The program's own parser: its help has the commands in groups, not as one long list."""

    def format_help(self) -> str:
        helps = {command.name: command.help for command in COMMANDS}
        told = [f"usage: {self.prog} COMMAND …\n\n{self.description}\n"]
        for title, names in GROUPS.items():
            told.append(f"\n{title}:\n")
            told += [_wrapped(f"    {name:14}", helps[name]) for name in names.split()]
        told.append("\noptions, before or after the command:\n")
        told.append("    --repository PATH  a folder of the repository; else the current one\n")
        told.append("    --json             print the result as JSON\n")
        told.append("    --help, --version\n")
        told.append(f"\n`{self.prog} COMMAND --help` says more.\n{self.epilog}\n")
        return "".join(told)

    def error(self, message: str) -> NoReturn:
        """What is no command is told with what is near it, instead of all that there are."""
        from difflib import get_close_matches

        found = re.match(r"argument COMMAND: invalid choice: '(.*)' \(choose from", message)
        if found:
            near = get_close_matches(found[1], [command.name for command in COMMANDS], n=1)
            message = f"{found[1]!r} is no command." + (
                f" Do you mean {near[0]!r}?" if near else ""
            )
        elif message.endswith("are required: COMMAND"):
            message = "say which command."
        self.exit(USAGE, f"{self.prog}: {message} `{self.prog} --help` lists them.\n")


def _wrapped(head: str, text: str) -> str:
    """The text after ``head``, as wide as the terminal, its lines below each other."""
    import shutil
    import textwrap

    width = max(shutil.get_terminal_size().columns - 1, 40)
    indent = " " * (len(head) + 1)
    return textwrap.fill(text, width, initial_indent=f"{head} ", subsequent_indent=indent) + "\n"


def _common(to: argparse.ArgumentParser, default: str | None) -> None:
    """Options that may stand before or after the subcommand."""
    to.add_argument(
        "--repository",
        metavar="PATH",
        default=default,
        help="a folder of the repository; else the current one",
    )
    to.add_argument(
        "--json",
        action="store_true",
        default=default or False,
        help="print the result as JSON",
    )


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
