"""The subcommands, as one table: which operation, which arguments, who shows the result.

An argument's name is the parameter's, in snake_case; what was not given is not sent. Functions are
named ``module:function`` below this package, or in full, and imported when they are needed.
Standard library only, and little of it: this is read at every start.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


VERDICTS = ("independent", "serialize", "ask-agents")


class Argument:
    """What ``argparse.add_argument`` takes."""

    def __init__(self, *names: str, **keywords: Any) -> None:
        self.names, self.keywords = names, keywords

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
        more: str = "",
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
        self.more = more
        """Told below the list of arguments."""


class Usage(Exception):
    """The arguments don't fit together; the message says how they would."""


def _verdict(given: dict[str, Any]) -> dict[str, Any]:
    """``A B VERDICT`` or ``CONFLICT VERDICT``."""
    *names, verdict = given.pop("pair")
    if verdict.lower() not in VERDICTS or len(names) not in (1, 2):
        raise Usage(f"give two chunks, or a conflict's id, then one of: {', '.join(VERDICTS)}")
    sides = {"conflict": names[0]} if len(names) == 1 else dict(zip("ab", names, strict=False))
    return {**sides, "verdict": verdict.upper().replace("-", "_"), **given}


def _answer(given: dict[str, Any]) -> dict[str, Any]:
    words = given.pop("text", None)
    return {**given, "text": " ".join(words)} if words else given


def _who(given: dict[str, Any]) -> dict[str, Any]:
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


def _footprint(given: dict[str, Any]) -> dict[str, Any]:
    """A unit's id has a dot, a chunk's name has none."""
    named = given["unit"]
    return {"unit" if "." in named and "/" not in named else "chunk": named}


def _settings(given: dict[str, Any]) -> dict[str, Any]:
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


def _events(given: dict[str, Any]) -> dict[str, Any]:
    return {"since": given.get("since", 0)}


_UNIT = Argument("unit", metavar="UNIT", help="a unit's id, or a chunk's name")
_CHUNKS = Argument("chunks", nargs="+", metavar="CHUNK", help="a chunk's name or folder")
_FOLLOW = Argument("-f", "--follow", action="store_true", help="go on as more comes")
_LOG = (
    _UNIT,
    Argument("--attempt", type=int, metavar="N", help="the attempt's number; else the newest"),
)
COMMANDS: tuple[Command, ...] = (
    Command(
        "init",
        "begin in this repository: pointsman.toml, and what to do next",
        run="local:init",
    ),
    Command(
        "new",
        "write a new chunk's GOAL.md and PLAN.md from the template",
        Argument("name", metavar="NAME", help="the chunk's name"),
        run="local:new",
    ),
    Command(
        "validate",
        "tell what is wrong with chunks before they are injected; exit code 1 if anything is",
        _CHUNKS,
        operation="validate",
        show="show.pool:problems",
    ),
    Command(
        "inject",
        "put committed chunks into the pool, all of them or none",
        _CHUNKS,
        Argument("--priority", type=int, metavar="N", help="higher goes first"),
        Argument("--agent", metavar="NAME", help="the agent that does them"),
        Argument(
            "--depends-on",
            action="append",
            metavar="CHUNK",
            help="what must land first; may be given several times",
        ),
        Argument("--retain", action="store_true", help="keep the workspace after landing"),
        operation="inject",
        show="show.pool:injected",
    ),
    Command(
        "submit-future",
        "inject every committed chunk whose status is FUTURE",
        operation="submitFuture",
        show="show.pool:submitted",
    ),
    Command(
        "status",
        "what the units are at",
        Argument("-w", "--watch", action="store_true", help="live, until Ctrl-C"),
        operation="status",
        show="show.pool:status",
        instead={"watch": "lanes.watch:watch"},
    ),
    Command(
        "unit",
        "one unit, with its attempts, snapshots and landing",
        _UNIT,
        operation="unit",
        show="show.pool:unit",
    ),
    Command(
        "attention",
        "what waits for you, the most pressing first",
        operation="attention",
        show="show.attention:attention",
    ),
    Command(
        "answer",
        "answer an attention item; without arguments, walk through all of them",
        Argument("item", nargs="?", metavar="ITEM", help="the item's id, as `attention` shows it"),
        Argument("text", nargs="*", metavar="TEXT", help="an answer in your own words"),
        Argument("--option", metavar="ID", help="one of the item's options"),
        operation="answer",
        params=_answer,
        show="show.attention:answered",
        instead={"!item": "answering:walk"},
    ),
    Command(
        "conflicts",
        "pairs that have something in common, and what is said of them",
        Argument("chunk", nargs="?", metavar="CHUNK", help="only those of this chunk"),
        Argument("--unresolved", action="store_true", help="only those without a verdict"),
        operation="conflicts",
        show="show.conflicts:conflicts",
    ),
    Command(
        "verdict",
        "judge a pair: may they run side by side, or who goes first",
        Argument(
            "pair",
            nargs="+",
            metavar="A B VERDICT",
            help=f"two chunks (or a conflict's id), then one of: {', '.join(VERDICTS)}",
        ),
        Argument("--first", metavar="CHUNK", help="who goes first, when they are serialized"),
        operation="verdict",
        params=_verdict,
        show="show.conflicts:judged",
    ),
    Command(
        "analyze",
        "what chunks would collide with, whether they are in the pool or not",
        _CHUNKS,
        operation="analyze",
        show="show.conflicts:conflicts",
    ),
    Command(
        "who",
        "who touches a file, a symbol or lines",
        Argument("path", metavar="PATH", help="src/a.py, src/a.py#Outer::inner, src/a.py:10-20"),
        operation="who",
        params=_who,
        show="show.conflicts:who",
    ),
    Command(
        "footprint",
        "what a unit or a chunk touches, and how that is known",
        Argument("unit", metavar="UNIT", help="a unit's id, or a chunk's name"),
        operation="footprint",
        params=_footprint,
        show="show.conflicts:footprint",
    ),
    Command(
        "diff",
        "what a unit changed, as a patch",
        _UNIT,
        Argument("--against", metavar="WHAT", help="`base`, or a snapshot's id"),
        Argument("--stat", action="store_true", help="only the files, with lines added, removed"),
        operation="diff",
        params=lambda given: {name: v for name, v in given.items() if name != "stat"},
        show="show.work:diff",
        instead={"stat": "work:stat"},
    ),
    Command(
        "log",
        "a unit's transcript: what its agent said and did",
        *_LOG,
        Argument("--since", type=int, metavar="LINE", help="only the lines after this one"),
        _FOLLOW,
        operation="log",
        show="show.work:log",
        instead={"follow": "work:follow"},
    ),
    Command(
        "tail",
        "the end of a unit's transcript",
        *_LOG,
        Argument("-n", "--lines", type=int, default=20, metavar="N", help="how many; 20"),
        _FOLLOW,
        run="work:tail",
    ),
    Command(
        "history", "what happened to a unit", _UNIT, operation="history", show="show.work:events"
    ),
    Command(
        "events",
        "what happened to all",
        Argument("--since", type=int, metavar="SEQ", help="only what came after this one"),
        _FOLLOW,
        operation="events",
        params=_events,
        show="show.work:events",
        instead={"follow": "work:follow_events"},
    ),
    Command(
        "snapshots",
        "a unit's snapshots",
        _UNIT,
        operation="snapshots",
        show="show.work:snapshots",
    ),
    Command(
        "restore",
        "bring a unit's workspace back to a snapshot",
        _UNIT,
        Argument("snapshot", metavar="SNAPSHOT", help="its id, as `snapshots` shows it"),
        operation="restore",
        show="show.pool:changed",
    ),
    Command(
        "prioritize",
        "set a unit's priority",
        _UNIT,
        Argument("priority", type=int, metavar="N", help="higher goes first"),
        operation="prioritize",
        show="show.pool:changed",
    ),
    Command(
        "cancel",
        "end a unit; its agent is stopped, its work is kept",
        _UNIT,
        operation="cancel",
        show="show.pool:changed",
    ),
    Command(
        "delete",
        "cancel a unit and take it off the lists; its refs are kept",
        _UNIT,
        operation="delete",
        show="show.pool:changed",
    ),
    Command(
        "retry",
        "try a FAILED unit again",
        _UNIT,
        operation="retry",
        show="show.pool:changed",
    ),
    Command(
        "retry-all",
        "try every FAILED unit again",
        operation="retryAll",
        show="show.pool:all_changed",
    ),
    Command(
        "land",
        "try the landing of a unit again that waits for you",
        _UNIT,
        operation="land",
        show="show.pool:changed",
    ),
    Command(
        "landings",
        "what landed, and what is on its way",
        operation="landings",
        show="show.work:landings",
    ),
    Command(
        "workspaces",
        "the agents' checkouts",
        operation="workspaces",
        show="show.work:workspaces",
    ),
    Command("pause", "start nothing new", operation="pause", show="show.control:daemon"),
    Command("resume", "start new work again", operation="resume", show="show.control:daemon"),
    Command(
        "settings",
        "all settings: value, where it comes from, what it means",
        operation="settings",
        show="show.control:settings",
    ),
    Command(
        "set",
        "change settings of the running daemon",
        Argument("pairs", nargs="+", metavar="KEY=VALUE", help="for example max_agents=8"),
        operation="setSettings",
        params=_settings,
        show="show.control:settings",
    ),
    Command(
        "daemon",
        "the process that runs the agents",
        Argument("action", choices=("start", "stop", "status", "run"), help="what to do with it"),
        Argument("--drain", action="store_true", help="stop: only once what runs is done"),
        run="daemon:daemon",
    ),
    Command("doctor", "what is missing, and the command that installs it", run="local:doctor"),
    Command("version", "the version of this program, and of the daemon", run="daemon:version"),
    Command(
        "completion",
        "completion for your shell: `source <(pointsman completion bash)`",
        Argument("shell", choices=("bash", "zsh", "fish"), help="for which"),
        run="completion:completion",
    ),
    Command(
        "demo",
        "see it work, in a folder of its own: six chunks, a verdict, a question, and all land",
        Argument("--directory", metavar="D", help="build it there (an empty or new folder)"),
        Argument(
            "--timeout",
            type=float,
            metavar="S",
            help="seconds that a question waits for you before its default is taken; 20, and 2 "
            "where there is no terminal",
        ),
        Argument("--keep", action="store_true", help="leave the daemon running at the end"),
        Argument(
            "--no-sandbox",
            action="store_true",
            help="run the demo's agents without bubblewrap, where it can't be had",
        ),
        run="pointsman.doors.demo.main:demo",
    ),
    Command("lsp", "the language server on stdin and stdout, which editors start", run="lsp"),
)
