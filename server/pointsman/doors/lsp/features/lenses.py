"""``textDocument/codeLens``: above a symbol who touches it, above a chunk what can be done.

Every lens comes with its command, one that the server has: nothing is to be resolved, and a click
does the same in every editor.
"""

from collections.abc import Iterator
from typing import Any

from lsprotocol import types

from pointsman.doors.lsp.action import Action
from pointsman.doors.lsp.chunk_text import ChunkText
from pointsman.doors.lsp.features.answer_files import AnswerFiles
from pointsman.doors.lsp.features.chunk_checks import ChunkChecks
from pointsman.doors.lsp.features.code_actions import verdict_actions
from pointsman.doors.lsp.features.documents import SHOW_DIFF, SHOW_TRANSCRIPT
from pointsman.doors.lsp.features.pages import SHOW_CHUNK, SHOW_WHO
from pointsman.doors.lsp.features.touches import Noted, Touches
from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.redrawing import Redrawing
from pointsman.doors.lsp.session import Session
from pointsman.doors.lsp.touching import Note
from pointsman.model.chunk import GOAL, INJECTABLE
from pointsman.model.records import Event
from pointsman.model.work_unit import Phase, Status


class Lenses:
    """All lenses of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._redrawing = Redrawing(
            session,
            self._draw,
            lambda lens: lens["command"],
            types.WORKSPACE_CODE_LENS_REFRESH,
            lambda: session.client.lens_refresh,
        )
        self._made: dict[str, tuple[Noted | None, list[dict[str, Any]]]] = {}
        """The lenses of the source file that was asked about last, and what they were made of."""
        session.protocol.on(types.TEXT_DOCUMENT_CODE_LENS, self._answer, types.CodeLensOptions())

    def show(self, overview: Overview) -> None:
        self._redrawing.changed()

    def heard(self, event: Event) -> None:
        pass

    async def _answer(self, params: types.CodeLensParams) -> list[dict[str, Any]]:
        return await self._redrawing.answer(params.text_document.uri)

    async def _draw(self, uri: str) -> list[dict[str, Any]]:
        overview = self._session.overview
        if overview is None:
            return []
        if (answering := self._session.feature(AnswerFiles).lens(uri)) is not None:
            return [_lens(*answering)]
        chunk = self._session.feature(ChunkChecks).chunk_of(uri)
        path = self._session.checkout.path(uri)
        if chunk is not None and path is not None and path.endswith(f"/{GOAL}"):
            text = ChunkText.of(self._session, uri)
            status = text.status if text is not None else None
            return [_lens(0, action) for action in chunk_actions(chunk, status, overview)]
        if not self._session.client.lenses or path is None:
            return []
        noted = await self._session.feature(Touches).notes(uri)
        if noted is None:
            return []
        before, lenses = self._made.get(path, (None, []))
        if noted is not before:
            offered: set[str] = set()
            lenses = [
                _lens(note.symbol.first if note.symbol is not None else 0, action)
                for note in noted.notes
                for action in note_actions(path, note, offered)
            ]
            self._made = {path: (noted, lenses)}  # editors ask again and again for what they show
        return lenses


def note_actions(path: str, note: Note, offered: set[str]) -> Iterator[Action]:
    """Who touches it, which leads to more of that; and the verdicts, at the first symbol that a
    pair collides in (``offered`` holds the conflicts that had theirs)."""
    symbol = {"symbol": note.symbol.name} if note.symbol is not None else {}
    yield Action(note.title, SHOW_WHO, {"path": path, **symbol})
    for conflict in note.undecided:
        if conflict.id not in offered:
            offered.add(conflict.id)
            yield from verdict_actions(conflict, serialize="")  # the line is short


def chunk_actions(chunk: str, status: str | None, overview: Overview) -> Iterator[Action]:
    """What can be done with a chunk whose document has that status, as its unit stands."""
    unit = overview.units.get(chunk)
    if unit is None:
        last = overview.ended.get(chunk)
        if last is not None and last.status is Status.FAILED:
            yield Action("Retry", "pointsman.retry", {"unit": last.id})
        elif status in INJECTABLE:
            yield Action("Inject", "pointsman.inject", {"chunks": [chunk]})
        unit = last
    else:
        words = [unit.status.replace("_", " "), *([unit.phase] if unit.phase else [])]
        yield Action(" · ".join(words).lower(), SHOW_CHUNK, {"chunk": chunk})
    conflicts = [c for c in overview.conflicts if chunk in (c.a, c.b)]
    if conflicts:
        undecided = sum(not c.resolved for c in conflicts)
        number = f"{len(conflicts)}, {undecided} undecided" if undecided else f"{len(conflicts)}"
        yield Action(f"Conflicts ({number})", SHOW_CHUNK, {"chunk": chunk})
    if unit is not None:
        if unit.workspace is not None or unit.chunk not in overview.units:
            yield Action("Diff", SHOW_DIFF, {"unit": unit.id})
        if unit.attempts or unit.workspace is not None or unit.chunk not in overview.units:
            yield Action("Transcript", SHOW_TRANSCRIPT, {"unit": unit.id})
        if unit.chunk in overview.units and unit.phase == Phase.LAND:
            yield Action("Land", "pointsman.land", {"unit": unit.id})


def _lens(line: int, action: Action) -> dict[str, Any]:
    at = {"line": line, "character": 0}
    return {"range": {"start": at, "end": at}, "command": action.wire()}
