"""What units did, as people see it: patches, transcripts, events, snapshots, landings."""

import sys
from typing import Any

from rich.text import Text

from pointsman.doors.cli.out import STYLES, Out
from pointsman.doors.cli.text import clean, count, moment, one_line, since

Wire = dict[str, Any]


def diff(result: Wire, out: Out) -> None:
    """Coloured on a terminal; to a pipe the patch as it is, so that ``git apply`` takes it."""
    if not out.terminal:
        sys.stdout.buffer.write(result["patch"].encode("utf-8", "surrogateescape"))
        return
    for line in clean(result["patch"]).splitlines():
        out.console.print(Text(line, style=_patch_style(line)), soft_wrap=True)
    if result.get("cut"):
        out.say("The patch is longer than this; the rest is cut.", style="yellow")
    if not result["files"]:
        out.say("It has changed nothing.")


def _patch_style(line: str) -> str:
    for start, style in (
        ("+++", "bold"),
        ("---", "bold"),
        ("diff ", "bold"),
        ("@@", "cyan"),
        ("+", "green"),
        ("-", "red"),
    ):
        if line.startswith(start):
            return style
    return ""


def stat(result: Wire, out: Out) -> None:
    """The files alone."""
    out.table(
        ("", "ADDED", "REMOVED", "FILE"),
        (
            (
                f["status"],
                Text(f"+{f['added']}" if f.get("added") is not None else "binary", style="green"),
                Text(f"-{f['removed']}" if f.get("removed") is not None else "", style="red"),
                f"{f['oldPath']} → {f['path']}" if f.get("oldPath") else f["path"],
            )
            for f in result["files"]
        ),
    )
    out.say(f"{count(len(result['files']), 'file')} changed against {result['base'][:9]}")


SIDES = {"base": "as both began", "ours": "on base now", "theirs": "the unit's"}


def conflict(result: Wire, out: Out) -> None:
    """What does not merge: each file with its three versions, who landed, and where they meet."""
    for n, file in enumerate(result["unmerged"]):
        if n:
            out.say()
        out.say(Text(one_line(file["path"]), style="bold"), Text(f"  {file['kind']}", style="red"))
        out.say(one_line(file["says"]), indent=2)
        for change in file.get("landed", ()):
            who = [change.get("unit") or change["subject"], *change.get("symbols", ())]
            told = " · ".join(one_line(word) for word in who)
            out.say(Text(change["commit"][:9], style="yellow"), f" {told}", indent=2)
        for side, what in SIDES.items():
            version = file.get(side)
            at = Text(version["blob"][:12] if version else "no file", style="cyan")
            out.say(Text(f"{side:7}", style="dim"), at, Text(f"  {what}", style="dim"), indent=2)
        for line in clean(file.get("hunks") or "").splitlines():
            out.console.print(Text("  " + line, style=_place_style(line)), soft_wrap=True)


def _place_style(line: str) -> str:
    return "cyan" if line.startswith(("<<<<<<<", "|||||||", "=======", ">>>>>>>")) else ""


LINE_STYLES = {
    "message": "",
    "thought": "dim italic",
    "tool_call": "cyan",
    "plan": "dim",
    "prompt": "blue",
    "usage": "dim",
    "exited": "dim",
    "turn_ended": "dim",
    "started": "dim",
    "question_asked": "yellow",
    "permission_asked": "yellow",
}


def log(result: Wire, out: Out) -> None:
    for line in result["lines"]:
        show_line(line, out)
    if not result["lines"]:
        out.say("It has said nothing so far.")


def show_line(line: Wire, out: Out) -> None:
    """One line of a transcript: when, what it is, what was said."""
    style = LINE_STYLES.get(line["kind"], "")
    text = clean(line["text"]).rstrip("\n")
    if line["kind"] == "plan":
        text = _plan(line.get("data") or {}) or text
    if line["kind"] == "usage" or (not text and line["kind"] == "tool_call"):
        return
    at = moment(line["at"]).astimezone().strftime("%H:%M:%S")
    first, *more = text.split("\n") or [""]
    kind = line["kind"].replace("_", " ")
    out.console.print(
        Text.assemble((f"{at} ", "dim"), (f"{kind:13.13} ", style or "bold"), (first, style)),
        soft_wrap=True,
    )
    for rest in more:
        out.console.print(Text(" " * 23 + rest, style=style), soft_wrap=True)


def _plan(data: Wire) -> str:
    signs = {"completed": "✓", "in_progress": "●"}
    return "  ".join(
        f"{signs.get(entry.get('status'), '·')} {one_line(entry.get('text', ''))}"
        for entry in data.get("entries", ())
    )


def events(result: Wire, out: Out) -> None:
    for event in result["events"]:
        show_event(event, out)
    if result.get("resync"):
        out.say(f"What came next is kept no longer. The newest event is {result['seq']}.")
    elif not result["events"]:
        out.say("Nothing has happened.")


EVENT_WIDTH = 160


def show_event(event: Wire, out: Out) -> None:
    """One event on one line."""
    at = moment(event["at"]).astimezone().strftime("%H:%M:%S")
    data = event["data"]
    told = Text(one_line(_event_words(event["kind"], data)))
    told.truncate(EVENT_WIDTH, overflow="ellipsis")
    status = data.get("unit", {}).get("status") if isinstance(data.get("unit"), dict) else None
    if status:
        told.stylize(STYLES.get(status, ""))
    out.console.print(
        Text.assemble(
            (f"{event['seq']:>6} {at} ", "dim"),
            (f"{event['kind']:17} ", "cyan"),
            (f"{one_line(event.get('unit') or ''):16} ", "bold"),
            told,
        ),
        soft_wrap=True,
    )


def _event_words(kind: str, data: Wire) -> str:
    match kind, data:
        case "unit.changed", {"unit": found}:
            words = f"{found['status']} {(found.get('phase') or '').lower()}"
        case "conflict.changed", {"conflict": found}:
            words = f"{found['a']} × {found['b']} {found['verdict']}"
        case "attention.opened", {"item": found}:
            words = f"{found['id']} {found['reason']}: {found['text']}"
        case "attention.closed", {"item": item, "answer": answer, "door": door}:
            how = "your default" if door == "default" else f"the {door} door"
            words = f"{item} answered by {how}: {answer}"
        case "snapshot.taken", {"snapshot": found}:
            words = f"{found['id'][:12]} {found['why']}"
        case "footprint.changed", {"paths": paths}:
            words = ", ".join(paths)
        case "landing.step", _:
            found = data.get("landing", data)
            words = f"{found['state']} {(found.get('commit') or '')[:12]}"
        case _:
            told = (value for value in data.values() if isinstance(value, str | int | float))
            words = " ".join(f"{v:.0f}" if isinstance(v, float) else str(v) for v in told)
    return words.strip()


def snapshots(result: Wire, out: Out) -> None:
    if not result["snapshots"]:
        out.say("It has no snapshot yet.")
    out.table(
        ("SNAPSHOT", "TAKEN", "FILES", "WHY"),
        (
            (
                Text(s["id"][:12], style="yellow"),
                f"{since(s['at'])} ago",
                str(s["files"]),
                s["why"] + (f"; not kept: {', '.join(s['unsaved'])}" if s.get("unsaved") else ""),
            )
            for s in result["snapshots"]
        ),
    )


def landings(result: Wire, out: Out) -> None:
    if not result["landings"]:
        out.say("Nothing has landed yet.")
    out.table(
        ("UNIT", "STATE", "SINCE", "COMMIT"),
        (
            (
                found["unit"],
                Text(found["state"], style="green" if found["state"] == "LANDED" else "cyan"),
                f"{since(found['at'])} ago",
                f"{(found.get('commit') or '')[:9]} {_subject(found.get('message') or '')}",
            )
            for found in result["landings"]
        ),
    )
    for found in result["landings"]:
        for words in found.get("settled", ()):
            out.say(Text(f"{found['unit']}: ", style="bold"), words)


def _subject(message: str) -> str:
    return one_line(message.partition("\n")[0])


def workspaces(result: Wire, out: Out) -> None:
    if not result["workspaces"]:
        out.say("No workspace is cut.")
    out.table(
        ("UNIT", "STATUS", "BASE", "FOLDER"),
        (
            (
                found["unit"],
                Text(found["status"], style=STYLES.get(found["status"], "")),
                (found.get("base") or "")[:9],
                found["path"],
            )
            for found in result["workspaces"]
        ),
    )
