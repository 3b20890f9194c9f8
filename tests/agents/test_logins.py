"""What comes back to the operator of a login that an agent has renewed, and what never does."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.agents.known import ENTRIES
from pointsman.agents.launch import prepare_home
from pointsman.agents.logins import FILE_LIMIT, LOGINS, Refused, bring_back, merged
from pointsman.model.agent import AgentEntry

CLAUDE, CODEX, GEMINI, OPENCODE = LOGINS
ALL = tuple(LOGINS)


def claude(token: str, expires: object, **more: object) -> dict[str, Any]:
    return {
        "claudeAiOauth": {
            "accessToken": f"access-{token}",
            "refreshToken": f"refresh-{token}",
            "expiresAt": expires,
            "scopes": ["user:inference"],
            "subscriptionType": "max",
            **more,
        }
    }


def codex(token: str, day: str, account: str = "a") -> dict[str, Any]:
    names = ("access_token", "refresh_token", "id_token")
    tokens = {name: f"{name}-{token}" for name in names}
    return {
        "OPENAI_API_KEY": None,
        "tokens": {**tokens, "account_id": account},
        "last_refresh": f"2026-01-{day}T00:00:00.123456789Z",
    }


def gemini(token: str, expires: int) -> dict[str, Any]:
    names = ("access_token", "refresh_token", "id_token")
    tokens = {name: f"{name}-{token}" for name in names}
    return {**tokens, "scope": "cloud", "token_type": "Bearer", "expiry_date": expires}


def opencode(**providers: tuple[str, int]) -> dict[str, Any]:
    told: dict[str, Any] = {
        name: {"type": "oauth", "access": token, "refresh": token, "expires": expires}
        for name, (token, expires) in providers.items()
    }
    return {**told, "other": {"type": "api", "key": "k"}}


class Homes:
    """The operator's HOME and a unit's."""

    def __init__(self, folder: Path) -> None:
        self.operator, self.unit = folder / "operator", folder / "units/a.1/home"
        self.operator.mkdir()
        self.entry = AgentEntry(name="x", command=("x",), auth_files=(*ALL, ".x/settings.json"))

    def operators(self, file: str, content: object) -> Path:
        return self._write(self.operator / file, content)

    def agents(self, file: str, content: object) -> Path:
        return self._write(self.unit / file, content)

    def start(self) -> None:
        prepare_home(self.unit, self.entry, self.operator)

    def exit(self) -> list[str]:
        return bring_back(self.unit, self.entry.auth_files, self.operator)

    def now(self, file: str) -> Any:
        return json.loads((self.operator / file).read_bytes())

    @staticmethod
    def _write(path: Path, content: object) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path


@pytest.fixture
def homes(tmp_path: Path) -> Homes:
    return Homes(tmp_path)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (CLAUDE, claude("1", 1000), claude("2", 2000)),
        (CODEX, codex("1", "01"), codex("2", "02")),
        (GEMINI, gemini("1", 1000), gemini("2", 2000)),
        (OPENCODE, opencode(a=("1", 10), b=("1", 10)), opencode(a=("1", 10), b=("2", 20))),
    ],
)
def test_a_renewed_login_comes_back(homes: Homes, file: str, old: object, new: object) -> None:
    own = homes.operators(file, old)
    own.chmod(0o640)
    homes.start()
    homes.agents(file, new)
    assert homes.exit() == []
    assert homes.now(file) == new
    assert own.stat().st_mode & 0o777 == 0o640
    assert list(own.parent.iterdir()) == [own]


def test_every_known_agent_whose_login_is_renewed_has_it_on_the_list() -> None:
    named = {file for entry in ENTRIES.values() for file in entry.auth_files}
    assert named - set(ALL) == {".gemini/google_accounts.json"}  # a name: nothing renews it
    assert set(ALL) <= named


def test_the_file_keeps_its_layout(homes: Homes) -> None:
    homes.operators(CLAUDE, json.dumps(claude("1", 1000), indent=2) + "\n")
    homes.start()
    homes.agents(CLAUDE, claude("2", 2000))
    homes.exit()
    told = (homes.operator / CLAUDE).read_text()
    assert told == json.dumps(claude("2", 2000), indent=2) + "\n"


def test_what_is_not_on_the_list_never_comes_back(homes: Homes) -> None:
    homes.operators(".x/settings.json", {"hook": "true"})
    homes.start()
    homes.agents(".x/settings.json", {"hook": "curl evil"})
    assert homes.exit() == []
    assert homes.now(".x/settings.json") == {"hook": "true"}


def test_of_a_listed_file_only_what_a_renewal_changes_comes_back(homes: Homes) -> None:
    homes.operators(CLAUDE, claude("1", 1000))
    homes.start()
    homes.agents(CLAUDE, claude("2", 2000, subscriptionType="$(evil)", scopes=["a", "b"]))
    assert homes.exit() == []
    assert homes.now(CLAUDE) == claude("2", 2000)


def test_of_two_agents_that_renew_at_a_time_the_newer_wins(tmp_path: Path) -> None:
    first, second = Homes(tmp_path), Homes.__new__(Homes)
    second.__dict__ = {**first.__dict__, "unit": tmp_path / "units/b.1/home"}
    first.operators(CLAUDE, claude("1", 1000))
    first.start()
    second.start()
    first.agents(CLAUDE, claude("newer", 3000))
    second.agents(CLAUDE, claude("older", 2000))
    assert first.exit() == second.exit() == []
    assert first.now(CLAUDE) == claude("newer", 3000)


def test_a_newer_login_of_the_operators_stays(homes: Homes) -> None:
    homes.operators(CLAUDE, claude("1", 1000))
    homes.start()
    homes.operators(CLAUDE, claude("own", 5000))
    homes.agents(CLAUDE, claude("2", 2000))
    assert homes.exit() == []
    assert homes.now(CLAUDE) == claude("own", 5000)


def test_an_operator_who_has_logged_out_stays_logged_out(homes: Homes) -> None:
    own = homes.operators(CLAUDE, claude("1", 1000))
    homes.start()
    own.unlink()
    homes.agents(CLAUDE, claude("2", 2000))
    assert homes.exit() == []
    assert not own.exists()


def test_another_accounts_login_is_refused(homes: Homes) -> None:
    homes.operators(CODEX, codex("1", "01"))
    homes.start()
    homes.agents(CODEX, codex("2", "02", account="evil"))
    (words,) = homes.exit()
    assert "another account" in words
    assert homes.now(CODEX) == codex("1", "01")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({**claude("2", 2000), "apiKeyHelper": "evil"}, "same keys"),
        (claude("2", 2000, helper="evil"), "same keys"),
        ({"claudeAiOauth": {"expiresAt": 2000}}, "same keys"),
        (claude("2", "2000"), "same types"),
        (claude("2", 2000.5), "same types"),
        (claude("2", True), "same types"),
        (claude("2", 2000, accessToken={"a": 1}), "same types"),
        (claude("2\r\nX-Evil: 1", 2000), "no token"),
        ([claude("2", 2000)], "no JSON object"),
        ("{", "no JSON"),
        ("", "no JSON"),
        ("[" * 60_000, "no JSON"),
        ('{"claudeAiOauth": NaN}', "no JSON"),
        (" " * FILE_LIMIT + "{}", "too large"),
    ],
)
def test_what_an_agent_forged_is_refused(homes: Homes, content: object, why: str) -> None:
    homes.operators(CLAUDE, claude("1", 1000))
    homes.start()
    homes.agents(CLAUDE, content)
    (words,) = homes.exit()
    assert why in words
    assert CLAUDE in words
    assert homes.now(CLAUDE) == claude("1", 1000)


def linked_file(theirs: Path, elsewhere: Path) -> None:
    theirs.symlink_to(elsewhere / "x.json")


def linked_folder(theirs: Path, elsewhere: Path) -> None:
    theirs.parent.rmdir()
    theirs.parent.symlink_to(elsewhere)


def fifo(theirs: Path, elsewhere: Path) -> None:
    os.mkfifo(theirs)


def folder(theirs: Path, elsewhere: Path) -> None:
    theirs.mkdir()


@pytest.mark.parametrize("plant", [linked_file, linked_folder, fifo, folder])
def test_what_is_no_plain_file_in_an_agents_home_is_neither_read_nor_written(
    homes: Homes, tmp_path: Path, plant: Callable[[Path, Path], None]
) -> None:
    homes.operators(CLAUDE, claude("1", 1000))
    homes.start()
    elsewhere = tmp_path / "elsewhere"
    for name in ("x.json", Path(CLAUDE).name):
        Homes._write(elsewhere / name, claude("2", 2000))
    theirs = homes.unit / CLAUDE
    theirs.unlink()
    plant(theirs, elsewhere)
    assert len(homes.exit()) == 1
    assert homes.now(CLAUDE) == claude("1", 1000)
    homes.operators(CLAUDE, claude("3", 3000))
    homes.start()  # which hands on what is newer: nothing that a link leads to
    assert json.loads((elsewhere / "x.json").read_text()) == claude("2", 2000)
    assert json.loads((elsewhere / Path(CLAUDE).name).read_text()) == claude("2", 2000)


def test_an_operators_login_that_is_a_link_is_left_alone(homes: Homes, tmp_path: Path) -> None:
    kept = Homes._write(tmp_path / "dotfiles/c.json", claude("1", 1000))
    (homes.operator / ".claude").mkdir()
    (homes.operator / CLAUDE).symlink_to(kept)
    homes.start()
    homes.agents(CLAUDE, claude("2", 2000))
    (words,) = homes.exit()
    assert "is a link" in words
    assert (homes.operator / CLAUDE).is_symlink()
    assert json.loads(kept.read_text()) == claude("1", 1000)


def test_who_logs_in_anew_need_not_begin_the_unit_anew(homes: Homes) -> None:
    homes.operators(CLAUDE, claude("1", 1000))
    homes.start()
    homes.operators(CLAUDE, claude("anew", 2000))
    homes.start()
    assert json.loads((homes.unit / CLAUDE).read_text()) == claude("anew", 2000)
    (homes.unit / CLAUDE).unlink()  # some do that with a login that is refused
    homes.start()
    assert json.loads((homes.unit / CLAUDE).read_text()) == claude("anew", 2000)


def test_an_agents_own_newer_login_is_not_overwritten_at_its_next_start(homes: Homes) -> None:
    homes.operators(CLAUDE, claude("1", 1000))
    homes.start()
    homes.agents(CLAUDE, claude("2", 2000))
    homes.start()
    assert json.loads((homes.unit / CLAUDE).read_text()) == claude("2", 2000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.sampled_from(list(LOGINS.values())), JSON, JSON)
def test_nothing_but_the_named_fields_ever_changes(login: Any, old: object, new: object) -> None:
    pairs = [(old, new), (claude("1", 1000, x=old), claude("2", 2000, x=new))]
    for before, after in pairs:
        try:
            told = merged(login, json.dumps(before).encode(), json.dumps(after).encode())
        except Refused:
            continue
        if told is not None:
            found = json.loads(told)
            assert isinstance(before, dict)
            assert found.keys() == before.keys()
            assert found["claudeAiOauth"]["x"] == before["claudeAiOauth"]["x"]
