"""What people see of results, beyond that there is something to see."""

from typing import Any

import pytest
from canned import AT, CannedDaemon, item, unit


def test_a_question_that_takes_words_says_so_beside_its_options(cli, daemon: CannedDaemon) -> None:
    options = [{"id": "red", "label": "Red"}]
    daemon.results["attention"] = {"items": [item(options=options, freeText=True)]}
    assert cli("attention").out.rstrip().endswith("pointsman answer q1 NUMBER|TEXT")
    daemon.results["attention"] = {"items": [item(options=options, freeText=False)]}
    assert cli("attention").out.rstrip().endswith("pointsman answer q1 NUMBER")


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("q1 2", {"option": "blue"}),
        ("q1 red", {"option": "red"}),
        ("q1 a dark blue", {"option": "blue"}),
        ("q1 green", {"text": "green"}),
        ("q1 --option blue", {"option": "blue"}),
    ],
)
def test_an_option_can_be_answered_by_its_number_or_name(cli, daemon, typed, sent) -> None:
    options = [{"id": "red", "label": "Red"}, {"id": "blue", "label": "A dark blue"}]
    asked = item(options=options, freeText=True)
    daemon.results["attention"] = {"items": [asked]}
    daemon.results["answer"] = {"item": asked, "delivered": True}
    assert cli("answer", *typed.split()).code == 0
    assert daemon.asked("answer") == [{"item": "q1", **sent}]


def test_what_is_deleted_is_said_to_be_off_the_lists(cli, daemon: CannedDaemon) -> None:
    daemon.results["delete"] = {"unit": unit("a", "CANCELLED")}
    assert "a.1 is off the lists" in cli("delete", "a").out


def test_a_history_tells_snapshots_and_steps_of_landing(cli, daemon: CannedDaemon) -> None:
    def event(kind: str, data: Any) -> dict[str, Any]:
        return {"seq": 1, "at": AT, "kind": kind, "unit": "a.1", "data": data}

    daemon.results["history"] = {
        "events": [
            event("snapshot.taken", {"snapshot": {"id": "12ab" * 10, "why": "turn"}}),
            event("landing.step", {"landing": {"state": "MERGED", "commit": "34cd" * 10}}),
            event("landing.step", {"state": "LANDED", "commit": "34cd" * 10}),
        ]
    }
    told = [line.split()[-2:] for line in cli("history", "a").out.splitlines()]
    assert told == [
        ["12ab12ab12ab", "turn"],
        ["MERGED", "34cd34cd34cd"],
        ["LANDED", "34cd34cd34cd"],
    ]


def test_silence_is_said(cli, daemon: CannedDaemon) -> None:
    daemon.results["log"] = {"lines": []}
    assert "nothing" in cli("log", "a").out


def test_what_is_trusted_is_shown_with_the_command_that_trusts_it(cli, daemon) -> None:
    problem = {"code": "settings-untrusted", "message": "`base` counts once trusted.", "remedy": ""}
    daemon.results["trust"] = {"hash": "12ab", "allows": [problem], "trusted": False}
    out = cli("trust").out
    assert "`base` counts once trusted." in out
    assert "pointsman trust 12ab" in out
    daemon.results["trust"] = {"hash": "12ab", "allows": [], "trusted": True}
    assert "is trusted" in cli("trust", "12ab").out
