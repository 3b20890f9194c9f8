"""The daemon and its settings, as people see them."""

import json
from typing import Any

from rich.text import Text

from pointsman.doors.cli.out import Out, fields
from pointsman.doors.cli.show.pool import unusual
from pointsman.doors.cli.text import one_line, place_text, since

Wire = dict[str, Any]


def daemon(result: Wire, out: Out) -> None:
    """What the daemon says of itself."""
    told = result["daemon"]
    out.show(
        fields(
            ("repository", one_line(told["repository"])),
            ("base", told["base"]),
            ("pid", told["pid"]),
            ("up for", since(told["startedAt"])),
            ("version", told["version"]),
            ("sandbox", told["sandbox"]),
        )
    )
    for words, style in unusual(told):
        out.say(Text(words, style=style))


def index(result: Wire, out: Out) -> None:
    """How many files are in the index, and those of which nothing is known."""
    told = result["index"]
    out.say(f"The symbols of {told['done']} of {told['total']} files have been read.")
    for path, why in sorted(told["unknown"].items()):
        out.say(f"Nothing is known of {one_line(path)}: {one_line(why)}.")


def changed(result: Wire, out: Out) -> None:
    """Only what was set while the daemon runs, after some of it was."""
    told = result["settings"].items()
    settings({"settings": {k: v for k, v in told if v["origin"] == "setSettings"}}, out)


def trust(result: Wire, out: Out) -> None:
    """What the repository's file would be allowed, and how to allow it."""
    allows = result["allows"]
    for problem in allows:
        where = place_text(problem.get("place"))
        out.say(f"{where}: " if where else "", problem["message"])
    if result["trusted"]:
        out.say(Text("✓ ", style="green"), "pointsman.toml is trusted, until it changes")
    elif not allows:
        out.say("pointsman.toml on base says nothing that needs your trust.")
    else:
        out.say("All of it counts after:")
        out.say(Text(f"pointsman trust {result['hash']}", style="cyan"), indent=2)


def settings(result: Wire, out: Out) -> None:
    """Those that somebody has set stand out."""
    out.table(
        ("SETTING", "VALUE", "FROM", ""),
        (
            (
                key,
                Text(
                    _value(told.get("value")), style="bold" if told["origin"] != "default" else ""
                ),
                told["origin"],
                Text(one_line(told["description"]), style="dim"),
            )
            for key, told in sorted(result["settings"].items())
        ),
    )


def _value(value: Any) -> str:
    if value is None:
        return ""
    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
