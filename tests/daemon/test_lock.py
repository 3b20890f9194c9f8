"""One daemon a repository, and how it is found or started."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pointsman.daemon.address import Repository, announced
from pointsman.daemon.lock import acquire
from pointsman.daemon.start import find, find_or_start
from pointsman.model.refusal import Refusal

HOLD = """
import sys
from pathlib import Path
from pointsman.daemon.lock import acquire
lock = acquire(Path(sys.argv[1]))
assert lock is not None
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def repository(folder: Path) -> Repository:
    (folder / "git").mkdir()
    return Repository(folder, folder / "git")


def daemon(script: str) -> list[str]:
    """A command that runs ``script``, whose ``fd`` is the readiness pipe."""
    prelude = "import os, sys, time\nfd = int(sys.argv[sys.argv.index('--ready-fd') + 1])\n"
    return [sys.executable, "-c", prelude + script]


def test_two_can_not_have_it_and_the_kernel_gives_it_back(folder):
    state = folder / "state"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    assert acquire(state) is None
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    lock = acquire(state)
    assert lock is not None
    lock.release()


def test_what_it_makes_is_private(folder):
    state = folder / "state"
    lock = acquire(state)
    assert lock is not None
    bound = lock.bind(folder / "s")
    lock.announce("1", 1)
    for made, mode in (
        (state, 0o700),
        (state / "daemon.json", 0o600),
        (folder / "s", 0o600),
        (state / "daemon.lock", 0o600),
    ):
        assert made.stat().st_mode & 0o777 == mode, made
    told = json.loads((state / "daemon.json").read_text())
    assert told == {"pid": os.getpid(), "socket": str(folder / "s"), "build": "1", "protocol": 1}
    bound.close()
    lock.release()
    assert not (folder / "s").exists()
    assert announced(state) is None
    assert (state / "daemon.lock").exists()


def test_its_holder_replaces_a_stale_socket(folder):
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(folder / "s"))
    stale.close()
    lock = acquire(folder / "state")
    assert lock is not None
    lock.bind(folder / "s").close()
    lock.release()


def test_a_lock_file_that_is_a_link_is_not_followed(folder):
    (folder / "state").mkdir(mode=0o700)
    (folder / "state/daemon.lock").symlink_to(folder / "elsewhere")
    with pytest.raises(OSError):
        acquire(folder / "state")
    assert not (folder / "elsewhere").exists()


def test_without_a_daemon_none_is_found(repository):
    assert find(repository) is None


def test_an_announcement_of_nonsense_is_survived(repository):
    repository.state.mkdir()
    for path in ("\0", "x" * 500, "/etc/passwd", ""):
        (repository.state / "daemon.json").write_text(json.dumps({"socket": path}))
        assert find(repository) is None


def test_the_words_of_a_daemon_that_dies_are_shown_but_not_those_of_the_one_before(repository):
    for words in ("first trouble", "second trouble"):
        with pytest.raises(Refusal) as caught:
            find_or_start(repository, daemon(f"print({words!r}); sys.exit(3)"))
        assert caught.value.code == "daemon-unreachable"
        assert words in caught.value.message
    assert "first" not in caught.value.message


def test_of_a_traceback_only_the_last_line_is_shown(repository):
    for script in ("x = 1 / 0", "print('x' * 5000, flush=True); 1 / 0"):
        with pytest.raises(Refusal) as caught:
            find_or_start(repository, daemon(script))
        assert caught.value.message.endswith("It said: ZeroDivisionError: division by zero")


def test_a_daemon_that_never_gets_ready_is_not_waited_for_longer_than_the_limit(repository):
    with pytest.raises(Refusal) as caught:
        find_or_start(repository, daemon("time.sleep(5)"), limit=0.5)
    assert "in time" in caught.value.message


def test_a_lock_that_stays_held_without_a_daemon_that_listens_is_said(repository):
    held = [
        "sh",
        "-c",
        'while [ "$1" != --ready-fd ]; do shift; done; printf H >"/proc/self/fd/$2"',
        "sh",
    ]
    with pytest.raises(Refusal) as caught:
        find_or_start(repository, held, limit=1)
    assert "lock" in caught.value.message


def test_the_daemon_is_detached_and_told_its_repository(repository, folder):
    script = f"""
import json
facts = {{"sid": os.getsid(0), "pid": os.getpid(), "cwd": os.getcwd(), "argv": sys.argv[1:],
         "stdin": os.readlink("/proc/self/fd/0")}}
open({str(folder / "facts")!r}, "w").write(json.dumps(facts))
sys.exit(1)
"""
    with pytest.raises(Refusal):
        find_or_start(repository, daemon(script))
    facts = json.loads((folder / "facts").read_text())
    assert facts["sid"] == facts["pid"]
    assert facts["cwd"] == "/"
    assert facts["argv"][:2] == ["--repository", str(repository.common_dir)]
    assert facts["stdin"] == "/dev/null"


def test_a_large_log_is_moved_aside(repository):
    repository.state.mkdir()
    (repository.state / "daemon.log").write_bytes(b"x" * (2 << 20))
    with pytest.raises(Refusal):
        find_or_start(repository, daemon("print('new')"))
    assert (repository.state / "daemon.log").read_text() == "new\n"
    assert (repository.state / "daemon.log.1").stat().st_size == 2 << 20
