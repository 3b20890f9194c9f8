"""One file as it is just now, unsaved: what it changes against base, edit after edit.

A buffer is a blob that has no id yet: its touches are those that the same text would have in a
commit. What it writes is known at once; what it references has to be resolved across files, and is
found out when ``study`` is called, since nobody waits for that between two keystrokes.

The first version of a text is read by a worker process, as all files of strangers are. If that has
survived it, the text is small enough, and somebody types in it, its tree is kept here and mended
edit by edit (``languages/live``). While a text does not parse, that is an approximation, which
``study`` puts right.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from pointsman.git import printable
from pointsman.model.footprint import OPERATOR, Footprint, Touch
from pointsman.model.place import Position, Range
from pointsman.oracle.languages import language_of
from pointsman.oracle.languages.live import LiveSource
from pointsman.oracle.lines import hunks
from pointsman.oracle.observed import Version, is_binary, touches_of_file
from pointsman.oracle.reads import Touched
from pointsman.oracle.symbols import Definition, LineRange

LIVE_MOST = 512 * 1024
"""Bytes of a text whose tree is kept here; parsing a larger one anew would stop everything."""

ReadVersion = Callable[[str, bytes], Awaitable[Version | None]]
FindReads = Callable[[str, Sequence[Touched]], Awaitable[list[Touch]]]
_Edit = tuple[int, int, bytes]


class _Look(NamedTuple):
    """What a text is, and what it writes."""

    after: Version
    writes: tuple[Touch, ...]


class Buffer:
    """A file's unsaved text. Made by ``Oracle.buffer``; used by one event loop."""

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
        self._lock = asyncio.Lock()
        self._edits: list[_Edit] = []
        """Since the tree that is kept was last mended."""
        self._live: LiveSource | None = None
        self._last: _Look | None = None
        """Of the text as it is now; None after an edit."""
        self._shown: _Look | None = None
        """The last one that there was."""
        self._seen: bytes | None = None
        """The text that a worker has read last, if it read it as it is."""
        self._reads: tuple[Touch, ...] = ()

    def edit(self, start: int, end: int, text: bytes) -> None:
        """Puts ``text`` in the place of the bytes from ``start`` to ``end``."""
        self._text = self._text[:start] + text + self._text[end:]
        self._edits.append((start, end, text))
        self._last = None

    @property
    def known(self) -> Version | None:
        """The text as it is now with its symbols, if it has been looked at."""
        return self._last.after if self._last is not None else None

    async def footprint(self) -> Footprint:
        """What it changes against base, with what it references as it was last studied.

        Without touches if it is as base has it, or if it can't be compared: a binary file, or one
        that is no UTF-8 on base, of which an editor shows other bytes than there are.
        """
        look = await self._look()
        reads = self._reads if look.writes else ()
        return Footprint(participant=OPERATOR, base=self.base, touches=(*look.writes, *reads))

    async def study(self) -> bool:
        """Finds out what the changed definitions reference. Whether there is news in the footprint.

        Raises git-failed.
        """
        look, text = await self._look(), self._text
        if look.after.symbols.unknown:
            exact = await self._read(text)
            if self._text is text:
                self._last = self._shown = exact
        else:
            exact = look
        found: tuple[Touch, ...] = ()
        if exact.writes:
            file = Touched(printable(self.path), exact.after, self._before, exact.writes)
            found = tuple(await self._find_reads(self.base, [file]))
        news = found != self._reads or exact.writes != look.writes
        self._reads = found
        return news

    def place(self, symbol: str | None, lines: LineRange | None) -> tuple[Range, Range]:
        """Where something is in the text of the last ``footprint``: a symbol, at its name; else
        lines of base, where they are now; else the first line. And all of it."""
        after = self._shown.after if self._shown is not None else None
        found = after.symbols.by_name.get(symbol or "") if after is not None else None
        if after is not None and found and found[0].kind not in ("module", "imports"):
            reach = Range.lines(found[0].first, found[-1].last)
            return _name_of(found[0], after.source) or reach, reach
        if lines is not None and after is not None and self._before is not None:
            lines = _moved(lines, self._before.source, after.source)
        whole = Range.lines(*(lines or (0, 0)))
        return whole, whole

    async def _look(self) -> _Look:
        """The text as it is now. What is edited meanwhile is looked at as well."""
        async with self._lock:
            while self._last is None:
                text, edits, self._edits = self._text, self._edits, []
                if edits and self._live is None and self._may_live():
                    self._live = await asyncio.to_thread(self._begin, edits, text)
                    edits = []
                if self._live is not None:
                    look = await asyncio.to_thread(self._mended, self._live, edits)
                else:
                    look = await self._read(text)
                self._shown = look
                if text is self._text:
                    self._last = look
            return self._last

    def _may_live(self) -> bool:
        """Whether a worker has taken the text that was edited since, and its tree may be kept."""
        shown = self._shown
        return (
            shown is not None
            and len(self._text) <= LIVE_MOST
            and shown.after.symbols.language is not None
            and shown.after.symbols.problem is None
            and shown.after.source is self._seen
        )

    def _begin(self, edits: Sequence[_Edit], text: bytes) -> LiveSource | None:
        """The tree of the text as it was before the edits, mended once."""
        language = language_of(self.path)
        if language is None or self._shown is None:
            return None
        live = LiveSource(language, self._shown.after.source)
        _ = live.symbols
        live.become(text)
        return live

    def _mended(self, live: LiveSource, edits: Sequence[_Edit]) -> _Look:
        for edit in edits:
            live.edit(*edit)
        return self._compared(Version(live.source, live.symbols))

    async def _read(self, text: bytes) -> _Look:
        """The text as a worker reads it."""
        source = with_endings_of(self._before, text)
        self._seen = text if source is text else None
        after = await self._read_version(self.path, source)
        assert after is not None, "there is a text"
        return await asyncio.to_thread(self._compared, after)

    def _compared(self, after: Version) -> _Look:
        if self._closed or not _comparable(self._before, after):
            return _Look(after, ())
        path = printable(self.path)
        return _Look(after, touches_of_file(path, self._before, after, why=self._why))


def with_endings_of(before: Version | None, text: bytes) -> bytes:
    """The text with base's line endings, where all of its own are of the other kind: the checkout
    converts them, which is no change of the operator's."""
    if before is None or b"\n" not in text:
        return text
    ours, theirs = _ends_by_crlf(text), _ends_by_crlf(before.source)
    if ours and theirs is False:
        return text.replace(b"\r\n", b"\n")
    if theirs and ours is False:
        return text.replace(b"\n", b"\r\n")
    return text


def _ends_by_crlf(text: bytes) -> bool | None:
    """Whether all lines end in it, or none do (False); None for a mixture."""
    windows = text.count(b"\r\n")
    if not windows:
        return False
    return True if windows == text.count(b"\n") else None


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


def _name_of(definition: Definition, source: bytes) -> Range | None:
    """Where a definition says its name, in byte columns."""
    name = definition.name.rpartition("::")[2].encode()
    found = re.compile(rb"(?<!\w)" + re.escape(name) + rb"(?!\w)").search(
        source, definition.start, definition.end
    )
    if found is None:
        return None
    line = definition.first + source.count(b"\n", definition.start, found.start())
    column = found.start() - (source.rfind(b"\n", 0, found.start()) + 1)
    start, end = (Position(line=line, character=at) for at in (column, column + len(name)))
    return Range(start=start, end=end)


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
