"""What the demo agent reads out of texts: answers in a prompt, conflict markers in files."""

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_ANSWER = re.compile(
    r"^Question (?P<ticket>q\d+):\n(?P<question>(?:>.*(?:\n|\Z))+)\s*"
    r"^Answer to (?P=ticket):\n(?P<answer>(?:>.*(?:\n|\Z))+)",
    re.MULTILINE,
)
_CONFLICT = re.compile(
    r"^<<<<<<<(?: .*)?\n(?P<ours>(?:.*\n)*?)"
    r"(?:^\|{7}(?: .*)?\n(?:.*\n)*?)?"
    r"^=======\n(?P<theirs>(?:.*\n)*?)"
    r"^>>>>>>>(?: .*)?(?:\n|\Z)",
    re.MULTILINE,
)


class Answered(NamedTuple):
    ticket: str
    question: str
    answer: str


def answers_in(prompt: str) -> list[Answered]:
    """The operator's answers that a prompt carries."""
    return [
        Answered(m["ticket"], _unquoted(m["question"]), _unquoted(m["answer"]))
        for m in _ANSWER.finditer(prompt)
    ]


def resolved(text: str) -> str:
    """``text`` with both sides of every conflict kept: base's, which came first, then ours."""
    return _CONFLICT.sub(lambda m: m["theirs"] + m["ours"], text)


def resolve_files(workspace: Path) -> list[str]:
    """Resolve the conflicts in all files below ``workspace``; the paths of those changed."""
    changed = []
    for folder, inside, files in os.walk(workspace):
        inside[:] = [name for name in inside if name != ".git"]
        for file in (Path(folder, name) for name in files):
            if file.is_symlink() or b"<<<<<<<" not in (data := file.read_bytes()):
                continue
            with suppress(UnicodeDecodeError):
                text = data.decode()
                if (kept := resolved(text)) != text:
                    file.write_bytes(kept.encode())
                    changed.append(str(file.relative_to(workspace)))
    return changed


def _unquoted(block: str) -> str:
    return "\n".join(line.removeprefix(">").removeprefix(" ") for line in block.splitlines())
