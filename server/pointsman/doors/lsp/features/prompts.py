"""``window/showMessageRequest``: a question with options as a message box, one at a time.

Only questions that come up while the session runs, and only where the client declares boxes with
buttons. A box can't be taken back, so an answer may come too late; then the first one stands. No
answer, an error or a client that vanished mean the same: not answered, the item stays open.
"""

import asyncio
import logging

from lsprotocol import types

from pointsman.doors.lsp.action import unlinked
from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.session import Session
from pointsman.model.attention import BY_DEFAULT, AttentionItem, Reason
from pointsman.model.errors import PointsmanError
from pointsman.model.records import Event

TEXT_LIMIT = 1000
"""Characters of a question in a box. The diagnostic has the whole of it."""

log = logging.getLogger(__name__)


class Prompts:
    """The boxes of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seen: set[str] | None = None
        """Items that were open at the last look; None before the first, when nothing is asked."""
        self._waiting: list[AttentionItem] = []
        self._asking = False
        self._asked: str | None = None
        self._box: asyncio.Future[types.MessageActionItem | None] | None = None

    def heard(self, event: Event) -> None:
        """What was answered for the operator is said: they may have been about to."""
        data = event.data
        if event.kind == "attention.closed" and data.get("door") == BY_DEFAULT:
            text = f"{event.unit}: {data['item']} was answered by your default: {data['answer']}"
            self._session.say(_short(text))

    def show(self, overview: Overview) -> None:
        open_ = {item.id: item for item in overview.items}
        if self._seen is not None:
            for id in sorted(open_.keys() - self._seen):
                self._tell(open_[id])
        self._seen = set(open_)
        self._waiting = [item for item in self._waiting if item.id in open_]
        if self._box is not None and self._asked not in open_:
            self._box.cancel()  # answered elsewhere: the next question need not wait for this box
        if self._waiting and not self._asking:
            self._asking = True
            self._session.spawn(self._ask_all(), "asking")

    def _tell(self, item: AttentionItem) -> None:
        """What to do about an item that is new."""
        if item.chunk is None and item.place is None:
            # It has no file to be marked in: nothing else in a bare editor would show it.
            self._session.say(item.text, types.MessageType.Warning)
        elif item.reason is Reason.QUESTION and item.options and self._session.client.prompts:
            self._waiting.append(item)

    async def _ask_all(self) -> None:
        try:
            while self._waiting:
                item = self._waiting.pop(0)
                self._asked = item.id
                await self._ask(item)
        finally:
            self._asking, self._asked, self._box = False, None, None

    async def _ask(self, item: AttentionItem) -> None:
        titles = _titles(item)
        asked = types.ShowMessageRequestParams(
            types.MessageType.Info,
            _text(item),
            [types.MessageActionItem(title) for title in titles],
        )
        method = types.WINDOW_SHOW_MESSAGE_REQUEST
        self._box = self._session.protocol.send_request_async(method, asked)
        await asyncio.wait([self._box])
        if self._box.cancelled() or self._box.exception() is not None:
            return
        chosen = self._box.result()
        option = titles.get(chosen.title) if chosen is not None else None
        if option is None:
            return
        try:
            await self._session.call("answer", {"item": item.id, "option": option})
        except PointsmanError as error:
            log.info("an answer to %s came to nothing: %s", item.id, error.code)


def _titles(item: AttentionItem) -> dict[str, str]:
    """Buttons' titles, each of one option: the client sends back nothing but the title."""
    titles: dict[str, str] = {}
    for option in item.options:
        title = option.label if option.label not in titles else f"{option.label} ({option.id})"
        titles[title] = option.id
    return titles


def _text(item: AttentionItem) -> str:
    return _short(unlinked(f"{item.chunk}: {item.words}" if item.chunk else item.words))


def _short(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 1] + "…"
