"""The main job in VS Code itself: its workbench, its extension host, our extension as shipped.

One world with one daemon, which the editor starts; the tests are stations of one way through it.
"""

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rig import GATE, Rig, rigs
from tests.e2e.editors import workbench
from tests.e2e.editors.workbench import TESTS, Window, Workbench, browser

from pointsman.doors.demo.scenario import FILES

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900), pytest.mark.xdist_group("vscode")]

BOARD = FILES["timetable/board.py"]
SYMBOL_LINE = BOARD[: BOARD.index("def departures")].count("\n") + 1
ASKS = {"question": "From how many minutes on is a train late?", "options": ["1", "3", "5"]}
DELAYS = (
    GATE,
    {"ask": ASKS},
    {"append": {"path": "timetable/board.py", "text": "\n\nLATE = {answer}\n"}},
    {"ask": {"question": "What shall the board say of a train that is cancelled?"}},
    {"append": {"path": "timetable/board.py", "text": "CANCELLED = '{answer}'\n"}},
    {
        "replace": {
            "path": "timetable/board.py",
            "old": 'lines.append("  ".join(columns).rstrip())',
            "new": 'lines.append("  ".join([*columns, f"+{train.late}"]).rstrip())',
        }
    },
)
PLATFORMS = {
    "replace": {
        "path": "timetable/board.py",
        "old": "columns = [train.leaves]",
        "new": 'columns = [train.leaves, f"platform {train.platform:2}"]',
    }
}


def minutes(returned: str) -> tuple[Any, ...]:
    """The steps of who changes what `minutes` returns."""
    old = "return int(hours) * 60 + int(rest)"
    return {"replace": {"path": "timetable/clock.py", "old": old, "new": returned}}, GATE


def write_chunks(world: Rig) -> None:
    planned = {
        "board-delays": (DELAYS, "The board says which trains are late."),
        "board-platforms": ((PLATFORMS,), "The board says from which platform a train leaves."),
        "clock-past-24": (minutes("return int(hours) % 24 * 60 + int(rest)"), "24:10 is 00:10."),
        "clock-checked": (minutes("return 60 * checked(hours) + int(rest)"), "No hour is 99."),
    }
    for chunk, (steps, goal) in planned.items():
        write_chunk(world, chunk, steps, goal)
    world.commit("plan the work")
    write_chunk(world, "not-committed", (GATE,), "Nobody can see this one yet.")


def write_chunk(world: Rig, chunk: str, steps: Any, goal: str) -> None:
    world.chunk(chunk, *steps, commit=False)
    file = world.root / f"docs/chunks/{chunk}/GOAL.md"
    file.write_text(file.read_text().replace("Do it.", goal))


@pytest.fixture(scope="module")
def world() -> Iterator[Rig]:
    """A repository's world whose daemon the editor starts."""
    why = workbench.missing()
    if why is not None:
        pytest.skip(why)
    for rig in rigs():
        rig.root = rig.home / "timetable"
        rig.make_repository(FILES)
        yield rig


@pytest.fixture(scope="module")
def code(world: Rig) -> Iterator[Workbench]:
    served = Workbench(world.home / "code", world.env)
    try:
        served.install(workbench.VSIX)
        served.start()
        yield served
    finally:
        served.stop()
        world.forget_client()
        world.cli("daemon", "stop")


@pytest.fixture(scope="module")
def chromium(world: Rig) -> Iterator[Any]:
    with browser(world.home / "profile") as opened:
        yield opened


@pytest.fixture(scope="module")
def ready(world: Rig) -> Rig:
    write_chunks(world)
    return world


def inject(window: Window, *chunks: str) -> None:
    window.command("Pointsman: Inject Chunk")
    for chunk in chunks:
        window.pick(chunk)
    window.press("Enter")
    for chunk in chunks:
        window.row(chunk, "Units")


@pytest.fixture(scope="module")
def window(ready: Rig, code: Workbench, chromium) -> Window:
    """On the repository, with Pointsman's side bar."""
    opened = Window(chromium, code.url(ready.root))
    opened.show()
    opened.sees(".pane", "Nothing waits for you")  # it is connected
    return opened


def test_from_inject_over_verdict_and_questions_to_landed(ready: Rig, code, chromium, window):
    window.sees(".pane", "No work in the pool yet")
    window.snap("empty")

    # What can be injected, and what it would collide with.
    window.command("Pointsman: Inject Chunk")
    window.sees(".quick-input-list .monaco-list-row", "meets board-platforms at departures")
    window.sees(".quick-input-list .monaco-list-row", "differs from main, or is not on it")
    window.snap("inject")
    window.press("Escape")
    inject(window, "board-delays")
    ready.at_gate("board-delays")
    inject(window, "board-platforms")

    # The conflict, at the symbol; a verdict by code action; a second window agrees at once.
    window.row("board-delays ↔ board-platforms", "Conflicts")
    other = Window(chromium, code.url(ready.root))
    other.show()
    other.row(re.compile("board-delays ↔ board-platforms.*would collide"), "Conflicts")
    window.page.bring_to_front()
    window.open("timetable/board.py", SYMBOL_LINE)
    window.sees(".squiggly-warning")
    window.snap("conflict")
    window.offers("Serialize: board-delays first")
    window.snap("verdict")
    judged = time.monotonic()
    window.sees(".action-widget .monaco-list-row", "Serialize: board-delays first").click()
    window.row("after board-delays", "Units")
    shown = time.monotonic()
    other.until(lambda: "after board-delays" in other.words())
    # On a machine that is busy with other things, as long again as the first took.
    assert time.monotonic() - shown < max(1, shown - judged)
    other.close()
    assert ready.unit("board-platforms")["status"] == "BLOCKED"

    # A question: answered by picking, and the next one in words.
    ready.open("board-delays")
    toast = window.toast("From how many minutes on is a train late?")
    window.row("From how many minutes", "Waiting")
    window.snap("question")
    assert window.page.locator(".notification-toast").count() == 1
    toast.locator(".monaco-button", has_text="3").click()
    window.row("What shall the board say", "Waiting").click()
    window.sees(".quick-input-widget .quick-input-title", "board-delays asks")
    window.type("no service")
    window.snap("words")
    window.press("Enter")

    # Landed, one after the other, and nothing is marked any more.
    window.row(re.compile(r"Landed.*2"), "Units")
    window.sees_no(".squiggly-warning, .squiggly-info")
    window.sees_no(".pane", "↔")
    landed = ready.on_base("timetable/board.py") or ""
    assert "LATE = 3\nCANCELLED = 'no service'\n" in landed
    assert "platform {train.platform:2}" in landed
    window.row(re.compile(r"Landed.*2"), "Units").click()
    window.row("board-platforms", "Units")
    window.snap("landed")
    window.command("Pointsman: Show Diff")
    window.pick("board-delays")
    window.sees(".multiDiffEntry, .multi-diff-root-floating-menu, .editor.modified", "CANCELLED")
    window.snap("diff")
    window.command("Pointsman: Show Transcript")
    window.pick("board-delays")
    window.sees(".view-line", "append timetable/board.py")
    window.snap("transcript")


def test_what_does_not_merge_is_shown_in_three_versions(ready: Rig, window: Window):
    ready.call("setSettings", max_sent_back=0)
    inject(window, "clock-past-24", "clock-checked")
    window.row("clock-checked ↔ clock-past-24", "Conflicts").hover()
    window.sees(".monaco-list-row a[aria-label^='Independent']").click()
    for chunk in ("clock-checked", "clock-past-24"):
        once(ready, lambda: ready.unit(chunk)["status"] == "RUNNING")  # noqa: B023
        ready.at_gate(chunk)
    ready.open("clock-checked")
    once(ready, lambda: ready.unit("clock-checked")["status"] == "COMPLETED")
    ready.open("clock-past-24")
    once(ready, lambda: any(i["unmerged"] for i in ready.items("clock-past-24")))
    item = ready.item("clock-past-24", "LANDING_CONFLICT")
    window.command("Pointsman: Open Merge View")
    window.pick("clock-past-24")
    window.sees(".merge-editor", "checked(hours)")
    window.sees(".merge-editor", "int(hours) % 24")
    toast = window.toast("Merge it as it should be")
    window.snap("merge")
    toast.locator(".monaco-button", has_text="Send to the Agent").click()
    ready.eventually(lambda: item["id"] not in {i["id"] for i in ready.items()})
    ready.call("cancel", unit="clock-past-24")
    ready.call("setSettings", max_sent_back=3)


def once(world: Rig, look: Callable[[], Any]) -> Any:
    """What ``look`` gives once it is true; whatever is asked again meanwhile is independent."""

    def judged() -> Any:
        for item in world.items():
            if item["reason"] == "CONFLICT":
                world.call("verdict", conflict=item["subject"], verdict="INDEPENDENT")
        return look()

    return world.eventually(judged)


def test_the_daemon_and_the_editor_are_killed_and_come_back(ready: Rig, code, chromium, window):
    asks = {"question": "Shall it be?", "options": ["yes", "no"]}
    ready.chunk(
        "asking", GATE, {"ask": asks}, {"write": {"path": "asked.txt", "text": "{answer}\n"}}
    )
    inject(window, "asking")
    ready.at_gate("asking")
    killed = ready.call("status")["daemon"]["pid"]
    os.kill(killed, signal.SIGKILL)
    ready.forget_client()
    window.until(lambda: _daemon(ready) not in (None, killed))
    ready.at_gate("asking")
    ready.open("asking")
    window.toast("Shall it be?")
    window.close()

    window = Window(chromium, code.url(ready.root))
    window.show()
    window.row("Shall it be?", "Waiting")
    assert window.page.locator(".notification-toast").count() == 0, "it waited before we came"
    window.row("Shall it be?", "Waiting").click()
    window.pick("yes")
    window.row(re.compile("Landed"), "Units")
    window.close()


def _daemon(world: Rig) -> int | None:
    """The pid of the daemon that the editor has started anew."""
    told = world.cli("daemon", "status", "--json")
    return json.loads(told.stdout)["daemon"]["pid"] if told.returncode == 0 else None


def test_folders_of_many_kinds_in_one_window(ready: Rig, chromium):
    """A subfolder of a repository, a folder with one in it, and one that has none at all.

    On a server of its own: one that windows come back to, as after a kill, sometimes gives a new
    window a workspace without its folders, which VS Code's own git does not see then either.
    """
    below = ready.home / "below" / "second"
    below.mkdir(parents=True)
    ready.git("init", "-q", "-b", "main", ".", at=below)
    (below / "a.txt").write_text("a\n")
    ready.git("add", "-A", at=below)
    identity = ("-c", "user.name=O", "-c", "user.email=o@example.invalid")
    ready.git(*identity, "commit", "-q", "-m", "start", at=below)
    plain = ready.home / "plain"
    plain.mkdir()
    (plain / "notes.txt").write_text("nothing of git's\n")
    folders = [ready.root / "timetable", below.parent, plain]
    place = ready.home / "many.code-workspace"
    place.write_text(json.dumps({"folders": [{"path": str(folder)} for folder in folders]}))
    served = Workbench(ready.home / "code-many", ready.env)
    try:
        served.install(workbench.VSIX)
        served.start()
        window = Window(chromium, served.url(place))
        window.show()
        window.sees(".pane", "Nothing waits for you")
        window.command("Pointsman: Inject Chunk")
        window.sees(".quick-input-list .monaco-list-row", "second")
        window.sees(".quick-input-list .monaco-list-row", "timetable")
        window.press("Escape")
        window.open("notes.txt")
        window.sees_no(".notification-toast")
        window.close()
        running = ready.processes().values()
        daemons = [words for words in running if "pointsman.daemon" in words]
        assert not any(str(plain) in words for words in daemons)
    finally:
        served.stop()
        ready.cli("daemon", "stop", at=below)


def test_in_the_extension_host(ready: Rig, chromium, tmp_path: Path):
    """editor-client/vscode/test: run by VS Code itself, which gives the tests' exit code."""
    served = Workbench(ready.home / "code-tests", ready.env)
    extension = TESTS.parents[1]
    said: list[str] = []
    ended: list[int] = []
    try:
        served.start(tests=True)
        page = chromium.new_page()
        page.expose_function("codeAutomationLog", lambda kind, args: said.append(str(args)))
        page.expose_function("codeAutomationExit", lambda code, _=None: ended.append(code))
        payload = [
            ["extensionDevelopmentPath", served.remote(extension)],
            ["extensionTestsPath", served.remote(TESTS)],
        ]
        page.goto(served.url(ready.root, payload))
        deadline = time.monotonic() + 180
        while not ended and time.monotonic() < deadline:
            page.wait_for_timeout(50)
        page.close()
    finally:
        served.stop()
    told = [line for line in said if "FAILED: " in line]
    assert ended == [0], "\n".join(told or said[-60:])
