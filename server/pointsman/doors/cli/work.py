"""Commands that go on as more comes, and those that show a part: transcripts, events, files."""

import json
from typing import Any

from pointsman.doors.cli.out import Out
from pointsman.doors.cli.run import DONE, Invocation
from pointsman.doors.cli.show.work import show_event, show_line
from pointsman.doors.cli.show.work import stat as show_stat
from pointsman.doors.cli.text import count
from pointsman.model.refusal import Refusal


def stat(invocation: Invocation) -> int:
    """``diff --stat``."""
    with invocation.connect() as client:
        result = client.call("diff", invocation.params())
    if not invocation.json:
        show_stat(result, Out())
        return DONE
    return invocation.show("", result)


def conflict(invocation: Invocation) -> int:
    """``diff --conflict``."""
    with invocation.connect() as client:
        return invocation.show("show.work:conflict", client.call("diff", invocation.params()))


def tail(invocation: Invocation) -> int:
    """``tail [-f]``: the last lines; with ``-f``, then all that follow."""
    given = {k: v for k, v in invocation.given.items() if k in ("unit", "attempt")}
    with invocation.connect() as client:
        lines = client.call("log", given)["lines"]
    shown = lines[-invocation.given["lines"] :]
    if invocation.json and "follow" not in invocation.given:
        return invocation.show("", {"lines": shown})
    teller = _Teller(invocation)
    for line in shown:
        teller.line(_folded(line) if line["kind"] == "prompt" and not invocation.json else line)
    if "follow" in invocation.given:
        _follow(invocation, {**given, "since": lines[-1]["n"] if lines else 0}, teller)
    return DONE


def _folded(line: dict[str, Any]) -> dict[str, Any]:
    """A prompt by its first line: it is long, and ours."""
    first, *more = line["text"].splitlines() or [""]
    return {**line, "text": f"{first} … {count(len(more), 'more line')}" if more else first}


def follow(invocation: Invocation) -> int:
    """``log -f``: the transcript, then its lines as they come, until the attempt ends."""
    _follow(invocation, invocation.params(), _Teller(invocation))
    return DONE


class _Teller:
    """Shows lines of a transcript as they come; as JSON, one a line."""

    def __init__(self, invocation: Invocation) -> None:
        self._out = None if invocation.json else Out()

    def line(self, line: dict[str, Any]) -> None:
        if self._out is None:
            print(json.dumps(line, ensure_ascii=False), flush=True)
        else:
            show_line(line, self._out)
            self._out.stream.flush()

    def event(self, event: dict[str, Any]) -> None:
        if self._out is None:
            print(json.dumps(event, ensure_ascii=False), flush=True)
        else:
            show_event(event, self._out)
            self._out.stream.flush()


def _follow(invocation: Invocation, params: dict[str, Any], teller: _Teller) -> None:
    def report(text: str, fraction: float | None) -> None:
        teller.line(json.loads(text))

    with invocation.connect() as client:
        for line in client.call("log", {**params, "follow": True}, report)["lines"]:
            teller.line(line)


def follow_events(invocation: Invocation) -> int:
    """``events -f``: from now on, or from ``--since``."""
    teller = _Teller(invocation)
    with invocation.connect() as client:
        try:
            for event in client.follow(invocation.given.get("since")):
                teller.event(event)
        except Refusal as refusal:
            if refusal.code != "daemon-stopping":
                raise
    return DONE
