"""What a chunk document names, and where: read line by line, so that it works on what is half
written. Pure; columns are characters.

The document as Pointsman understands it is ``chunks.front_matter``'s affair, which takes YAML as a
whole or not at all. Here only the places matter where a name stands or is about to be typed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FENCE = "---"
CHUNKS = frozenset({"depends_on", "created_after"})
"""The keys that name chunks,"""
PATHS = frozenset({"code_paths", "code_references.ref", "code_references"})
"""and those that name files, maybe with a symbol."""
BODY = "body"
"""The key of what stands in backquotes below the front matter."""
_TOP = re.compile(r"(?P<key>[A-Za-z_]\w*)[ \t]*:(?=[ \t]|\Z)")
_TYPED = re.compile(r"\w*\Z")
_PIECE = re.compile(r"[^\[\]{},]+")
_SUB = re.compile(r"(?P<key>[A-Za-z_]\w*)[ \t]*:(?=[ \t]|\Z)[ \t]*")
_DASHES = re.compile(r"[ \t]*(?:-(?=[ \t]|\Z)[ \t]*)*")
_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#.*")
_QUOTED = re.compile(r"`([^`\s]+)`")


@dataclass(frozen=True)
class Named:
    """A value: of the key ``depends_on``, ``code_references.ref`` …, at ``line`` from ``start`` to
    ``end``."""

    key: str
    value: str
    line: int
    start: int
    end: int


@dataclass(frozen=True)
class Slot:
    """Where something is being typed: a value of ``key``, or a key itself (of ``key``, if that is
    not empty). ``typed`` stands from ``start`` to the cursor."""

    key: str
    typed: str
    start: int
    is_key: bool = False


def front_matter(lines: Sequence[str]) -> range:
    """The lines between the fences; to the end, where the second is not written yet."""
    if not lines or lines[0].removeprefix("\ufeff").rstrip() != FENCE:
        return range(0)
    closing = (n for n, line in enumerate(lines[1:], start=1) if line.rstrip() in (FENCE, "..."))
    return range(1, next(closing, len(lines)))


def named(lines: Sequence[str]) -> Iterator[Named]:
    """All values of the front matter, then what is quoted below it."""
    inside = front_matter(lines)
    for number, key, start, text in _rows(lines, inside):
        yield from _values(number, key, start, text)
    for number in range(inside.stop, len(lines)):
        for quoted in _QUOTED.finditer(lines[number]):
            yield Named(BODY, quoted[1], number, *quoted.span(1))


def named_at(lines: Sequence[str], line: int, column: int) -> Named | None:
    """What stands at a place, its end included."""
    found = (n for n in named(lines) if n.line == line and n.start <= column <= n.end)
    return next(found, None)


def slot(lines: Sequence[str], line: int, column: int) -> Slot | None:
    """What is being typed at a place of the front matter; None elsewhere, and in comments."""
    if line not in front_matter(lines):
        return None
    before = lines[line][:column]
    if _TYPED.match(before):  # from the line's first column: a key of the document
        return Slot("", before, 0, is_key=True)
    for number, key, start, text in _rows(lines, range(1, line + 1)):
        if number == line and start <= column:
            return _slot(key, start, text[: column - start])
    return None


def _rows(lines: Sequence[str], inside: range) -> Iterator[tuple[int, str, int, str]]:
    """Line, the key that it belongs to, and what of it is the key's."""
    key = ""
    for number in inside:
        line = lines[number]
        top = _TOP.match(line)
        if top is not None:
            key = top["key"]
            yield number, key, top.end(), line[top.end() :]
        elif line[:1] in (" ", "\t", "-"):
            yield number, key, 0, line


def _values(number: int, key: str, start: int, text: str) -> Iterator[Named]:
    for piece in _PIECE.finditer(_COMMENT.sub("", text)):
        sub, value, at = _split(piece[0])
        if value:
            begin = start + piece.start() + at
            full = f"{key}.{sub}" if sub else key
            yield Named(full, value, number, begin, begin + len(value))


def _slot(key: str, start: int, text: str) -> Slot | None:
    if _COMMENT.search(text):
        return None
    pieces = list(_PIECE.finditer(text))
    at_end = [piece for piece in pieces if piece.end() == len(text)]
    piece, begin = (at_end[0][0], at_end[0].start()) if at_end else ("", len(text))
    dashes = _DASHES.match(piece)
    assert dashes is not None
    rest = piece[dashes.end() :]
    sub = _SUB.match(rest)
    at = start + begin + dashes.end()
    if sub is None:
        return Slot(key, rest.lstrip("\"'"), at + len(rest) - len(rest.lstrip("\"'")))
    value = rest[sub.end() :]
    bare = value.lstrip("\"'")
    return Slot(f"{key}.{sub['key']}", bare, at + sub.end() + len(value) - len(bare))


def _split(piece: str) -> tuple[str, str, int]:
    """A piece as the key in it (or none), its value without quotes, and where that begins."""
    dashes = _DASHES.match(piece)
    at = dashes.end() if dashes is not None else 0
    sub = _SUB.match(piece, at)
    if sub is not None:
        at = sub.end()
    value = piece[at:].rstrip()
    bare = value.lstrip("\"'")
    return (
        sub["key"] if sub is not None else "",
        bare.rstrip("\"'"),
        at + len(value) - len(bare),
    )
