"""Transcripts: what an attempt's agent said and did, as JSON lines, one file an attempt.

``<name>.jsonl`` grows up to a limit; then it becomes ``<name>.1.jsonl``, in place of the one that
was, and a new one begins. So a transcript is bounded, and its newest part is always there. Lines
are numbered through, and a reader asks for those since a number.
"""

import asyncio
import json
import os
from collections import deque
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pointsman.agents.events import AgentEvent, Message, Thought
from pointsman.model.base import Moment, Word

FILE_LIMIT = 8 * 1024 * 1024
"""Bytes of one file. A transcript has two at most."""
TEXT_LIMIT = 64 * 1024
"""Characters of one line's text; what is cut off is said in ``data``."""
_PIECE = 4096
"""Characters of a message that are gathered into one line."""
_RECENT = 256
"""Lines kept in memory for those who follow."""


class TranscriptLine(Word):
    """``kind`` is an event's, or ``prompt``."""

    n: int
    at: Moment
    kind: str
    text: str
    data: dict[str, Any] | None = None


class Transcript:
    """The transcript of an attempt that is under way: written here, followed from every door.

    Agents stream words; a line is written when the agent ends a line, turns to something else, or
    has said much.
    """

    def __init__(self, path: Path, *, file_limit: int = FILE_LIMIT) -> None:
        """``path`` ends in ``.jsonl``; its folder exists. An existing one is gone on with."""
        self.path = path
        self._limit = file_limit
        self._n = max((line.n for line in read(path)), default=0)
        self._file = path.open("ab")
        # A line that a crash cut off ends here, so that the next one is whole.
        self._size = self._file.tell() + self._file.write(b"\n" if _is_cut(path) else b"")
        self._pending: tuple[str, datetime, list[str]] | None = None
        self._recent: deque[TranscriptLine] = deque(maxlen=_RECENT)
        self._grown = asyncio.Event()
        self._closed = False
        self.last: datetime | None = None
        """When either side last said anything: how old the agent's silence is."""

    def event(self, event: AgentEvent, at: datetime) -> None:
        """Record what the agent said."""
        self.last = at
        if isinstance(event, Message | Thought):
            self._gather(event.kind, event.text, at)
            return
        data = event.wire()
        kind = data.pop("kind")
        words = next((data.pop(key) for key in _WORDS if isinstance(data.get(key), str)), "")
        self.write(kind, words, at, data or None)

    def write(self, kind: str, text: str, at: datetime, data: dict[str, Any] | None = None) -> None:
        """Record one line, after whatever is still being gathered."""
        self.flush()
        if len(text) > TEXT_LIMIT:
            data = {**(data or {}), "cut": len(text) - TEXT_LIMIT}
            text = text[:TEXT_LIMIT]
        if kind == "prompt":
            self.last = at
        self._n += 1
        line = TranscriptLine(n=self._n, at=at, kind=kind, text=text, data=data)
        source = line.json_text().encode("utf-8", "surrogatepass") + b"\n"
        if self._size and self._size + len(source) > self._limit:
            self._rotate()
        self._file.write(source)
        self._file.flush()
        self._size += len(source)
        self._recent.append(line)
        self._wake()

    def flush(self) -> None:
        """Write what was gathered of a message."""
        if self._pending is not None:
            kind, at, pieces = self._pending
            self._pending = None
            self.write(kind, "".join(pieces), at)

    def close(self) -> None:
        """End it: those who follow it come to its end."""
        self.flush()
        self._closed = True
        self._file.close()
        self._wake()

    def lines(self, since: int = 0) -> Iterator[TranscriptLine]:
        """The lines after number ``since``, oldest first."""
        if self._recent and self._recent[0].n <= since + 1:
            return (line for line in tuple(self._recent) if line.n > since)
        return read(self.path, since)

    async def follow(self, since: int = 0) -> AsyncIterator[TranscriptLine]:
        """The lines after number ``since``, and every later one until the transcript is closed."""
        while True:
            grown = self._grown
            for line in self.lines(since):
                since = line.n
                yield line
            if self._grown is grown:
                if self._closed:
                    return
                await grown.wait()

    def _wake(self) -> None:
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()

    def _gather(self, kind: str, text: str, at: datetime) -> None:
        if self._pending is None or self._pending[0] != kind:
            self.flush()
            self._pending = (kind, at, [])
        pieces = self._pending[2]
        pieces.append(text)
        if text.endswith("\n") or sum(map(len, pieces)) >= _PIECE:
            self.flush()

    def _rotate(self) -> None:
        self._file.close()
        self.path.replace(_earlier(self.path))
        self._file = self.path.open("ab")
        self._size = 0


_WORDS = ("text", "title", "why", "error", "lastWords", "session")
"""Which field of an event is its line's text, the first that it has."""


def read(path: Path, since: int = 0) -> Iterator[TranscriptLine]:
    """The lines of a transcript after number ``since``, oldest first; none where there is no file.

    A line that was cut by a crash is passed over.
    """
    for file in (_earlier(path), path):
        try:
            source = file.open("rb")
        except FileNotFoundError:
            continue
        with source:
            for raw in source:
                line = _line(raw)
                if line is not None and line.n > since:
                    yield line


def _line(raw: bytes) -> TranscriptLine | None:
    try:
        return TranscriptLine.model_validate(json.loads(raw))
    except ValueError:
        return None


def _is_cut(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read() != b"\n"
    except OSError:  # no file, or an empty one
        return False


def _earlier(path: Path) -> Path:
    return path.with_suffix(".1.jsonl")
