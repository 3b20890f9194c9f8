"""What there is to say of a symbol, a conflict or a chunk, as markdown. Pure.

Names and sentences come from the repository and from agents: they are written so that they stay
words, whatever is in them.
"""

import re
from collections.abc import Iterable, Iterator

from pointsman.doors.lsp.overview import Overview, Unit
from pointsman.doors.lsp.touching import Note, Touch, state
from pointsman.model.attention import AttentionItem
from pointsman.model.budget import Usage
from pointsman.model.conflict import Conflict, Verdict
from pointsman.model.footprint import Evidence

_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$-])")
_ESCAPED = re.compile(r"\\([^\sA-Za-z0-9])")
TEXT_LIMIT = 500
"""Characters of an agent's words on a card."""


def words(text: str, limit: int = TEXT_LIMIT) -> str:
    """``text`` on one line, with nothing in it that markdown would take for its own."""
    line = " ".join(text.split())
    return _MARKUP.sub(r"\\\1", line if len(line) <= limit else line[: limit - 1] + "…")


def plain(card: str) -> str:
    """A card for a client that takes no markdown."""
    return _ESCAPED.sub(r"\1", card.replace("**", ""))


def symbol_card(path: str, note: Note) -> str:
    """Who touches a symbol, on what evidence, and what collides there."""
    name = f"{words(note.symbol.name)} in {words(path)}" if note.symbol is not None else words(path)
    return "\n\n".join(
        [
            f"**{name}**",
            "\n".join(f"- {line}" for line in _touches(note.all)),
            *(conflict_card(conflict) for conflict in note.conflicts),
        ]
    )


def _touches(touches: Iterable[Touch]) -> Iterator[str]:
    for touch in sorted(touches, key=lambda t: (t.unit.chunk, t.rank)):
        inside = f" in {words(touch.inside)}" if touch.inside is not None else ""
        said = [touch.evidence.lower()]
        if touch.evidence is not Evidence.OBSERVED or touch.confidence < 1:
            said.append(f"{touch.confidence:.0%}")
        if touch.why is not None:
            said.append(words(touch.why))
        told = f"**{words(touch.unit.chunk)}** {touch.does} it{inside}{state(touch.unit)}"
        yield f"{told}: {', '.join(said)}"


def conflict_card(conflict: Conflict) -> str:
    """A conflict: how likely, what was said of it, and why it is one."""
    if conflict.verdict is Verdict.ASK_OPERATOR:
        outcome = "undecided"
    elif conflict.first is not None:
        outcome = f"{words(conflict.other(conflict.first))} waits for {words(conflict.first)}"
    else:
        outcome = conflict.verdict.lower()
    pair = f"**{words(conflict.a)} and {words(conflict.b)}**"
    return f"{pair}: {conflict.probability:.0%} likely to collide, {outcome}. {words(conflict.why)}"


def unit_card(unit: Unit, overview: Overview) -> str:
    """Where a unit is: status, phase, agent, base, what it waits for, what it has used."""
    at = " · ".join(filter(None, (unit.status.replace("_", " "), unit.phase))).lower()
    lines = [f"**{words(unit.chunk)}** · {at}", ""]
    lines += [f"- {key}: {words(value)}" for key, value in _facts(unit)]
    if unit.chunk in overview.units:
        waiting = (item for item in overview.items if item.chunk == unit.chunk)
        lines += [f"- waits for you: {_asked(item)}" for item in waiting]
    return "\n".join(lines)


def _facts(unit: Unit) -> Iterator[tuple[str, str]]:
    yield "unit", unit.id
    if unit.agent is not None:
        tries = f", {unit.attempts} failed attempts" if unit.attempts else ""
        yield "agent", f"{unit.agent}{tries}"
    if unit.base is not None:
        yield "base", unit.base
    if unit.blocked_by:
        yield "blocked by", ", ".join(unit.blocked_by)
    if used := usage(unit.usage):
        yield "used", used


def usage(used: Usage) -> str:
    """What a unit has used so far; empty where that is nothing."""
    parts = [
        f"{used.tokens:,} tokens" if used.tokens else "",
        f"{used.money:.2f} of money" if used.money else "",
        f"{used.seconds / 60:.0f} min" if used.seconds >= 60 else "",
    ]
    return ", ".join(part for part in parts if part)


def _asked(item: AttentionItem) -> str:
    return f"{item.reason.lower().replace('_', ' ')}: {words(item.text)}"


def chunk_page(chunk: str, overview: Overview) -> str:
    """All that is known of a chunk in the pool: its unit, and its conflicts with what they are."""
    unit = overview.units.get(chunk) or overview.ended.get(chunk)
    parts = [f"# {words(chunk)}"]
    parts.append(unit_card(unit, overview) if unit is not None else "It is not in the pool.")
    conflicts = [c for c in overview.conflicts if chunk in (c.a, c.b)]
    if conflicts:
        parts.append("## Conflicts")
    for conflict in conflicts:
        parts.append(conflict_card(conflict))
        parts.append("\n".join(f"- {words(overlap.detail)}" for overlap in conflict.overlaps))
    return "\n\n".join(part for part in parts if part) + "\n"


def who_page(path: str, note: Note | None) -> str:
    """Who touches a symbol or a file, as a page of its own."""
    if note is None:
        return f"# {words(path)}\n\nNobody touches it.\n"
    return f"# {words(path)}\n\n{symbol_card(path, note)}\n"
