"""A real Neovim with the plugin installed, driven over its own socket.

Lua is sent by ``nvim --server … --remote-expr``, which waits for the answer: an editor that
is blocked by a prompt does not answer, and fails the test.
"""

import contextlib
import fcntl
import json
import os
import pty
import shutil
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path
from typing import Any

from rig import PATIENCE, Rig

PLUGIN = Path(__file__).parents[3] / "editor-client/neovim"
NEEDED = (0, 11)
ANSWER_SECONDS = 10.0

PROBE = """\
function Probe(file)
  local given = vim.json.decode(table.concat(vim.fn.readfile(file), '\\n'))
  local result = assert(loadstring(given.code))(unpack(given.arguments))
  return vim.json.encode({ result = result == nil and vim.NIL or result })
end
vim.api.nvim_create_autocmd('VimEnter', {
  callback = function()
    vim.fn.writefile({}, vim.v.servername .. '.ready')
  end,
})
-- What a blocked editor would be.
function Blocked()
  return vim.api.nvim_get_mode().blocking
end
"""

INIT = """\
-- A user's own file: what would ask, answers by what the test has laid ready.
Told, Asked, Picks, Inputs = {}, {}, {}, {}
local notify = vim.notify
vim.notify = function(words, level, opts)
  table.insert(Told, words)
  notify(words, level, opts)
end
vim.ui.select = function(items, opts, done)
  local format = opts.format_item or tostring
  local labels = vim.tbl_map(format, items)
  table.insert(Asked, { prompt = opts.prompt or '', labels = labels })
  local pick = table.remove(Picks, 1)
  for at, label in ipairs(labels) do
    if pick and label:find(pick, 1, true) then
      return done(items[at], at)
    end
  end
  done(nil)
end
vim.ui.input = function(opts, done)
  table.insert(Asked, { prompt = opts.prompt or '', labels = {} })
  done(table.remove(Inputs, 1))
end
"""


def program() -> str | None:
    """A Neovim that is new enough: on PATH, else where ``terminal_editors.sh`` put it."""
    for found in (shutil.which("nvim"), unpacked("nvim")):
        if found is not None and _version(found) >= NEEDED:
            return found
    return None


def unpacked(name: str) -> str:
    """Where ``terminal_editors.sh`` puts a program."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("POINTSMAN_TEST_EDITORS", cache / "pointsman/test-editors"))
    return str(folder / name / name)


def _version(nvim: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([nvim, "--version"], capture_output=True, text=True, timeout=20)
    except OSError:
        return (0,)
    words = said.stdout.split()
    numbers = words[1].removeprefix("v").partition("-")[0].split(".") if len(words) > 1 else []
    return tuple(int(n) for n in numbers if n.isdigit()) or (0,)


class Neovim:
    """One running editor. ``screen``: with its real screen, in a terminal of 24 by 90."""

    init = INIT
    """Its user's own file."""

    def __init__(self, nvim: str, rig: Rig, name: str, *files: str, screen: bool = False) -> None:
        self.nvim, self.rig, self.name, self.screen = nvim, rig, name, screen
        self.socket = rig.runtime / f"{name}.nvim"
        self._number = 0
        self._install()
        env = {**rig.env, "TERM": "xterm-256color", "PATH": f"{_our_bin()}:{rig.env['PATH']}"}
        folder = rig.root if rig.root.exists() else rig.home
        self._start(["--listen", str(self.socket), *files], env, folder)
        deadline = time.monotonic() + PATIENCE
        while not Path(f"{self.socket}.ready").exists():
            assert time.monotonic() < deadline, "it does not start"
            time.sleep(0.02)

    def _start(self, arguments: list[str], env: dict[str, str], folder: Path) -> None:
        master, terminal = pty.openpty()
        size = struct.pack("HHHH", 24, 90, 0, 0)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)
        self.process = subprocess.Popen(
            [self.nvim, *([] if self.screen else ["--headless"]), *arguments],
            cwd=folder,
            env=env,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)
        threading.Thread(target=_drain, args=[master], daemon=True).start()

    def _install(self) -> None:
        """The plugin as any plugin manager lays it, and a user's own file."""
        place = self.rig.home / ".local/share/nvim/site/pack/pointsman/start/pointsman"
        if not place.is_symlink():
            place.parent.mkdir(parents=True)
            place.symlink_to(PLUGIN)
            own = self.rig.home / "config/nvim/init.lua"
            own.parent.mkdir(parents=True, exist_ok=True)
            own.write_text(PROBE + self.init)

    def lua(self, code: str, *arguments: Any) -> Any:
        """What a chunk of Lua returns. Fails where the editor does not answer."""
        self._number += 1
        file = self.rig.runtime / f"{self.name}.{self._number}.json"
        file.write_text(json.dumps({"code": code, "arguments": arguments}))
        done = subprocess.run(
            [self.nvim, "--server", str(self.socket), "--remote-expr", f"v:lua.Probe('{file}')"],
            env=self.rig.env,
            capture_output=True,
            text=True,
            timeout=ANSWER_SECONDS,
        )
        file.unlink()
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout or done.stderr)["result"]

    def until(self, code: str, *arguments: Any, within: float = PATIENCE) -> Any:
        """The first true thing that the chunk returns."""
        deadline = time.monotonic() + within
        while not (found := self.lua(code, *arguments)):
            if time.monotonic() > deadline:
                told = self.lua("return { Told, Asked, vim.fn.execute('messages') }")
                raise AssertionError(f"never came: {code} {arguments}\n{told}")
            time.sleep(0.05)
        return found

    # ---- what its user does

    def command(self, line: str, pick: list[str] | None = None, words: list[str] | None = None):
        """Type an Ex command; ``pick`` and ``words`` are what its questions are answered with."""
        self.lua(
            "Picks, Inputs = ... ; vim.cmd(select(3, ...))",
            pick or [],
            words or [],
            line,
        )

    def edit(self, path: str) -> None:
        self.lua("vim.cmd.edit(...)", path)

    def act(self, title: str) -> None:
        """Choose the code action of that title at the cursor."""
        self.lua("Picks = { ... } ; vim.lsp.buf.code_action()", title)

    # ---- what it shows

    def marks(self, path: str) -> list[dict[str, Any]]:
        """The diagnostics of a file, shown or not."""
        return self.lua(
            """
            local buffer = vim.fn.bufadd(...)
            return vim.tbl_map(function(d)
              return { code = d.code, line = d.lnum, message = d.message }
            end, vim.diagnostic.get(buffer))
            """,
            str(self.rig.root / path),
        )

    def marked(self, path: str, code: str, words: str = "") -> dict[str, Any]:
        """The diagnostic of that code, once it is there."""
        return self.rig.eventually(
            lambda: next(
                (m for m in self.marks(path) if m["code"] == code and words in m["message"]), None
            )
        )

    def told(self) -> list[str]:
        return self.lua("return Told")

    def text(self) -> str:
        """The current buffer."""
        return self.lua("return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n')")

    # ---- its end

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def quit(self) -> None:
        """As its user leaves it."""
        with contextlib.suppress(AssertionError, subprocess.SubprocessError):
            self.lua("vim.defer_fn(function() vim.cmd('qall!') end, 1)")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


def _drain(screen: int) -> None:
    """Read what is shown, so that the editor never waits for us; to the editor's end."""
    with contextlib.suppress(OSError):
        while os.read(screen, 65536):
            pass
    os.close(screen)


def _our_bin() -> Path:
    return Path(sys.executable).parent
