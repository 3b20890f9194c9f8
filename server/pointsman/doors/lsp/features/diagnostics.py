"""``textDocument/publishDiagnostics``: marks in files. Pushed, and only where something changed.

Pull is not offered: editors that know both would show everything twice.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsprotocol import types

from pointsman.doors import jsonrpc
from pointsman.doors.lsp.marks import Mark, Related, marks
from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.places import is_file
from pointsman.doors.lsp.session import Session
from pointsman.doors.lsp.symbols import Reading
from pointsman.model.records import Event

SOURCE = "pointsman"
CODES_PAGE = Path(__file__).parent.parent / "codes.md"
"""What each code means, for people: shipped with the package, so it fits the version."""


SETTLED_SECONDS = 0.3
"""How long a text must have been left alone before what is in it is placed anew: meanwhile editors
move their marks with the text."""


@dataclass(frozen=True)
class Shown:
    """A mark, the diagnostic that the editor was sent for it, and the range (LSP) in which the
    actions on it are offered: the whole symbol, where the diagnostic is at its name."""

    mark: Mark
    diagnostic: dict[str, Any]
    reach: dict[str, Any]


class Diagnostics:
    """What this session's editor shows, file by file and, in a file, by who has it shown.

    A mark at a symbol of an open document is where the text in the editor has it; of any other, at
    the lines that the oracle gives.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._typed: set[str] = set()
        self._overview: Overview | None = None
        self._marks: dict[str, dict[str, list[Mark]]] = {}
        self._sent: dict[str, list[Shown]] = {}
        self._placing: dict[str, asyncio.Task[None]] = {}
        """By path: who places its marks anew, once its text has been read."""
        listen = session.protocol.listen
        listen(types.TEXT_DOCUMENT_DID_OPEN, self._moved)
        listen(types.TEXT_DOCUMENT_DID_CHANGE, self._moved)
        listen(types.TEXT_DOCUMENT_DID_CLOSE, self._moved)

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

    def in_file(self, path: str) -> list[Shown]:
        """What is shown in a file."""
        return self._sent.get(path, [])

    def _of(self, path: str) -> list[Mark]:
        return [mark for by_path in self._marks.values() for mark in by_path.get(path, ())]

    def _moved(
        self,
        params: types.DidOpenTextDocumentParams
        | types.DidChangeTextDocumentParams
        | types.DidCloseTextDocumentParams,
    ) -> None:
        """The text of a document is another one, or whose it is."""
        path = self._session.checkout.path(params.text_document.uri)
        if path is not None and any(mark.symbol is not None for mark in self._of(path)):
            changed = isinstance(params, types.DidChangeTextDocumentParams)
            if isinstance(params, types.DidChangeTextDocumentParams):
                for change in params.content_changes:
                    if isinstance(change, types.TextDocumentContentChangePartial):
                        self._sent[path] = [_with(s, change) for s in self._sent.get(path, ())]
            self._place(path, SETTLED_SECONDS if changed else 0)

    def _place(self, path: str, after: float) -> None:
        if (placing := self._placing.pop(path, None)) is not None:
            placing.cancel()
        self._placing[path] = self._session.spawn(self._placed(path, after), "placing marks")

    async def _placed(self, path: str, after: float) -> None:
        await asyncio.sleep(after)
        await self._session.symbols.read(self._session.checkout.uri(path) or "")
        self._publish(path)

    def _publish(self, path: str) -> None:
        """Send what is to be shown in a file, if it is not shown already."""
        uri, found = self._session.checkout.uri(path), self._of(path)
        reading = None
        if uri is not None and self._session.text(uri) is not None:
            reading = self._session.symbols.known(uri)
            if reading is None and any(mark.symbol is not None for mark in found):
                if path not in self._placing or self._placing[path].done():
                    self._place(path, 0)
                self._send(path, uri, [s for m in found if (s := self._meanwhile(m)) is not None])
                return
        self._send(path, uri, [self._shown(m, reading) for m in found] if uri is not None else [])

    def _meanwhile(self, mark: Mark) -> Shown | None:
        """A mark while the text is one that was not read yet: at a symbol it stays where it was
        shown, moved along with the text; what was not shown yet never is at the lines of another
        text."""
        if mark.symbol is None:
            return self._shown(mark, None)
        for shown in self._sent.get(mark.path, ()):
            if _about(shown.mark) == _about(mark):
                diagnostic = self._diagnostic(mark, shown.diagnostic["range"])
                return Shown(mark, diagnostic, shown.reach)
        return None

    def _send(self, path: str, uri: str | None, now: list[Shown]) -> None:
        sent = [shown.diagnostic for shown in self._sent.get(path, ())]
        self._sent[path] = now
        if [shown.diagnostic for shown in now] != sent:
            content = {"uri": uri, "diagnostics": [shown.diagnostic for shown in now]}
            method = types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS
            self._session.protocol.send(jsonrpc.notification(method, content))

    def _shown(self, mark: Mark, reading: Reading | None) -> Shown:
        symbol = reading.by_name.get(mark.symbol or "") if reading is not None else None
        if reading is None or symbol is None:
            checkout = self._session.checkout
            range = checkout.range(mark.path, mark.range)
            reach = range if mark.reach is None else checkout.range(mark.path, mark.reach)
            return Shown(mark, self._diagnostic(mark, range), reach)
        encoding = self._session.client.encoding
        reach = {
            "start": {"line": symbol.first, "character": 0},
            "end": reading.end_of(symbol.last, encoding),
        }
        return Shown(mark, self._diagnostic(mark, reading.range(symbol.at, encoding)), reach)

    def _diagnostic(self, mark: Mark, range: dict[str, Any]) -> dict[str, Any]:
        """LSP 3.17, Diagnostic, with what this client can show."""
        client = self._session.client
        diagnostic: dict[str, Any] = {
            "range": range,
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


def _about(mark: Mark) -> tuple[object, ...]:
    """What makes a mark the same as an earlier one, whatever it says by now."""
    return (mark.symbol, mark.code, mark.data.get("conflict"), mark.data.get("item"))


def _with(shown: Shown, change: types.TextDocumentContentChangePartial) -> Shown:
    """A mark after an edit of the text: moved as editors move theirs, by lines."""
    start, end = change.range.start, change.range.end
    more = change.text.count("\n") - (end.line - start.line)
    if not more:
        return shown

    def moved(position: dict[str, int]) -> dict[str, int]:
        behind = (position["line"], position["character"]) >= (end.line, end.character)
        return {**position, "line": max(position["line"] + more, 0)} if behind else position

    def whole(range: dict[str, Any]) -> dict[str, Any]:
        return {"start": moved(range["start"]), "end": moved(range["end"])}

    diagnostic = {**shown.diagnostic, "range": whole(shown.diagnostic["range"])}
    return Shown(shown.mark, diagnostic, whole(shown.reach))
