"""The file in which an answer is written, where an editor has no input box: its name and its text.

Above the line is the question, below it the operator's own words. What the question says is the
agent's: it is quoted line by line, so that it can hold no line that looks like ours.
"""

import re
from zlib import crc32

from pointsman.model.attention import AttentionItem

LINE = "---- your answer below this line ----"
SEND = "Send answer"
"""The title of the action and the lens that send it."""
_NAME = re.compile(r"answer-(q[0-9]+)-[0-9a-f]{8}\.md\Z")


def name_of(item: AttentionItem) -> str:
    """The file's name. It tells apart questions of one id, of this ledger and an earlier one."""
    return f"answer-{item.id}-{crc32(f'{item.since} {item.text}'.encode()):08x}.md"


def item_of(name: str) -> str | None:
    """The id of the item that a file of this name answers; None for any other file."""
    found = _NAME.match(name)
    return found[1] if found else None


def blank(item: AttentionItem) -> str:
    """The file before anything is answered."""
    parts = [f"# {item.chunk or 'Pointsman'}: {item.id}", _quoted(item.words)]
    if item.options:
        described = [
            " ".join(f"{n}. {o.label}{': ' if o.description else ''}{o.description or ''}".split())
            for n, o in enumerate(item.options, start=1)
        ]
        parts.append("\n".join(described))
    how = {
        (True, True): "Write the number of an option, or your own words",
        (True, False): "Write the number of an option",
    }.get((bool(item.options), item.free_text), "Write your own words")
    parts.append(f'{how}, and choose "{SEND}" (a code action here and at the question).')
    return "\n\n".join([*parts, f"{LINE}\n"])


def _quoted(text: str) -> str:
    """Every line with its mark; what any editor may take for the end of a line counts as one."""
    return "\n".join(f"> {line}" for line in text.splitlines())


def line_number(text: str) -> int | None:
    """Where the line is, from 0; None where it was taken out."""
    lines = (line.strip() for line in text.splitlines())
    return next((n for n, line in enumerate(lines) if line == LINE), None)


def answer_in(text: str) -> str | None:
    """What is written below the line; None where there is no line."""
    at = line_number(text)
    return None if at is None else "".join(text.splitlines(keepends=True)[at + 1 :]).strip()
