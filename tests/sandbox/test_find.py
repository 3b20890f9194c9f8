"""The sandbox that is there, and the words in which one that is not is refused."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pointsman.model.errors import PointsmanError
from pointsman.sandbox import find_sandbox


def test_bubblewrap_is_found_and_tried():
    assert find_sandbox("bubblewrap").name == "bubblewrap"


def test_none_must_be_configured():
    assert find_sandbox("none").name == "none"


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("apt-get", "apt-get install -y bubblewrap"),
        ("dnf", "dnf install -y bubblewrap"),
        ("unknown", "Install the package bubblewrap"),
    ],
)
def test_without_bwrap_it_refuses_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manager: str, command: str
):
    (tmp_path / manager).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PointsmanError) as refused:
        find_sandbox("bubblewrap")
    assert refused.value.code == "sandbox-missing"
    assert command in refused.value.problem.remedy


def test_a_bwrap_that_makes_no_sandbox_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fake = tmp_path / "bwrap"
    fake.write_text('#!/bin/sh\nfor last; do :; done; exec cat "$last"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    if os.geteuid() == 0:  # it kept the capabilities that we have
        with pytest.raises(PointsmanError, match="kept capabilities"):
            find_sandbox("bubblewrap")
    fake.write_text("#!/bin/sh\necho no namespaces >&2; exit 1\n")
    with pytest.raises(PointsmanError, match="no namespaces"):
        find_sandbox("bubblewrap")


def test_where_user_namespaces_are_forbidden_it_refuses_in_bwraps_words():
    program = """
from pointsman.model.errors import PointsmanError
from pointsman.sandbox import find_sandbox
try:
    find_sandbox("bubblewrap")
except PointsmanError as error:
    print(error.code, error.problem.message, error.problem.remedy, sep="|")
"""
    forbidding = ["bwrap", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"]
    said = subprocess.run(
        [*forbidding, "--dev-bind", "/", "/", sys.executable, "-c", program],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    code, message, remedy = said.strip().split("|")
    assert code == "sandbox-missing"
    assert "bwrap: " in message
    assert "namespaces" in remedy
