"""What an agent's driver tells, in the order in which the agent said it.

``Exited`` is always the last event of a stream and comes exactly once.
"""

from typing import Literal

from pointsman.model.attention import Option
from pointsman.model.base import Word

TurnReason = Literal[
    "end_turn", "cancelled", "refusal", "max_tokens", "max_turn_requests", "failed"
]


class AgentEvent(Word):
    """Base of all events. ``kind`` names the event in transcripts."""

    kind: str


class Started(AgentEvent):
    """A session is open. ``session`` is the agent's own id of it; None if it has none to resume."""

    kind: Literal["started"] = "started"
    session: str | None
    resumed: bool = False


class SessionLost(AgentEvent):
    """The session can't be resumed: start anew, with every question and answer so far.

    The process is stopped; ``Exited`` follows.
    """

    kind: Literal["session_lost"] = "session_lost"
    session: str
    why: str


class StartRefused(AgentEvent):
    """The agent runs but opens no session, and would not the next time (no login, unknown mode).

    The process is stopped; ``Exited`` follows.
    """

    kind: Literal["start_refused"] = "start_refused"
    why: str


class Message(AgentEvent):
    """A piece of what the agent says; pieces of one message follow each other."""

    kind: Literal["message"] = "message"
    text: str


class Thought(AgentEvent):
    kind: Literal["thought"] = "thought"
    text: str


class ToolCall(AgentEvent):
    """A tool call began or went on. Fields that did not change are None or empty."""

    kind: Literal["tool_call"] = "tool_call"
    id: str
    title: str | None = None
    tool: str | None = None
    """``read``, ``edit``, ``delete``, ``move``, ``search``, ``execute``, ``think``, ``fetch``,
    ``switch_mode`` or ``other``."""
    status: str | None = None
    """``pending``, ``in_progress``, ``completed`` or ``failed``."""
    paths: tuple[str, ...] = ()
    """Relative to the workspace with ``/``; absolute where they lie outside of it."""
    output: str | None = None
    """The end of what came of a call that failed."""


class PlanEntry(Word):
    text: str
    status: str


class Plan(AgentEvent):
    """The agent's whole plan, as it is now."""

    kind: Literal["plan"] = "plan"
    entries: tuple[PlanEntry, ...]


class UsageReport(AgentEvent):
    """What was used since the last report. ``money`` is in US dollars."""

    kind: Literal["usage"] = "usage"
    tokens: int = 0
    money: float = 0.0


class PermissionAsked(AgentEvent):
    """The agent waits for leave to do something. Settled by ``Driver.answer(id, option)``."""

    kind: Literal["permission_asked"] = "permission_asked"
    id: str
    text: str
    tool: str | None
    paths: tuple[str, ...]
    options: tuple[Option, ...]


class QuestionAsked(AgentEvent):
    """The agent waits for an answer. Settled by ``Driver.answer(id, option or text)``."""

    kind: Literal["question_asked"] = "question_asked"
    id: str
    text: str
    options: tuple[Option, ...] = ()
    default: str | None = None


class TurnEnded(AgentEvent):
    """The agent is done with the last prompt. ``error`` says why it ``failed``."""

    kind: Literal["turn_ended"] = "turn_ended"
    reason: TurnReason
    error: str | None = None
    transient: bool = False
    """Trying again later may help: overloaded, rate limit, network."""
    wait: float | None = None
    """Seconds until then, where the agent said so."""


class Exited(AgentEvent):
    """The process is gone, and all that it started. ``code`` is negative for a signal."""

    kind: Literal["exited"] = "exited"
    code: int | None
    last_words: str = ""
    """The end of what it wrote to stderr, and what it was stopped for."""
    transient: bool = False
    wait: float | None = None
