"""How long an editor waits for the lenses of a file of 300 symbols while 20 units are live.

`python -m bench.lsp_lenses [ROUNDS]`. A real daemon over its socket; every unit declares to change
six of the symbols, three of them those of its neighbour, with whom it collides. The yardstick
is the emptiest request there is over the same socket: `pointsman.version`.
"""

import itertools
import sys
from typing import Any

from bench.editor import Editor
from bench.measuring import Row, in_turns, print_machine, print_ratios, timed
from bench.start import rig
from tests.e2e.rig import Rig

SYMBOLS, UNITS, EACH = 300, 20, 6
ROUNDS = 200
PATH = "src/large.py"

LENSES, AFRESH, EMPTY = "lenses", "after an edit, lenses", "pointsman.version"
ROWS = (Row(LENSES, EMPTY, 3.0),)


def main(rounds: int = ROUNDS) -> int:
    """Measure and print. The exit code: whether the target is met."""
    print_machine()
    with rig() as world:
        make_repository(world)
        world.start()
        world.call("pause")
        world.inject(*(f"unit-{n}" for n in range(UNITS)))
        world.eventually(lambda: _held(world))
        with Editor.directly(world, codeLens={}) as editor:
            file = File(editor, world)
            shown = len(file.lenses())
            seconds = in_turns(
                {LENSES: lambda: timed(file.lenses), EMPTY: lambda: timed(editor.trip)}, rounds
            )
            seconds[AFRESH] = [file.after_an_edit() for _ in range(rounds)]
        world.stop()
    print(f"{shown} lenses of {UNITS} units in a file of {SYMBOLS} symbols")
    print(f"median of all {LENSES}, {AFRESH} (parsed anew), {EMPTY}, ms:")
    for what in (LENSES, AFRESH, EMPTY):
        ordered = sorted(seconds[what])
        print(f"  {what:24}{ordered[len(ordered) // 2] * 1000:8.2f}")
    return 0 if print_ratios(ROWS, seconds) else 1


def make_repository(world: Rig) -> None:
    text = "".join(f"def f_{n}(a):\n    return a + {n}\n\n\n" for n in range(SYMBOLS))
    world.make_repository({PATH: text})
    for unit in range(UNITS):
        names = [f"f_{(unit * EACH // 2 + n) % SYMBOLS}" for n in range(EACH)]
        refs = [{"ref": f"{PATH}#{name}"} for name in names]
        world.chunk(f"unit-{unit}", {"wait": 1}, code_references=refs, commit=False)
    world.commit("plan")


def _held(world: Rig) -> bool:
    """Whether the oracle has looked at every unit."""
    touches = world.call("who", path=PATH)["touches"]
    return len({touch["participant"] for touch in touches}) == UNITS


class File:
    """The large file, open in an editor."""

    def __init__(self, editor: Editor, world: Rig) -> None:
        self._editor = editor
        self._uri = (world.root / PATH).as_uri()
        self._text = (world.root / PATH).read_text()
        self._versions = itertools.count(2)
        document = {"uri": self._uri, "languageId": "python", "version": 1, "text": self._text}
        editor.send(method="textDocument/didOpen", params={"textDocument": document})
        while not self.lenses():  # until the session has had its first look
            pass

    def lenses(self) -> list[Any]:
        params = {"textDocument": {"uri": self._uri}}
        found: list[Any] = self._editor.ask("textDocument/codeLens", params)
        return found

    def after_an_edit(self) -> float:
        """Seconds for the lenses of a text that nobody has seen yet."""
        version = next(self._versions)
        document = {"uri": self._uri, "version": version}
        params = {
            "textDocument": document,
            "contentChanges": [{"text": f"# {version}\n{self._text}"}],
        }
        self._editor.send(method="textDocument/didChange", params=params)
        return timed(self.lenses)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
