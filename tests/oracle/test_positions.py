"""Where definitions stand in a text, as an editor counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.model.text import Lines
from pointsman.oracle.languages import extract
from pointsman.oracle.positions import positions

CODE = """\
class Store:
    @property
    def size(self):
        return 1

    @size.setter
    def size(self, size):
        pass


def größe(x): return x
"""


def found(text: str, language: str = "python") -> list[tuple[str, int, int, str]]:
    """Each definition: its name, its first and last line, and what stands at its place."""
    source = text.encode()
    lines = Lines(text)
    told = []
    for p in positions(source, extract(language, source, hashes=False)):
        starts = {lines.position(n).line: n for n in reversed(range(len(text) + 1))}
        row = text[starts[p.line] :].encode()
        told.append((p.name, *p.lines, row[slice(*p.columns)].decode()))
    return told


def test_a_definition_is_where_its_name_is_below_its_decorators() -> None:
    assert found(CODE) == [
        ("Store", 0, 7, "Store"),
        ("Store::size", 1, 3, "size"),
        ("Store::size", 5, 7, "size"),
        ("größe", 10, 10, "größe"),
    ]
    (_, setter, *_) = [p for p in _positions(CODE) if p.name == "Store::size"]
    assert setter.line == 6


def _positions(text: str):
    source = text.encode()
    return list(positions(source, extract("python", source, hashes=False)))


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_lines_end_as_the_editor_has_them(end: str) -> None:
    assert [p.lines for p in _positions(CODE.replace("\n", end))] == [
        (0, 7),
        (1, 3),
        (5, 7),
        (10, 10),
    ]


def test_imports_and_code_outside_have_no_place() -> None:
    assert found("import os\n\nprint(os)\n") == []


@given(st.text(alphabet="def f(:\n\r\t #@'\"ä𝔘\x0c\u2028,)=", max_size=80))
def test_every_place_is_in_the_text_whatever_it_is(text: str) -> None:
    rows = Lines(text)
    last = rows.position(len(text)).line
    for p in _positions(text):
        assert 0 <= p.lines[0] <= p.line <= p.lines[1] <= last
        assert 0 <= p.columns[0] <= p.columns[1]
