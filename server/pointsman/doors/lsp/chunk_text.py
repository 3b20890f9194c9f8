"""The text of a chunk document that is open, in the client's terms."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from pointsman.doors.lsp.features.chunk_checks import ChunkChecks
from pointsman.doors.lsp.naming import Named, named, named_at
from pointsman.doors.lsp.places import characters, width
from pointsman.model.text import LINE_END

if TYPE_CHECKING:
    from pointsman.doors.lsp.session import Session


@dataclass(frozen=True)
class ChunkText:
    """Its chunk and its lines; columns in here are characters."""

    chunk: str
    lines: tuple[str, ...]
    encoding: str

    @classmethod
    def of(cls, session: "Session", uri: str) -> "ChunkText | None":
        """None for any other document, and for one that is not open."""
        text, chunk = session.text(uri), session.feature(ChunkChecks).chunk_of(uri)
        if text is None or chunk is None:
            return None
        return cls(chunk, tuple(LINE_END.split(text)), session.client.encoding)

    @property
    def status(self) -> str | None:
        """What its front matter says, whatever that is."""
        return next((n.value for n in named(self.lines) if n.key == "status"), None)

    def column(self, at: types.Position) -> int | None:
        """The column of a client's position; None behind the last line."""
        if at.line >= len(self.lines):
            return None
        return characters(self.lines[at.line], at.character, self.encoding)

    def named(self, at: types.Position) -> Named | None:
        """What is named at a client's position."""
        column = self.column(at)
        return named_at(self.lines, at.line, column) if column is not None else None

    def range(self, line: int, start: int, end: int) -> dict[str, Any]:
        """As an LSP range of the client's."""
        ends = (width(self.lines[line][:at], self.encoding) for at in (start, end))
        first, last = ({"line": line, "character": column} for column in ends)
        return {"start": first, "end": last}
