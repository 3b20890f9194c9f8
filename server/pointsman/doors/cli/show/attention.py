"""Attention items, as people see them."""

from typing import Any

from rich.text import Text

from pointsman.doors.cli.out import Out, dotted, joined
from pointsman.doors.cli.text import count, place_text, since

Wire = dict[str, Any]


def attention(result: Wire, out: Out) -> None:
    items = result["items"]
    for n, item in enumerate(items):
        if n:
            out.say()
        show_item(item, out)
        out.say(Text(f"pointsman answer {item['id']} {_how(item)}", style="cyan"), indent=2)
        if item.get("unmerged"):
            out.say(Text(f"pointsman diff {item['unit']} --conflict", style="cyan"), indent=2)
    if not items:
        out.say(Text("✓ ", style="green"), "nothing waits for you")


def show_item(item: Wire, out: Out) -> None:
    """One item whole: whose it is and since when, its text, its options."""
    out.say(title(item))
    out.say(item["text"].strip(), indent=2)
    for number, option in enumerate(item["options"], start=1):
        description = option.get("description")
        out.say(
            Text(f"{number} ", style="bold cyan"),
            option["label"],
            Text(f"  {option['id']}" if option["id"] != option["label"] else "", style="dim"),
            joined(Text(" · ", "dim"), description) if description else "",
            indent=2,
        )
    _default(item, out)


def _default(item: Wire, out: Out) -> None:
    if item.get("default"):
        out.say(Text("without an answer it would choose: ", "dim"), item["default"], indent=2)


def title(item: Wire) -> Text:
    """``q1 · shout asks · 12s ago · 2 more units wait · src/a.py:4``."""
    parts = [
        Text(item["id"], style="bold yellow"),
        joined(Text(item.get("chunk") or "Pointsman", "bold"), f" {ASKS[item['reason']]}"),
        Text(f"{since(item['since'])} ago", style="dim"),
    ]
    if (others := item.get("blocks", 0) - 1) > 0:
        words = count(others, "more unit waits", "more units wait")
        parts.append(Text(words, style="magenta"))
    if where := place_text(item.get("place")):
        parts.append(Text(where, style="dim"))
    return dotted(parts)


ASKS = {
    "QUESTION": "asks",
    "PERMISSION": "asks for permission",
    "CONFLICT": "needs a verdict",
    "LANDING_CONFLICT": "does not merge",
    "CHECKS_FAILED": "fails its checks",
    "AGENT_FAILED": "can't go on",
    "DEPENDENCY_GONE": "lost what it depends on",
    "BUDGET": "used up its budget",
    "BASE_DIRTY": "can't land: base is in use",
    "SANDBOX_DENIED": "was denied something",
    "CIRCUIT_OPEN": "stopped starting agents",
}
"""What each reason says of the chunk that it is about."""


def _how(item: Wire) -> str:
    if item["options"]:
        return "NUMBER|TEXT" if item.get("freeText", True) else "NUMBER"
    return "TEXT"


def answered(result: Wire, out: Out) -> None:
    item = result["item"]
    waits = item["reason"] in ("QUESTION", "PERMISSION")
    how = (
        ": its agent has it"
        if result["delivered"] and waits
        else ": its agent is told when it goes on"
        if waits
        else ""
    )
    out.say(Text("✓ ", style="green"), f"{item['id']} is answered{how}")
