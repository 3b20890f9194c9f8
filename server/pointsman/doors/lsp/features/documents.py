"""A unit's diff and transcript as documents: ``window/showDocument``.

Where the client can show virtual documents (``workspace/textDocumentContent``, LSP 3.18) their
scheme is ``pointsman:``; elsewhere they are written to a private folder and opened as files.
"""

import asyncio
import re
from typing import Any

from lsprotocol import types

from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.session import Session
from pointsman.model.errors import PointsmanError
from pointsman.model.names import UNIT_ID
from pointsman.model.records import Event

SCHEME = "pointsman"
SHOW_DIFF = "pointsman.showDiff"
SHOW_TRANSCRIPT = "pointsman.showTranscript"
_DIFF, _TRANSCRIPT = ".diff", ".log"
_URI = re.compile(rf"{SCHEME}:/([^/]+)(\.diff|\.log)\Z")


class Documents:
    """The documents of one session. Their commands take ``{unit}`` and give ``{uri}``."""

    def __init__(self, session: Session) -> None:
        self._session = session
        session.commands.local[SHOW_DIFF] = self._show_diff
        session.commands.local[SHOW_TRANSCRIPT] = self._show_transcript
        session.protocol.on(types.WORKSPACE_TEXT_DOCUMENT_CONTENT, self._content)
        session.extend.append(self._extend)

    def show(self, overview: Overview) -> None:
        pass

    def heard(self, event: Event) -> None:
        pass

    def _extend(self, capabilities: types.ServerCapabilities) -> None:
        """pygls has no builder for this capability."""
        if self._session.client.virtual_documents:
            workspace = capabilities.workspace or types.WorkspaceOptions()
            workspace.text_document_content = types.TextDocumentContentOptions([SCHEME])
            capabilities.workspace = workspace

    async def _show_diff(self, params: dict[str, Any]) -> dict[str, Any]:
        return await self._open(params, _DIFF)

    async def _show_transcript(self, params: dict[str, Any]) -> dict[str, Any]:
        return await self._open(params, _TRANSCRIPT)

    async def _open(self, params: dict[str, Any], kind: str) -> dict[str, Any]:
        """Have the editor open the document; a client that can't is told where it is."""
        unit = await self._unit(params)
        if self._session.client.virtual_documents:
            uri = f"{SCHEME}:/{unit}{kind}"
        else:
            file = self._session.files / f"{unit}{kind}"
            await asyncio.to_thread(file.write_text, await self._text(unit, kind), "utf-8")
            uri = file.as_uri()
        if self._session.client.show_document:
            shown = types.ShowDocumentParams(uri, take_focus=True)
            await self._session.server.window_show_document_async(shown)
        return {"uri": uri}

    async def _unit(self, params: dict[str, Any]) -> str:
        """The unit's id, safe in a file's name. Raises PointsmanError."""
        found = await self._session.call("unit", {"unit": params.get("unit")})
        unit = str(found["unit"]["id"])
        assert UNIT_ID.match(unit), unit
        return unit

    async def _content(
        self, params: types.TextDocumentContentParams
    ) -> types.TextDocumentContentResult:
        named = _URI.match(params.uri)
        if named is None:
            raise PointsmanError(
                "invalid-params",
                "There is no such document.",
                f"Documents are {SCHEME}:/<unit>{_DIFF} and {SCHEME}:/<unit>{_TRANSCRIPT}.",
            )
        return types.TextDocumentContentResult(text=await self._text(*named.groups()))

    async def _text(self, unit: str, kind: str) -> str:
        if kind == _DIFF:
            return str((await self._session.call("diff", {"unit": unit}))["patch"])
        lines = (await self._session.call("log", {"unit": unit}))["lines"]
        return "".join(f"{line['at']} {line['kind']:<12} {line['text']}\n" for line in lines)
