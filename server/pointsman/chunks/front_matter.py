"""Front matter, above all GOAL.md's: bytes in, a typed value with the place of every field out, and
back.

Reading: decode, find the block between the ``---`` lines, compose YAML nodes, validate. YAML's
marks become places. Only scalars, lists and maps are read, and of plain scalars only null and
numbers are anything but text, so that no date, ``yes`` or tag surprises anybody. Aliases are
refused, and size and nesting are bounded: no document costs more than its length.

Writing: ``set_status`` changes the bytes of one value and no others.
"""

import json
import re
from dataclasses import dataclass
from typing import Generic, NoReturn, TypeAlias, TypeVar

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pointsman.model.base import Word
from pointsman.model.chunk import GOAL, ChunkStatus, FrontMatter
from pointsman.model.errors import PointsmanError, Problem
from pointsman.model.place import Place, Range
from pointsman.model.text import Lines
from pointsman.model.wrong import in_words

DOCUMENT_LIMIT = 1 << 20
"""Bytes of one document. What is longer is no description of work."""
FRONT_MATTER_LIMIT = 16 << 10
"""Characters between the two ``---`` lines."""
DEPTH_LIMIT = 20
"""Of brackets in brackets. What is read has three."""

Front = TypeVar("Front", bound=Word)
Value: TypeAlias = "str | int | float | list[Value] | dict[str, Value] | None"

_BLOCK = re.compile(
    r"\ufeff?---[ \t]*\r?\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,2})?")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True)
class Parsed(Generic[Front]):
    """Front matter, where each of its fields is (``depends_on.0``), and the text below it."""

    front: Front
    ranges: dict[str, Range]
    body: str
    body_line: int


def parse(data: bytes, path: str) -> Parsed[FrontMatter]:
    """The front matter of the document at ``path``. Raises chunk-unreadable, with its place."""
    parsed = read(data, path)
    if isinstance(parsed, Parsed):
        return parsed
    raise PointsmanError.of(parsed[0])


def read(data: bytes, path: str) -> Parsed[FrontMatter] | tuple[Problem, ...]:
    """The same, with every field that is wrong as a problem instead of raising the first."""
    return read_as(FrontMatter, data, path)


def read_as(model: type[Front], data: bytes, path: str) -> Parsed[Front] | tuple[Problem, ...]:
    """The same of another kind of document, whose fields ``model`` has."""
    try:
        block = _Block.find(data)
        fields = block.fields(model)
    except _Unreadable as wrong:
        return (_problem(path, wrong.range, wrong.message, wrong.remedy),)
    ranges: dict[str, Range] = {}
    values = {
        key: value
        for key, node in fields.items()
        if (value := _value(node, key, block, ranges)) is not None
    }
    try:
        # As JSON: only there does pydantic's strict mode take lists for tuples, words for enums.
        front = model.model_validate_json(
            # (YAML's escapes can write half a surrogate pair, which is no text.)
            json.dumps(values, ensure_ascii=False).encode(errors="replace"),
            strict=True,
            by_alias=False,
            by_name=True,
        )
    except ValidationError as wrong:
        return tuple(_of_field(path, error, ranges, block) for error in wrong.errors())
    body_line = block.lines.position(block.end).line
    return Parsed(front, ranges, block.text[block.end :], body_line)


def set_status(data: bytes, status: ChunkStatus) -> bytes:
    """``data`` with another status, byte for byte otherwise: comments, order, quotes, line ends.

    Whether the move is legal is the caller's affair. Raises chunk-unreadable.
    """
    old = parse(data, GOAL).front.status
    block = _Block.find(data)
    node = block.fields(FrontMatter)["status"]
    start, end = block.span(node)
    source = block.text[start:end]
    before, found, after = source.rpartition(old)
    # An escape ("\x46UTURE") says the word without spelling it: then it is written out, in quotes.
    changed = f"{before}{status}{after}" if found else f'"{status}"'
    text = block.text[:start] + changed + block.text[end:]
    return text.encode()


class _Unreadable(Exception):
    """No front matter can be had of a document. ``range`` is where it stops making sense."""

    def __init__(self, message: str, remedy: str, range: Range | None = None) -> None:
        super().__init__(message)
        self.message, self.remedy, self.range = message, remedy, range


@dataclass(frozen=True)
class _Block:
    """The front matter's source: ``text[start:stop]`` is YAML, the body begins at ``end``."""

    text: str
    lines: Lines
    start: int
    stop: int
    end: int

    @classmethod
    def find(cls, data: bytes) -> "_Block":
        if len(data) > DOCUMENT_LIMIT:
            raise _Unreadable(
                f"The document is longer than {DOCUMENT_LIMIT >> 20} MiB.", "Shorten it."
            )
        try:
            text = data.decode()
        except UnicodeDecodeError as wrong:
            good = data[: wrong.start].decode()
            place = Lines(good).range(len(good), len(good))
            raise _Unreadable("The document is not UTF-8.", "Save it as UTF-8.", place) from None
        lines = Lines(text)
        match = _BLOCK.match(text)
        if match is None:
            raise _Unreadable(
                "The document has no front matter.",
                "Begin it with a line `---`, then `status: FUTURE`, then a line `---`.",
                lines.range(0, 0),
            )
        start, stop = match.span("yaml")
        if stop - start > FRONT_MATTER_LIMIT:
            raise _Unreadable(
                f"The front matter is longer than {FRONT_MATTER_LIMIT >> 10} KiB.",
                "Move prose below the second `---`.",
                lines.range(start, start),
            )
        return cls(text, lines, start, stop, match.end())

    def span(self, node: yaml.Node) -> tuple[int, int]:
        """Where a node stands in ``text``; blanks behind it belong to no node."""
        start = self.start + node.start_mark.index
        source = self.text[start : self.start + node.end_mark.index]
        return start, start + len(source.rstrip())

    def fields(self, model: type[Word]) -> dict[str, yaml.Node]:
        """The nodes of the keys that ``model`` has. Raises _Unreadable."""
        try:
            root = yaml.compose(self.text[self.start : self.stop], _Composer)
        except yaml.MarkedYAMLError as wrong:
            mark = wrong.problem_mark or wrong.context_mark
            raise self._broken(wrong.problem or "not YAML", mark.index if mark else 0) from None
        except yaml.reader.ReaderError as wrong:
            raise self._broken("a character that YAML does not allow", wrong.position) from None
        except RecursionError:
            raise self._broken("nested too deeply", 0) from None
        if root is None:
            return {}
        if not isinstance(root, yaml.MappingNode):
            raise self._broken("not a map of keys and values", root.start_mark.index)
        fields: dict[str, yaml.Node] = {}
        for key, value in root.value:
            if not isinstance(key, yaml.ScalarNode) or key.value not in model.model_fields:
                continue
            if key.value in fields:
                raise self._broken(f"`{key.value}` is given twice", key.start_mark.index)
            fields[key.value] = value
        return fields

    def _broken(self, what: str, index: int) -> _Unreadable:
        at = self.start + index
        return _Unreadable(
            f"The front matter can't be read: {what}.",
            "Correct the YAML at the place named.",
            self.lines.range(at, at),
        )


class _Composer(yaml.SafeLoader):
    """Composes nodes, and refuses what costs more than its length.

    Nine lines of aliases make a gigabyte ("billion laughs"); the scanner's work on a character
    grows with the depth of the brackets around it.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            self._refuse("aliases (`*name`) are not read", self.current_event.start_mark)
        return super().compose_node(parent, index)

    def fetch_flow_collection_start(self, TokenClass: type[yaml.Token]) -> None:
        if self.flow_level >= DEPTH_LIMIT:
            self._refuse("nested too deeply", self.get_mark())
        super().fetch_flow_collection_start(TokenClass)

    def _refuse(self, what: str, mark: yaml.Mark) -> NoReturn:
        raise yaml.composer.ComposerError(None, None, what, mark)


def _value(node: yaml.Node, key: str, block: _Block, ranges: dict[str, Range]) -> Value:
    """A node as a plain value; notes the range of it and of all below it."""
    ranges[key] = block.lines.range(*block.span(node))
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, f"{key}.{n}", block, ranges) for n, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return {
            name.value: _value(item, f"{key}.{name.value}", block, ranges)
            for name, item in node.value
            if isinstance(name, yaml.ScalarNode)
        }
    return _scalar(node.value, plain=getattr(node, "style", None) is None)


def _scalar(text: str, *, plain: bool) -> Value:
    if not plain:
        return text
    if text in _NULLS:
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _of_field(path: str, error: ErrorDetails, ranges: dict[str, Range], block: _Block) -> Problem:
    """What pydantic says of one field, in words, at the field or at what should have it."""
    names = [str(part) for part in error["loc"]]
    key = ".".join(names)
    while names and ".".join(names) not in ranges:
        names.pop()
    range = ranges.get(".".join(names), block.lines.range(0, 0))
    return _problem(
        path, range, f"`{key}` {in_words(error)}.", f"Correct `{key}` in the front matter."
    )


def _problem(path: str, range: Range | None, message: str, remedy: str) -> Problem:
    place = Place(path=path, range=range)
    return Problem(code="chunk-unreadable", message=message, remedy=remedy, place=place)
