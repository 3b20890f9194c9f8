"""How long an editor waits for the lenses of a file of 300 symbols while 20 units are live.

`python -m bench.lsp_lenses [ROUNDS]`. A real daemon over its socket; every unit declares to change
six of the symbols, three of them those of its neighbour, with whom it collides. The yardstick
is the emptiest request there is over the same socket: `pointsman.version`.
"""

import itertools
import json
import os
import socket
import sys
from typing import Any

from bench.measuring import Row, in_turns, print_machine, print_ratios, timed
from bench.start import rig
from tests.e2e.rig import Rig

from pointsman import __version__
from pointsman.daemon.address import find_repository, socket_path
from pointsman.doors.framing import frame, read_message

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
        editor = Editor(world)
        shown = len(editor.lenses())
        seconds = in_turns(
            {
                LENSES: lambda: timed(editor.lenses),
                EMPTY: lambda: timed(editor.version),
                AFRESH: editor.after_an_edit,
            },
            rounds,
        )
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


class Editor:
    """A client that speaks LSP as little as it can, so that only the server is measured."""

    def __init__(self, world: Rig) -> None:
        os.environ["XDG_RUNTIME_DIR"] = str(world.runtime)
        found = find_repository(world.root)
        assert found is not None
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(socket_path(found.id)))
        self._stream = self._socket.makefile("rb")
        self._ids = itertools.count(1)
        self._versions = itertools.count(2)
        self._uri = (world.root / PATH).as_uri()
        self._text = (world.root / PATH).read_text()
        hello = {
            "pointsman": 1,
            "build": __version__,
            "repository": found.id,
            "door": "lsp",
            "checkout": str(world.root),
        }
        self._socket.sendall(json.dumps(hello).encode() + b"\n")
        assert json.loads(self._stream.readline())["ok"]
        capabilities = {"textDocument": {"codeLens": {}}}
        self.ask("initialize", {"processId": None, "capabilities": capabilities})
        self._send("initialized", {})
        document = {"uri": self._uri, "languageId": "python", "version": 1, "text": self._text}
        self._send("textDocument/didOpen", {"textDocument": document})
        while not self.lenses():  # until the session has had its first look
            pass

    def lenses(self) -> list[Any]:
        found: list[Any] = self.ask("textDocument/codeLens", {"textDocument": {"uri": self._uri}})
        return found

    def version(self) -> Any:
        return self.ask("workspace/executeCommand", {"command": "pointsman.version"})

    def after_an_edit(self) -> float:
        """Seconds for the lenses of a text that nobody has seen yet."""
        version = next(self._versions)
        document = {"uri": self._uri, "version": version}
        changes = [{"text": f"# {version}\n{self._text}"}]
        self._send("textDocument/didChange", {"textDocument": document, "contentChanges": changes})
        return timed(self.lenses)

    def ask(self, method: str, params: Any) -> Any:
        number = next(self._ids)
        self._send(method, params, id=number)
        while True:
            message = json.loads(read_message(self._stream) or b"{}")
            if message.get("id") == number:
                assert "result" in message, message
                return message["result"]

    def _send(self, method: str, params: Any, **more: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more})
        self._socket.sendall(frame(body.encode()))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
