"""A settings file by itself: what is wrong with it, and where."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.model.errors import PointsmanError
from pointsman.settings.layers import Layer, Origin, from_changes, from_file


def read(text: str | bytes) -> Layer | list[tuple[str, int | None, int | None]]:
    data = text if isinstance(text, bytes) else text.encode()
    found = from_file(data, "pointsman.toml", Origin.REPOSITORY)
    if isinstance(found, Layer):
        return found
    told = []
    for problem in found:
        assert problem.code == "settings-invalid" and problem.remedy
        assert problem.place is not None and problem.place.path == "pointsman.toml"
        start = problem.place.range.start if problem.place.range else None
        told.append((problem.message, start and start.line, start and start.character))
    return told


def test_a_file_says_only_what_it_says() -> None:
    layer = read('max_agents = 2\nchecks = ["x"]\n[agents.a]\ncommand = ["b"]\n')
    assert isinstance(layer, Layer)
    assert layer.said.model_fields_set == {"max_agents", "checks", "agents"}
    assert layer.said.checks == ("x",)
    assert layer.said.agents["a"].model_fields_set == {"command"}


@pytest.mark.parametrize(
    ("text", "what", "line", "column"),
    [
        ("max_agents = \n", "no TOML: Invalid value", 0, 13),
        ("a = 1\n a = 2\n", "no TOML: Cannot overwrite a value", 1, 6),
        ("x = 'ü' y\n", "no TOML: Expected newline", 0, 9),
        ("x = [1", "no TOML: Unclosed array", 0, 6),
        (b"x = '\xff'", "not UTF-8", 0, 5),
        ("x = " + "[" * 5_000, "nested too deeply", None, None),
        ("x = " + "9" * 5_000, "no TOML", None, None),
        ("# c\nmax_agent = 3\n", "`max_agent` is no key that is known here", 1, 0),
        ("max_agents = '4'\n", "`max_agents` must be a whole number", 0, 0),
        ("max_agents = true\n", "`max_agents` must be a whole number", 0, 0),
        ("max_agents = 0\n", "`max_agents` must be greater than or equal to 1", 0, 0),
        ("ask_wait = nan\n", "`ask_wait`", 0, 0),
        ("checks = 'x'\n", "`checks` must be a list", 0, 0),
        ("checks = ['x', 3]\n", "`checks.1` must be text", 0, 0),
        ("checks = ['']\n", "`checks.0` must have text", 0, 0),
        ("base = 1979-05-27\n", "`base` must be text", 0, 0),
        ("chunks = '/x'\n", "`chunks` must be a folder inside", 0, 0),
        ("chunks = 'x/../..'\n", "`chunks` must be a folder inside", 0, 0),
        ("chunks = ''\n", "`chunks` must be a folder inside", 0, 0),
        ("[merge_rules]\n'*' = 'ours'\n", "`merge_rules.*` must be 'append-only', 'union'", 1, 0),
        ("sandbox = 'docker'\n", "`sandbox` must be 'bubblewrap' or 'none'", 0, 0),
        ("agents = 3\n", "`agents` must have keys and values", 0, 0),
        ("[agents.x]\ncommand = []\n", "`agents.x.command`", 1, 0),
        ("[agents.x]\ndriver = 'ssh'\n", "`agents.x.driver` must be 'acp' or 'command'", 1, 0),
        ("[agents.x]\nnetwerk = 'host'\n", "`agents.x.netwerk` is no key", 1, 0),
        ("[agents.x]\nauth_files = ['../x']\n", "`agents.x.auth_files.0`", 1, 0),
        ("agents.x = { env = { A = 1 } }\n", "`agents.x.env.A` must be text", 0, 0),
        ("answers.QUESTION = { after = 9 }\n", "`answers.QUESTION` must have exactly one", 0, 0),
        ("[answers.BUDGET]\nafter = 9\noption = 'land'\n", "these options: continue", 0, 0),
        ("[answers.CONFLICT]\nafter = 9\ntext = 'x'\n", "an option: serialize", 0, 0),
        ("[answers.CONFLICT]\nafter = 9\nagents_default = true\n", "only a QUESTION", 0, 0),
        ("[answers.QUESTION]\ntext = 'x'\n", "`answers.QUESTION.after` is missing", 0, 0),
        ("[answers.QUESTION]\nafter = 0\ntext = 'x'\n", "greater than 0", 1, 0),
        ("[answers.question]\nafter = 9\n", "`answers.question` is no key", 0, 0),
        ("maxAgents = 3\n", "`maxAgents` is no key", 0, 0),
    ],
)
def test_a_mistake_is_told_with_line_and_column(
    text: str | bytes, what: str, line: int | None, column: int | None
) -> None:
    told = read(text)
    assert isinstance(told, list)
    ((message, *place),) = told
    assert what in message
    assert place == [line, column]


def test_all_mistakes_are_told_at_once() -> None:
    told = read("max_agents = 'x'\n\nfoo = 1\n")
    assert isinstance(told, list)
    assert [line for _, line, _ in told] == [0, 2]


def test_a_file_of_any_length_is_refused_at_once() -> None:
    began = time.process_time()
    told = read(b"a = 1\n" * 1_000_000)
    assert isinstance(told, list) and "longer than" in told[0][0]
    assert time.process_time() - began < 0.1


@given(st.binary(max_size=100) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read(data)


def test_changes_at_run_time_are_checked_like_files() -> None:
    assert from_changes({"max_agents": 8, "agent": None}).said.model_fields_set == {"max_agents"}
    for wrong in ({"max_agents": "8"}, {"nothing": 1}, {"sandbox": "none"}, {"agents": {}}):
        with pytest.raises(PointsmanError) as caught:
            from_changes(wrong)
        assert caught.value.code == "settings-invalid"
        assert caught.value.problem.data == {"key": next(iter(wrong))}
