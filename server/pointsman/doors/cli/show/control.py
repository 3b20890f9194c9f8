"""The daemon and its settings, as people see them."""

import json
from typing import Any

from rich.text import Text

from pointsman.doors.cli.out import Out, fields
from pointsman.doors.cli.show.pool import unusual
from pointsman.doors.cli.text import one_line, since

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


def changed(result: Wire, out: Out) -> None:
    """Only what was set while the daemon runs, after some of it was."""
    told = result["settings"].items()
    settings({"settings": {k: v for k, v in told if v["origin"] == "setSettings"}}, out)


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
