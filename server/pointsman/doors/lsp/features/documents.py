"""A unit's diff and transcript as documents, and pages of other features: ``window/showDocument``.

Where the client can show virtual documents (``workspace/textDocumentContent``, LSP 3.18) their
scheme is ``pointsman:`` and it is told when one may have changed; elsewhere they are written to a
private folder and opened as files, which are written anew while the editor has them open.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, unquote
from zlib import crc32

from lsprotocol import types

from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.session import Session
from pointsman.model.errors import PointsmanError
from pointsman.model.names import UNIT_ID
from pointsman.model.records import Event

SCHEME = "pointsman"
SHOW_DIFF = "pointsman.showDiff"
SHOW_TRANSCRIPT = "pointsman.showTranscript"
DIFF, TRANSCRIPT, UNMERGED = ".diff", ".log", ".unmerged.diff"
UNITS = frozenset({DIFF, TRANSCRIPT, UNMERGED})
SHOWN = 20
"""Documents of a session that are kept up to date, those shown last."""
RENEW_SECONDS = 1.0
"""The shortest time between two looks at whether they have changed."""

Text = Callable[[str], Awaitable[str]]
"""A document's text, by its name. Raises PointsmanError."""


class Documents:
    """The documents of one session. Their commands take ``{unit}``, of a diff also the ``path`` of
    a file in it, or ``conflict`` for what keeps the unit from landing; they give ``{uri}``."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._kinds: dict[str, Text] = {}
        self._shown: dict[str, tuple[str, str]] = {}
        """Name and kind, by URI."""
        self._changed: set[str] = set()
        self._renewing = False
        self.offer(UNMERGED, self._unmerged)
        self.offer(DIFF, self._diff)
        self.offer(TRANSCRIPT, self._transcript)
        session.commands.local[SHOW_DIFF] = self._show_diff
        session.commands.local[SHOW_TRANSCRIPT] = self._show_transcript
        session.protocol.on(types.WORKSPACE_TEXT_DOCUMENT_CONTENT, self._content)
        session.protocol.listen(types.TEXT_DOCUMENT_DID_CLOSE, self._closed)
        session.extend.append(self._extend)

    def offer(self, kind: str, text: Text) -> None:
        """A kind of document: the end of its names, and what makes its text."""
        self._kinds[kind] = text

    async def open(self, name: str, kind: str, part: str | None = None) -> dict[str, Any]:
        """Have the editor open the document, at the line ``part`` if it has that; a client that
        can't is told where it is."""
        virtual = self._session.client.virtual_documents and self._session.client.show_document
        text = await self._kinds[kind](name) if not virtual or part is not None else ""
        if virtual:
            uri = f"{SCHEME}:/{quote(name, errors='replace')}{kind}"
        else:
            file = self._session.files / f"{_file_name(name)}{kind}"
            await asyncio.to_thread(file.write_text, text, "utf-8")
            uri = file.as_uri()
        self._keep(uri, name, kind)
        lines = text.split("\n")
        line = lines.index(part) if part in lines else None
        if not await self._session.open_document(uri, line):
            self._session.say(f"To be looked at: {unquote(uri.removeprefix('file://'))}")
        return {"uri": uri}

    # ---- keeping them up to date

    def show(self, overview: Overview) -> None:
        self._renew({uri for uri, (_, kind) in self._shown.items() if kind not in UNITS})

    def heard(self, event: Event) -> None:
        self._renew({uri for uri, (name, _) in self._shown.items() if name == event.unit})

    def _keep(self, uri: str, name: str, kind: str) -> None:
        self._shown.pop(uri, None)
        self._shown[uri] = name, kind
        while len(self._shown) > SHOWN:
            del self._shown[next(iter(self._shown))]

    def _renew(self, changed: set[str]) -> None:
        self._changed |= changed
        if self._changed and not self._renewing:
            self._renewing = True
            self._session.spawn(self._renew_all(), "renewing documents")

    async def _renew_all(self) -> None:
        try:
            while self._changed:
                await asyncio.sleep(RENEW_SECONDS)
                changed, self._changed = self._changed, set()
                for uri in changed & self._shown.keys():
                    await self._renew_one(uri, *self._shown[uri])
        finally:
            self._renewing = False

    async def _renew_one(self, uri: str, name: str, kind: str) -> None:
        if uri.startswith(f"{SCHEME}:"):  # who still shows it asks for its text
            method = types.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH
            self._session.protocol.send_request(method, types.TextDocumentContentRefreshParams(uri))
        elif (before := self._session.text(uri)) is not None:
            text = await self._kinds[kind](name)
            if text != before:
                file = self._session.files / f"{_file_name(name)}{kind}"
                await asyncio.to_thread(file.write_text, text, "utf-8")

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        self._shown.pop(params.text_document.uri, None)

    # ---- virtual documents

    def _extend(self, capabilities: types.ServerCapabilities) -> None:
        """pygls has no builder for this capability."""
        if self._session.client.virtual_documents:
            workspace = capabilities.workspace or types.WorkspaceOptions()
            workspace.text_document_content = types.TextDocumentContentOptions([SCHEME])
            capabilities.workspace = workspace

    async def _content(
        self, params: types.TextDocumentContentParams
    ) -> types.TextDocumentContentResult:
        scheme, _, whole = unquote(params.uri).partition(":/")
        for kind, text in self._kinds.items():
            name = whole.removesuffix(kind)
            if scheme == SCHEME and name and name != whole:
                self._keep(params.uri, name, kind)
                return types.TextDocumentContentResult(text=await text(name))
        raise _no_document()

    # ---- a unit's

    async def _show_diff(self, params: dict[str, Any]) -> dict[str, Any]:
        if params.get("conflict") is True:
            return await self.open(await self._unit(params), UNMERGED)
        path = params.get("path")
        part = f"diff --git a/{path} b/{path}" if isinstance(path, str) else None
        return await self.open(await self._unit(params), DIFF, part)

    async def _show_transcript(self, params: dict[str, Any]) -> dict[str, Any]:
        return await self.open(await self._unit(params), TRANSCRIPT)

    async def _unit(self, params: dict[str, Any]) -> str:
        """The unit's id, safe in a file's name. Raises PointsmanError."""
        found = await self._session.call("unit", {"unit": params.get("unit")})
        unit = str(found["unit"]["id"])
        assert UNIT_ID.match(unit), unit
        return unit

    async def _diff(self, unit: str) -> str:
        _check(unit)
        return str((await self._session.call("diff", {"unit": unit}))["patch"])

    async def _unmerged(self, unit: str) -> str:
        _check(unit)
        return str((await self._session.call("diff", {"unit": unit, "conflict": True}))["patch"])

    async def _transcript(self, unit: str) -> str:
        _check(unit)
        lines = (await self._session.call("log", {"unit": unit}))["lines"]
        return "".join(_entry(line) for line in lines)


def _entry(line: dict[str, Any]) -> str:
    """One of a transcript: what was said stands beside its head, so that it can't look like one."""
    head = f"{line['at']} {line['kind']:<12} "
    return head + f"\n{' ' * len(head)}".join(line["text"].splitlines()) + "\n"


def _check(unit: str) -> None:
    if not UNIT_ID.match(unit):
        raise _no_document()


def _no_document() -> PointsmanError:
    return PointsmanError(
        "invalid-params",
        "There is no such document.",
        f"Documents are {SCHEME}:/<unit>{DIFF} and {SCHEME}:/<unit>{TRANSCRIPT}.",
    )


def _file_name(name: str) -> str:
    """A unit's id as it is; of any other name what a file's may have, and what tells it apart."""
    if UNIT_ID.match(name):
        return name
    told = re.sub(r"[^A-Za-z0-9_.-]", "-", name)[-60:].lstrip(".")
    return f"{told}-{crc32(name.encode(errors='replace')):08x}"
