"""Chunk documents are checked while they are written: on opening and on saving one.

What is checked is the operation ``validate``; this shows what it finds, in the file.
"""

from lsprotocol import types
from pydantic import TypeAdapter

from pointsman.doors.lsp.features.diagnostics import Diagnostics
from pointsman.doors.lsp.marks import problem_mark
from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.session import Session
from pointsman.model.errors import Problem
from pointsman.model.names import is_chunk_name
from pointsman.model.records import Event

DOCUMENTS = frozenset({"GOAL.md", "PLAN.md"})
_PROBLEMS = TypeAdapter(list[Problem])


class ChunkChecks:
    """The chunks whose documents are open in one session's editor."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._folder: str | None = None
        self._open: dict[str, str] = {}
        """Chunk by the path of its open document."""
        listen = session.protocol.listen
        listen(types.TEXT_DOCUMENT_DID_OPEN, self._opened)
        listen(types.TEXT_DOCUMENT_DID_SAVE, self._saved)
        listen(types.TEXT_DOCUMENT_DID_CLOSE, self._closed)

    def show(self, overview: Overview) -> None:
        if self._folder != overview.chunks:
            self._folder = overview.chunks
            for uri in self._session.protocol.workspace.text_documents:
                self._check(uri)

    def heard(self, event: Event) -> None:
        pass

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        self._check(params.text_document.uri)

    def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        self._check(params.text_document.uri)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        path = self._session.checkout.path(params.text_document.uri)
        chunk = self._open.pop(path, None) if path is not None else None
        if chunk is not None and chunk not in self._open.values():
            self._session.feature(Diagnostics).replace(_origin(chunk), [])

    def _check(self, uri: str) -> None:
        path = self._session.checkout.path(uri)
        chunk = self._chunk_of(path) if path is not None else None
        if path is not None and chunk is not None:
            self._open[path] = chunk
            self._session.spawn(self._validate(chunk), "checking a chunk")

    def _chunk_of(self, path: str) -> str | None:
        """The chunk that a document at ``path`` describes, once the folder is known."""
        folder, _, file = path.rpartition("/")
        parent, _, name = folder.rpartition("/")
        known = file in DOCUMENTS and parent == self._folder and is_chunk_name(name)
        return name if known else None

    async def _validate(self, chunk: str) -> None:
        result = await self._session.call("validate", {"chunks": [chunk]})
        problems = _PROBLEMS.validate_python(result["problems"])
        goal = f"{self._folder}/{chunk}/GOAL.md"
        found = [mark for p in problems if (mark := problem_mark(p, goal)) is not None]
        if chunk in self._open.values():
            self._session.feature(Diagnostics).replace(_origin(chunk), found)


def _origin(chunk: str) -> str:
    return f"check of {chunk}"
