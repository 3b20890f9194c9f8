"""What is defined in a Python file, where, and under which name."""

from hypothesis import given
from hypothesis import strategies as st
from tests.oracle.texts import PROGRAMS, python

from pointsman.oracle.symbols import IMPORTS, MODULE, dump, load

SOURCE = '''\
"""A module."""
import os
from sys import path

LIMIT = 3
Alias: type = int
type Pair = tuple[int, int]


@decorated(1)
class Outer(Base):
    x = 1

    @property
    def value(self) -> int:
        def inner():
            return 1
        return inner()

    @value.setter
    def value(self, new): ...

    class Nested:
        async def run(self): pass


if os.name == "nt":
    def here(): return 1
else:
    def here(): return 2
'''


def test_definitions_have_qualified_names_and_kinds():
    found = [(d.name, d.kind) for d in python(SOURCE).definitions]
    assert found == [
        (MODULE, "module"),
        (IMPORTS, "imports"),
        ("LIMIT", "variable"),
        ("Alias", "variable"),
        ("Pair", "type"),
        ("Outer", "class"),
        ("Outer::value", "method"),
        ("Outer::value::inner", "function"),
        ("Outer::value", "method"),
        ("Outer::Nested", "class"),
        ("Outer::Nested::run", "method"),
        ("here", "function"),
        ("here", "function"),
    ]


def test_lines_and_bytes_include_decorators():
    outer = python(SOURCE).by_name["Outer"][0]
    lines = SOURCE.splitlines()
    assert lines[outer.first] == "@decorated(1)"
    assert lines[outer.last].strip() == "async def run(self): pass"
    assert SOURCE.encode()[outer.start : outer.end].startswith(b"@decorated(1)\nclass Outer")


def test_a_name_means_what_it_ends():
    symbols = python(SOURCE)
    assert symbols.ending_in("value") == ("Outer::value",)
    assert symbols.ending_in("Nested::run") == ("Outer::Nested::run",)
    assert symbols.ending_in("lue") == ()


def test_lines_lie_in_the_innermost_definition_around_them():
    symbols = python(SOURCE)
    row = SOURCE.splitlines().index("            return 1")
    inner = symbols.around(row, row)
    assert inner and inner.name == "Outer::value::inner"
    outside = symbols.around(4, row)
    assert outside and outside.name == MODULE


def test_what_does_not_parse_is_unknown_and_the_rest_is_known():
    symbols = python("def good():\n    return 1\n\ndef bad(:\n    return ]]\n\ndef fine(): pass\n")
    assert {"good", "fine"} <= symbols.by_name.keys()
    assert symbols.unknown and all(3 <= first <= last <= 5 for first, last in symbols.unknown)


def test_a_byte_order_mark_and_crlf_change_nothing():
    plain = python("X = 1\ndef f():\n    return 1\n")
    windows = python(b"\xef\xbb\xbfX = 1\r\ndef f():\r\n    return 1\r\n")
    assert [(d.name, d.content, d.first, d.last) for d in plain.definitions] == [
        (d.name, d.content, d.first, d.last) for d in windows.definitions
    ]


def test_an_empty_file_has_a_module_and_nothing_else():
    assert [d.name for d in python("").definitions] == [MODULE]


@given(st.binary(max_size=400))
def test_any_bytes_are_a_file(source: bytes):
    symbols = python(source)
    assert all(0 <= d.start <= d.end <= len(source) for d in symbols.definitions)


SNIPPETS = st.sampled_from(
    [
        b"def f(",
        b"class A:",
        b"\n",
        b"    ",
        b"\t",
        b")",
        b"'''",
        b'"',
        b"{",
        b"\\\n",
        b"x=",
        b"\xff",
    ]
)


@given(st.lists(SNIPPETS | st.binary(max_size=3), max_size=40).map(b"".join))
def test_broken_code_never_raises_and_is_extracted_the_same_twice(source: bytes):
    assert python(source) == python(source)


@given(PROGRAMS)
def test_symbols_survive_the_way_from_a_worker(program: list[str]):
    symbols = python("\n".join(program))
    assert load(dump(symbols)) == symbols


@given(PROGRAMS)
def test_definitions_nest_by_name_as_they_nest_by_bytes(program: list[str]):
    definitions = [d for d in python("\n".join(program)).definitions if d.start < d.end]
    for inner in definitions:
        scope = inner.name.rpartition("::")[0]
        if scope:
            assert any(d.name == scope and d.start <= inner.start <= d.end for d in definitions)
