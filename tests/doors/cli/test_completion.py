"""Completion: scripts that the shells accept, made from the table."""

import shutil
import subprocess
from pathlib import Path

import pytest

from pointsman.doors.cli.commands import COMMANDS
from pointsman.doors.cli.completion import bash, fish, zsh


def completed(line: str, folder: Path) -> list[str]:
    """What bash offers for the last word of ``line``."""
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    script = f"""{bash()}
COMP_WORDS=({quoted}) COMP_CWORD={len(words) - 1}
_pointsman
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_offers_every_command(tmp_path: Path) -> None:
    assert {c.name for c in COMMANDS} <= set(completed("pointsman ", tmp_path))
    assert set(completed("pointsman sta", tmp_path)) == {"status"}


def test_bash_offers_options_words_and_chunks(tmp_path: Path) -> None:
    for name in ("alpha", "beta", "all-caps"):
        (tmp_path / "docs/chunks" / name).mkdir(parents=True)
    assert set(completed("pointsman inject a", tmp_path)) == {"alpha", "all-caps"}
    assert completed("pointsman inject --pri", tmp_path) == ["--priority"]
    assert completed("pointsman --json daemon sto", tmp_path) == ["stop"]
    assert completed("pointsman pause a", tmp_path) == []
    assert completed("pointsman verdict alpha beta ser", tmp_path) == ["serialize"]
    assert completed("pointsman --repository . sta", tmp_path) == ["status"]


@pytest.mark.parametrize(("shell", "script"), [("bash", bash), ("zsh", zsh), ("fish", fish)])
def test_the_shell_accepts_its_script(shell: str, script, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    file = tmp_path / "script"
    file.write_text(script())
    assert subprocess.run([program, "-n", file], capture_output=True).returncode == 0


def test_every_script_names_every_command() -> None:
    for script in (bash(), zsh(), fish()):
        assert all(command.name in script for command in COMMANDS)
