"""What is taken for the sandbox's doing in the words of a failed call, and what is not."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.agents.denials import Denials, denials, denials_in
from pointsman.agents.events import Exited, ToolCall, TurnEnded
from pointsman.model.attention import Denial
from pointsman.sandbox import Policy

POLICY = Policy(
    read=(Path("/usr"),),
    write=(Path("/state/w"),),
    home=Path("/state/home"),
    cwd=Path("/state/w"),
    env={},
    masked=(Path("/state"),),
)


@pytest.mark.parametrize(
    ("words", "what", "where"),
    [
        ("cat: /root/secret: No such file or directory", "read", "/root/secret"),
        ("ls: cannot access '/home/o/a b': No such file or directory", "read", "/home/o/a b"),
        ("/bin/sh: 1: cannot open /root/x: No such file", "read", None),
        (
            "python3: can't open file '/home/o/x.py': [Errno 2] No such file or directory",
            "read",
            "/home/o/x.py",
        ),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/r/x'", "read", "/r/x"),
        ("ENOENT: no such file or directory, open '/home/o/.npmrc'", "read", "/home/o/.npmrc"),
        ("cat: /state/w/../ledger.db: Permission denied", "read", "/state/ledger.db"),
        ("touch: cannot touch '/usr/x': Read-only file system", "write", "/usr/x"),
        ("/bin/sh: 1: cannot create /usr/x: Read-only file system", "write", "/usr/x"),
        ("OSError: [Errno 30] Read-only file system: '/usr/x'", "write", "/usr/x"),
        ("EROFS: read-only file system, mkdir '/root'", "write", "/root"),
        ("mkdir: Read-only file system", "write", ""),
        ("OSError: [Errno 101] Network is unreachable", "network", ""),
        ("curl: (6) Could not resolve host: example.org", "network", "example.org"),
        ("getaddrinfo EAI_AGAIN packages.example.org", "network", "packages.example.org"),
        ("connect ENETUNREACH 192.0.2.1:443", "network", "192.0.2.1"),
        (
            "fatal: unable to access 'https://example.org/x/': Could not resolve host: example.org",
            "network",
            "example.org",
        ),
        ("socket.gaierror: [Errno -3] Temporary failure in name resolution", "network", ""),
        # what a sandbox has nothing to do with
        ("cat: src/a.py: No such file or directory", "read", None),
        ("cat: /state/w/a.py: No such file or directory", "read", None),
        ("cat: /usr/include/x.h: No such file or directory", "read", None),
        ("cat: /state/home/.x: No such file or directory", "read", None),
        ("cat: /proc/12/maps: Permission denied", "read", None),
        ("touch: cannot touch '/tmp/x': Read-only file system", "write", None),
        ("/bin/sh: 1: frobnicate: not found", "read", None),
        ("connect ECONNREFUSED 127.0.0.1:80", "network", None),
        ("AssertionError: 3 != 4", "read", None),
        ("", "read", None),
    ],
)
def test_the_words_of_a_failure(words: str, what: str, where: str | None) -> None:
    found = denials_in(f"Exit code 1\n{words}\n", POLICY)
    if where is None:
        assert found == ()
    else:
        assert [(d.what, d.where, d.times) for d in found] == [(what, where, 1)]


def test_with_an_open_network_it_is_not_the_sandbox() -> None:
    assert denials_in("Could not resolve host: x.org", replace(POLICY, network="host")) == ()


def test_a_failed_call_without_words_is_judged_by_its_paths() -> None:
    call = ToolCall(id="1", tool="read", status="failed", paths=("/root/.ssh/id", "src/a.py"))
    assert denials(call, POLICY) == (Denial(what="read", where="/root/.ssh/id"),)
    call = ToolCall(id="1", tool="edit", status="failed", paths=("/usr/x", "src/a.py"))
    assert denials(call, POLICY) == (Denial(what="write", where="/usr/x"),)


def test_each_is_told_once_a_call() -> None:
    line = "cat: /root/x: No such file or directory\n"
    assert denials_in(line * 1000, POLICY) == (Denial(what="read", where="/root/x"),)


def test_what_a_turn_fails_with_counts_where_no_call_told_it() -> None:
    words = "cat: /root/x: No such file or directory"
    call = ToolCall(id="1", status="failed", output=words)
    turn = TurnEnded(reason="failed", error=f"{words}\nNetwork is unreachable")
    denied = Denials(POLICY)
    assert [d.where for d in denied.told(call)] == ["/root/x"]
    assert [d.where for d in denied.told(call)] == ["/root/x"]
    assert [d.what for d in denied.told(turn)] == ["network"]
    assert denied.told(Exited(code=1, last_words=words)) == ()
    assert [d.what for d in Denials(POLICY).told(Exited(code=1, last_words=words))] == ["read"]
    assert Denials(POLICY).told(Exited(code=143, last_words=words)) == ()
    assert Denials(None).told(call) == ()


LINE = st.lists(
    st.sampled_from(["/root/x", "'/a", "ENOENT", "EROFS", "ENOTFOUND", "host=", ":", "\x1b", "\n"])
    | st.text()
).map(" ".join)


@given(LINE)
def test_any_words_can_be_looked_at(words: str) -> None:
    for denial in denials_in(words, POLICY):
        assert denial.where.isprintable()
        assert len(denial.where) <= 300
