"""What a text names: paths, symbols and pieces of code, each with where and how it was written.

Nothing is known of the repository here. A mention is a candidate, and most words of a plan are
none; what base has no file or definition for means nothing (``predicted`` decides).
"""

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, NamedTuple

import yaml

from pointsman.chunks.plan import visible
from pointsman.model.text import LINE_END

TEXT_LIMIT = 256 * 1024
"""Characters of a document that are read."""
STEPS_LIMIT = 64 * 1024
"""Characters of a block of steps: reading YAML is slow."""
LINE_LIMIT = 1000
"""Characters of a line that are read: the patterns take quadratic time on hostile lines."""
MENTIONS_LIMIT = 2000


class Form(Enum):
    """How something is written; the more deliberate, the more it says."""

    STEP = "step"
    """In a list of steps that will be carried out as they are."""
    REFERENCE = "reference"
    """``path#Symbol``."""
    CODE = "code"
    """In backticks, or the target of a link."""
    FENCE = "fence"
    """In a fenced block."""
    PROSE = "prose"


class Mention(NamedTuple):
    """A path, a symbol (``A.b``), a symbol of a path, or a snippet of code in a path."""

    form: Form
    line: int
    """Zero-based, in the document."""
    path: str | None = None
    symbol: str | None = None
    """Parts joined by ``::``."""
    snippet: str | None = None


_PATH = r"(?:\.{0,2}/)?[\w.+@-]+(?:/[\w.+@-]+)*"
_NAME = r"[A-Za-z_]\w*(?:(?:\.|::)[A-Za-z_]\w*)*"
_SPAN = re.compile(r"(`+)(?P<code>.+?)(?<!`)\1(?!`)")
_LINK = re.compile(r"\]\(\s*<?(?P<target>[^()<>\s]+)")
_REFERENCE = re.compile(rf"(?P<path>{_PATH})(?:#|::)(?P<symbol>{_NAME})(?:\(.*\))?\Z")
_PATH_ONLY = re.compile(rf"(?P<path>{_PATH})(?::\d+(?:[:-]\d+)?)?\Z")
_SYMBOL_ONLY = re.compile(rf"@?(?P<symbol>{_NAME})(?:\(.*\))?\Z")
_PATH_IN_TEXT = re.compile(rf"(?<![\w/.:-])(?P<path>{_PATH})(?:#(?P<symbol>{_NAME}))?")
_CALL_IN_TEXT = re.compile(rf"(?<![\w.:])(?P<symbol>{_NAME})\(")
_DOTTED_IN_TEXT = re.compile(r"(?<![\w.:/-])(?P<symbol>[A-Za-z_]\w*(?:(?:\.|::)[A-Za-z_]\w*)+)\b")
_CODE_WORD_IN_TEXT = re.compile(  # snake_case and CamelCase: no word of a language is written so
    r"(?<![\w.:/-])(?P<symbol>[A-Za-z]*_\w*[A-Za-z]\w*|[A-Z][a-z0-9]+[A-Z]\w*)(?![\w/(])"
)
_DEFINED_IN_CODE = re.compile(r"^[\s+-]*(?:async\s+def|def|class)\s+(?P<symbol>[A-Za-z_]\w*)")
_FENCE_OPENS = re.compile(r"\s*(?:`{3,}|~{3,})\s*(?P<info>[\w-]*)")
_STEPS_WITH_PATH = ("write", "replace", "append")


def mentions(text: str) -> tuple[Mention, ...]:
    """All that a markdown document names, without what is commented out. Bounded for any text."""
    lines = (line[:LINE_LIMIT] for line in LINE_END.split(text[:TEXT_LIMIT]))
    found = dict.fromkeys(_mentions("\n".join(lines)))
    return tuple(found)[:MENTIONS_LIMIT]


def _mentions(text: str) -> Iterator[Mention]:
    block: list[str] = []
    info: str | None = None
    opened = 0
    for number, line, code in visible(text):
        fence = _FENCE_OPENS.match(line) if code else None
        if info is None and fence:
            info, opened, block = fence["info"], number, []
        elif not code:
            info = None
            yield from _in_prose(line, number)
        elif fence and not fence["info"]:
            if info == "demo":
                yield from _in_steps("\n".join(block), opened)
            info = None
        elif info == "demo":
            block.append(line)
        else:
            yield from _in_fence(line, number)


def _in_prose(line: str, number: int) -> Iterator[Mention]:
    for span in _SPAN.finditer(line):
        yield from _in_code(span["code"].strip(), number)
    rest = _SPAN.sub(" ", line)
    for link in _LINK.finditer(rest):
        target = link["target"]
        if "://" not in target and not target.startswith(("#", "mailto:")):
            yield from _in_code(re.sub(r"#L\d.*\Z", "", target), number)
    yield from _in_text(_LINK.sub(" ", rest), number, Form.PROSE)
    for pattern in (_DOTTED_IN_TEXT, _CODE_WORD_IN_TEXT):
        for match in pattern.finditer(rest):
            yield Mention(Form.PROSE, number, symbol=_parts(match["symbol"]))


def _in_code(code: str, number: int) -> Iterator[Mention]:
    """What stands in one pair of backticks: as a whole it names something, or it is code."""
    reference = _REFERENCE.match(code)
    if reference and _may_be_path(reference["path"]):
        path, symbol = reference["path"], _parts(reference["symbol"])
        yield Mention(Form.REFERENCE, number, path=path, symbol=symbol)
        return
    path_only, symbol_only = _PATH_ONLY.match(code), _SYMBOL_ONLY.match(code)
    if path_only and _may_be_path(path_only["path"]):
        yield Mention(Form.CODE, number, path=path_only["path"])
    if symbol_only:
        yield Mention(Form.CODE, number, symbol=_parts(symbol_only["symbol"]))
    if not path_only and not symbol_only:
        yield from _in_text(code, number, Form.CODE)


def _in_fence(line: str, number: int) -> Iterator[Mention]:
    yield from _in_text(line, number, Form.FENCE)
    defined = _DEFINED_IN_CODE.match(line)
    if defined:
        yield Mention(Form.FENCE, number, symbol=defined["symbol"])


def _in_text(text: str, number: int, form: Form) -> Iterator[Mention]:
    """Paths and calls among other words."""
    for match in _PATH_IN_TEXT.finditer(text):
        path = match["path"].rstrip(".")
        if not _may_be_path(path):
            continue
        if match["symbol"]:
            symbol = _parts(match["symbol"])
            yield Mention(Form.REFERENCE, number, path=path, symbol=symbol)
        else:
            yield Mention(form, number, path=path)
    for match in _CALL_IN_TEXT.finditer(text):
        yield Mention(form, number, symbol=_parts(match["symbol"]))


def _in_steps(block: str, opened: int) -> Iterator[Mention]:
    """The demo agent's steps: the files they name, the code they replace, what they claim."""
    for kind, value in _steps(block):
        paths, symbols = _texts(value.get("paths")), _texts(value.get("symbols"))
        if kind in _STEPS_WITH_PATH:
            old, path = value.get("old"), value.get("path")
            if isinstance(path, str):
                snippet = old if isinstance(old, str) and old.strip() else None
                yield Mention(Form.STEP, opened, path=path, snippet=snippet)
        elif kind == "claim":
            for path in paths:
                yield Mention(Form.STEP, opened, path=path)
            for match in filter(None, map(_REFERENCE.match, symbols)):
                symbol = _parts(match["symbol"])
                yield Mention(Form.REFERENCE, opened, path=match["path"], symbol=symbol)


def _steps(block: str) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        listed = yaml.safe_load(block) if len(block) <= STEPS_LIMIT else None
    except (yaml.YAMLError, ValueError, RecursionError):
        return  # whoever runs them says what is wrong with them
    for step in listed if isinstance(listed, list) else ():
        if isinstance(step, dict):
            for kind, value in step.items():
                if isinstance(kind, str) and isinstance(value, dict):
                    yield kind, value


def _texts(value: object) -> Iterable[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _may_be_path(text: str) -> bool:
    """Whether it has a folder or something like a suffix."""
    stem, dot, suffix = text.rpartition("/")[2].rpartition(".")
    return "/" in text or (bool(dot and stem) and suffix.isalnum() and not suffix.isdigit())


def _parts(name: str) -> str:
    return name.replace(".", "::")
