"""The pictures of docs/editors/neovim.md: a walk through the demo's repository, light and dark.

    PYTHONPATH=tests/e2e python -m tests.e2e.editors.pictures docs/images/neovim [MOMENT …]

Needs tmux, which is the terminal. Every picture is of the real editor, as SVG that loads nothing
from elsewhere.
"""

import io
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text
from rig import Rig, rigs
from tests.e2e.editors.neovim import Neovim, program

from pointsman.doors.demo import scenario

WIDTH, HEIGHT = 112, 30
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
PAPER = {"dark": (20, 22, 27), "light": (224, 226, 234)}
"""Neovim's own backgrounds (its default colour scheme)."""
INK = {"dark": (224, 226, 234), "light": (20, 22, 27)}

INIT = """\
vim.o.background = '{theme}'
vim.o.termguicolors = true
vim.o.number, vim.o.laststatus, vim.o.signcolumn, vim.o.showcmd = true, 3, 'yes', false
local pool = "%{{%v:lua.require'pointsman'.statusline({{'colors': v:true}})%}}"
vim.o.statusline = ' %f %m%=' .. pool .. '  %l:%c '
"""


class OnScreen(Neovim):
    """In a terminal whose screen can be read."""

    @property
    def _tmux(self) -> list[str]:
        return ["tmux", "-S", str(self.rig.runtime / "tmux"), "-f", "/dev/null"]

    def _start(self, arguments: list[str], env: dict[str, str], folder: Path) -> None:
        size = ("-x", str(WIDTH), "-y", str(HEIGHT))
        given = [word for name in env for word in ("-e", f"{name}={env[name]}") if name != "TERM"]
        subprocess.run(
            [
                *self._tmux,
                *("set", "-g", "status", "off", ";"),
                *("set", "-g", "default-terminal", "tmux-256color", ";"),
                *("set", "-as", "terminal-features", ",*:RGB", ";"),
                *("new-session", "-d", *size, "-c", str(folder), *given, self.nvim, *arguments),
            ],
            check=True,
            env={**env, "COLORTERM": "truecolor"},
        )

    def keys(self, *keys: str) -> None:
        subprocess.run([*self._tmux, "send-keys", *keys], check=True)

    def kill(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False)

    def svg(self, theme: str, title: str) -> str:
        read = [*self._tmux, "capture-pane", "-e", "-p", "-N"]
        shown = subprocess.run(read, check=True, capture_output=True, text=True).stdout
        console = Console(
            file=io.StringIO(),
            record=True,
            width=WIDTH,
            height=HEIGHT,
            force_terminal=True,
            color_system="truecolor",
            legacy_windows=False,
        )
        console.print(Text.from_ansi(shown.rstrip("\n")), soft_wrap=True, highlight=False, end="")
        colours = TerminalTheme(PAPER[theme], INK[theme], [PAPER[theme]] * 8, [INK[theme]] * 8)
        return FONT_FACE.sub("", console.export_svg(title=title, theme=colours))


def walk(rig: Rig, theme: str, picture: Callable[[OnScreen, str, str], None]) -> None:
    """The demo, stopped at each moment that has a picture."""
    nvim = program()
    assert nvim is not None, "run tests/e2e/editors/terminal_editors.sh"
    rig.configure('agent = "demo"\n')
    rig.root = rig.home / scenario.REPOSITORY
    rig.make_repository(scenario.files())
    OnScreen.init = INIT.format(theme=theme)
    editor = OnScreen(nvim, rig, "picture", "timetable/board.py", screen=True)
    try:
        editor.until("return #vim.lsp.get_clients({ name = 'pointsman' }) > 0")
        editor.until("return require('pointsman.pool').here().daemon ~= nil")
        editor.keys(":Pointsman ", "Tab")
        time.sleep(0.7)
        picture(editor, "command", "Every command, completed")
        editor.keys("C-c")
        names = [chunk.name for chunk in scenario.CHUNKS]
        editor.keys(":Pointsman inject " + " ".join(names), "Enter")
        editor.marked("timetable/board.py", "conflict-symbol")
        editor.keys(":Pointsman units", "Enter")
        editor.until("return vim.bo.filetype == 'pointsman-units'")
        rig.item("station-names", "QUESTION")
        time.sleep(0.5)
        picture(editor, "conflict", "A conflict at the symbol, and all units")
        editor.keys("?")
        time.sleep(0.5)
        picture(editor, "keys", "The keys of the list")
        editor.keys("Escape", ":close", "Enter")
        time.sleep(0.3)
        editor.lua("vim.cmd('wincmd k') ; vim.fn.search('def departures')")
        editor.keys("gra")
        time.sleep(1)
        picture(editor, "verdict", "The verdict, as a code action")
        editor.keys("1", "Enter")
        time.sleep(1)
        editor.keys(":Pointsman answer station-names", "Enter")
        time.sleep(1)
        picture(editor, "answer", "A question, and its options")
        editor.keys("5", "Enter")
        editor.until("return vim.api.nvim_buf_get_name(0):find('answer%-q') ~= nil")
        editor.keys("i", "Deutsch")
        time.sleep(1)
        picture(editor, "answer-file", "An answer in your own words")
        editor.keys("Escape", ":Pointsman send", "Enter")
        time.sleep(1)
        editor.keys(":Pointsman transcript station-names", "Enter")
        time.sleep(3)
        picture(editor, "transcript", "A transcript, as it comes")
        editor.keys(":close", "Enter")
        rig.eventually(lambda: len(rig.call("diff", unit="board-delays")["files"]) > 1)
        editor.keys(":Pointsman diff board-delays", "Enter")
        editor.until("return vim.wo.diff")
        time.sleep(0.5)
        picture(editor, "diff", "What a unit has changed")
        editor.keys("q")
        for name in names:
            rig.reach(name, "COMPLETED", "NEEDS_ATTENTION", within=60)
        editor.keys(":Pointsman units", "Enter")
        time.sleep(2)
        picture(editor, "landed", "All of it has landed")
    finally:
        editor.kill()
        rig.cli("daemon", "stop")


def main() -> int:
    folder, wanted = Path(sys.argv[1]), set(sys.argv[2:])
    folder.mkdir(parents=True, exist_ok=True)
    for theme in ("dark", "light"):

        def picture(editor: OnScreen, moment: str, title: str, theme: str = theme) -> None:
            if not wanted or moment in wanted:
                file = folder / f"{moment}-{theme}.svg"
                file.write_text(editor.svg(theme, title), encoding="utf-8")
                print(file, flush=True)

        for rig in rigs():
            walk(rig, theme, picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
