"""The tools that every agent gets: their description for the agent, and its arguments as types.

Arguments are an agent's word: wrong types are told to it as the tool's error.
"""

import re
from typing import Any, Protocol

from pointsman.model.attention import Option
from pointsman.model.base import Word
from pointsman.model.place import Place, Range

_PLACE = re.compile(r"(?P<path>[^\0:][^\0]*?)(?::(?P<line>[1-9][0-9]{0,8}))?\Z")
_MOST = 100
"""Options, paths or symbols in one call."""


class Question(Word):
    """What an agent asks the operator."""

    text: str
    options: tuple[Option, ...] = ()
    default: str | None = None
    """What the agent would do without an answer. Shown; chosen for the operator only where their
    settings say so."""
    place: Place | None = None
    once: bool = False
    """The same text asked before by this unit is the same question, answered or not. For programs
    that run again from the start: the demo agent, and commands."""


class Desk(Protocol):
    """What the daemon does for one unit's agent. Any of it may raise PointsmanError, whose message
    and remedy the agent is told; waits are cancelled when the agent no longer waits."""

    async def ask(self, question: Question) -> str:
        """Make the attention item, and return its id, the ticket."""

    async def answer(self, ticket: str) -> str:
        """Wait for the item's answer, and return what the agent is told."""

    async def who(self, subject: str) -> str:
        """Who else touches a path or a symbol, in words."""

    async def claim(self, paths: tuple[str, ...], symbols: tuple[str, ...], why: str) -> str:
        """Note what the agent is about to change; the conflicts that this makes, in words."""

    async def progress(self, text: str, percent: float | None) -> None:
        """Show what the agent is at."""


class BadArguments(Exception):
    """A tool was called with something else than it takes; the message is for the agent."""


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def _texts(description: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "description": description}


def _tool(
    name: str, description: str, required: tuple[str, ...], **properties: dict[str, Any]
) -> dict[str, Any]:
    return {
        "name": name,
        "description": description,
        "inputSchema": {
            "type": "object",
            "properties": properties,
            "required": list(required),
        },
    }


TOOLS = (
    _tool(
        "ask_operator",
        "Ask the human operator for a decision. Waits some minutes for the answer; then it returns "
        "a ticket instead: go on with what doesn't need the answer, or end your turn. The answer "
        "comes with your next prompt.",
        ("question",),
        question=_text("One clear question, with what is needed to decide it."),
        options=_texts("The answers to choose from, if there are such."),
        default=_text("What you would do without an answer."),
        place=_text("Where in the code it is about: `path` or `path:line`."),
    ),
    _tool(
        "who",
        "Who else is changing a file or a symbol at the moment, and how.",
        ("subject",),
        subject=_text("A path, `path#Outer::inner`, or a symbol's name."),
    ),
    _tool(
        "claim",
        "Declare what you are about to change beyond your plan, before you do. Answers with the "
        "conflicts with others that this makes.",
        ("why",),
        paths=_texts("Paths relative to the repository."),
        symbols=_texts("Symbols, as `path#Outer::inner`."),
        why=_text("What for, in a sentence."),
    ),
    _tool(
        "progress",
        "Tell the operator what you are at. Shown in the editor.",
        ("text",),
        text=_text("A few words."),
        percent={"type": "number", "description": "How much is done, 0 to 100."},
    ),
)
"""As in the Model Context Protocol's ``tools/list``."""


def question_of(arguments: dict[str, Any]) -> Question:
    """The arguments of ``ask_operator``. Raises BadArguments."""
    text = string(arguments, "question")
    if not text.strip():
        raise BadArguments("`question` is empty.")
    default = arguments.get("default")
    return Question(
        text=text,
        options=tuple(_option(o) for o in _items(arguments, "options")),
        default=None if default is None else string(arguments, "default"),
        place=_place(arguments),
        once=arguments.get("once") is True,
    )


def string(arguments: dict[str, Any], name: str) -> str:
    """A text that must be there. Raises BadArguments."""
    value = arguments.get(name)
    if not isinstance(value, str):
        raise BadArguments(f"`{name}` must be a text.")
    return value


def strings(arguments: dict[str, Any], name: str) -> tuple[str, ...]:
    """A list of texts; empty if absent. Raises BadArguments."""
    items = _items(arguments, name)
    if not all(isinstance(item, str) for item in items):
        raise BadArguments(f"`{name}` must be a list of texts.")
    return tuple(items)


def percent_of(arguments: dict[str, Any]) -> float | None:
    """``percent`` between 0 and 100, if it is there. Raises BadArguments."""
    value = arguments.get("percent")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise BadArguments("`percent` must be a number from 0 to 100.")
    return float(value)


def _items(arguments: dict[str, Any], name: str) -> list[Any]:
    value = arguments.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > _MOST:
        raise BadArguments(f"`{name}` must be a list of at most {_MOST}.")
    return value


def _option(value: Any) -> Option:
    """A text, or ``{label, description?}``. Its id is its label: that is what an agent is told."""
    if isinstance(value, str) and value.strip():
        return Option(id=value, label=value)
    if isinstance(value, dict) and isinstance(value.get("label"), str) and value["label"].strip():
        description = value.get("description")
        return Option(
            id=value["label"],
            label=value["label"],
            description=description if isinstance(description, str) else None,
        )
    raise BadArguments("Each of `options` must be a text.")


def _place(arguments: dict[str, Any]) -> Place | None:
    if arguments.get("place") is None:
        return None
    match = _PLACE.match(string(arguments, "place"))
    if match is None:
        raise BadArguments("`place` must be `path` or `path:line`.")
    path = match["path"]
    if path.startswith("/") or ".." in path.split("/"):
        raise BadArguments("`place` must be a path relative to the repository.")
    line = int(match["line"]) - 1 if match["line"] else None
    return Place(path=path, range=None if line is None else Range.lines(line, line))
