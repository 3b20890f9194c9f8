"""One layer of settings: a file's or ``setSettings``', read and checked by itself.

Layers are checked apart, so that a mistake in one file costs that file alone.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pointsman.model.errors import PointsmanError, Problem
from pointsman.model.place import Place, Range
from pointsman.model.settings import Settings, about
from pointsman.model.text import Lines
from pointsman.model.wrong import in_words
from pointsman.settings.places import KeyPath, key_ranges, longest

FILE_LIMIT = 64 << 10
"""Bytes of a settings file."""

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)\Z")


class Origin(StrEnum):
    """Who said a setting; later ones win."""

    DEFAULT = "default"
    REPOSITORY = "repository"
    OPERATOR = "operator"
    CHANGED = "setSettings"


@dataclass(frozen=True)
class Layer:
    """``said`` has what was said in ``model_fields_set``; all else in it is default."""

    origin: Origin
    said: Settings
    path: str | None = None
    ranges: Mapping[KeyPath, Range] = field(default_factory=dict)
    hash: str | None = None

    def place(self, *key: str) -> Place | None:
        """Where the file says it."""
        return Place(path=self.path, range=longest(key, self.ranges)) if self.path else None


def file_hash(data: bytes) -> str:
    """What trust in a file is remembered by."""
    return hashlib.sha256(data).hexdigest()


def from_file(data: bytes, path: str, origin: Origin) -> Layer | tuple[Problem, ...]:
    """The layer that a TOML file makes, or everything that is wrong with it."""
    try:
        text, values = _toml(data)
    except _Unreadable as wrong:
        return (_problem(wrong.what, Place(path=path, range=wrong.range)),)
    ranges = key_ranges(text)
    try:
        said = _checked(values)
    except ValidationError as wrong:
        return tuple(_of_key(error, path, ranges) for error in wrong.errors())
    return Layer(origin, said, path, ranges, file_hash(data))


def from_changes(changes: Mapping[str, Any]) -> Layer:
    """The layer that ``setSettings`` makes of its values by key; None takes a change back.

    Raises settings-invalid.
    """
    values = {key: value for key, value in changes.items() if value is not None}
    for key in changes:
        if key in Settings.model_fields and not about(key).live:
            raise PointsmanError(
                "settings-invalid",
                f"`{key}` can't be changed while Pointsman runs.",
                "Write it into your own settings file, and start the daemon anew.",
                data={"key": key},
            )
    try:
        return Layer(Origin.CHANGED, _checked(values))
    except ValidationError as wrong:
        told = _of_key(wrong.errors()[0])
        remedy = "Nothing was changed. `pointsman settings` lists all, with what they mean."
        raise PointsmanError.of(told.model_copy(update={"remedy": remedy})) from None


def _checked(values: Mapping[str, Any]) -> Settings:
    # As JSON: only there does pydantic's strict mode take lists for tuples. No setting is a date.
    text = json.dumps(values, default=lambda date: {"date": str(date)})
    return Settings.model_validate_json(text, strict=True, by_alias=False, by_name=True)


class _Unreadable(Exception):
    """A file that is no TOML. ``range`` is where it stops making sense."""

    def __init__(self, what: str, range: Range | None = None) -> None:
        super().__init__(what)
        self.what, self.range = what, range


def _toml(data: bytes) -> tuple[str, dict[str, Any]]:
    """The text and its values. Raises _Unreadable."""
    if len(data) > FILE_LIMIT:
        raise _Unreadable(f"The file is longer than {FILE_LIMIT >> 10} KiB.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        good = data[: wrong.start].decode()
        place = Lines(good).range(len(good), len(good))
        raise _Unreadable("The file is not UTF-8.", place) from None
    try:
        return text, tomllib.loads(text)
    except RecursionError:
        raise _Unreadable("The file is nested too deeply.") from None
    except ValueError as wrong:  # TOMLDecodeError, or a number of thousands of digits
        said = _AT.search(str(wrong))
        what = _AT.sub("", str(wrong))
        raise _Unreadable(f"The file is no TOML: {what}.", _range(text, said)) from None


def _range(text: str, said: re.Match[str] | None) -> Range | None:
    """The place that ``tomllib`` names, which counts lines and characters from 1."""
    if said is None:
        return None
    lines = Lines(text)
    index = len(text)
    if said[1]:
        starts = [0, *(match.end() for match in re.finditer("\n", text))]
        index = min(starts[int(said[1]) - 1] + int(said[2]) - 1, len(text))
    return lines.range(index, index)


def _of_key(
    error: ErrorDetails, path: str | None = None, ranges: Mapping[KeyPath, Range] | None = None
) -> Problem:
    """What pydantic finds wrong with one key."""
    key = tuple(str(part) for part in error["loc"])
    place = Place(path=path, range=longest(key, ranges or {})) if path else None
    name = ".".join(key)
    problem = _problem(f"`{name}` {in_words(error)}.", place)
    return problem.model_copy(update={"data": {"key": name}})


def _problem(message: str, place: Place | None) -> Problem:
    return Problem(
        code="settings-invalid",
        message=message,
        remedy="Correct it; until then the last good settings stay in force.",
        place=place,
    )
