"""Where a TOML text says what: the range of every key, for errors about its value.

``tomllib`` tells no places. This reads text that it has accepted, so it only has to find the keys:
strings and brackets are skipped whole, and an assignment ends with its line outside of them.
"""

import re
from collections.abc import Mapping

from pointsman.model.place import Range
from pointsman.model.text import Lines

KeyPath = tuple[str, ...]

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|#[^\n]*"
    r"|[A-Za-z0-9_-]+"
    r"|\n"
    r"|[^\s]",
    re.DOTALL,
)


def key_ranges(text: str) -> dict[KeyPath, Range]:
    """The range of each key of valid TOML: ``("agents", "claude", "command")``.

    Tables are at their header. Keys of inline tables are not told apart from the key that has them.
    """
    lines = Lines(text)
    found: dict[KeyPath, Range] = {}
    table: KeyPath = ()
    for statement in _statements(text):
        first, last = statement[0], statement[-1]
        keys = tuple(_name(match[0]) for match in statement if match[0] not in "[].")
        header = first[0] == "["
        path = keys if header else (*table, *keys)
        if header:
            table = path
        place = lines.range(first.start(), last.end())
        for length in range(1, len(path) + 1):
            found.setdefault(path[:length], place)
    return found


def _statements(text: str) -> list[list[re.Match[str]]]:
    """The tokens before ``=`` of each assignment, and those of each table's header."""
    statements: list[list[re.Match[str]]] = []
    tokens: list[re.Match[str]] = []
    depth = 0
    in_value = False
    for match in _TOKEN.finditer(text):
        word = match[0]
        if word.startswith("#"):
            continue
        if word == "\n" and depth == 0:
            if tokens:
                statements.append(tokens)
            tokens, in_value = [], False
        elif in_value:
            depth += (word in "[{") - (word in "]}")
        elif word == "=":
            in_value = True
        elif word != "\n":
            tokens.append(match)
    return [*statements, tokens] if tokens else statements


def _name(word: str) -> str:
    return word[1:-1] if word[0] in "\"'" else word


def longest(path: KeyPath, ranges: Mapping[KeyPath, Range]) -> Range | None:
    """The place of ``path``, or of the nearest thing that has it."""
    while path and path not in ranges:
        path = path[:-1]
    return ranges.get(path)
