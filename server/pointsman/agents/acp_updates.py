"""ACP's ``session/update`` and ``session/request_permission`` as events. Pure."""

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from acp import schema

from pointsman.agents.events import (
    AgentEvent,
    Message,
    Plan,
    PlanEntry,
    Thought,
    ToolCall,
)

_MORE_PATHS = 100
"""Paths told of one tool call."""
_OUTPUT_KEPT = 8 * 1024
"""Characters of a failed call's output."""
_MOST_TOKENS = 10**12
_MOST_MONEY = 10.0**9
"""Totals beyond these, below 0, or no number at all are nonsense, and count for nothing."""


def event_of(update: object, workspace: Path) -> AgentEvent | None:
    """The event that an update makes, or None for one that tells nothing to us."""
    match update:
        case schema.AgentMessageChunk():
            return _said(Message, update)
        case schema.AgentThoughtChunk():
            return _said(Thought, update)
        case schema.ToolCallStart() | schema.ToolCallProgress():
            return ToolCall(
                id=update.tool_call_id,
                title=update.title,
                tool=update.kind,
                status=update.status,
                paths=paths_of(update, workspace),
                output=_output(update) if update.status == "failed" else None,
            )
        case schema.AgentPlanUpdate():
            return Plan(
                entries=tuple(PlanEntry(text=e.content, status=e.status) for e in update.entries)
            )
        case _:
            return None


def _said(
    kind: type[Message] | type[Thought], chunk: schema.AgentMessageChunk | schema.AgentThoughtChunk
) -> AgentEvent | None:
    content = chunk.content
    return kind(text=content.text) if isinstance(content, schema.TextContentBlock) else None


def _output(call: schema.ToolCallStart | schema.ToolCallProgress) -> str:
    """What it printed or was told, as text: its content, else its raw output."""
    texts = [
        part.content.text
        for part in call.content or ()
        if isinstance(part, schema.ContentToolCallContent)
        and isinstance(part.content, schema.TextContentBlock)
    ]
    raw = call.raw_output
    if not texts and raw is not None:
        texts = [raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False, indent=0)]
    return "\n".join(texts)[-_OUTPUT_KEPT:]


def paths_of(
    call: schema.ToolCallStart | schema.ToolCallProgress | schema.ToolCallUpdate, workspace: Path
) -> tuple[str, ...]:
    """The paths that a tool call names, in its locations and its diffs, without doubles."""
    named = [location.path for location in call.locations or ()]
    named += [
        content.path
        for content in call.content or ()
        if isinstance(content, schema.FileEditToolCallContent)
    ]
    return tuple(dict.fromkeys(relative(named, workspace)))[:_MORE_PATHS]


def relative(paths: Iterable[str], workspace: Path) -> Sequence[str]:
    """Relative to the workspace where they lie in it, else absolute; links are not followed."""
    told = []
    for path in paths:
        whole = os.path.normpath(workspace / path)
        inside = os.path.relpath(whole, workspace)
        told.append(whole if inside == ".." or inside.startswith("../") else inside)
    return told


class Meter:
    """Turns an agent's growing totals into what was used since the last report.

    Both totals count from the start of the agent's session or of its process, as it pleases; a
    total that went down has begun anew. They are the agent's word: no total makes a sum that could
    not be kept.
    """

    def __init__(self) -> None:
        self._tokens = 0
        self._money = 0.0

    def tokens(self, total: int) -> int:
        if not 0 <= total <= _MOST_TOKENS:
            return 0
        used = total - self._tokens if total >= self._tokens else total
        self._tokens = total
        return used

    def money(self, total: float) -> float:
        if not 0 <= total <= _MOST_MONEY:
            return 0.0
        used = total - self._money if total >= self._money else total
        self._money = total
        return used
