"""Chunk documents are checked while they are written: when one is opened, typed in, and saved.

What is checked is the operation ``validate``; this shows what it finds, in the file.
"""

import asyncio
from typing import Any

from lsprotocol import types
from pydantic import TypeAdapter

from pointsman.doors.lsp.features.diagnostics import Diagnostics
from pointsman.doors.lsp.marks import problem_mark
from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.session import Session
from pointsman.model.errors import Problem
from pointsman.model.names import is_chunk_name
from pointsman.model.records import Event

SETTLED_SECONDS = 0.3
"""How long a document must have been left alone before it is checked again."""
DOCUMENTS = frozenset({"GOAL.md", "PLAN.md"})
_PROBLEMS = TypeAdapter(list[Problem])


class ChunkChecks:
    """The chunks whose documents are open in one session's editor."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._folder: str | None = None
        self._open: dict[str, str] = {}
        """Chunk by the path of its open document."""
        self._unsaved: set[str] = set()
        """The paths of those that were typed in since they were saved."""
        self._checking: dict[str, asyncio.Task[None]] = {}
        listen = session.protocol.listen
        listen(types.TEXT_DOCUMENT_DID_OPEN, self._opened)
        listen(types.TEXT_DOCUMENT_DID_CHANGE, self._changed)
        listen(types.TEXT_DOCUMENT_DID_SAVE, self._saved)
        listen(types.TEXT_DOCUMENT_DID_CLOSE, self._closed)

    def show(self, overview: Overview) -> None:
        if self._folder != overview.chunks:
            self._folder = overview.chunks
            for document in self._session.protocol.documents():
                self._check(document.uri)

    def heard(self, event: Event) -> None:
        pass

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        self._check(params.text_document.uri)

    def _changed(self, params: types.DidChangeTextDocumentParams) -> None:
        path = self._session.checkout.path(params.text_document.uri)
        if path in self._open:
            self._unsaved.add(path)
            self._check(params.text_document.uri, SETTLED_SECONDS)

    def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        self._unsaved.discard(self._session.checkout.path(params.text_document.uri) or "")
        self._check(params.text_document.uri)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        path = self._session.checkout.path(params.text_document.uri)
        self._unsaved.discard(path or "")
        chunk = self._open.pop(path, None) if path is not None else None
        if chunk is not None and chunk not in self._open.values():
            self._session.feature(Diagnostics).replace(_origin(chunk), [])

    def _check(self, uri: str, after: float = 0) -> None:
        path, chunk = self._session.checkout.path(uri), self.chunk_of(uri)
        if path is not None and chunk is not None:
            self._open[path] = chunk
            if (checking := self._checking.pop(chunk, None)) is not None:
                checking.cancel()  # what it would find is no news any more
            check = self._validate(chunk, after)
            self._checking[chunk] = self._session.spawn(check, "checking a chunk")

    def chunk_of(self, uri: str) -> str | None:
        """The chunk that a document describes, once the folder is known."""
        folder, _, file = (self._session.checkout.path(uri) or "").rpartition("/")
        parent, _, name = folder.rpartition("/")
        known = file in DOCUMENTS and parent == self._folder and is_chunk_name(name)
        return name if known else None

    async def _validate(self, chunk: str, after: float) -> None:
        await asyncio.sleep(after)
        params: dict[str, Any] = {"chunks": [chunk]}
        if unsaved := self._texts(chunk):
            params["unsaved"] = unsaved
        result = await self._session.call("validate", params)
        problems = _PROBLEMS.validate_python(result["problems"])
        goal = f"{self._folder}/{chunk}/GOAL.md"
        found = [mark for p in problems if (mark := problem_mark(p, goal)) is not None]
        if chunk in self._open.values():
            self._session.feature(Diagnostics).replace(_origin(chunk), found)

    def _texts(self, chunk: str) -> dict[str, str]:
        """Its documents that are not saved, by path."""
        own = (path for path in self._unsaved if self._open.get(path) == chunk)
        texts = {path: self._session.text(self._session.checkout.uri(path) or "") for path in own}
        return {path: text for path, text in texts.items() if text is not None}


def _origin(chunk: str) -> str:
    return f"check of {chunk}"
