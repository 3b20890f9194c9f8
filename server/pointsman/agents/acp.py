"""The driver for the Agent Client Protocol, version 1: https://agentclientprotocol.com

We are the client. The agent is sandboxed whole, so ``fs/*`` and ``terminal/*`` are neither offered
nor served. Whatever the agent sends is checked before the protocol library sees it (``lines``), and
every handler is wrapped: no message of an agent's can end more than its own process.

One task lives as long as the process: it opens the session, takes one turn after the other, and
when the process is gone, for whatever reason, tells ``Exited``.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import acp
from acp import schema
from acp.connection import Connection
from pydantic import BaseModel, ValidationError

from pointsman.agents import acp_forms
from pointsman.agents.acp_session import open_session, request, words_of
from pointsman.agents.acp_updates import Meter, event_of, paths_of
from pointsman.agents.driver import Session
from pointsman.agents.events import (
    AgentEvent,
    Exited,
    PermissionAsked,
    QuestionAsked,
    Started,
    TurnEnded,
    TurnReason,
    UsageReport,
)
from pointsman.agents.failures import classify
from pointsman.agents.lines import JsonLines
from pointsman.agents.permissions import Choice, allowed_unasked
from pointsman.agents.process import PIPE_DRAIN, AgentProcess
from pointsman.agents.stream import EventStream
from pointsman.model.attention import Option

log = logging.getLogger(__name__)

OPENING_LIMIT = 120.0
"""Seconds from the start of the process to an open session."""
_GRACE = 2.0
"""Seconds between TERM and KILL where the agent is ended by us without a caller's word."""
_REASONS: dict[str, TurnReason] = {
    "end_turn": "end_turn",
    "cancelled": "cancelled",
    "refusal": "refusal",
    "max_tokens": "max_tokens",
    "max_turn_requests": "max_turn_requests",
}


class _Reply(NamedTuple):
    option: str | None
    text: str | None

    @property
    def words(self) -> str:
        return self.text if self.text is not None else (self.option or "")


class AcpDriver:
    """One ACP agent process."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._process: AgentProcess | None = None
        self._connection: Connection | None = None
        self._life: asyncio.Task[None] | None = None
        self._stream = EventStream()
        self._silent = asyncio.Event()
        self._prompts: asyncio.Queue[str | None] = asyncio.Queue()
        self._asks: dict[str, asyncio.Future[_Reply | None]] = {}
        self._asked = 0
        self._session_id: str | None = None
        self._replaying = False
        self._meter = Meter()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self, text: str) -> None:
        await self._begin(None, text)

    async def resume(self, session: str, text: str) -> None:
        await self._begin(session, text)

    def events(self) -> AsyncIterator[AgentEvent]:
        return self._stream.read()

    async def prompt(self, text: str) -> bool:
        if self._life is None or self._life.done():
            return False
        self._prompts.put_nowait(text)
        return True

    async def answer(self, ask: str, *, option: str | None = None, text: str | None = None) -> bool:
        waiting = self._asks.get(ask)
        if waiting is None or waiting.done():
            return False
        waiting.set_result(_Reply(option, text))
        return True

    async def cancel(self) -> None:
        # The client answers every open permission request with "cancelled" (ACP, Prompt turn).
        for waiting in self._asks.values():
            if not waiting.done():
                waiting.set_result(None)
        if self._connection is not None and self._session_id is not None:
            with contextlib.suppress(ConnectionError):  # it is gone; Exited tells
                await self._connection.send_notification(
                    "session/cancel", {"sessionId": self._session_id}
                )

    async def stop(self, grace: float) -> None:
        if self._process is not None:
            await self._process.stop(grace)
        if self._life is not None:
            await asyncio.wait([self._life])

    # ---- the life of the process

    async def _begin(self, resume: str | None, text: str) -> None:
        assert self._process is None, "a driver is for one process"
        self._process = await AgentProcess.start(self._session)
        self._life = asyncio.create_task(
            self._live(self._process, resume, text), name=f"agent {self._session.unit}"
        )

    async def _live(self, process: AgentProcess, resume: str | None, text: str) -> None:
        connection = self._connection = Connection(
            self._handle,
            JsonLines(
                process.stdout,
                process.stdin,
                noise=process.note,
                room=self._stream.room,
                ended=self._ended,
            ),
        )
        watch = asyncio.create_task(self._watch(process, connection))
        try:
            await self._converse(connection, resume, text)
        except ConnectionError:
            pass  # the process is gone or its stream is over
        except TimeoutError:
            process.note(f"It opened no session within {OPENING_LIMIT:.0f} s.")
        except (acp.RequestError, ValidationError) as error:
            process.note(words_of(error))
        except Exception:
            log.exception("the driver of %s failed", self._session.unit)
        finally:
            await process.stop(_GRACE)
            await watch
            words = process.last_words
            failure = classify(words)._asdict()
            self._stream.tell(Exited(code=process.code, last_words=words, **failure))

    async def _watch(self, process: AgentProcess, connection: Connection) -> None:
        """When the process is gone, end every wait for it. A grandchild may hold its pipes open."""
        await process.wait()
        self._stream.lift()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._silent.wait(), PIPE_DRAIN)
        await connection.close()
        self._ended()

    def _ended(self) -> None:
        """Nothing more comes from the agent."""
        self._silent.set()
        self._prompts.put_nowait(None)

    async def _converse(self, connection: Connection, resume: str | None, text: str) -> None:
        async with asyncio.timeout(OPENING_LIMIT):
            # Loading replays the whole conversation as updates; they were told when they happened.
            self._replaying = resume is not None
            opened = await open_session(connection, self._session, resume)
            self._replaying = False
        self._stream.tell(opened)
        if not isinstance(opened, Started):
            return
        self._session_id = opened.session
        prompt: str | None = text
        while prompt is not None:
            await self._turn(connection, prompt)
            prompt = await self._prompts.get()

    # ---- turns

    async def _turn(self, connection: Connection, text: str) -> None:
        assert self._session_id is not None
        prompt = schema.PromptRequest(
            session_id=self._session_id, prompt=[schema.TextContentBlock(type="text", text=text)]
        )
        try:
            ended = await request(connection, "session/prompt", prompt)
        except acp.RequestError as error:
            words = words_of(error)
            failure = classify(words)._asdict()
            self._stream.tell(TurnEnded(reason="failed", error=words, **failure))
            return
        ended = ended if isinstance(ended, dict) else {}
        usage = ended.get("usage")
        total = usage.get("totalTokens") if isinstance(usage, dict) else None
        if isinstance(total, int):
            self._used(tokens=self._meter.tokens(total))
        said = str(ended.get("stopReason"))
        if said in _REASONS:
            self._stream.tell(TurnEnded(reason=_REASONS[said]))
        else:
            self._stream.tell(TurnEnded(reason="failed", error=f"unknown stop reason {said!r}"))

    # ---- what the agent asks of us

    async def _handle(self, method: str, params: Any, is_notification: bool) -> Any:
        try:
            if is_notification:
                if method == "session/update":
                    self._updated(params)
                return None
            if method == "session/request_permission":
                return await self._permission(params)
            if method == "elicitation/create":
                return await self._elicitation(params)
        except ValidationError as error:
            if is_notification:
                return None  # an update of a later protocol, or nonsense: nothing to tell
            raise acp.RequestError.invalid_params({"details": str(error)}) from None
        except Exception as error:
            log.exception("%s sent %s, which failed here", self._session.unit, method)
            raise acp.RequestError.internal_error() from error
        raise acp.RequestError.method_not_found(method)

    def _updated(self, params: Any) -> None:
        if self._replaying:
            return
        update = schema.SessionNotification.model_validate(params).update
        if isinstance(update, schema.UsageUpdate):
            if update.cost is not None and update.cost.currency.upper() == "USD":
                self._used(money=self._meter.money(update.cost.amount))
            return
        event = event_of(update, self._session.workspace)
        if event is not None:
            self._stream.tell(event)

    async def _permission(self, params: Any) -> BaseModel:
        asked = schema.RequestPermissionRequest.model_validate(params)
        paths = paths_of(asked.tool_call, self._session.workspace)
        chosen = allowed_unasked(
            asked.tool_call.kind,
            paths,
            [Choice(option.option_id, option.kind) for option in asked.options],
            self._session.policy,
            confined=self._session.confined,
        )
        if chosen is None:
            reply = await self._wait_for(
                PermissionAsked(
                    id=self._next_ask(),
                    text=asked.tool_call.title or "The agent asks for a permission.",
                    tool=asked.tool_call.kind,
                    paths=paths,
                    options=tuple(
                        Option(id=o.option_id, label=o.name, kind=o.kind) for o in asked.options
                    ),
                )
            )
            chosen = reply.option if reply is not None else None
        if chosen is None:
            return schema.RequestPermissionResponse(
                outcome=schema.DeniedOutcome(outcome="cancelled")
            )
        return schema.RequestPermissionResponse(
            outcome=schema.AllowedOutcome(outcome="selected", option_id=chosen)
        )

    async def _elicitation(self, params: Any) -> BaseModel:
        asked = params if isinstance(params, dict) else {}
        form = acp_forms.fields(str(asked.get("message", "")), asked.get("requestedSchema"))
        if asked.get("mode") != "form" or not form:
            return schema.DeclineElicitationResponse(action="decline")
        content: dict[str, Any] = {}
        for field in form:
            reply = await self._wait_for(
                QuestionAsked(
                    id=self._next_ask(),
                    text=field.text,
                    options=field.options,
                    default=field.default,
                )
            )
            if reply is None:
                return schema.CancelElicitationResponse(action="cancel")
            content[field.name] = field.value(reply.words)
        return schema.AcceptElicitationResponse(action="accept", content=content)

    def _next_ask(self) -> str:
        self._asked += 1
        return f"{self._session.unit}/{self.pid}/{self._asked}"

    async def _wait_for(self, asked: PermissionAsked | QuestionAsked) -> _Reply | None:
        """Tell the question and wait for its answer; None if the turn was cancelled meanwhile."""
        waiting: asyncio.Future[_Reply | None] = asyncio.get_running_loop().create_future()
        self._asks[asked.id] = waiting
        self._stream.tell(asked)
        try:
            return await waiting
        finally:
            del self._asks[asked.id]

    def _used(self, *, tokens: int = 0, money: float = 0.0) -> None:
        if tokens or money:
            self._stream.tell(UsageReport(tokens=tokens, money=money))


DRIVER = AcpDriver
