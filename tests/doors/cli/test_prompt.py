"""The demo's question below the lanes: keys and time in, an answer out."""

import pytest
from canned import item
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pointsman.doors.demo.prompt import Prompt, default_of, in_words

PAIR = item(
    reason="CONFLICT",
    freeText=False,
    options=[
        {"id": "independent", "label": "Independent"},
        {"id": "first:alpha", "label": "Serialize, alpha first"},
        {"id": "first:beta", "label": "Serialize, beta first"},
    ],
)


def prompt(found=None, clock=lambda: 0.0) -> Prompt:
    return Prompt(found or item(), deadline=10.0, clock=clock)


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        ("\n", {"item": "q1", "option": "tabs"}),
        ("2\r", {"item": "q1", "option": "spaces"}),
        ("Spaces\n", {"item": "q1", "option": "spaces"}),
        ("neither\n", {"item": "q1", "text": "neither"}),
        ("neitherX\x7f\n", {"item": "q1", "text": "neither"}),
        ("wrong\x152\n", {"item": "q1", "option": "spaces"}),
        ("\x1b[A\x1b[C2\x1bOP\n", {"item": "q1", "option": "spaces"}),
        ("3\n", {"item": "q1", "text": "3"}),
        ("2", None),
    ],
)
def test_keys_become_an_answer(keys: str, answer) -> None:
    assert prompt().key(keys) == answer


def test_what_answers_nothing_is_told_and_asked_again() -> None:
    asked = prompt(PAIR)
    assert asked.key("maybe\n") is None
    with Console(width=80).capture() as nothing:
        pass
    assert nothing is not None
    assert asked.key("3\n") == {"item": "q1", "option": "first:beta"}


def test_the_default_is_taken_in_time_but_not_from_under_somebody_who_types() -> None:
    now = [0.0]
    asked = prompt(clock=lambda: now[0])
    assert not asked.timed_out()
    asked.key("ne")
    now[0] = 99.0
    assert not asked.timed_out()
    asked.key("\x7f\x7f")
    assert asked.timed_out()


def test_a_pair_that_collides_is_serialized_by_default() -> None:
    assert default_of(PAIR) == {"item": "q1", "option": "first:beta"}
    assert in_words(PAIR, default_of(PAIR)) == "Serialize, beta first"


def test_what_is_broken_is_given_up_by_default() -> None:
    broken = item(
        reason="CHECKS_FAILED",
        options=[{"id": "retry", "label": "Try again"}, {"id": "give-up", "label": "Give up"}],
    )
    assert default_of(broken)["option"] == "give-up"


@given(st.text(max_size=200), st.text(max_size=50))
def test_whatever_is_asked_or_typed_the_panel_can_be_drawn(text: str, keys: str) -> None:
    asked = prompt(item(text=text))
    asked.key(keys)
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        console.print(asked.panel())
    assert not set("\x1b\x07\x9b") & set(captured.get())
