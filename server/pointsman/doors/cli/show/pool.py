"""Units, as people see them: what goes in, what each is at, what was changed."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.text import Text

from pointsman.doors.cli.out import GLYPHS, STYLES, Out, dotted, fields, joined, status_text
from pointsman.doors.cli.text import count, listed, moment, one_line, place_text, since, span

Wire = dict[str, Any]


def problems(result: Wire, out: Out) -> int:
    """Exit code 1 if anything refuses the chunks; warnings do not."""
    found = result["problems"]
    for problem in found:
        _problem(problem, out)
    refusing = [p for p in found if p["code"] not in WARNINGS]
    if not found:
        out.say(Text("✓ ", style="green"), "nothing stands in the way")
    return 1 if refusing else 0


WARNINGS = frozenset({"reference-missing", "base-behind"})


def _problem(problem: Wire, out: Out) -> None:
    warning = problem["code"] in WARNINGS
    label = Text("warning" if warning else "error", style="yellow" if warning else "bold red")
    where = place_text(problem.get("place"))
    out.say(f"{where}: " if where else "", label, f"[{problem['code']}]: {problem['message']}")
    out.say(problem["remedy"], indent=2, style="dim")


def chunks(result: Wire, out: Out) -> None:
    for chunk in result["chunks"]:
        out.say(
            Text("○ ", style="cyan"), f"{chunk['name']}  ", Text(one_line(chunk["says"]), "dim")
        )
        if problem := chunk.get("problem"):
            _problem(problem, out)
    if not result["chunks"]:
        out.say("There is no chunk whose status is FUTURE and that is not in the pool.")


def injected(result: Wire, out: Out) -> None:
    for warning in result["warnings"]:
        _problem(warning, out)
    for unit in result["units"]:
        out.say(Text("+ ", style="green"), f"{unit['id']}  ", Text(f"agent {unit['agent']}", "dim"))
    many = count(len(result["units"]), "unit")
    out.say(f"{many} in the pool. ", Text("Watch: pointsman status --watch", style="dim"))


def submitted(result: Wire, out: Out) -> None:
    groups = (
        ("injected", result["injected"], "green"),
        ("not committed yet", result["uncommitted"], "yellow"),
        ("in the pool already", result["alreadyInjected"], "dim"),
    )
    for title, names, style in groups:
        if names:
            out.say(Text(f"{title}: ", style=style), listed(names))
    for problem in result.get("refused", ()):
        _problem(problem, out)
    if not any(names for _, names, _ in groups) and not result.get("refused"):
        out.say("There is no chunk whose status is FUTURE.")


def status(result: Wire, out: Out) -> None:
    out.say(heading(result["daemon"], result["units"]))
    units = sorted(result["units"], key=lambda u: u["createdAt"])
    if not units:
        out.say("The pool is empty. `pointsman new NAME` writes a chunk; commit it, then inject.")
        return
    out.say()
    heard = result["heard"]
    rows = [(*_row(unit), _silence(unit, heard.get(unit["id"]))) for unit in units]
    out.table(("UNIT", "STATUS", "FOR", "AGENT", "", ""), rows)


COUNTED = {"NEEDS_ATTENTION": "waiting for you"}


def heading(daemon: Wire, units: Iterable[Wire]) -> Text:
    """The repository, its base, what is unusual, and how many units are in which status."""
    shown = list(units)
    counts = [
        Text(f"{n} {COUNTED.get(name, name.lower())}", style=STYLES[name])
        for name in GLYPHS
        if (n := sum(u["status"] == name for u in shown))
    ]
    parts = [
        joined(
            Text(one_line(Path(daemon["repository"]).name), "bold"),
            Text(" → ", "dim"),
            daemon["base"],
        ),
        *(Text(words, style) for words, style in unusual(daemon)),
        *counts,
    ]
    return dotted(parts)


def _name(repository: str) -> str:
    """The last part of its path."""
    return one_line(repository.rstrip("/").rpartition("/")[2] or repository)


def unusual(daemon: Wire) -> list[tuple[str, str]]:
    """What an operator must know of how agents run, with its style."""
    found = []
    if daemon["paused"]:
        found.append(("PAUSED", "bold yellow"))
    if daemon["sandbox"] == "none":
        found.append(("NO SANDBOX", "bold red"))
    if daemon.get("network"):
        found.append((f"network open to {one_line(listed(daemon['network']))}", "red"))
    done, total = (daemon.get("index", {}).get(key) for key in ("done", "total"))
    if done is not None and done < total:
        found.append((f"reading symbols: {done} of {total} files", "dim"))
    return found


def _row(unit: Wire) -> tuple[Text | str, ...]:
    return (
        unit["id"],
        status_text(unit["status"]),
        since(unit["updatedAt"]),
        unit["agent"],
        what(unit),
    )


def _silence(unit: Wire, heard: str | None) -> Text:
    return Text(silence(heard, datetime.now(UTC)) if unit["status"] == "RUNNING" else "", "yellow")


SILENT = 60.0
"""Seconds without a word of an agent from which on that is said."""


def silence(heard: str | None, now: datetime) -> str:
    """``silent for 5m``; nothing while it is short, or where no agent is at work."""
    age = (now - moment(heard)).total_seconds() if heard else 0.0
    return f"silent for {span(age)}" if age >= SILENT else ""


def what(unit: Wire) -> Text:
    """What the unit does or waits for, in a few words."""
    text = Text(_what(unit))
    if unit.get("network") == "host" and unit["status"] in ("ASSIGNED", "RUNNING"):
        text.append(" · network", style="red")
    return text


def _what(unit: Wire) -> str:
    words = ""
    match unit["status"]:
        case "NEEDS_ATTENTION":
            item = unit["attention"]
            words = f"{item['id']} {item['reason']}: {one_line(item['text'])}"
        case "BLOCKED":
            words = f"after {one_line(listed(unit['blockedBy']))}"
        case "RUNNING" | "ASSIGNED":
            words = (unit.get("phase") or "IMPLEMENT").lower()
        case "READY":
            words = _ready(unit.get("notBefore"))
        case "COMPLETED":
            words = f"landed as {(unit.get('landedCommit') or '?')[:9]}"
        case "FAILED":
            words = f"pointsman retry {unit['id']}"
    return words


def _ready(not_before: str | None) -> str:
    if not_before:
        left = (datetime.fromisoformat(not_before) - datetime.now(UTC)).total_seconds()
        if left > 0:
            return f"tries again in {span(left)}"
    return "waits for a free agent"


def unit(result: Wire, out: Out) -> None:
    found = result["unit"]
    base = found["base"]
    usage = found["usage"]
    out.say(Text(found["id"], style="bold"), "  ", status_text(found["status"]), "  ", what(found))
    out.show(
        fields(
            ("phase", (found.get("phase") or "").lower()),
            ("priority", found["priority"]),
            ("depends on", ", ".join(found.get("dependsOn", ()))),
            ("agent", found["agent"]),
            ("base", f"{base['branch']} {(base.get('commit') or '')[:9]}"),
            ("workspace", found.get("workspace")),
            ("used", _used(usage)),
            ("landed as", found.get("landedCommit")),
        )
    )
    if result["attempts"]:
        out.say()
        out.table(
            ("ATTEMPT", "STARTED", "TOOK", "EXIT", "LAST WORDS"), map(_attempt, result["attempts"])
        )
    if result["snapshots"]:
        newest = result["snapshots"][-1]
        many = count(len(result["snapshots"]), "snapshot")
        out.say()
        out.say(f"{many}, the newest {newest['id'][:9]} {since(newest['at'])} ago")


def _used(usage: Wire) -> str:
    parts = [span(usage["seconds"])]
    if usage["tokens"]:
        parts.append(f"{usage['tokens']:,} tokens")
    if usage["money"]:
        parts.append(f"{usage['money']:.2f} US dollars")
    return ", ".join(parts)


def _attempt(attempt: Wire) -> tuple[str, ...]:
    start = datetime.fromisoformat(attempt["startedAt"])
    ended = attempt.get("endedAt")
    took = ((datetime.fromisoformat(ended) if ended else datetime.now(UTC)) - start).total_seconds()
    code = attempt.get("exitCode")
    return (
        str(attempt["n"]),
        f"{since(attempt['startedAt'])} ago",
        span(took),
        "" if code is None else str(code),
        one_line(attempt.get("lastWords") or ""),
    )


def changed(result: Wire, out: Out) -> None:
    """One unit, after something was done to it."""
    found = result["unit"]
    out.say(f"{found['id']}  ", status_text(found["status"]), "  ", what(found))


def deleted(result: Wire, out: Out) -> None:
    out.say(Text("− ", style="dim"), f"{result['unit']['id']} is off the lists; its work is kept")


def all_changed(result: Wire, out: Out) -> None:
    if not result["units"]:
        out.say("There is no FAILED unit.")
    for found in result["units"]:
        changed({"unit": found}, out)
