"""Commands that need no daemon: ``init``, ``new``, ``doctor``, ``version``."""

import json

import pytest

from pointsman import __version__
from pointsman.daemon.address import Repository


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


def test_init_writes_settings_once_and_says_what_comes_next(cli, repository: Repository) -> None:
    said = cli("init")
    assert said.code == 0
    assert "pointsman new NAME" in said.out
    settings = repository.root / "pointsman.toml"
    settings.write_text("# mine\n")
    assert cli("init", "--json").json == {"written": [], "chunks": "docs/chunks"}
    assert settings.read_text() == "# mine\n"


def test_new_writes_both_documents_where_the_settings_say(cli, repository: Repository) -> None:
    (repository.root / "pointsman.toml").write_text('chunks = "work"\n')
    assert cli("new", "gamma", "--json").json == {
        "written": ["work/gamma/GOAL.md", "work/gamma/PLAN.md"]
    }
    assert "# gamma" in (repository.root / "work/gamma/GOAL.md").read_text()


def test_new_overwrites_nothing(cli, repository: Repository) -> None:
    before = (repository.root / "docs/chunks/alpha/GOAL.md").read_bytes()
    said = cli("new", "alpha")
    assert said.code == 3
    assert "docs/chunks/alpha is there already" in said.err
    assert (repository.root / "docs/chunks/alpha/GOAL.md").read_bytes() == before


def test_no_daemon_is_started_for_these(cli, repository: Repository) -> None:
    for command in (["init"], ["new", "gamma"], ["sandbox", "explain"], ["doctor"]):
        cli(*command)
    assert not (repository.state / "daemon.lock").exists()


def test_doctor_names_what_is_missing_and_the_command_for_it(cli) -> None:
    said = cli("doctor", "--json")
    found = {f["topic"]: f for f in json.loads(said.out)["findings"]}
    assert found["git"]["state"] == "ok"
    assert found["agent demo"]["state"] == "ok"
    assert found["repository"]["state"] == "missing"  # it has no commit yet
    assert said.code == 1
    assert all(f["remedy"] for f in found.values() if f["state"] == "missing")


def test_doctor_says_where_a_settings_file_is_wrong(cli, repository: Repository) -> None:
    (repository.root / "pointsman.toml").write_text("\nmax_agent = 4\n")
    assert "pointsman.toml:2" in cli("doctor").out


def test_what_an_agent_may_have_is_said_in_words(cli, repository: Repository) -> None:
    said = cli("sandbox", "explain", "--agent", "demo")
    assert "What the agent demo may have, in bubblewrap:" in said.out
    assert "other branches and stashes too" in said.out
    found = json.loads(cli("sandbox", "explain", "--agent", "demo", "--json").out)
    granted = {line["what"] for line in found["lines"] if line["access"] in ("read", "write")}
    assert not granted & {str(repository.root), str(repository.root.parent)}
    assert {"access": "network", "what": "none", "note": ""} in found["lines"]
    unknown = cli("sandbox", "explain", "--agent", "nobody")
    assert unknown.code == 3
    assert "nobody" in unknown.err


def test_version_tells_the_daemons_too(cli, daemon) -> None:
    daemon.results["version"] = {"version": "9.9", "protocol": 1}
    assert cli("version").out == f"pointsman {__version__}, daemon 9.9\n"
