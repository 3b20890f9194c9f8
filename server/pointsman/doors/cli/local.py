"""Commands that need no daemon: ``init``, ``new``, ``sandbox`` and ``doctor``."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from rich.text import Text

from pointsman.doors.cli.out import Out
from pointsman.doors.cli.run import DONE, NO, Invocation, print_json
from pointsman.doors.cli.text import one_line
from pointsman.model.errors import PointsmanError
from pointsman.model.refusal import Refusal

T = TypeVar("T")


def _done(work: Coroutine[Any, Any, T]) -> T:
    """The result. Raises Refusal for what the work refuses."""
    try:
        return asyncio.run(work)
    except PointsmanError as error:
        raise Refusal.of(error.problem.wire()) from None


def init(invocation: Invocation) -> int:
    from pointsman.operations.local import init as begin

    root, written, chunks = _done(begin(invocation.folder))
    if invocation.json:
        print_json({"written": [p.as_posix() for p in written], "chunks": chunks})
        return DONE
    out = Out()
    for path in written:
        out.say(Text("+ ", style="green"), path.as_posix())
    out.say(f"{root.name} is ready. What comes next:")
    for command, why in (
        ("pointsman doctor", "what is missing on this machine"),
        ("pointsman new NAME", f"a chunk, in {chunks}/NAME; write its goal and plan"),
        (f"git add {chunks} pointsman.toml && git commit", "only what is committed counts"),
        ("pointsman inject NAME", "an agent begins"),
        ("pointsman status --watch", "what all of them are at"),
    ):
        out.say(Text(f"{command:49}", style="cyan"), Text(why, style="dim"), indent=2)
    return DONE


def new(invocation: Invocation) -> int:
    from pointsman.operations.local import new as write

    name = invocation.given["name"]
    written = _done(write(invocation.folder, name))
    if invocation.json:
        print_json({"written": [p.as_posix() for p in written]})
        return DONE
    out = Out()
    for path in written:
        out.say(Text("+ ", style="green"), path.as_posix())
    out.say("Write both, then commit them; `pointsman validate` says what is still missing.")
    return DONE


def sandbox(invocation: Invocation) -> int:
    from pointsman.operations.confinement import confinement, explain

    found = _done(confinement(invocation.folder, invocation.given.get("agent")))
    if invocation.json:
        print_json(found.wire())
        return DONE
    out = Out()
    if found.sandbox == "none":
        out.say("No sandbox: your settings say so, and", found.agent, "may do whatever you may.")
        return DONE
    out.say(f"What the agent {found.agent} may have, in {found.sandbox}:")
    for line in explain(found.lines).splitlines():
        out.say(one_line(line.strip()), indent=4 if line.startswith(" ") else 2)
    return DONE


def doctor(invocation: Invocation) -> int:
    """Exit code 1 if something that is needed is missing."""
    from pointsman.operations.doctor import examine

    report = _done(examine(invocation.folder))
    missing = any(f.state == "missing" for f in report.findings)
    if invocation.json:
        print_json(report.wire())
        return NO if missing else DONE
    out = Out()
    signs = {"ok": ("✓", "green"), "missing": ("✗", "bold red"), "optional": ("−", "yellow")}
    for finding in report.findings:
        sign, style = signs[finding.state]
        out.say(
            Text(f"{sign} ", style=style),
            Text(f"{finding.topic:16}", style="bold"),
            one_line(finding.message),
        )
        if finding.remedy:
            out.say(Text(finding.remedy, style="cyan"), indent=18)
    return NO if missing else DONE
