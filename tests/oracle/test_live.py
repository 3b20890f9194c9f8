"""A file that is being edited has the symbols that it would have if it were read anew."""

import abc
import json.scanner
import reprlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle.language_sources import SAMPLES
from tests.oracle.texts import PROGRAMS

from pointsman.oracle.languages import extract
from pointsman.oracle.languages.live import LiveSource
from pointsman.oracle.languages.memory import Memory

REAL = tuple(Path(module.__file__ or "").read_bytes() for module in (json.scanner, abc, reprlib))
TYPED = st.sampled_from(
    [
        *(b"", b"x", b"1", b" ", b"\n", b"    ", b"(", b")", b"'", b'"', b'"""', b"#", b":", b","),
        *(b"def g(x):\n    return x\n", b"class Q:\n    y = 1\n\n    def r(self): pass\n", b"@z\n"),
        *(b"import os\n", b"__all__ = ['a']\n", b"x = (1,)\n", b"f'{x!r} {", b"\\\n", b"async "),
        *(b"\xef\xbb\xbf", b"\r\n", b"\x0c", b"\xff", b"if x:\n", b"else:\n", b"match x:\n", b"\0"),
    ]
)
PLACES = st.floats(0, 1)
EDITS = st.lists(st.tuples(PLACES, st.integers(0, 30), TYPED), min_size=1, max_size=8)
"""Where, as a part of the file; how many bytes go; what comes."""
LINES = st.lists(st.tuples(PLACES, st.integers(0, 12), PLACES), min_size=1, max_size=5)
"""Lines that are moved: from where, how many, to where."""


def moved(source: bytes, move: tuple[float, int, float]) -> bytes:
    lines = source.splitlines(keepends=True)
    start, count, to = round(move[0] * len(lines)), move[1], round(move[2] * len(lines))
    taken = lines[start : start + count]
    del lines[start : start + count]
    lines[to:to] = taken
    return b"".join(lines)


def check(live: LiveSource) -> None:
    """Where the text parses it is what it would be anew; where it doesn't it is some answer."""
    anew = extract("python", live.source)
    assert live.symbols == anew or anew.unknown
    assert all(0 <= d.start <= d.end <= len(live.source) for d in live.symbols.definitions)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(REAL) | PROGRAMS.map(lambda p: "\n".join(p).encode()), EDITS)
def test_what_is_typed_gives_the_symbols_of_the_text_as_it_is_then(source: bytes, edits):
    live = LiveSource("python", source)
    before = live.symbols
    for place, gone, typed in edits:
        start = round(place * len(live.source))
        live.edit(start, min(len(live.source), start + gone), typed)
        check(live)
    live.become(source)
    assert live.symbols == before


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(REAL), LINES)
def test_moved_lines_give_the_symbols_of_the_text_as_it_is_then(source: bytes, moves):
    live = LiveSource("python", source)
    for move in moves:
        live.become(moved(live.source, move))
        check(live)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(REAL), EDITS)
def test_what_was_read_before_changes_nothing_even_if_it_does_not_parse(source: bytes, edits):
    memory = Memory(10**6)
    for place, gone, typed in edits:
        assert extract("python", source, memory=memory) == extract("python", source)
        start = round(place * len(source))
        source = source[:start] + typed + source[start + gone :]


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_may_become_any_others(first: bytes, then: bytes):
    live = LiveSource("python", first)
    live.become(then)
    assert live.source == then
    check(live)
    live.become(first)
    assert live.source == first


@pytest.mark.parametrize("name", SAMPLES)
def test_every_language_can_be_typed(name: str):
    sample = SAMPLES[name]
    source = (sample.head + "".join(sample.pieces)).encode()
    live = LiveSource(sample.language, b"")
    live.become(source[: len(source) // 2])
    assert live.symbols.language == sample.language
    live.become(source)
    assert live.symbols == extract(sample.language, source)


def test_several_edits_are_read_once_and_what_is_not_there_is_not_edited():
    live = LiveSource("python", b"def f(): pass\n")
    live.edit(4, 5, b"g")
    live.edit(4, 5, b"h")
    assert "h" in live.symbols.by_name
    assert live.symbols is live.symbols
    with pytest.raises(IndexError, match="no bytes 3 to 99 in 14"):
        live.edit(3, 99, b"")


def test_only_what_an_edit_changed_is_read_again(monkeypatch):
    from pointsman.oracle.languages.python import extraction

    read: list[bytes] = []
    really = extraction.read

    def counted(source: bytes, *args, **kwargs):
        read.append(source)
        return really(source, *args, **kwargs)

    monkeypatch.setattr(extraction, "read", counted)
    live = LiveSource("python", b"import os\n\ndef f():\n    return 1\n\ndef g():\n    return 2\n")
    assert len(live.symbols.definitions) == 4 and len(read) == 3
    live.edit(live.source.index(b"2"), live.source.index(b"2") + 1, b"(")
    assert live.symbols.unknown
    live.become(live.source.replace(b"(\n", b"3\n"))
    assert [d.name for d in live.symbols.definitions][2:] == ["f", "g"]
    assert all(b"def g" in source for source in read[3:])
