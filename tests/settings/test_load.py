"""Layers over one another, and what the repository's word is worth."""

from pathlib import Path
from typing import Any

import pytest

from pointsman.agents.known import ENTRIES
from pointsman.model.agent import AgentEntry
from pointsman.model.attention import Reason
from pointsman.model.default_answer import DefaultAnswers
from pointsman.model.errors import CODES, PointsmanError
from pointsman.model.merge_rule import rule_of
from pointsman.model.settings import Settings, about, looser
from pointsman.oracle.verdict import Thresholds
from pointsman.settings import Effective, Origin, file_hash, load, show
from pointsman.settings import files as settings_files
from pointsman.settings.load import DEFAULTS


def loaded(
    repository: str | None = None,
    operator: str | None = None,
    changes: dict[str, Any] | None = None,
    *,
    trust: bool = False,
    last: Effective = DEFAULTS,
) -> Effective:
    data = None if repository is None else repository.encode()
    return load(
        data,
        None if operator is None else operator.encode(),
        changes or {},
        operator_path="/home/o/.config/pointsman/config.toml",
        trusted=file_hash(data) if data and trust else None,
        last=last,
    )


def test_without_files_everything_is_default() -> None:
    assert loaded().settings == Settings()
    assert all(said["origin"] == "default" for said in show(loaded()).values())


def test_each_layer_wins_over_the_one_before_and_its_origin_is_known() -> None:
    found = loaded(
        "max_agents = 2\nchecks = ['r']\ncommit_message = 'r {chunk}'",
        "max_agents = 9\nchecks = ['o']\nagent = 'codex'",
        {"max_agents": 5},
    )
    assert found.settings.max_agents == 5
    assert found.settings.checks == ("o",)
    assert found.settings.message("x") == "r x"
    assert found.origins == {
        "max_agents": Origin.CHANGED,
        "checks": Origin.OPERATOR,
        "commit_message": Origin.REPOSITORY,
        "agent": Origin.OPERATOR,
    }
    assert (found.ignored, found.problems) == ((), ())


FREE = "chunks = 'c'\nmax_agents = 1\ncommit_message = 'm'\nchecks = ['c']\nsetup = ['s']\n"
TRUSTED = "base = 'trunk'\nagent = 'x'\nmax_attempts = 9\n[agents.x]\ncommand = ['curl']\n"


def test_the_repository_sets_freely_only_what_can_not_harm() -> None:
    assert loaded(FREE).ignored == ()
    assert loaded(FREE).settings.chunks == "c"
    found = loaded(TRUSTED)
    assert found.settings == Settings()
    told = {p.data["key"]: p for p in found.ignored if p.data}
    assert set(told) == {"base", "agent", "max_attempts", "agents"}
    assert all(p.code == "settings-untrusted" and p.code in CODES for p in found.ignored)
    place = told["agents"].place
    assert place is not None and place.path == "pointsman.toml"
    assert place.range is not None and place.range.start.line == 3
    assert told["agents"].data == {
        "key": "agents",
        "value": {"x": {"command": ["curl"]}},
        "trustable": True,
    }


def test_the_repository_may_lower_the_number_of_agents_but_not_raise_it() -> None:
    assert loaded("max_agents = 3").settings.max_agents == 3
    found = loaded("max_agents = 5")
    assert (found.settings.max_agents, len(found.ignored)) == (4, 1)
    assert loaded("max_agents = 5", trust=True).settings.max_agents == 5
    assert loaded("max_agents = 3", "max_agents = 8").settings.max_agents == 8


def test_the_repository_may_be_stricter_about_conflicts_but_not_laxer() -> None:
    assert loaded("ask_from = 0.05\nserialize_from = 0.5").settings.serialize_from == 0.5
    assert len(loaded("ask_from = 0.9\nserialize_from = 1.0").ignored) == 2


def test_the_oracles_own_thresholds_are_the_default() -> None:
    assert Thresholds(loaded().settings.ask_from, loaded().settings.serialize_from) == Thresholds()


def test_protected_paths_of_both_files_count() -> None:
    found = loaded("protected_paths = ['a', 'b']", "protected_paths = ['c', 'a']")
    assert found.settings.protected_paths == ("a", "b", "c")


def test_merge_rules_of_both_files_count_yours_first_and_the_built_in_ones_last() -> None:
    theirs = "[merge_rules]\n'*.md' = 'union'\n'*.lock' = 'union'\n'uv.lock' = 'ignore'\n"
    mine = "[merge_rules]\n'*.lock' = 'ignore'\n'docs/*.md' = 'append-only'\n"
    found = loaded(theirs, mine)
    rules = found.settings.rules()
    assert [rule_of(path, rules) for path in ("docs/a.md", "a.md", "uv.lock", "go.sum", "a")] == [
        *("append-only", "union", "ignore", "generated", None)
    ]
    assert found.ignored == ()


def test_a_rule_that_drops_what_is_on_base_needs_trust() -> None:
    theirs = "[merge_rules]\n'*' = 'generated'\n'*.md' = 'union'\n'uv.lock' = 'generated'\n"
    found = loaded(theirs)
    rules = found.settings.rules()
    assert [rule_of(path, rules) for path in ("a.py", "a.md", "uv.lock")] == [
        *(None, "union", "generated")  # the built-in rules need no trust
    ]
    assert [(p.data["key"], p.data["trustable"]) for p in found.ignored if p.data] == [
        *(("merge_rules.*", True), ("merge_rules.uv.lock", True))
    ]
    assert rule_of("a.py", loaded(theirs, trust=True).settings.rules()) == "generated"
    assert rule_of("a.py", loaded(None, theirs).settings.rules()) == "generated"


def test_trust_in_a_file_is_gone_when_the_file_changes() -> None:
    data = TRUSTED.encode()
    found = loaded(TRUSTED, trust=True)
    assert (found.settings.base, found.settings.agent) == ("trunk", "x")
    assert found.ignored == ()
    changed = load(
        data + b"# a comment", None, {}, operator_path="/c", trusted=file_hash(data), last=found
    )
    assert changed.settings == Settings()


@pytest.mark.parametrize("trust", [False, True])
def test_sandbox_state_and_network_are_the_operators_alone(trust: bool) -> None:
    hostile = "sandbox = 'none'\nstate = '/'\n[agents.x]\ncommand = ['c']\nnetwork = 'host'\n"
    found = loaded(hostile, trust=trust)
    assert (found.settings.sandbox, found.settings.state) == ("bubblewrap", None)
    assert all(agent.network is None for agent in found.settings.agents.values())
    never = {p.data["key"] for p in found.ignored if p.data and not p.data["trustable"]}
    assert never >= {"sandbox", "state"}
    if trust:
        assert never == {"sandbox", "state", "agents.x.network"}
    own = loaded(hostile.replace("/", "/s"), hostile, trust=trust)
    assert (own.settings.sandbox, own.settings.agents["x"].network) == ("none", "host")


ANSWERS = "[answers.PERMISSION]\nafter = 60\noption = 'allow'\n"


@pytest.mark.parametrize("trust", [False, True])
def test_nobody_but_the_operator_says_what_is_answered_for_them(trust: bool) -> None:
    theirs = loaded(ANSWERS, trust=trust)
    assert theirs.settings.answers == DefaultAnswers()
    (ignored,) = theirs.ignored
    assert ignored.data is not None and not ignored.data["trustable"]
    given = loaded(None, ANSWERS).settings.limits().answers.of(Reason.PERMISSION)
    assert given is not None and (given.after, given.option) == (60, "allow")
    changed = loaded(None, ANSWERS, {"answers": {"QUESTION": {"after": 9, "text": "x"}}})
    assert show(changed)["answers"]["value"] == {
        "QUESTION": {"after": 9, "text": "x", "agents_default": False}
    }


def test_the_operators_agent_replaces_the_repositorys_of_that_name() -> None:
    own = "[agents.x]\ncommand = ['mine']\n"
    found = loaded(TRUSTED, own, trust=True)
    assert found.settings.agents["x"].command == ("mine",)
    assert found.origins["agents.x"] is Origin.OPERATOR


def test_a_mistake_in_a_file_leaves_its_last_good_settings_in_force() -> None:
    good = loaded("max_agents = 2", "agent = 'codex'")
    bad = loaded("max_agents = 'x'", "agent = 'gemini'", last=good)
    assert (bad.settings.max_agents, bad.settings.agent) == (2, "gemini")
    assert [p.code for p in bad.problems] == ["settings-invalid"]
    again = loaded("[", "]", {"max_agents": "no"}, last=bad)
    assert again.settings == bad.settings
    assert [p.place.path for p in again.problems if p.place] == [
        "pointsman.toml",
        "/home/o/.config/pointsman/config.toml",
    ]
    assert len(again.problems) == 3
    mended = loaded(None, "agent = 'demo'", last=again)
    assert (mended.settings.max_agents, mended.settings.agent) == (4, "demo")
    assert mended.problems == ()


def test_a_mistake_at_the_first_start_costs_that_file_alone() -> None:
    found = loaded("max_agents = 'x'", "agent = 'gemini'")
    assert (found.settings.max_agents, found.settings.agent) == (4, "gemini")


def test_settings_are_shown_with_value_origin_and_meaning_and_without_secrets() -> None:
    operator = "max_agents = 3\n[agents.x]\ncommand = ['c']\nenv = {KEY = 'secret'}\n"
    shown = show(loaded(None, operator))
    assert shown["max_agents"]["value"] == 3
    assert shown["max_agents"]["origin"] == "operator"
    assert shown["max_agents"]["unit"] == "agents"
    assert shown["agents.x"]["value"] == {"command": ["c"], "env": {"KEY": "…"}}
    assert "secret" not in str(shown)
    assert all(said["description"] for said in shown.values())


def test_everything_has_a_rule_and_the_free_ones_are_those_of_the_design() -> None:
    free = {key for key in Settings.model_fields if about(key).repository in ("free", "adds")}
    assert free == {"chunks", "checks", "setup", "commit_message", "protected_paths", "merge_rules"}
    assert not about("sandbox").live and not about("agents").live


def test_an_entry_of_the_settings_changes_a_known_agent_field_by_field() -> None:
    settings = loaded(None, "[agents.claude]\nnetwork = 'host'\n[agents.x]\ncommand = ['y']\n")
    claude = settings.settings.entry("claude", ENTRIES)
    assert claude == ENTRIES["claude"].model_copy(update={"network": "host"})
    assert settings.settings.entry("x", ENTRIES) == AgentEntry(name="x", command=("y",))
    with pytest.raises(PointsmanError) as caught:
        settings.settings.entry("nobody", ENTRIES)
    assert caught.value.code == "agent-unknown" and "claude" in caught.value.problem.remedy


def test_an_agent_with_more_network_or_more_to_read_is_looser() -> None:
    plain = AgentEntry(name="a", command=("a",))
    online = AgentEntry(name="b", command=("b",), network="host")
    reading = AgentEntry(name="c", command=("c",), read_paths=("/opt/x",))
    assert looser(online, plain) and looser(reading, plain)
    assert not looser(plain, online) and not looser(online, online)


def test_a_commit_message_is_no_format_string() -> None:
    found = loaded("commit_message = '{chunk.__class__} {chunk} {0}'")
    assert found.settings.message("x") == "{chunk.__class__} x {0}"


def test_the_operators_file_is_found_as_xdg_says(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    plain = tmp_path / ".config/pointsman/config.toml"
    assert settings_files.operator_file(home) == plain
    assert settings_files.operator_file({**home, "XDG_CONFIG_HOME": "relative"}) == plain
    elsewhere = {**home, "XDG_CONFIG_HOME": "/etc/xdg"}
    assert settings_files.operator_file(elsewhere) == Path("/etc/xdg/pointsman/config.toml")
    assert settings_files.read(plain) is None
    plain.parent.mkdir(parents=True)
    plain.write_text("max_agents = 3")
    assert settings_files.read(plain) == b"max_agents = 3"


def test_state_is_where_the_operator_says_or_where_xdg_says() -> None:
    environ = {"HOME": "/home/o"}
    default, own = loaded().settings, loaded(None, "state = '~/work'").settings
    assert settings_files.state_folder(default, environ) == Path("/home/o/.local/state/pointsman")
    assert settings_files.state_folder(own, environ) == Path("/home/o/work")
    other = {**environ, "XDG_STATE_HOME": "/s"}
    assert settings_files.state_folder(default, other) == Path("/s/pointsman")
