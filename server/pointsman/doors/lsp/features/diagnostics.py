"""``textDocument/publishDiagnostics``: marks in files. Pushed, and only where something changed.

Pull is not offered: editors that know both would show everything twice.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lsprotocol import types

from pointsman.doors import jsonrpc
from pointsman.doors.lsp.marks import Mark, Related, marks
from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.places import is_file
from pointsman.doors.lsp.session import Session
from pointsman.model.records import Event

SOURCE = "pointsman"
CODES_PAGE = Path(__file__).parent.parent / "codes.md"
"""What each code means, for people: shipped with the package, so it fits the version."""


class Diagnostics:
    """What this session's editor shows, file by file and, in a file, by who has it shown."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._typed: set[str] = set()
        self._overview: Overview | None = None
        self._marks: dict[str, dict[str, list[Mark]]] = {}
        self._sent: dict[str, list[dict[str, Any]]] = {}

    def show(self, overview: Overview) -> None:
        self._overview = overview
        exists, typed = self._session.checkout.exists, self._typed.__contains__
        self.replace("pool", marks(overview, exists, typed))

    def heard(self, event: Event) -> None:
        pass

    def typed(self, path: str, *, typed: bool) -> None:
        """Whether what the operator's own changes of a file collide with is shown as they type, by
        another than the pool."""
        (self._typed.add if typed else self._typed.discard)(path)
        if self._overview is not None:
            self.show(self._overview)

    def replace(self, origin: str, now: Iterable[Mark]) -> None:
        """``now`` is all that ``origin`` has to show, in all files together."""
        by_path: dict[str, list[Mark]] = {}
        for mark in now:
            by_path.setdefault(mark.path, []).append(mark)
        affected = self._marks.get(origin, {}).keys() | by_path.keys()
        self._marks[origin] = by_path
        for path in sorted(affected):
            self._publish(path)

    def in_file(self, path: str) -> list[tuple[Mark, dict[str, Any]]]:
        """The marks of a file, each with the diagnostic that the editor was sent for it."""
        return list(zip(self._of(path), self._sent.get(path, ()), strict=True))

    def _of(self, path: str) -> list[Mark]:
        return [mark for by_path in self._marks.values() for mark in by_path.get(path, ())]

    def _publish(self, path: str) -> None:
        uri = self._session.checkout.uri(path)
        now = [self._diagnostic(mark) for mark in self._of(path)] if uri is not None else []
        if now == self._sent.get(path, []):
            return
        self._sent[path] = now
        content = {"uri": uri, "diagnostics": now}
        method = types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS
        self._session.protocol.send(jsonrpc.notification(method, content))

    def _diagnostic(self, mark: Mark) -> dict[str, Any]:
        """LSP 3.17, Diagnostic, with what this client can show."""
        client = self._session.client
        diagnostic: dict[str, Any] = {
            "range": self._session.checkout.range(mark.path, mark.range),
            "severity": int(mark.severity),
            "source": SOURCE,
            "code": mark.code,
            "message": mark.message,
        }
        if client.code_links:
            diagnostic["codeDescription"] = {"href": f"{CODES_PAGE.as_uri()}#{mark.code}"}
        if client.diagnostic_data:
            diagnostic["data"] = mark.data
        if client.related and mark.related:
            diagnostic["relatedInformation"] = [
                {"location": location, "message": related.message}
                for related in mark.related
                if (location := self._location(related)) is not None
            ]
        return diagnostic

    def _location(self, related: Related) -> dict[str, Any] | None:
        """In the workspace that it is about if the file is there, else in the editor's checkout."""
        uri = self._session.checkout.uri(related.path)
        if uri is None:
            return None
        if related.workspace is not None:
            there = Path(related.workspace) / related.path
            uri = there.as_uri() if is_file(there) else uri
        return {"uri": uri, "range": self._session.checkout.range(related.path, related.range)}
