"""VS Code's own workbench on a loopback port, and a browser that looks at it.

The server part and the extension host are Node.js processes; the extension is installed from the
.vsix that is shipped. A window is a page of headless Chromium, driven by the keys and rows that a
person uses.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import urlopen

ROOT = Path(__file__).parents[3]
EXTENSION = ROOT / "editor-client/vscode"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pointsman"
AGENTS = Path(os.environ.get("POINTSMAN_TEST_AGENTS", CACHE / "test-agents"))
EDITORS = Path(os.environ.get("POINTSMAN_TEST_EDITORS", CACHE / "test-editors"))
NODE = AGENTS / "node-24.9.0/node_modules/node/bin/node"
VSCODE = EDITORS / "code-4.139.1/node_modules/code-server/lib/vscode"
PLAYWRIGHT = EDITORS / "playwright-1.65.2"
VSIX = EXTENSION / "dist/pointsman.vsix"
TESTS = EXTENSION / "dist/test.js"
PROGRAMS = Path(sys.executable).parent
PATIENCE = 60_000
"""Milliseconds after which what a window is to show is taken to never come."""

DRAW = os.environ.get("POINTSMAN_DRAW")
"""The folder for pictures; see scripts/draw-screenshots."""
CHROMIUM = shutil.which("chromium")
FLAGS = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-background-timer-throttling"),
    *("--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows"),
)


def missing() -> str | None:
    """What there is to be installed before these tests can run; None: nothing."""
    for what, found in (
        ("Node.js", NODE.exists()),
        ("VS Code's workbench", (VSCODE / "out/server-main.js").exists()),
        ("Playwright", PLAYWRIGHT.exists()),
        ("the extension, built,", VSIX.exists() and TESTS.exists()),
        ("chromium", CHROMIUM is not None),
    ):
        if not found:
            return f"{what} is missing: see tests/e2e/editors/install.sh"
    return None


BUILTIN = ("theme-defaults", "theme-seti", "python", "markdown-basics", "git-base", "git")
"""Of the extensions that come with the workbench, those that the tests look at: the others only
cost time."""

SETTINGS: dict[str, Any] = {
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
    "window.autoDetectColorScheme": True,
    "workbench.preferredDarkColorTheme": "Dark 2026",
    "workbench.preferredLightColorTheme": "Light 2026",
    "security.workspace.trust.enabled": False,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "extensions.autoCheckUpdates": False,
    "extensions.autoUpdate": False,
    "extensions.ignoreRecommendations": True,
    "chat.commandCenter.enabled": False,
    "chat.disableAIFeatures": True,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "git.openRepositoryInParentFolders": "never",
    "git.autofetch": False,
    "files.autoSave": "off",
    "editor.minimap.enabled": False,
    "breadcrumbs.enabled": False,
    "workbench.editor.useModal": "off",
}


DEFAULTS = {
    "name": "settings",
    "publisher": "test",
    "version": "1.0.0",
    "engines": {"vscode": "*"},
    "contributes": {"configurationDefaults": SETTINGS},
}
"""An extension that does nothing but to bring our settings: those of a user are kept by the
browser, and a new one has none."""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


class Workbench:
    """The server of one world: its own data, extensions and settings, in ``folder``."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder, self.port = folder, free_port()
        self._env = {**env, "PATH": f"{NODE.parent}:{PROGRAMS}:{env['PATH']}"}
        self._process: subprocess.Popen[bytes] | None = None
        builtin = folder / "builtin"
        builtin.mkdir(parents=True)
        for name in BUILTIN:
            (builtin / name).symlink_to(VSCODE / "extensions" / name)
        (builtin / "settings").mkdir()
        (builtin / "settings/package.json").write_text(json.dumps(DEFAULTS))

    def _program(self, *more: str) -> list[str]:
        data = str(self.folder)
        return [
            *(str(NODE), str(VSCODE / "out/server-main.js"), "--accept-server-license-terms"),
            *("--user-data-dir", data, "--server-data-dir", data),
            *("--extensions-dir", f"{data}/ext", "--builtin-extensions-dir", f"{data}/builtin"),
            *("--telemetry-level", "off", *more),
        ]

    def install(self, vsix: Path) -> None:
        subprocess.run(
            self._program("--install-extension", str(vsix)),
            env=self._env,
            capture_output=True,
            check=True,
            timeout=120,
        )

    def start(self, *, tests: bool = False) -> None:
        """With ``tests``, windows run what their payload says in the extension host, and show no
        notifications (that is how VS Code's own tests want it)."""
        log = (self.folder / "server.log").open("ab")
        self._process = subprocess.Popen(
            self._program(
                *("--without-connection-token", "--host", "127.0.0.1", "--port", str(self.port)),
                *("--reconnection-grace-time", "120"),
                *(("--enable-smoke-test-driver",) if tests else ()),
                *("--disable-workspace-trust", "--force-disable-user-env"),
            ),
            env=self._env,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        deadline = time.monotonic() + 60
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/version", timeout=5):
                    return
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise AssertionError((self.folder / "server.log").read_text()) from None
                time.sleep(0.05)

    def stop(self) -> None:
        """With every process that it started: they share its session."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        self._process = None

    def url(self, place: Path, payload: list[list[str]] | None = None) -> str:
        """Of a window on a folder, or on a ``.code-workspace`` file."""
        kind = "workspace" if place.suffix == ".code-workspace" else "folder"
        query = {kind: str(place)}
        if payload is not None:
            query["payload"] = json.dumps(payload)
        return f"http://127.0.0.1:{self.port}/?{urlencode(query, quote_via=quote)}"

    def remote(self, path: Path) -> str:
        return f"vscode-remote://127.0.0.1:{self.port}{path}"


@contextmanager
def browser(profile: Path) -> Iterator[Any]:
    """Headless Chromium with a profile of its own; gives Playwright's browser context, in which
    what was loaded once loads faster."""
    sys.path.insert(0, str(PLAYWRIGHT))
    try:
        from playwright.sync_api import sync_playwright
    finally:
        sys.path.remove(str(PLAYWRIGHT))
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch_persistent_context(
            str(profile),
            executable_path=CHROMIUM,
            headless=True,
            args=list(FLAGS),
            chromium_sandbox=False,
        )
        try:
            yield opened
        finally:
            opened.close()


class Window:
    """One window of the editor, as its user sees and works it."""

    def __init__(
        self,
        browser: Any,
        url: str,
        size: tuple[int, int] = (1280, 800),
    ) -> None:
        width, height = size
        self.page = browser.new_page()
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.set_default_timeout(PATIENCE)
        self.page.emulate_media(color_scheme="dark")
        self.page.goto(url)
        self.page.wait_for_selector(".monaco-workbench .part.statusbar")
        if self.page.locator(".part.auxiliarybar").is_visible():  # nothing of ours is in it
            self.press("Control+Alt+b")

    def close(self) -> None:
        self.page.close()

    # ---- looking

    def sees(self, selector: str, text: str | re.Pattern[str] | None = None) -> Any:
        """The first element of that selector and text, once it is there."""
        found = self.page.locator(selector)
        if text is not None:
            found = found.filter(has_text=text)
        try:
            found.first.wait_for(state="visible")
        except Exception as error:
            error.add_note(f"What the window shows instead:\n{self.words()}")
            raise
        return found.first

    def sees_no(self, selector: str, text: str | re.Pattern[str] | None = None) -> None:
        """Waits until nothing of that selector and text is there."""
        found = self.page.locator(selector)
        if text is not None:
            found = found.filter(has_text=text)
        self.until(lambda: found.count() == 0, f"still there: {selector} {text}")

    def until(self, look: Callable[[], Any], what: str = "never came") -> Any:
        deadline = time.monotonic() + PATIENCE / 1000
        while not (found := look()):
            assert time.monotonic() < deadline, f"{what}\n{self.words()}"
            self.page.wait_for_timeout(20)
        return found

    def words(self) -> str:
        """All that is to be read in the window."""
        return str(self.page.locator(".monaco-workbench").inner_text())

    def row(self, text: str | re.Pattern[str], view: str = "") -> Any:
        """A row of one of Pointsman's trees."""
        within = f'.pane:has(.pane-header[aria-label^="{view}"]) ' if view else ""
        return self.sees(f"{within}.monaco-list-row", text)

    def toast(self, text: str) -> Any:
        return self.sees(".notification-toast", text)

    def status(self, text: str | re.Pattern[str]) -> Any:
        return self.sees(
            "#pointsman\\.pointsman\\.pointsman\\.status, [id*='pointsman.status']", text
        )

    # ---- doing

    def press(self, keys: str) -> None:
        self.page.keyboard.press(keys)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def command(self, name: str) -> None:
        """Run a command from the palette, by its whole title."""
        self.press("F1")
        box = self.sees(".quick-input-widget input")
        box.fill(f">{name}")
        self.sees(".quick-input-list .monaco-list-row.focused", name)
        self.press("Enter")

    def pick(self, label: str) -> None:
        """Choose a row of the quick pick that is open, by its whole label."""
        whole = re.compile(rf"^\s*{re.escape(label)}\s*$")
        self.sees(".quick-input-list .monaco-list-row .label-name", whole).click()

    def open(self, path: str, line: int | None = None) -> None:
        """Open a file of the workspace."""
        self.press("Control+p")
        box = self.sees(".quick-input-widget input")
        box.fill(path)
        self.sees(".quick-input-list .monaco-list-row", path.rpartition("/")[2]).click()
        self.sees(".tab.active", path.rpartition("/")[2])
        if line is not None:
            self.press("Control+g")
            self.sees(".quick-input-widget input").fill(f":{line}")
            self.press("Enter")
            self.sees(".statusbar-item", f"Ln {line}, Col 1")

    def show(self) -> None:
        """Open Pointsman's side bar."""
        self.sees('.activitybar .action-item a[aria-label^="Pointsman"]').click()
        self.sees('.pane-header[aria-label^="Units"]')
        self.page.mouse.move(350, 600)  # wide enough for two names beside each other
        self.page.mouse.down()
        self.page.mouse.move(420, 600, steps=4)
        self.page.mouse.up()
        self.page.mouse.move(900, 790)  # where nothing is
        self.command("View: Close All Editors")  # a page that welcomes, if it was quicker

    def offers(self, title: str) -> Any:
        """A code action where the cursor is, in the list that it opens."""
        self.sees("[class*='lightbulb' i]:visible")  # pressed earlier, it would say there is none
        self.press("Control+.")
        return self.sees(".action-widget .monaco-list-row", title)

    def quick_fix(self, title: str) -> None:
        """Choose a code action where the cursor is."""
        self.offers(title).click()

    def snap(self, name: str) -> None:
        """A picture of this moment, light and dark, where pictures are wanted."""
        if DRAW is None:
            return
        for scheme, theme in (("light", "vs"), ("dark", "vs-dark")):
            self.page.emulate_media(color_scheme=scheme)
            self.page.wait_for_selector(f".monaco-workbench.{theme}")
            self.page.wait_for_timeout(400)  # until colours and rings have faded in
            self.page.screenshot(path=str(Path(DRAW) / f"{name}-{scheme}.png"))
