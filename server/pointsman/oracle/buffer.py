"""One file as an editor has it, unsaved: what it changes against base, edit after edit.

A buffer is a blob that has no id yet: its touches are those that the same text would have in a
commit. What it writes is known at once; what it references has to be resolved across files, and is
found out when ``study`` is called, since nobody waits for that between two keystrokes.
"""

from collections.abc import Awaitable, Callable, Sequence

from pointsman.git import printable
from pointsman.model.footprint import OPERATOR, Footprint, Touch
from pointsman.oracle.lines import hunks
from pointsman.oracle.observed import Version, is_binary, touches_of_file
from pointsman.oracle.reads import Touched
from pointsman.oracle.symbols import LineRange

ReadVersion = Callable[[str, bytes], Awaitable[Version | None]]
FindReads = Callable[[str, Sequence[Touched]], Awaitable[list[Touch]]]


class Buffer:
    """A file's unsaved text. Made by ``Oracle.buffer``; used by one task at a time."""

    def __init__(
        self,
        path: str,
        base: str,
        before: Version | None,
        text: bytes,
        *,
        why: str,
        closed: bool,
        version: ReadVersion,
        reads: FindReads,
    ) -> None:
        """``why`` says where it was seen; ``closed``, that base has a file there that nobody can
        look into."""
        self.path, self.base = path, base
        self._before, self._text = before, text
        self._why, self._closed = why, closed
        self._read_version, self._find_reads = version, reads
        self._after: Version | None = None
        self._writes: tuple[Touch, ...] | None = None
        self._reads: tuple[Touch, ...] = ()

    def edit(self, start: int, end: int, text: bytes) -> None:
        """Puts ``text`` in the place of the bytes from ``start`` to ``end``."""
        self._text = self._text[:start] + text + self._text[end:]
        self._after = self._writes = None

    async def footprint(self) -> Footprint:
        """What it changes against base, with what it references as it was last studied.

        Without touches if it is as base has it, or if it can't be compared: a binary file, or one
        that is no UTF-8 on base, of which an editor shows other bytes than there are.
        """
        touches = await self._touches()
        reads = self._reads if touches else ()
        return Footprint(participant=OPERATOR, base=self.base, touches=(*touches, *reads))

    async def study(self) -> bool:
        """Finds out what the changed definitions reference. Whether that is news.

        Raises git-failed.
        """
        touches = await self._touches()
        found: tuple[Touch, ...] = ()
        if touches and self._after is not None:
            file = Touched(printable(self.path), self._after, self._before, touches)
            found = tuple(await self._find_reads(self.base, [file]))
        news = found != self._reads
        self._reads = found
        return news

    def lines_of(self, symbol: str | None, lines: LineRange | None) -> LineRange | None:
        """Where something is in the buffer now: a symbol by its name, else lines of base.

        Of the text of the last ``footprint``; None if that is not known.
        """
        after = self._after
        found = after.symbols.by_name.get(symbol or "") if after is not None else None
        if found and found[0].kind not in ("module", "imports"):
            return found[0].first, found[-1].last
        if lines is None or after is None or self._before is None:
            return lines
        return _moved(lines, self._before.source, after.source)

    async def _touches(self) -> tuple[Touch, ...]:
        while self._writes is None:
            text = self._text
            after = await self._version(text)
            if text is not self._text:
                continue  # it was edited meanwhile
            self._after = after
            comparable = after is not None and not self._closed
            comparable = comparable and _comparable(self._before, after)
            path = printable(self.path)
            self._writes = (
                touches_of_file(path, self._before, after, why=self._why) if comparable else ()
            )
        return self._writes

    async def _version(self, text: bytes) -> Version | None:
        return await self._read_version(self.path, with_endings_of(self._before, text))


def with_endings_of(before: Version | None, text: bytes) -> bytes:
    """The text with base's line endings, where all of its own are another kind (a checkout that
    converts them): that is no change of the operator's."""
    if before is None or b"\n" not in text:
        return text
    windows = b"\r\n" in before.source
    if not windows and b"\r\n" in text:
        return text.replace(b"\r\n", b"\n")
    if windows and b"\r\n" not in text and b"\n" not in before.source.replace(b"\r\n", b""):
        return text.replace(b"\n", b"\r\n")
    return text


def _comparable(before: Version | None, after: Version) -> bool:
    if is_binary(after.source):
        return False
    if before is None:
        return True
    try:
        before.source.decode()
    except UnicodeDecodeError:
        return False
    return not is_binary(before.source)


def _moved(lines: LineRange, before: bytes, after: bytes) -> LineRange:
    """Lines of ``before`` as lines of ``after``: moved by what was put in or taken out above."""

    def moved(line: int) -> int:
        shift = 0
        for hunk in hunks(before, after):
            if line < hunk.before[0]:
                break
            if line < hunk.before[1]:
                return min(hunk.after[0] + line - hunk.before[0], max(hunk.after[1] - 1, 0))
            shift = hunk.after[1] - hunk.before[1]
        return line + shift

    first = moved(lines[0])
    return first, max(first, moved(lines[1]))
