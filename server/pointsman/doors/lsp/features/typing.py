"""``didOpen``, ``didChange``, ``didClose``: the operator's unsaved text is a participant.

While they type, what their text changes is compared with what the units do, and shown at the symbol
in this session alone. The first keystroke is looked at right away; after a look there is a pause of
a few times its length, so that a slow machine or a large file is not looked at all the time, and
once the typing rests, references are resolved as well, across files.
"""

import asyncio
import logging
import time
from dataclasses import dataclass, field

from lsprotocol import types

from pointsman.doors.lsp.features.diagnostics import Diagnostics
from pointsman.doors.lsp.live_text import Edit, LiveText, encoded
from pointsman.doors.lsp.marks import typed_marks
from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.session import Session
from pointsman.model.errors import PointsmanError
from pointsman.model.records import Event
from pointsman.operations.seam import Defined, Met

LARGEST = 4 << 20
"""Bytes of a text that is looked at: as of a file (see ``oracle/index``)."""
PAUSE = 3.0
"""How many times as long as a look the pause after it is;"""
LONGEST_PAUSE = 0.5
"""at most so many seconds."""
RESTS = 0.4
"""Seconds without a keystroke after which references are resolved."""

log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Open:
    """A document that is looked at."""

    path: str
    text: LiveText
    size: int
    stale: asyncio.Event = field(default_factory=asyncio.Event)
    met: tuple[Met, ...] = ()
    unstudied: bool = True
    studying: bool = False


class Typing:
    """The open documents of one session, and what they collide with."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._overview: Overview | None = None
        self._open: dict[str, _Open] = {}
        """By path."""
        self._too_large: set[str] = set()
        self._unsaved = session.app.unsaved(session.caller(), self._look_again)
        session.at_end.append(self._unsaved.end)
        session.symbols.live = self._symbols
        listen = session.protocol.listen
        listen(types.TEXT_DOCUMENT_DID_OPEN, self._opened)
        listen(types.TEXT_DOCUMENT_DID_CHANGE, self._changed)
        listen(types.TEXT_DOCUMENT_DID_CLOSE, self._closed)

    def show(self, overview: Overview) -> None:
        """Verdicts and workspaces are part of what is shown."""
        self._overview = overview
        for document in self._open.values():
            if document.met:
                self._draw(document)
                document.stale.set()

    def heard(self, event: Event) -> None:
        pass

    def _symbols(self, uri: str) -> tuple[Defined, ...] | None:
        """What a document that is looked at defines, if its text has been looked at."""
        path = self._session.checkout.path(uri)
        if path not in self._open or self._open[path].text.text != self._session.text(uri):
            return None
        return self._unsaved.symbols(path)

    # ---- what the editor says

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        path = self._session.checkout.path(params.text_document.uri)
        if path is not None and path != ".git" and not path.startswith(".git/"):
            self._forget(path)
            self._begin(path, params.text_document.text)

    def _begin(self, path: str, text: str) -> None:
        source = encoded(text)
        if len(source) > LARGEST:
            self._leave_out(path)
            return
        live = LiveText(text, self._session.client.encoding)
        document = self._open[path] = _Open(path, live, len(source))
        self._unsaved.open(path, source)
        self._session.feature(Diagnostics).typed(path, typed=True)
        document.stale.set()
        self._session.spawn(self._follow(document), "comparing what is typed")

    def _changed(self, params: types.DidChangeTextDocumentParams) -> None:
        path = self._session.checkout.path(params.text_document.uri)
        if path is None:
            return
        for change in params.content_changes:
            document = self._open.get(path)
            if isinstance(change, types.TextDocumentContentChangePartial):
                if document is not None:
                    self._edit(document, document.text.change(change.range, change.text))
            elif document is not None:
                whole = Edit(0, document.size, encoded(change.text))
                document.text = LiveText(change.text, self._session.client.encoding)
                self._edit(document, whole)
            elif path in self._too_large:
                self._begin(path, change.text)  # or is it still?

    def _edit(self, document: _Open, edit: Edit) -> None:
        document.size += len(edit.text) - (edit.end - edit.start)
        if document.size > LARGEST:
            self._forget(document.path)
            self._leave_out(document.path)
            return
        self._unsaved.edit(document.path, *edit)
        document.unstudied = True
        document.stale.set()

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        path = self._session.checkout.path(params.text_document.uri)
        if path is not None:
            self._too_large.discard(path)
            self._forget(path)

    def _forget(self, path: str) -> None:
        document = self._open.pop(path, None)
        if document is not None:
            document.stale.set()  # whoever follows it sees that it is closed
            self._unsaved.close(path)
            self._session.feature(Diagnostics).replace(_origin(path), [])
            self._session.feature(Diagnostics).typed(path, typed=False)

    def _leave_out(self, path: str) -> None:
        """Said once: it may be typed in for hours."""
        if path in self._too_large:
            return
        self._too_large.add(path)
        words = f"{path} is larger than {LARGEST >> 20} MB: who else changes it is not looked at."
        said = types.LogMessageParams(types.MessageType.Info, words)
        self._session.server.window_log_message(said)

    # ---- looking

    def _look_again(self, path: str) -> None:
        if (document := self._open.get(path)) is not None:
            document.stale.set()

    async def _follow(self, document: _Open) -> None:
        """Until it is closed."""
        while True:
            await document.stale.wait()
            document.stale.clear()
            if self._open.get(document.path) is not document:
                return
            began = time.monotonic()
            await self._look(document)
            took = time.monotonic() - began
            await asyncio.sleep(min(took * PAUSE, LONGEST_PAUSE))
            if document.unstudied and not document.studying:
                try:
                    async with asyncio.timeout(RESTS):
                        await document.stale.wait()
                except TimeoutError:
                    self._session.spawn(self._study(document), "resolving references")

    async def _look(self, document: _Open) -> None:
        try:
            met = await self._unsaved.meets(document.path)
        except PointsmanError as error:
            log.info("%s: can't compare %s: %s", self._session.name, document.path, error)
            return
        except Exception:  # one odd text must not end what is shown of it for good
            log.exception("%s: can't compare %s", self._session.name, document.path)
            return
        if self._open.get(document.path) is document:
            document.met = met
            self._draw(document)

    def _draw(self, document: _Open) -> None:
        if self._overview is not None:
            marks = typed_marks(document.path, document.met, self._overview)
            self._session.feature(Diagnostics).replace(_origin(document.path), marks)

    async def _study(self, document: _Open) -> None:
        document.unstudied, document.studying = False, True
        try:
            if await self._unsaved.study(document.path):
                document.stale.set()
        except PointsmanError as error:
            log.info("%s: can't study %s: %s", self._session.name, document.path, error)
        finally:
            document.studying = False


def _origin(path: str) -> str:
    return f"unsaved {path}"
