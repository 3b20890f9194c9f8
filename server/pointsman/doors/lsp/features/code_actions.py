"""``textDocument/codeAction``: what can be done about each mark, as commands.

The actions come from the marks that this session shows, not from the diagnostics that the client
sends along: some clients drop their ``data``.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from lsprotocol import types

from pointsman.doors.lsp.action import Action
from pointsman.doors.lsp.answer_file import SEND
from pointsman.doors.lsp.features.answer_files import ANSWER_FILE, SEND_ANSWER, AnswerFiles
from pointsman.doors.lsp.features.diagnostics import Diagnostics
from pointsman.doors.lsp.features.documents import SHOW_DIFF, SHOW_TRANSCRIPT
from pointsman.doors.lsp.marks import Mark
from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.session import Session
from pointsman.model.attention import AttentionItem, Reason
from pointsman.model.conflict import Conflict, Verdict
from pointsman.model.footprint import OPERATOR
from pointsman.model.records import Event

QUICK_FIX = types.CodeActionKind.QuickFix.value
RETRY = "Retry"
TITLE_LIMIT = 60
"""Characters of an option's label in a menu; the answer carries its id."""


def conflict_actions(conflict: Conflict, overview: Overview, path: str) -> Iterator[Action]:
    """The verdicts that can be given, and a look at what each side has done to the file."""
    yield from verdict_actions(conflict)
    yield from _diffs((conflict.a, conflict.b), overview, path)


def _diffs(sides: Iterable[str], overview: Overview, path: str) -> Iterator[Action]:
    for side in sides:
        if (unit := overview.units.get(side)) is not None and unit.workspace is not None:
            yield Action(f"Show the diff of {side}", SHOW_DIFF, {"unit": unit.id, "path": path})


def verdict_actions(conflict: Conflict, serialize: str = "Serialize: ") -> Iterator[Action]:
    """Every verdict that can be given on a pair. ``serialize``: what the titles of those begin
    with."""
    sides = [side for side in (conflict.a, conflict.b) if side != OPERATOR]
    verdict = "pointsman.verdict"
    if len(sides) == 2:  # nobody waits for the operator's own work, nor it for anybody
        for side in sides:
            judged = {"conflict": conflict.id, "verdict": Verdict.SERIALIZE.value, "first": side}
            yield Action(f"{serialize}{side} first", verdict, judged)
    independent = {"conflict": conflict.id, "verdict": Verdict.INDEPENDENT.value}
    yield Action("Independent", verdict, independent)
    yield Action("Ask the agents", verdict, {"conflict": conflict.id, "verdict": "ASK_AGENTS"})


def item_actions(item: AttentionItem) -> Iterator[Action]:
    """The answers that can be given, and a look at how it came to the question."""
    for option in item.options:
        label = option.label.replace("\n", " ")
        short = label if len(label) <= TITLE_LIMIT else f"{label[: TITLE_LIMIT - 1]}…"
        title = RETRY if option.id == "retry" else f"Answer: {short}"
        yield Action(title, "pointsman.answer", {"item": item.id, "option": option.id})
    if item.free_text:
        yield Action("Answer…", ANSWER_FILE, {"item": item.id})
    if item.unit is not None:
        if item.reason is Reason.LANDING_CONFLICT:
            unmerged = {"unit": item.unit, "conflict": True}
            yield Action("Show what does not merge", SHOW_DIFF, unmerged)
        yield from _looks(item.unit)


def _looks(unit: str) -> Iterator[Action]:
    yield Action("Show the transcript", SHOW_TRANSCRIPT, {"unit": unit})
    yield Action("Show the diff", SHOW_DIFF, {"unit": unit})


def actions(mark: Mark, overview: Overview) -> Iterator[Action]:
    """What can be done about a mark."""
    data = mark.data
    if data.get("conflict") == "":  # of what is unsaved, no verdict could be kept
        yield from _diffs((data["a"], data["b"]), overview, mark.path)
    for conflict in overview.conflicts:
        if conflict.id == data.get("conflict"):
            yield from conflict_actions(conflict, overview, mark.path)
    for item in overview.items:
        if item.id == data.get("item"):
            yield from item_actions(item)
    if data.get("failed"):
        yield Action(RETRY, "pointsman.retry", {"unit": data["unit"]})
        yield from _looks(data["unit"])
        yield Action("Take it off the lists", "pointsman.delete", {"unit": data["unit"]})


class CodeActions:
    """The actions of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._overview: Overview | None = None
        options = types.CodeActionOptions([types.CodeActionKind.QuickFix])
        session.protocol.on(types.TEXT_DOCUMENT_CODE_ACTION, self._answer, options)

    def show(self, overview: Overview) -> None:
        self._overview = overview

    def heard(self, event: Event) -> None:
        pass

    def _answer(self, params: types.CodeActionParams) -> list[dict[str, Any]]:
        """Code actions, or bare commands for a client that knows no more (LSP before 3.8)."""
        path = self._session.checkout.path(params.text_document.uri)
        only = params.context.only
        if self._overview is None or (only and not _wants_quick_fixes(only)):
            return []
        answer: list[dict[str, Any]] = []
        files = self._session.feature(AnswerFiles)
        if (item := files.answered_by(params.text_document.uri)) is not None:
            _add(answer, Action(SEND, SEND_ANSWER, {"item": item}))
        for shown in self._session.feature(Diagnostics).in_file(path or ""):
            if _touch(shown.reach, params.range):
                own = actions(shown.mark, self._overview)
                for action in (*own, *self._sending(shown.mark.data)):
                    _add(answer, action, shown.diagnostic)
        if self._session.client.action_literals:
            return answer
        return [action["command"] for action in answer]

    def _sending(self, data: dict[str, Any]) -> Iterator[Action]:
        """An answer that was begun can be sent from here, where the editor shows us no more of the
        file than what is saved."""
        for item in self._overview.items if self._overview is not None else ():
            if item.id == data.get("item") and self._session.feature(AnswerFiles).has_file(item):
                yield Action(SEND, SEND_ANSWER, {"item": item.id})


def _add(
    answer: list[dict[str, Any]], action: Action, diagnostic: dict[str, Any] | None = None
) -> None:
    """One entry an action, however many of the marks there it is about."""
    command = action.wire()
    about = [diagnostic] if diagnostic is not None else []
    for entry in answer:
        if entry["command"] == command:
            entry["diagnostics"] += about
            return
    answer.append(
        {"title": action.title, "kind": QUICK_FIX, "diagnostics": about, "command": command}
    )


def _wants_quick_fixes(only: Any) -> bool:
    """Kinds are hierarchical: the empty one asks for all."""
    return any(str(kind) in ("", QUICK_FIX) for kind in only)


def _touch(shown: dict[str, Any], asked: types.Range) -> bool:
    """Whether two ranges have a position in common, ends included: a cursor is an empty range."""
    start = (shown["start"]["line"], shown["start"]["character"])
    end = (shown["end"]["line"], shown["end"]["character"])
    asked_start = (asked.start.line, asked.start.character)
    asked_end = (asked.end.line, asked.end.character)
    return start <= asked_end and asked_start <= end
