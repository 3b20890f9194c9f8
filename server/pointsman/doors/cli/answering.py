"""``pointsman answer`` without arguments: a walk through everything that waits, one by one."""

import sys
from typing import Any

from rich.text import Text

from pointsman.doors.cli.command import Usage
from pointsman.doors.cli.out import Out
from pointsman.doors.cli.run import DONE, Invocation
from pointsman.doors.cli.show.attention import answered, attention, show_item
from pointsman.model.refusal import Refusal

Wire = dict[str, Any]


def read_answer(item: Wire, typed: str) -> Wire | None:
    """What was typed, as the parameters of ``answer``; None where it answers nothing.

    A number is the option of that number, an option's id or label is that option, and anything else
    is an answer in the operator's own words, if the item takes one.
    """
    words = typed.strip()
    options = item["options"]
    if words.isdecimal() and 1 <= int(words) <= len(options):
        return {"item": item["id"], "option": options[int(words) - 1]["id"]}
    for option in options:
        if words.casefold() in (option["id"].casefold(), option["label"].casefold()):
            return {"item": item["id"], "option": option["id"]}
    if words and (item.get("freeText", True) or not options):
        return {"item": item["id"], "text": words}
    return None


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
