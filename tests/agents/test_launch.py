"""What an agent is started with: its program, its environment, its HOME, what it may do unasked."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.agents.failures import classify
from pointsman.agents.known import ENTRIES, entry_env, find
from pointsman.agents.launch import prepare_home
from pointsman.agents.permissions import Choice, allowed_unasked
from pointsman.model.agent import AgentEntry
from pointsman.model.errors import PointsmanError
from pointsman.sandbox import Policy

from .conftest import Unit

OPTIONS = (Choice("no", "reject_once"), Choice("ever", "allow_always"), Choice("yes", "allow_once"))
POLICY = Policy(
    read=(Path("/usr"), Path("/state/w/docs")),
    write=(Path("/state/w"),),
    home=Path("/state/home"),
    cwd=Path("/state/w"),
    env={},
    masked=(Path("/state"),),
)


@pytest.mark.parametrize(
    ("tool", "path", "allowed"),
    [
        ("edit", "src/a.py", True),
        ("edit", "/state/w/src/a.py", True),
        ("edit", "/state/home/x", True),
        ("edit", "/tmp/x", True),
        ("edit", "docs/x", False),
        ("read", "docs/x", True),
        ("read", "/usr/include/x.h", True),
        ("edit", "/usr/include/x.h", False),
        ("read", "../other/x", False),
        ("read", "/state/ledger.db", False),
        ("read", "/root/.ssh/id", False),
        ("delete", "/", False),
        (None, "src/a.py", True),
        ("switch_mode", "src/a.py", False),
    ],
)
def test_what_the_sandbox_allows_is_allowed_unasked(tool: str, path: str, allowed: bool) -> None:
    chosen = allowed_unasked(tool, [path], OPTIONS, POLICY, confined=True)
    assert chosen == ("yes" if allowed else None)
    assert allowed_unasked(tool, [path], OPTIONS, POLICY, confined=False) is None


def test_without_an_option_that_allows_the_operator_is_asked() -> None:
    assert allowed_unasked("edit", [], OPTIONS[:1], POLICY, confined=True) is None
    assert allowed_unasked("edit", [], OPTIONS[:2], POLICY, confined=True) == "ever"


def test_a_missing_program_is_told_with_the_command_that_installs_it() -> None:
    with pytest.raises(PointsmanError) as caught:
        find(ENTRIES["claude"], path="/nonexistent")
    assert caught.value.code == "agent-missing"
    assert caught.value.problem.remedy.startswith("npm install")


def test_the_demo_agent_is_found_beside_pointsman_itself() -> None:
    (program,) = find(ENTRIES["demo"], path="/nonexistent")
    assert Path(program).is_file()


def test_every_known_entry_names_how_to_install_it() -> None:
    assert all(entry.install and entry.name == name for name, entry in ENTRIES.items())


def test_the_environment_is_built_and_takes_only_what_the_entry_names(bare_unit: Unit) -> None:
    entry = AgentEntry(name="x", command=("sh",), env={"A": "$KEY", "B": "$NONE", "C": "$5 a"})
    assert entry_env(entry, {"KEY": "k", "SECRET": "s"}) == {"A": "k", "C": "$5 a"}
    env = bare_unit.session().policy.env
    assert env["HOME"] == str(bare_unit.home)
    assert set(env) == {
        *("PATH", "LANG", "TERM", "HOME"),
        *("POINTSMAN_CHUNK", "POINTSMAN_GOAL", "POINTSMAN_PLAN"),
        *("POINTSMAN_ASK", "POINTSMAN_ASK_SOCKET"),
    }


def test_a_home_is_made_once_with_the_login_files_in_it(tmp_path: Path) -> None:
    operator, home = tmp_path / "operator", tmp_path / "units/a.1"
    (operator / ".x").mkdir(parents=True)
    (operator / ".x/auth.json").write_text("{}")
    entry = AgentEntry(name="x", command=("x",), auth_files=(".x/auth.json", ".y/none"))
    prepare_home(home, entry, operator)
    assert (home / ".x/auth.json").read_text() == "{}"
    assert (home / ".x/auth.json").stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700
    (home / ".x/auth.json").unlink()
    (home / ".x/auth.json").symlink_to(tmp_path / "elsewhere")
    prepare_home(home, entry, operator)
    assert not (tmp_path / "elsewhere").exists()
    assert list(home.parent.iterdir()) == [home]


@pytest.mark.parametrize(
    ("words", "transient", "wait"),
    [
        ("API Error: 529 overloaded_error", True, None),
        ('rate limit; {"retry_after": 30}', True, 30.0),
        ("Too Many Requests, try again in 2m", True, 120.0),
        ("quota exceeded, resets in 1.5h", True, 5400.0),
        ("fetch failed: ECONNRESET", True, None),
        ("HTTP/1.1 503", True, None),
        ("Request failed with status code 529", True, None),
        ('{"status":429}', True, None),
        ("SyntaxError: line 429", False, None),
        ("File x.py, line 503, in f", False, None),
        ("overloaded, trying again\n" + "at f\n" * 20 + "Segmentation fault", False, None),
        ("retry after 5", False, None),
        ("", False, None),
    ],
)
def test_failures_that_pass_by_themselves(words: str, transient: bool, wait: float | None) -> None:
    assert classify(words) == (transient, wait)


@given(st.text())
def test_any_words_can_be_classified(words: str) -> None:
    assert classify(words).wait is None or classify(words).transient
