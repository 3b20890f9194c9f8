"""Places in the code. Paths are relative to the repository with ``/``; positions as in LSP 3.17."""

from pointsman.model.base import Word


class Position(Word):
    """Zero-based line, and zero-based column in UTF-8 bytes (doors translate to their client's)."""

    line: int
    character: int


class Range(Word):
    """Half-open, as in LSP."""

    start: Position
    end: Position

    @classmethod
    def lines(cls, first: int, last: int) -> "Range":
        """The whole of the zero-based lines ``first`` to ``last``, the last included."""
        return cls(
            start=Position(line=first, character=0), end=Position(line=last + 1, character=0)
        )


class Place(Word):
    """Where something is: a file, and a range in it if it is narrower than the file."""

    path: str
    range: Range | None = None
