"""The course of the demo: build, inject, show and ask, until everything has landed.

Exit code 0 if all six chunks landed, else 1. The folder stays, so that it can be looked at; the
daemon is stopped.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

from rich.text import Text

from pointsman.daemon.address import find_repository
from pointsman.doors.cli.daemon import wait_for_end
from pointsman.doors.cli.lanes.watch import following
from pointsman.doors.cli.out import Out
from pointsman.doors.cli.run import DONE, NO, Invocation, print_json
from pointsman.doors.client import Client
from pointsman.doors.demo import scenario
from pointsman.doors.demo.course import Course, Lines, Screen, Show
from pointsman.model.errors import PointsmanError
from pointsman.model.refusal import Refusal
from pointsman.operations.demonstration import history, make_repository, require_sandbox

PATIENCE, UNATTENDED = 20.0, 2.0
"""Seconds that a question waits for its answer: with an operator at the terminal, and without."""
LIMIT = 180.0
"""Seconds until the demo gives up."""
EDITORS = ("code", "nvim", "vim", "emacs", "nano")


def demo(invocation: Invocation) -> int:
    attended = sys.stdin.isatty() and sys.stdout.isatty() and not invocation.json
    patience = invocation.given.get("timeout", PATIENCE if attended else UNATTENDED)
    out = Out(sys.stderr if invocation.json else None)
    sandbox = "no_sandbox" not in invocation.given
    if sandbox:
        _require_sandbox()
    began = time.monotonic()
    folder = _folder(invocation.given.get("directory"))
    repository = build(folder, sandbox=sandbox)
    out.say(f"A small repository with {len(scenario.CHUNKS)} committed chunks: {repository}")
    if not attended:
        out.say(f"Nobody is at a terminal: after {patience:g} s, questions get their default.")
    out.say()
    show: Show = Screen(out) if attended else Lines(out)
    landed = play(repository, show, patience, keep="keep" in invocation.given)
    took = time.monotonic() - began
    if invocation.json:
        print_json({"repository": str(repository), "landed": landed, "seconds": round(took, 1)})
    _ending(out, repository, landed, took)
    return DONE if len(landed) == len(scenario.CHUNKS) else NO


def _require_sandbox() -> None:
    try:
        require_sandbox()
    except PointsmanError as error:
        remedy = f"{error.problem.remedy}\nOr without, this once: pointsman demo --no-sandbox"
        raise Refusal(error.code, error.problem.message, remedy) from None


def build(folder: Path, *, sandbox: bool = True) -> Path:
    """Move into ``folder``, and make the repository there; gives its path. Raises Refusal."""
    _move_house(folder, sandbox=sandbox)
    repository = folder / scenario.REPOSITORY
    try:
        message = "feat: a timetable, and six chunks of work on it"
        asyncio.run(make_repository(repository, scenario.files(), message))
    except PointsmanError as error:
        raise Refusal.of(error.problem.wire()) from None
    return repository


def play(repository: Path, show: Show, patience: float, *, keep: bool = False) -> list[str]:
    """Inject all chunks and see them through; the names of those that landed. Raises Refusal."""
    with _daemon(repository, keep=keep) as client:
        client.call("inject", {"chunks": [chunk.name for chunk in scenario.CHUNKS]})
        with following(lambda: Client.connect(repository)) as follower:
            Course(follower, client, patience, LIMIT).run(show)
        units = client.call("status")["units"]
    return [unit["chunk"] for unit in units if unit["status"] == "COMPLETED"]


def _folder(wanted: str | None) -> Path:
    """Where all of it happens: an empty folder. Raises Refusal."""
    if wanted is None:
        return Path(tempfile.mkdtemp(prefix="pointsman-demo-"))
    folder = Path(wanted).absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refusal("file-exists", f"{wanted} is not an empty folder.", "Name another one.")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _move_house(folder: Path, *, sandbox: bool) -> None:
    """From here on, HOME and all that hangs on it are in ``folder``, for us and for the daemon."""
    home = folder / "home"
    places = {
        "HOME": home,
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_STATE_HOME": home / ".local" / "state",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_RUNTIME_DIR": folder / "run",
    }
    for variable, place in places.items():
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ[variable] = str(place)
    for variable in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[variable]
    settings = places["XDG_CONFIG_HOME"] / "pointsman" / "config.toml"
    settings.parent.mkdir()
    lines = ['agent = "demo"', "" if sandbox else 'sandbox = "none"']
    settings.write_text("\n".join(lines) + "\n", encoding="utf-8")
    exports = "".join(f"export {name}={quote(str(place))}\n" for name, place in places.items())
    program = f'export PATH={quote(str(Path(sys.executable).parent))}:"$PATH"\n'
    (folder / "env").write_text(exports + program, encoding="utf-8")


@contextmanager
def _daemon(repository: Path, *, keep: bool) -> Iterator[Client]:
    """A daemon of the demo's own; stopped at the end, however that comes."""
    client = Client.connect(repository)
    try:
        with client:
            yield client
    finally:
        if not keep:
            with Client.connect(repository, start=False) as last:
                last.call("shutdown", {})
            found = find_repository(repository)
            assert found is not None
            wait_for_end(found)


def _ending(out: Out, repository: Path, landed: list[str], took: float) -> None:
    """What came of it, and how to see more."""
    missing = [c.name for c in scenario.CHUNKS if c.name not in landed]
    out.say()
    if missing:
        out.say(Text("✗ ", style="bold red"), f"did not land: {', '.join(missing)}")
    else:
        words = f"All {len(landed)} chunks landed in {took:.0f} s."
        out.say(Text("✓ ", style="bold green"), Text(words, style="bold"))
    out.say()
    for commit in asyncio.run(history(repository)):
        names = ", ".join(ref.removeprefix("refs/heads/") for ref in commit.refs if ref != "HEAD")
        out.say(
            Text(" ● ", style="green" if commit.parents else "dim"),
            Text(commit.id[:7] + " ", style="yellow"),
            commit.subject,
            Text(f"  {commit.author}", style="dim"),
            Text(f"  ← {names}" if names else "", style="bold green"),
        )
    out.say()
    out.say("Open it:  ", Text(f"cd {repository}", style="bold cyan"))
    for command, what in _next(repository.parent):
        out.say(Text(f"{command:41}", style="cyan"), Text(what, style="dim"), indent=10)


def _next(folder: Path) -> list[tuple[str, str]]:
    """What to look at in the repository, and the command for it."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    editor = editor or next((e for e in EDITORS if shutil.which(e)), "ls")
    return [
        (f"{editor} .", "the result"),
        ("python3 -m timetable", "the board that they made"),
        ("git log --patch", "every change, as it landed"),
        ("(. ../env; pointsman log station-names)", "what its agent did"),
        (f"rm -rf {folder}", "all of it goes"),
    ]
