"""Places on the way to an editor: paths become URIs, byte columns become the session's units.

Inside, a place is a path relative to the repository and a range in UTF-8 byte columns; an editor
wants a URI and columns in the encoding that it negotiated (LSP 3.17, "Position").
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError

from pointsman.model.place import Place, Position, Range

_READ_LIMIT = 8 << 20
"""Bytes; the columns of a larger file's lines are passed on as they are."""


def columns(line: bytes, byte: int, encoding: str) -> int:
    """Byte column ``byte`` of ``line`` in units of ``encoding`` (utf-8, utf-16 or utf-32).

    A column inside a character counts as its start; one behind the end as the end.
    """
    text = line[:byte].decode("utf-8", "ignore")
    if encoding == "utf-8":
        return len(text.encode())
    return len(text) if encoding == "utf-32" else len(text.encode("utf-16-le")) // 2


def characters(line: str, column: int, encoding: str) -> int:
    """The inverse, to characters of ``line``: how many are before a client's ``column``."""
    if encoding == "utf-32":
        return min(column, len(line))
    if encoding == "utf-8":
        return len(line.encode(errors="replace")[:column].decode(errors="ignore"))
    return len(line.encode("utf-16-le", "replace")[: 2 * column].decode("utf-16-le", "ignore"))


def width(text: str, encoding: str) -> int:
    """How many columns of a client ``text`` takes."""
    raw = text.encode(errors="replace")
    return columns(raw, len(raw), encoding)


def file_of(uri: str) -> Path | None:
    """The path of a ``file:`` URI, however it is escaped; None for any other."""
    parts = urlsplit(uri)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def is_file(path: Path) -> bool:
    """Whether it is there. Unlike the method of that name, also for a path that can't be."""
    return os.path.isfile(path)  # noqa: PTH113


class Checkout:
    """The session's working tree. ``open_text`` gives a document that is open in the editor."""

    def __init__(
        self, root: Path, encoding: str, open_text: Callable[[str], str | None] = lambda uri: None
    ) -> None:
        self._root, self._encoding, self._open_text = root, encoding, open_text

    def uri(self, path: str) -> str | None:
        """The URI of a path relative to the repository; None for one that leaves it."""
        pure = PurePosixPath(path)
        if not path or "\0" in path or pure.is_absolute() or ".." in pure.parts:
            return None
        try:
            return (self._root / pure).as_uri()
        except UnicodeEncodeError:  # half a surrogate pair: no file can have that name
            return None

    def path(self, uri: str) -> str | None:
        """The path relative to the repository of a ``file:`` URI in it, else None."""
        file = file_of(uri)
        try:
            return file.relative_to(self._root).as_posix() if file is not None else None
        except ValueError:
            return None

    def exists(self, path: str) -> bool:
        return self.uri(path) is not None and is_file(self._root / path)

    def range(self, path: str, inside: Range) -> dict[str, Any]:
        """``inside`` as an LSP range of this session."""
        lines = self._lines(path) if inside.start.character or inside.end.character else []
        return {
            "start": self._position(lines, inside.start),
            "end": self._position(lines, inside.end),
        }

    def place(self, place: Place) -> dict[str, Any] | None:
        """``place`` as ``{uri, range, path}``; None if it leaves the repository.

        A place without a range is the file's first line: editors jump to ranges.
        """
        uri = self.uri(place.path)
        if uri is None:
            return None
        inside = place.range or Range.lines(0, 0)
        return {"uri": uri, "range": self.range(place.path, inside), "path": place.path}

    def translate(self, wire: Any) -> Any:
        """A result, error or event with every ``place`` in it as this session's editor wants it."""
        if isinstance(wire, list):
            return [self.translate(item) for item in wire]
        if not isinstance(wire, dict):
            return wire
        return {
            key: self._translate_place(value) if key == "place" else self.translate(value)
            for key, value in wire.items()
        }

    def _translate_place(self, wire: Any) -> Any:
        try:
            return self.place(Place.model_validate(wire)) or wire
        except ValidationError:
            return wire  # somebody else's data that has a field of that name

    def _position(self, lines: list[bytes], inside: Position) -> dict[str, int]:
        character = inside.character
        if inside.line < len(lines):
            character = columns(lines[inside.line], character, self._encoding)
        return {"line": inside.line, "character": character}

    def _lines(self, path: str) -> list[bytes]:
        """The file's lines: as open in the editor, else as on disk; none if it can't be read."""
        uri = self.uri(path)
        if uri is None:
            return []
        text = self._open_text(uri)
        content = text.encode(errors="replace") if text is not None else self.read(path)
        return content.split(b"\n") if content is not None else []

    def read(self, path: str) -> bytes | None:
        """A regular file inside the checkout, links resolved; None for anything else."""
        try:
            file = (self._root / path).resolve(strict=True)
            status = file.stat()
            inside = file.is_relative_to(self._root.resolve())
            if not inside or not stat.S_ISREG(status.st_mode) or status.st_size > _READ_LIMIT:
                return None
            return file.read_bytes()
        except OSError:
            return None
