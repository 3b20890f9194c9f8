"""What an editor draws into its documents (lenses, hints), asked for again only where it changed.

The editor asks for a document's annotations when it shows it, and after every edit. What changes
beyond the text is told by one refresh, and only if what was drawn of some open document would be
drawn otherwise now: a refresh has every visible document asked for again.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from lsprotocol import types

if TYPE_CHECKING:
    from pointsman.doors.lsp.session import Session

Draw = Callable[[str], Awaitable[list[dict[str, Any]]]]
"""The annotations of a document, by URI, as LSP has them."""
Words = Callable[[dict[str, Any]], Any]
"""What of an annotation counts: not its place, which follows the text."""


class Redrawing:
    """One kind of annotation in one session. ``refresh`` is the request, ``can`` whether the
    client takes it."""

    def __init__(
        self, session: "Session", draw: Draw, words: Words, refresh: str, can: Callable[[], bool]
    ) -> None:
        self._session, self._draw, self._words = session, draw, words
        self._refresh, self._can = refresh, can
        self._drawn: dict[str, list[Any]] = {}
        self._looking = self._again = False
        session.protocol.listen(types.TEXT_DOCUMENT_DID_CLOSE, self._closed)

    async def answer(self, uri: str) -> list[dict[str, Any]]:
        """What the editor asks for; it is remembered that it has it."""
        drawn = await self._draw(uri)
        if self._session.text(uri) is not None:
            self._drawn[uri] = [self._words(annotation) for annotation in drawn]
        return drawn

    def changed(self) -> None:
        """Something may have changed beyond the text."""
        if self._drawn and self._can():
            self._again = True
            if not self._looking:
                self._looking = True
                self._session.spawn(self._compare(), "looking for stale annotations")

    async def _compare(self) -> None:
        try:
            while self._again:
                self._again = False
                if await self._is_stale():
                    self._drawn.clear()  # until the editor has asked again
                    self._session.protocol.send_request(self._refresh)
        finally:
            self._looking = False

    async def _is_stale(self) -> bool:
        for uri, before in list(self._drawn.items()):
            now = [self._words(annotation) for annotation in await self._draw(uri)]
            if self._drawn.get(uri) is before and now != before:
                return True
        return False

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        self._drawn.pop(params.text_document.uri, None)
