"""``pointsman answer``: what was typed may be an option; without arguments, a walk through all."""

import sys
from typing import Any

from rich.text import Text

from pointsman.doors.cli.command import Usage
from pointsman.doors.cli.out import Out
from pointsman.doors.cli.run import DONE, Invocation
from pointsman.doors.cli.show.attention import answered, attention, show_item
from pointsman.doors.client import Client
from pointsman.doors.typed import read_answer
from pointsman.model.refusal import Refusal

Wire = dict[str, Any]


def _open(client: Client, id: str) -> Wire | None:
    """The item of that id, if it waits."""
    return next((i for i in client.call("attention")["items"] if i["id"] == id), None)


def asked(invocation: Invocation) -> int:
    """``answer ITEM``: asked at the terminal, as in the walk."""
    params = invocation.params()
    with invocation.connect() as client:
        item = _open(client, params["item"])
        if item is not None and sys.stdin.isatty() and not invocation.json:
            out = Out()
            show_item(item, out)
            given = _asked(item, out)
            if given is None:
                return DONE
            params = given
        result = client.call("answer", params)  # which says what is missing, or who was faster
    return invocation.show("show.attention:answered", result)


def in_words(invocation: Invocation) -> int:
    """``answer ITEM TEXT``: as it would be read in the walk."""
    params = invocation.params()
    if "option" in params:
        raise Usage("give --option or a TEXT, not both")
    with invocation.connect() as client:
        item = _open(client, params["item"])
        read = read_answer(item, params["text"]) if item is not None else None
        result = client.call("answer", read or params)  # what fits nothing is refused in words
    return invocation.show("show.attention:answered", result)


def walk(invocation: Invocation) -> int:
    if invocation.json or not sys.stdin.isatty():
        raise Usage("give an ITEM and an answer; without a terminal there is nobody to ask")
    out = Out()
    with invocation.connect() as client:
        skipped: set[str] = set()
        while True:
            items = client.call("attention")["items"]
            left = [item for item in items if item["id"] not in skipped]
            if not left:
                attention({"items": []} if not items else {"items": items}, out)
                return DONE
            item = left[0]
            show_item(item, out)
            params = _asked(item, out)
            if params is None:
                skipped.add(item["id"])
                continue
            try:
                answered(client.call("answer", params), out)
            except Refusal as refusal:  # somebody else was faster, or it does not fit
                out.say(Text("✗ ", style="red"), str(refusal))
            out.say()


def _asked(item: Wire, out: Out) -> Wire | None:
    """The operator's answer; None to leave it for later."""
    while True:
        out.console.print(Text("answer, or Enter for later: ", style="dim"), end="")
        try:
            typed = input()
        except EOFError:
            out.say()
            raise KeyboardInterrupt from None
        if not typed.strip():
            return None
        params = read_answer(item, typed)
        if params is not None:
            return params
        out.say(f"Choose 1 to {len(item['options'])}.", style="yellow")
