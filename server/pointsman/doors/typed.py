"""What an operator typed, as an answer: at the terminal, and below the line of an answer file."""

from typing import Any

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
