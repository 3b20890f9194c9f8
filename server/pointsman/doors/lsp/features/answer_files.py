"""Answers in words, in editors without an input box: a file to write them in, and sending it.

"Answer…" makes a file in a private folder and has the editor open it; what is below its line, in
the buffer as it is or else as saved, is sent by a code action, a lens or the command. The file goes
once the answer is recorded, and stays with its text until then.
"""

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from pointsman.doors.lsp.action import Action
from pointsman.doors.lsp.answer_file import LINE, SEND, answer_in, blank, item_of, line_number
from pointsman.doors.lsp.answer_file import name_of as answer_file_of
from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.places import file_of
from pointsman.doors.lsp.session import Session
from pointsman.doors.typed import read_answer
from pointsman.model.attention import AttentionItem
from pointsman.model.errors import PointsmanError
from pointsman.model.records import Event

ANSWER_FILE = "pointsman.answerFile"
SEND_ANSWER = "pointsman.sendAnswer"


class AnswerFiles:
    """The answer files of one session. Its commands take ``{item}``: the first gives the file's
    ``{uri}``, the other the result of ``answer``."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._open: frozenset[str] = frozenset()
        self._made: dict[str, tuple[Path, str]] = {}
        """By item: the file that this session made, and its text before anything was answered."""
        session.commands.local[ANSWER_FILE] = self._make
        session.commands.local[SEND_ANSWER] = self._send

    def show(self, overview: Overview) -> None:
        self._open = frozenset(item.id for item in overview.items)
        if closed := self._made.keys() - self._open:
            self._session.spawn(self._tidy(closed), "removing answer files")

    def heard(self, event: Event) -> None:
        pass

    # ---- for code actions and lenses

    def answered_by(self, uri: str) -> str | None:
        """The id of the open item that the file at ``uri`` answers, if it is such a file."""
        file = file_of(uri)
        if file is None or file.parent != self._session.files:
            return None
        item = item_of(file.name)
        return item if item in self._open else None

    def lens(self, uri: str) -> tuple[int, Action] | None:
        """The line above which an answer is sent from, and how; None for any other document."""
        item = self.answered_by(uri)
        text = self._session.text(uri)
        at = line_number(text) if text is not None else None
        if item is None or at is None:
            return None
        return at, Action(SEND, SEND_ANSWER, {"item": item})

    def has_file(self, item: AttentionItem) -> bool:
        """Whether an answer to the item has been begun, in this editor or another."""
        return os.path.exists(self._file(item))  # noqa: PTH110

    # ---- the commands

    async def _make(self, params: dict[str, Any]) -> dict[str, Any]:
        item = await self._item(params.get("item"))
        if item is None:
            raise PointsmanError(
                "item-not-found",
                f"No attention item {params.get('item')!r} waits for an answer.",
                "`pointsman attention` lists what waits.",
            )
        file, text = self._file(item), blank(item)
        if await asyncio.to_thread(_write_new, file, text):
            self._made[item.id] = file, text
        await self._show(file, item, text)
        return {"uri": file.as_uri()}

    async def _show(self, file: Path, item: AttentionItem, text: str) -> None:
        """Have the editor open it, with the cursor below the line; else tell where it is."""
        if not await self._session.open_document(file.as_uri(), len(text.splitlines())):
            self._session.say(
                f'Write your answer to {item.id} into {file}, then choose "{SEND}" at the question.'
            )

    async def _send(self, params: dict[str, Any]) -> dict[str, Any]:
        named = params.get("item")
        item = await self._item(named)
        file = self._file(item) if item is not None else await self._left(str(named))
        text = await self._text(file) if file is not None else None
        if file is None or text is None:
            raise PointsmanError(
                "answer-invalid",
                f"No answer to {named!r} is written.",
                f"`{ANSWER_FILE}` makes the file to write it in.",
            )
        answer = _read(item, str(named), text)
        result = await self._session.call("answer", answer)
        self._made.pop(str(named), None)
        await asyncio.to_thread(file.unlink, missing_ok=True)
        got_it = ": its agent has it" if result["delivered"] else ""
        self._session.say(f"{named} is answered{got_it}.")
        return result

    async def _item(self, named: object) -> AttentionItem | None:
        """The open item of that id."""
        found = (await self._session.call("attention", {}))["items"]
        return next((AttentionItem.model_validate(i) for i in found if i["id"] == named), None)

    def _file(self, item: AttentionItem) -> Path:
        return self._session.files / answer_file_of(item)

    async def _left(self, named: str) -> Path | None:
        """A file that was to answer an item which is open no longer."""
        files = await asyncio.to_thread(lambda: list(self._session.files.iterdir()))
        return next((file for file in files if item_of(file.name) == named), None)

    async def _text(self, file: Path) -> str | None:
        """As it is in the editor, saved or not; else as it was saved."""
        for document in self._session.protocol.documents():
            if file_of(document.uri) == file:
                return str(document.source)
        with suppress(OSError, UnicodeDecodeError):
            return await asyncio.to_thread(file.read_text, "utf-8")
        return None

    async def _tidy(self, closed: set[str]) -> None:
        """Files of items that were answered elsewhere go, if nothing was written in them."""
        for item in closed:
            file, text = self._made.pop(item)
            if await self._text(file) == text:
                await asyncio.to_thread(file.unlink, missing_ok=True)


def _write_new(file: Path, text: str) -> bool:
    """Make the file; False, and nothing is done, where there is one already."""
    try:
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(made, "w", encoding="utf-8") as opened:
        opened.write(text)
    return True


def _read(item: AttentionItem | None, named: str, text: str) -> dict[str, Any]:
    """The parameters of ``answer``. Raises answer-invalid where the file holds no answer."""
    words = answer_in(text)
    if words is None:
        raise PointsmanError(
            "answer-invalid",
            f"The line is missing in the answer file of {named}.",
            f"Put it back above your answer: {LINE}",
        )
    if item is None:
        return {"item": named, "text": words}  # the refusal says what has become of it
    answer = read_answer(item.wire(), words)
    if answer is None:
        offered = ", ".join(option.id for option in item.options)
        raise PointsmanError(
            "answer-invalid",
            f"Below the line is no answer to {named} yet.",
            f"Choose one of: {offered}." if offered else "Write it there, and send it again.",
        )
    return answer
