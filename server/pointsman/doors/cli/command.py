"""What a subcommand is, and how arguments become an operation's parameters.

An argument's name is the parameter's, in snake_case; what was not given is not sent. The functions
below are for commands whose arguments are shorter to type than that. Standard library only.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


VERDICTS = ("independent", "serialize", "ask-agents")


class Argument:
    """What ``argparse.add_argument`` takes."""

    def __init__(self, *names: str, place: bool = False, **keywords: Any) -> None:
        self.names, self.keywords = names, keywords
        self.place = place
        """It begins with a path, which is meant from the folder that the program is called in."""

    @property
    def name(self) -> str:
        """The attribute that it is parsed to."""
        longest = max(self.names, key=len)
        return str(self.keywords.get("dest", longest.lstrip("-").replace("-", "_")))


class Command:
    """One subcommand. Either ``operation`` (and ``show``), or ``run``, is what it does."""

    def __init__(
        self,
        name: str,
        help: str,
        *arguments: Argument,
        operation: str | None = None,
        params: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        show: str = "",
        run: str = "",
        instead: dict[str, str] | None = None,
        usage: str | None = None,
    ) -> None:
        self.name, self.help, self.arguments = name, help, arguments
        self.operation = operation
        self.params = params
        """What to send, where it is not just what was given."""
        self.show = show
        """Shows the operation's result to a person: ``(result, out)``; may give an exit code."""
        self.run = run
        """Does the whole command: ``(invocation)``, gives the exit code."""
        self.instead = instead or {}
        """By flag: what runs instead if it is given; by ``!name``: if that argument is not."""
        self.usage = usage and f"pointsman {name} {usage}"
        """How it is called, where that can't be told from the arguments."""


class Usage(Exception):
    """The arguments don't fit together; the message says how they would."""


def conflicts_params(given: dict[str, Any]) -> dict[str, Any]:
    """``--graph`` and ``--out`` are not sent: they are about what is shown."""
    if "out" in given and "graph" not in given:
        raise Usage("--out is for the picture: give --graph too")
    return {name: value for name, value in given.items() if name not in ("graph", "out")}


def verdict_params(given: dict[str, Any]) -> dict[str, Any]:
    """``A B VERDICT`` or ``CONFLICT VERDICT``."""
    *names, verdict = given.pop("pair")
    if verdict.lower() not in VERDICTS or len(names) not in (1, 2):
        raise Usage(f"give two chunks, or a conflict's id, then one of: {', '.join(VERDICTS)}")
    sides = {"conflict": names[0]} if len(names) == 1 else dict(zip("ab", names, strict=False))
    return {**sides, "verdict": verdict.upper().replace("-", "_"), **given}


def answer_params(given: dict[str, Any]) -> dict[str, Any]:
    words = given.pop("text", None)
    return {**given, "text": " ".join(words)} if words else given


def who_params(given: dict[str, Any]) -> dict[str, Any]:
    """``PATH``, ``PATH#Symbol``, ``PATH:10`` or ``PATH:10-20`` (lines from 1, both included)."""
    path, hash_, symbol = given["path"].partition("#")
    if hash_:
        return {"path": path, "symbol": symbol}
    path, _, lines = given["path"].rpartition(":")
    first, dash, last = lines.partition("-")
    if not path or not first.isdigit() or (dash and not last.isdigit()):
        return given
    start, end = int(first) - 1, int(last or first)
    return {
        "path": path,
        "range": {
            "start": {"line": max(start, 0), "character": 0},
            "end": {"line": max(end, 0), "character": 0},
        },
    }


def footprint_params(given: dict[str, Any]) -> dict[str, Any]:
    """A unit's id has a dot, a chunk's name has none."""
    named = given["unit"]
    return {"unit" if "." in named and "/" not in named else "chunk": named}


def settings_params(given: dict[str, Any]) -> dict[str, Any]:
    """``KEY=VALUE…``: a value that is JSON is taken as such, anything else as text."""
    import json

    found: dict[str, Any] = {}
    for pair in given["pairs"]:
        key, equals, text = pair.partition("=")
        if not equals:
            raise Usage(f"{pair!r} is not KEY=VALUE")
        try:
            found[key] = json.loads(text)
        except ValueError:
            found[key] = text
    return found


def events_params(given: dict[str, Any]) -> dict[str, Any]:
    return {"since": given.get("since", 0)}


def diff_params(given: dict[str, Any]) -> dict[str, Any]:
    """``--stat`` is not sent: it is about what is shown."""
    return {name: value for name, value in given.items() if name != "stat"}
