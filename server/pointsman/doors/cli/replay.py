"""``pointsman replay``: runs it here, with progress, and shows its tables."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from rich.text import Text

from pointsman.doors.cli.command import Usage
from pointsman.doors.cli.out import Out
from pointsman.doors.cli.run import DONE, Invocation, print_json, show_progress
from pointsman.model.errors import PointsmanError
from pointsman.model.refusal import Refusal


def replay(invocation: Invocation) -> int:
    from pointsman.operations.replay import run
    from pointsman.operations.seam import unheard

    given = invocation.given
    if min(given.get("merges", 0), given.get("pulls", 0)) < 0:
        raise Usage("--merges and --pulls take numbers from 0 on")
    quiet = invocation.json or not sys.stderr.isatty()
    work = run(
        invocation.folder,
        merges=given.get("merges"),
        pulls=given.get("pulls"),
        cases=Path(given["cases"]) if "cases" in given else None,
        calibrate="calibrate" in given,
        out=Path(given["out"]) if "out" in given else None,
        report=unheard if quiet else show_progress,
    )
    try:
        found = asyncio.run(work)
    except PointsmanError as error:
        raise Refusal.of(error.problem.wire()) from None
    finally:
        if not quiet:
            show_progress("", None)
    if invocation.json:
        print_json(found.wire())
    else:
        show(found.wire(), Out())
    return DONE


def show(result: dict[str, Any], out: Out) -> None:
    measured = result["measured"]
    for table in measured["tables"]:
        out.ruled(f"{table['title']} ({table['pairs']} pairs, {table['collisions']} collide)")
        out.table(
            ("flagged", "of all", "precision", "recall", "F1", "hours/100", "rule"),
            [_line(line) for line in table["lines"]],
        )
        out.say("")
    for curve in measured["reliability"]:
        out.ruled(f"What was said and what happened: {curve['title']}")
        out.say(
            f"Brier score {curve['brier']:.4f}; always saying the average: {curve['baseRate']:.4f}"
        )
        out.table(
            ("from", "to", "said", "happened", "pairs"),
            [
                (
                    *(f"{bin[key]:.2f}" for key in ("low", "high", "said", "happened")),
                    str(bin["pairs"]),
                )
                for bin in curve["bins"]
            ],
        )
        out.say("")
    _speed(measured.get("speed"), out)
    minutes = {name: f"{60 * hours:.0f} min" for name, hours in measured["costs"].items()}
    out.say(
        f"The cost model: waiting in vain {minutes['waiting']}, a collision "
        f"{minutes['collision']}, asking you {minutes['asking']}; so a calibrated probability "
        f"should ask from {measured['thresholds']['ask']:.2f} and serialize from "
        f"{measured['thresholds']['serialize']:.2f}."
    )
    if result["leftOut"]:
        out.say(f"{result['leftOut']} pairs were left out: no merge base, or too much changed.")
    out.say(Text("report.json, picture.svg: ", style="dim"), result["folder"])
    if "calibration" in result:
        out.say(Text("the model: ", style="dim"), result["calibration"])


def _line(line: dict[str, Any]) -> tuple[str, ...]:
    def share(key: str) -> str:
        return f"{line[key]:.3f}" if key in line else "–"

    return (
        str(line["flagged"]),
        f"{100 * line['flagRate']:.2f} %",
        share("precision"),
        share("recall"),
        share("f1"),
        f"{line['hours']:.2f}" if "hours" in line else "–",
        line["rule"],
    )


def _speed(speed: dict[str, Any] | None, out: Out) -> None:
    if speed is not None:
        out.say(
            f"A footprint took {speed['footprint']:.1f} ms (one in ten more than "
            f"{speed['footprintSlow']:.1f}), a pair {speed['pair']:.2f} ms; "
            f"git's trial merge of a pair, in batches, {speed['gitPair']:.1f} ms."
        )
