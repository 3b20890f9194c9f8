"""An editor's edits, applied line by line, give the text that the editor has."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from pointsman.doors.lsp.live_text import LiveText

PIECES = st.sampled_from(
    ["a", "é", "😋", "\n", "\r\n", "\r", "  ", "\f", "\u2028", "\x85", "e\u0301"]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)
CHANGES = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), TEXTS), max_size=6)
ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-32"])


def units(text: str, encoding: str) -> int:
    size = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    return len(text.encode(f"{encoding}-le" if size > 1 else encoding)) // size


def position(text: str, at: int, encoding: str) -> types.Position:
    """The place before the character ``at`` of ``text``, as an editor counts."""
    lines = re.split("\r\n|\r|\n", text[:at])
    return types.Position(len(lines) - 1, units(lines[-1], encoding))


@given(TEXTS, CHANGES, ENCODINGS)
def test_the_text_is_what_the_editor_has(
    text: str, changes: list[tuple[int, int, str]], encoding: str
) -> None:
    live = LiveText(text, encoding)
    raw = text.encode()
    for wanted, length, new in changes:
        at = min(wanted, len(text))
        end = min(at + length, len(text))
        if "\r\n" in (text[at - 1 : at + 1], text[end - 1 : end + 1]):
            continue  # between the two no editor has a position
        where = types.Range(position(text, at, encoding), position(text, end, encoding))
        edit = live.change(where, new)
        raw = raw[: edit.start] + edit.text + raw[edit.end :]
        text = text[:at] + new + text[end:]
        assert live.source == text.encode() == raw


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_a_place_that_is_not_there_is_the_nearest_end(encoding: str) -> None:
    live = LiveText("ä\nb", encoding)
    behind = types.Position(0, 99)
    live.change(types.Range(behind, behind), "1")
    below = types.Position(99, 99)
    live.change(types.Range(below, below), "2")
    assert live.source == "ä1\nb2".encode()


def test_a_range_that_is_the_wrong_way_round_is_turned() -> None:
    live = LiveText("abc", "utf-16")
    live.change(types.Range(types.Position(0, 2), types.Position(0, 1)), "x")
    assert live.source == b"axc"


def test_half_a_surrogate_pair_does_no_harm() -> None:
    live = LiveText("a\ud83d", "utf-16")
    live.change(types.Range(types.Position(0, 1), types.Position(0, 2)), "\udc00b")
    assert live.source == b"a?b"


def test_inside_a_surrogate_pair_counts_as_before_it() -> None:
    live = LiveText("😋x", "utf-16")
    live.change(types.Range(types.Position(0, 1), types.Position(0, 2)), "")
    assert live.source == b"x"
