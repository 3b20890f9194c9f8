"""Taking times on a machine that does other things as well, and printing them.

What is compared is run in turns, one of each a round, so that a busy second falls on all alike;
medians are compared, minima are printed beside them.
"""

import gc
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Once = Callable[[], float]
"""Runs the thing once and gives the seconds that count."""


@dataclass(frozen=True)
class Row:
    """One measured thing, its yardstick, and how many times the yardstick it may be."""

    what: str
    yardstick: str
    most: float


def timed(run: Callable[[], object]) -> float:
    """Seconds that ``run`` takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def cpu(run: Callable[[], object]) -> float:
    """Seconds of processor time; as ``timeit`` does, without collections of garbage in between."""
    gc.collect()
    gc.disable()
    start = time.process_time()
    run()
    taken = time.process_time() - start
    gc.enable()
    return taken


def in_turns(things: Mapping[str, Once], rounds: int) -> dict[str, list[float]]:
    """The seconds of every run of each thing, ``rounds`` of them, one after the other in turns."""
    seconds: dict[str, list[float]] = {name: [] for name in things}
    for _ in range(rounds):
        for name, once in things.items():
            seconds[name].append(once())
    return seconds


def print_ratios(rows: Sequence[Row], seconds: Mapping[str, list[float]]) -> bool:
    """A line a row: medians (minima), their ratio, and the target. True if all are met."""
    met = True
    print(f"{'':34}{'median (min), ms':>20}   {'yardstick':34}{'ratio':>6}  target")
    for row in rows:
        own, other = seconds[row.what], seconds[row.yardstick]
        ratio = statistics.median(own) / statistics.median(other)
        met = met and ratio <= row.most
        print(
            f"{row.what:34}{_told(own):>20}   {row.yardstick:22}{_told(other):>12}"
            f"{ratio:6.3g}  ≤ {row.most:g}{'' if ratio <= row.most else '  MISSED'}"
        )
    return met


def print_machine() -> None:
    """What the figures were measured on: other machines, other figures."""
    load = " ".join(f"{part:.1f}" for part in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}")


def _told(seconds: Sequence[float]) -> str:
    middle, least = statistics.median(seconds) * 1000, min(seconds) * 1000
    digits = 0 if middle >= 10 else 2
    return f"{middle:.{digits}f} ({least:.{digits}f})"
