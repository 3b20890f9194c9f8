"""``pointsman daemon start|stop|status|run``, and ``pointsman version``."""

import fcntl
import os
from typing import Any

from pointsman import __version__
from pointsman.daemon.address import Repository
from pointsman.daemon.lock import open_lock
from pointsman.daemon.start import daemon_command
from pointsman.doors.cli.run import DONE, Invocation, print_json
from pointsman.doors.client import repository_of
from pointsman.model.refusal import Refusal


def daemon(invocation: Invocation) -> int:
    action: str = invocation.given["action"]
    if action == "run":
        _run(repository_of(invocation.folder))
    if action == "stop":
        return _stop(invocation)
    with invocation.connect(start=action == "start") as client:
        status = client.call("status")
    return invocation.show("show.control:daemon", {"daemon": status["daemon"]})


def _run(repository: Repository) -> None:
    """Become the daemon, in the foreground: Ctrl-C ends it, its log is what is seen."""
    argv = [*daemon_command(), "--repository", str(repository.common_dir)]
    os.execv(argv[0], argv)  # noqa: S606 - our own program, no shell


def _stop(invocation: Invocation) -> int:
    """End it, and wait till it is gone. None there is as good."""
    repository = repository_of(invocation.folder)
    try:
        client = invocation.connect(start=False)
    except Refusal as refusal:
        if refusal.code != "daemon-unreachable":
            raise
        _say(invocation, {"stopping": False}, "There is no daemon for this repository.")
        return DONE
    drain = "drain" in invocation.given
    with client:
        result = client.call("shutdown", {"drain": drain})
        if drain and not invocation.json:
            print("It starts nothing new and ends when what runs is done.", flush=True)
        wait_for_end(repository)
    _say(invocation, result, "The daemon has stopped.")
    return DONE


def wait_for_end(repository: Repository) -> None:
    """Return once the daemon is gone: it holds its lock till death, so no polling is needed."""
    lock = open_lock(repository.state, "daemon.lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
    finally:
        os.close(lock)


def _say(invocation: Invocation, result: dict[str, Any], words: str) -> None:
    if invocation.json:
        print_json(result)
    else:
        print(words)


def version(invocation: Invocation) -> int:
    """This program's version, and the daemon's if one runs here."""
    result: dict[str, Any] = {"version": __version__}
    try:
        with invocation.connect(start=False) as client:
            result["daemon"] = client.call("version")
    except Refusal:
        pass  # no repository, or no daemon: nothing to tell
    theirs = result.get("daemon", {}).get("version")
    words = f"pointsman {__version__}" + (f", daemon {theirs}" if theirs else "")
    _say(invocation, result, words)
    return DONE
