"""Conflicts, footprints and who touches what, as people see them."""

from typing import Any

from rich.text import Text

from pointsman.doors.cli.out import STYLES, Out
from pointsman.doors.cli.text import one_line

Wire = dict[str, Any]

VERDICT_STYLES = {"INDEPENDENT": "green", "SERIALIZE": "magenta", "ASK_OPERATOR": "bold yellow"}


def conflicts(result: Wire, out: Out) -> None:
    for n, conflict in enumerate(result["conflicts"]):
        if n:
            out.say()
        _conflict(conflict, out)
    if not result["conflicts"]:
        out.say(Text("✓ ", style="green"), "no two have anything in common")


def _conflict(conflict: Wire, out: Out) -> None:
    a, b = one_line(conflict["a"]), one_line(conflict["b"])
    out.say(
        Text(conflict["id"] + " " if conflict["id"] else "", style="dim"),
        Text(f"{a} × {b}", style="bold"),
        "  ",
        verdict_text(conflict),
        Text(f"  {conflict['probability']:.0%}", style="dim"),
    )
    for overlap in conflict["overlaps"]:
        out.say(Text(f"{overlap['type'].lower():10}", style="cyan"), overlap["detail"], indent=2)
    if not conflict["overlaps"] and conflict.get("why"):
        out.say(conflict["why"], indent=2)
    if not conflict["resolved"] and conflict["id"]:
        out.say(
            Text(f"pointsman verdict {a} {b} independent", style="cyan"),
            Text(" or ", style="dim"),
            Text(f"serialize --first {a}", style="cyan"),
            indent=2,
        )


def verdict_text(conflict: Wire) -> Text:
    """``SERIALIZE, a first (operator)``."""
    verdict = conflict["verdict"]
    text = Text(verdict, style=VERDICT_STYLES[verdict])
    if conflict.get("first"):
        text.append(f", {one_line(conflict['first'])} first")
    text.append(f" ({conflict['decidedBy']})", style="dim")
    return text


def judged(result: Wire, out: Out) -> None:
    conflict = result["conflict"]
    out.say(
        Text("✓ ", style="green"),
        f"{conflict['a']} × {conflict['b']}  ",
        verdict_text(conflict),
    )


def who(result: Wire, out: Out) -> None:
    if not result["touches"]:
        out.say(Text("✓ ", style="green"), "nobody")
    out.table(
        ("WHO", "STATUS", "DOES", "HOW SURE", "", "LINES", "SYMBOL"),
        (
            (
                t.get("chunk") or t["participant"],
                Text(t.get("status") or "", style=STYLES.get(t.get("status") or "", "")),
                _words(t["access"]),
                t["evidence"].lower(),
                f"{t['confidence']:.0%}" if "confidence" in t else "",
                _lines(t),
                t.get("symbol") or "",
            )
            for t in result["touches"]
        ),
    )


def footprint(result: Wire, out: Out) -> None:
    if not result["touches"]:
        out.say("It touches nothing that is known yet.")
    out.table(
        ("DOES", "HOW SURE", "", "WHERE"),
        (
            (
                _words(t["access"]),
                t["evidence"].lower(),
                f"{t['confidence']:.0%}",
                _where(t),
            )
            for t in result["touches"]
        ),
    )


def _where(touch: Wire) -> str:
    place = str(touch["path"])
    if touch.get("symbol"):
        place += f"#{touch['symbol']}"
    return f"{place}:{_lines(touch)}" if touch.get("lines") else place


def _lines(touch: Wire) -> str:
    """As people count them, from 1; nothing where it is all of the file."""
    lines = touch.get("lines")
    return f"{lines[0] + 1}-{lines[1] + 1}" if lines else ""


def _words(access: str) -> str:
    return access.lower().replace("_", " ")
