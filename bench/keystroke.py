"""How long until a keystroke in a large buffer is answered by the diagnostic that it causes.

`python -m bench.keystroke [ROUNDS]`. A real daemon with a live unit that has changed a function,
and an editor session that types in that function, in a file of 2,000 lines. The yardstick is what
can't be avoided: tree-sitter's own incremental parse of the edit, and a round trip to the daemon.
What the client waits before it tells of a keystroke (its own debounce) is not in it.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tree_sitter_python
from bench.editor import Editor
from bench.live_conflicts import PATIENCE
from bench.measuring import Row, in_turns, print_machine, print_ratios, timed
from bench.start import rig
from tests.e2e.rig import Rig
from tree_sitter import Language, Parser

LINES = 2000
ROUNDS = 40
PATH = "src/large.py"
KEYSTROKE, FLOOR = "keystroke to diagnostic", "incremental parse + round trip"
ROWS = (Row(KEYSTROKE, FLOOR, 4.0),)
BETWEEN = 1.5
"""Seconds between two keystrokes that are measured: each is the first of its burst, and what is
looked up when the typing rests has been."""


def main(rounds: int = ROUNDS) -> int:
    """Measure and print. The exit code: whether every target is met."""
    print_machine()
    with typing() as hand:
        seconds = in_turns({KEYSTROKE: hand.keystroke, FLOOR: hand.floor}, rounds)
    met = print_ratios(ROWS, seconds)
    print_machine()
    return 0 if met else 1


def source() -> str:
    """A file of ``LINES`` lines, in functions and classes as people write them."""
    parts, n = ['"""A large file."""\n\nimport os\n'], 0
    while sum(part.count("\n") for part in parts) < LINES:
        parts.append(
            f"\n\nclass Part{n}:\n"
            f'    """The part number {n}."""\n\n'
            f"    def size(self, names, factor={n}):\n"
            f"        # how large it is\n"
            f"        return sum(len(name) * factor for name in names if name)\n\n"
            f"    def path(self, folder):\n"
            f"        if folder is None:\n"
            f'            return os.path.join("part", str({n}))\n'
            f"        return os.path.join(folder, self.size([folder]))\n"
            f"\n\ndef make_{n}(names):\n"
            f"    part = Part{n}()\n"
            f"    return [part.size(names), part.path(None)]\n"
        )
        n += 1
    return "".join(parts)


@contextmanager
def typing() -> Iterator["Hand"]:
    with rig() as world:
        world.configure('[agents.idle]\ndriver = "command"\ncommand = ["sleep", "1000000"]\n')
        text = source()
        world.make_repository({PATH: text})
        world.chunk("other", approach="Nothing.", agent="idle")
        world.start()
        world.inject("other")
        world.reach("other", "RUNNING", within=PATIENCE)
        world.eventually(lambda: world.agents("other.1"), within=PATIENCE)
        folder = Path(world.unit("other")["workspace"])
        (folder / PATH).write_text(text.replace("part = Part40()", "part = Part40(1)"))
        world.eventually(lambda: world.call("footprint", unit="other")["touches"])
        with Editor.on(world) as editor:
            yield Hand(world, editor, text)


class Hand:
    """Types line after line above a function that a unit has changed, as they have."""

    def __init__(self, world: Rig, editor: Editor, text: str) -> None:
        self._editor = editor
        self._uri = (world.root / PATH).as_uri()
        self._version = 1
        document = {"uri": self._uri, "languageId": "python", "version": 1, "text": text}
        editor.send(method="textDocument/didOpen", params={"textDocument": document})
        self._line = text[: text.index("def make_40")].count("\n")
        self._name = self._line
        self._type("x", (self._line + 1, 4))  # from here on both change the function
        self._source = text.encode()
        self._at = self._source.index(b"def make_40")
        self._parser = Parser(Language(tree_sitter_python.language()))
        self._tree = self._parser.parse(self._source)

    def keystroke(self) -> float:
        """Seconds from the keystroke to the diagnostic that has moved with the function."""
        time.sleep(BETWEEN)
        self._name += 1
        return self._type("\n", (self._line, 0))

    def _type(self, text: str, place: tuple[int, int]) -> float:
        self._version += 1
        at = {"line": place[0], "character": place[1]}
        params = {
            "textDocument": {"uri": self._uri, "version": self._version},
            "contentChanges": [{"range": {"start": at, "end": at}, "text": text}],
        }
        start = time.perf_counter()
        self._editor.send(method="textDocument/didChange", params=params)
        self._editor.until(
            self._uri, lambda found: any(d["range"]["start"]["line"] == self._name for d in found)
        )
        return time.perf_counter() - start

    def floor(self) -> float:
        """Seconds of the same edit, parsed by tree-sitter alone, and of an empty round trip."""
        at, row = self._at, self._line
        new = self._source[:at] + b"\n" + self._source[at:]
        start = time.perf_counter()
        self._tree.edit(at, at, at + 1, (row, 0), (row, 0), (row + 1, 0))
        self._tree = self._parser.parse(new, self._tree)
        parsed = time.perf_counter() - start
        self._source = new
        return parsed + timed(self._editor.trip)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
