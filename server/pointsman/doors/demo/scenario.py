"""The demo's repository: a small Python package, and six chunks that change it for real.

``clock-minutes`` and ``csv-timetable`` meet nobody. ``board-platforms`` and ``board-delays`` write
the same function. ``delay-report`` builds on what ``board-delays`` makes. The agent of
``station-names`` asks a question. Whatever the operator answers, all six land and the tests pass.
"""

from typing import NamedTuple

REPOSITORY = "timetable"

SETTINGS = """\
# Run on every merged tree before it lands.
checks = ["python3 -m unittest -q"]
"""

FILES: dict[str, str] = {
    "README.md": """\
# timetable

What leaves next, on a board: `python3 -m timetable`
""",
    ".gitignore": "__pycache__/\n",
    "pointsman.toml": SETTINGS,
    "timetable/__init__.py": '"""Trains of one day, and the board that shows them."""\n',
    "timetable/__main__.py": '''\
"""Print the board of the morning."""

from timetable.board import departures
from timetable.trains import TODAY

print("\\n".join(departures(TODAY, now="07:00")))
''',
    "timetable/trains.py": '''\
"""The trains of today."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Train:
    leaves: str
    to: str
    platform: int
    late: int = 0
    """Minutes."""


TODAY = [
    Train("06:40", "ZRH", 3),
    Train("07:04", "VIE", 7, late=12),
    Train("07:12", "MUC", 1),
    Train("07:31", "ZRH", 3, late=4),
    Train("08:00", "CPH", 5),
]
''',
    "timetable/board.py": '''\
"""The board in the hall: one line a train."""

from timetable.stations import name
from timetable.trains import Train


def departures(trains: list[Train], now: str) -> list[str]:
    """The lines of the board: what leaves from ``now`` on, the next first."""
    lines = []
    for train in sorted(trains, key=lambda train: train.leaves):
        if train.leaves < now:
            continue
        columns = [train.leaves]
        columns.append(f"{name(train.to):12}")
        lines.append("  ".join(columns).rstrip())
    return lines
''',
    "timetable/stations.py": '''\
"""Names of stations."""

NAMES = {"CPH": "CPH", "MUC": "MUC", "VIE": "VIE", "ZRH": "ZRH"}


def name(code: str) -> str:
    """What passengers call the station with that code."""
    return NAMES.get(code, code)
''',
    "timetable/clock.py": '''\
"""Times of day, written HH:MM."""


def minutes(time: str) -> int:
    """Minutes since midnight."""
    hours, _, rest = time.partition(":")
    return int(hours) * 60 + int(rest)
''',
    "tests/__init__.py": "",
    "tests/test_board.py": """\
import unittest

from timetable.board import departures
from timetable.trains import Train


class Board(unittest.TestCase):
    def test_what_has_left_is_not_shown(self):
        trains = [Train("06:59", "ZRH", 1), Train("07:00", "VIE", 2)]
        self.assertEqual(len(departures(trains, now="07:00")), 1)

    def test_the_next_train_is_first(self):
        trains = [Train("08:00", "ZRH", 1), Train("07:30", "VIE", 2)]
        self.assertTrue(departures(trains, now="07:00")[0].startswith("07:30"))
""",
}
"""Paths and texts of the first commit, the chunks aside."""


class DemoChunk(NamedTuple):
    name: str
    goal: str
    criteria: str
    approach: str
    steps: str
    """YAML of the demo agent's steps."""
    front: str = ""
    """More lines of GOAL.md's front matter."""

    def documents(self) -> dict[str, str]:
        """GOAL.md and PLAN.md, by path."""
        folder = f"docs/chunks/{self.name}"
        return {
            f"{folder}/GOAL.md": (
                f"---\nstatus: FUTURE\n{self.front}---\n\n# {self.name}\n\n"
                f"## Minor Goal\n\n{self.goal}\n\n## Success Criteria\n\n{self.criteria}\n"
            ),
            f"{folder}/PLAN.md": (
                f"# Implementation Plan\n\n## Approach\n\n{self.approach}\n\n"
                f"## Sequence\n\n```demo\n{self.steps}```\n"
            ),
        }


CHUNKS: tuple[DemoChunk, ...] = (
    DemoChunk(
        "clock-minutes",
        "The time between two times of day can be told, also over midnight.",
        "`between('23:50', '00:10')` is 20.",
        "A function beside `minutes`, and its tests.",
        '''\
- wait: 2
- append:
    path: timetable/clock.py
    text: |2


      def between(start: str, end: str) -> int:
          """Minutes from one time of day to the next occurrence of another."""
          return (minutes(end) - minutes(start)) % (24 * 60)
- wait: 2
- write:
    path: tests/test_clock.py
    text: |
      import unittest

      from timetable.clock import between


      class Clock(unittest.TestCase):
          def test_midnight_lies_between(self):
              self.assertEqual(between("23:50", "00:10"), 20)
- run: python3 -m unittest -q tests.test_clock
- wait: 1
''',
    ),
    DemoChunk(
        "csv-timetable",
        "Trains can be read from a CSV file, as the railway publishes them.",
        "A file with a header and two lines gives two trains.",
        "A module of its own, `timetable/load.py`, with `csv` from the standard library.",
        '''\
- wait: 3
- write:
    path: timetable/load.py
    text: |
      """Trains from CSV: leaves,to,platform,late."""

      import csv
      from collections.abc import Iterable

      from timetable.trains import Train


      def trains(lines: Iterable[str]) -> list[Train]:
          """The trains of a CSV text with a header line."""
          return [
              Train(row["leaves"], row["to"], int(row["platform"]), int(row["late"] or 0))
              for row in csv.DictReader(lines)
          ]
- wait: 3
- write:
    path: tests/test_load.py
    text: |
      import unittest

      from timetable.load import trains


      class Load(unittest.TestCase):
          def test_a_line_is_a_train(self):
              text = ["leaves,to,platform,late", "07:04,VIE,7,12", "07:12,MUC,1,"]
              first, second = trains(text)
              self.assertEqual((first.to, first.late), ("VIE", 12))
              self.assertEqual((second.platform, second.late), (1, 0))
- run: python3 -m unittest -q tests.test_load
- wait: 2
''',
    ),
    DemoChunk(
        "board-platforms",
        "The board says from which platform a train leaves.",
        "Every line of the board has the platform after the time.",
        "One more column in `departures`.",
        """\
- wait: 3
- replace:
    path: timetable/board.py
    old: |2
              columns = [train.leaves]
    new: |2
              columns = [train.leaves, f"platform {train.platform:2}"]
- wait: 3
- write:
    path: tests/test_platforms.py
    text: |
      import unittest

      from timetable.board import departures
      from timetable.trains import Train


      class Platforms(unittest.TestCase):
          def test_the_board_names_the_platform(self):
              self.assertIn("platform  7", departures([Train("07:04", "VIE", 7)], "07:00")[0])
- run: python3 -m unittest -q
""",
    ),
    DemoChunk(
        "board-delays",
        "The board says which trains are late, and keeps them until they have left.",
        "A train that is 12 minutes late shows `+12`, and is shown until 12 minutes later.",
        "One more column in `departures`, and the time that a train is expected at.",
        """\
- wait: 2
- replace:
    path: timetable/board.py
    old: |
      from timetable.stations import name
    new: |
      from timetable.clock import minutes
      from timetable.stations import name
- replace:
    path: timetable/board.py
    old: |2
              if train.leaves < now:
    new: |2
              if minutes(train.leaves) + train.late < minutes(now):
- wait: 2
- replace:
    path: timetable/board.py
    old: |2
              lines.append("  ".join(columns).rstrip())
    new: |2
              if train.late:
                  columns.append(f"+{train.late}")
              lines.append("  ".join(columns).rstrip())
- write:
    path: tests/test_delays.py
    text: |
      import unittest

      from timetable.board import departures
      from timetable.trains import Train

      LATE = Train("06:55", "VIE", 7, late=12)


      class Delays(unittest.TestCase):
          def test_a_late_train_says_so(self):
              self.assertTrue(departures([LATE], "06:00")[0].endswith("+12"))

          def test_a_late_train_is_shown_until_it_has_left(self):
              self.assertEqual(len(departures([LATE], "07:00")), 1)
              self.assertEqual(len(departures([LATE], "07:08")), 0)
- run: python3 -m unittest -q
""",
    ),
    DemoChunk(
        "delay-report",
        "At the end of the day it can be told how late trains were.",
        "`python3 -m timetable.report` prints the number of late trains and their mean delay.",
        "A module of its own. It counts what the board shows as late, so that comes first.",
        '''\
- wait: 2
- write:
    path: timetable/report.py
    text: |
      """How late the trains of a day were."""

      from timetable.board import departures
      from timetable.trains import TODAY, Train


      def report(trains: list[Train]) -> str:
          """One sentence; the trains that the board marks as late."""
          late = [t for t in trains if "+" in departures([t], "00:00")[0]]
          if not late:
              return "All trains were on time."
          mean = sum(train.late for train in late) / len(late)
          return f"{len(late)} of {len(trains)} trains were late, {mean:.0f} minutes on average."


      if __name__ == "__main__":
          print(report(TODAY))
- wait: 2
- write:
    path: tests/test_report.py
    text: |
      import unittest

      from timetable.report import report
      from timetable.trains import Train


      class Report(unittest.TestCase):
          def test_late_trains_are_counted(self):
              trains = [Train("07:04", "VIE", 7, late=12), Train("07:12", "MUC", 1)]
              self.assertEqual(report(trains), "1 of 2 trains were late, 12 minutes on average.")
- run: python3 -m unittest -q
''',
        front="depends_on: [board-delays]\n",
    ),
    DemoChunk(
        "station-names",
        "Passengers read names of stations instead of codes.",
        "The board says where trains go, in one language.",
        "`NAMES` in `timetable/stations.py` gets names. In which language, the operator decides.",
        '''\
- wait: 2
- ask:
    question: In which language shall the board show the names of stations?
    options: [English, Deutsch, Français]
- write:
    path: timetable/stations.py
    text: |
      """Names of stations."""

      LANGUAGE = "{answer}"

      IN_LANGUAGE = {
          "English": {"CPH": "Copenhagen", "MUC": "Munich", "VIE": "Vienna", "ZRH": "Zurich"},
          "Deutsch": {"CPH": "Kopenhagen", "MUC": "München", "VIE": "Wien", "ZRH": "Zürich"},
          "Français": {"CPH": "Copenhague", "MUC": "Munich", "VIE": "Vienne", "ZRH": "Zurich"},
      }

      NAMES = IN_LANGUAGE.get(LANGUAGE, IN_LANGUAGE["English"])


      def name(code: str) -> str:
          """What passengers call the station with that code."""
          return NAMES.get(code, code)
- wait: 3
- run: python3 -m unittest -q
''',
    ),
)


def files() -> dict[str, str]:
    """Everything of the first commit: paths and texts."""
    return {**FILES, **{p: t for chunk in CHUNKS for p, t in chunk.documents().items()}}
