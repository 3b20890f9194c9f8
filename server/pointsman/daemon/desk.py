"""What a unit's agent can ask of Pointsman: its ``ask_operator``, ``who``, ``claim``, ``progress``.

A question becomes an attention item; the tool call waits until the item is answered and the unit is
RUNNING again. The answer is marked as sent before the agent gets it, and confirmed by what the
agent says next: an answer that was never confirmed is repeated, under the same id, after a crash.
"""

import contextlib
from collections.abc import Awaitable, Callable

from pointsman.agents.ask_tools import Question
from pointsman.daemon.world import World
from pointsman.model.attention import Answer, Option, Reason
from pointsman.model.errors import PointsmanError
from pointsman.model.facts import AnswerSent, Asked, Claimed, Fact, Told, WaitEnded
from pointsman.model.place import Place
from pointsman.model.records import Claim
from pointsman.model.state import State
from pointsman.model.work_unit import Status
from pointsman.operations.conflicts import touchers
from pointsman.reconcile.items import Stale, next_item

QUESTION_LIMIT = 64 * 1024
"""Characters of a question."""
MOST_OPEN = 100
"""Items of one unit that wait for the operator."""
SHOWN = 500
"""Characters of progress that are told: it is for a glance, and every event is kept."""
WITHDRAWN = "The question is settled by something else. Go on without an answer."


class UnitDesk:
    """The desk of one unit. ``sent`` collects the items whose answers were written to the agent:
    what it says next confirms them. One that it did not wait for comes with its next prompt."""

    def __init__(
        self,
        world: World,
        unit: str,
        pause: Callable[[str], Awaitable[None]],
        reexamine: Callable[[str], Awaitable[None]],
        asked: Callable[[], None],
    ) -> None:
        """``pause``: takes a snapshot, for the reason given, before a question is put.
        ``asked``: is told when it has been put, and must not take time.
        ``reexamine``: has the oracle look at the unit again, and returns when it has."""
        self._world = world
        self._unit = unit
        self._pause = pause
        self._reexamine = reexamine
        self._asked = asked
        self._waiting = 0
        self.sent: set[str] = set()

    # ---- questions

    async def ask(self, question: Question) -> str:
        if question.once and (known := await self._asked_before(question.text)):
            return known
        return await self.put(
            Reason.QUESTION,
            question.text,
            question.options,
            place=question.place,
            default=question.default,
        )

    async def put(
        self,
        reason: Reason,
        text: str,
        options: tuple[Option, ...],
        *,
        place: Place | None = None,
        default: str | None = None,
    ) -> str:
        """A new item; the unit waits for it. Returns its id. Raises question-refused: what is kept
        is kept whole, so there must be an end to it."""
        if len(text) + len(default or "") > QUESTION_LIMIT:
            raise _refused(f"The question is longer than {QUESTION_LIMIT} characters.")
        await self._pause("question")
        ticket = ""

        def asked(state: State) -> list[Fact]:
            nonlocal ticket
            if sum(i.unit == self._unit for i in state.items.values()) >= MOST_OPEN:
                raise _refused(f"{MOST_OPEN} questions of yours wait for an answer already.")
            ticket = next_item(state)
            return [Asked(self._unit, reason, text, options, place, default)]

        await self._world.inside.ledger.record(deciding=asked)
        self._asked()
        return ticket

    async def _asked_before(self, text: str) -> str | None:
        for item in self._world.state.items.values():
            if item.unit == self._unit and item.text == text:
                return item.id
        for answer in await self._world.inside.ledger.reader.answers(self._unit):
            if answer.question == text:
                return answer.id
        return None

    async def answer(self, ticket: str) -> str:
        """Wait for the answer. Cancelled when the agent no longer waits: it has its ticket."""
        answer = await self.wait_for(ticket)
        if answer is None:
            return WITHDRAWN
        self.sent.add(ticket)  # written before anything else can happen
        return answer.words

    async def wait_for(self, ticket: str) -> Answer | None:
        """The answer, marked as sent; None where the item was closed without one."""
        ledger = self._world.inside.ledger
        self._waiting += 1
        try:
            state = await ledger.until(lambda s: self._settled(s, ticket))
            answer = state.answers.get(ticket) or await ledger.reader.answer(ticket)
            if answer is not None:
                await self._record(AnswerSent(self._unit, ticket))
            return answer
        finally:
            self._waiting -= 1
            if self._waiting == 0:
                await self._record(WaitEnded(self._unit))

    async def _record(self, fact: Fact) -> None:
        """A unit that has ended meanwhile has no more use for it."""
        with contextlib.suppress(Stale):
            await self._world.inside.ledger.record(fact)

    def _settled(self, state: State, ticket: str) -> bool:
        return ticket not in state.items and state.units[self._unit].status is Status.RUNNING

    # ---- the rest

    async def who(self, subject: str) -> str:
        path, _, symbol = subject.partition("#")
        own = self._world.unit(self._unit).chunk
        found = [
            t
            for t in touchers(self._world.inside, path, symbol or None, None)
            if t.participant != own
        ]
        if not found:
            return f"Nobody else touches {subject}."
        lines = [
            f"- {t.participant} ({t.status or 'not committed'}): "
            f"{t.access.lower().replace('_', ' ')} "
            f"{t.path}{'#' + t.symbol if t.symbol else ''}, {t.evidence.lower()}"
            for t in found
        ]
        return "\n".join([f"Besides you, {subject} is touched by:", *lines])

    async def claim(self, paths: tuple[str, ...], symbols: tuple[str, ...], why: str) -> str:
        unit = self._world.unit(self._unit)
        old = self._world.state.claims.get(unit.chunk)
        claim = Claim(
            id=unit.chunk,
            paths=tuple(dict.fromkeys((*(old.paths if old else ()), *paths))),
            symbols=tuple(dict.fromkeys((*(old.symbols if old else ()), *symbols))),
            why=why,
        )
        await self._world.inside.ledger.record(Claimed(unit.id, claim))
        await self._reexamine(unit.chunk)
        found = [
            c
            for c in self._world.state.conflicts.values()
            if unit.chunk in (c.a, c.b) and c.overlaps
        ]
        if not found:
            return "Noted. Nobody else is there."
        lines = [f"- {c.other(unit.chunk)}: {c.verdict.lower()}. {c.why}" for c in found]
        return "\n".join(["Noted. You have this in common with others:", *lines])

    async def progress(self, text: str, percent: float | None) -> None:
        data: dict[str, object] = {"text": shown(text)}
        if percent is not None:
            data["percent"] = percent
        await self._world.inside.ledger.record(Told("progress", self._unit, data))


def shown(text: str) -> str:
    """An agent's words on how far it is, as much of them as is told."""
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _refused(message: str) -> PointsmanError:
    return PointsmanError("question-refused", message, "Ask less, or end your turn.")
