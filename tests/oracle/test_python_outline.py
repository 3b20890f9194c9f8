"""What a Python file defines, before it is parsed."""

import abc
import json.scanner
import reprlib
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracle.test_python_symbols import SNIPPETS, SOURCE
from tests.oracle.texts import PROGRAMS, python

from pointsman.oracle.languages import outline_of
from pointsman.oracle.symbols import Definition

Told = tuple[str, str, int, int]


def outlined(source: bytes) -> list[Definition]:
    outline = outline_of("python", source)
    assert outline is not None
    return list(outline.definitions)


def told(definitions: list[Definition]) -> list[Told]:
    """What an outline is to get right."""
    return [
        (d.name, d.kind, d.first, d.last)
        for d in definitions
        if d.kind not in ("module", "imports")
    ]


def exactly(source: bytes) -> list[Told]:
    return told(list(python(source).definitions))


ODD = {
    "definitions in strings": b"\"\"\"\ndef f(): pass\n\"\"\"\nx = '''\nclass A:\n'''\n",
    "a string at the end": b'def f():\n    """One.\n\n    Two.\n    """\n\n\nx = 1\n',
    "a comment at the end": b"class A:\n    def f(self):\n        return 1\n\n# c\n\nx = 1\n",
    "a header in several lines": b"def f(\n    a,\n) -> int:\n    return 1\n\n\ndef g(): pass\n",
    "decorators": b"@a\n@b(\n    1,\n)\ndef f(): pass\n\n@c\nclass A:\n    @d\n    def g(): pass\n",
    "a block between": b"def f():\n    pass\nif x:\n    def g():\n        pass\nelse:\n    h = 1\n",
    "one line": b"class A: pass\nclass B: x = 1\ndef f(): return 1\n",
    "async": b"async def f():\n    async with a:\n        def g(): pass\n    async for b in c: d\n",
    "tabs": b"class A:\n\tdef f(self):\n\t\tpass\n\n\tdef g(self):\n\t\tpass\n",
    "a byte order mark and CRLF": b"\xef\xbb\xbfclass A:\r\n    def f(self):\r\n        pass\r\n",
    "a continued line": b"x = \\\n    1\ny: int = 2\nz: int\nif x == 1: pass\nx.y = 1\nx += 1\n",
    "types": b"type A = int\ntype B[T] = list[T]\ntype = 3\n",
    "nothing": b"",
}


@pytest.mark.parametrize("case", ODD)
def test_an_outline_tells_names_kinds_and_lines_as_the_parser_has_them(case: str):
    assert told(outlined(ODD[case])) == exactly(ODD[case])


def test_a_whole_program_is_outlined():
    assert told(outlined(SOURCE.encode())) == exactly(SOURCE.encode())


@pytest.mark.parametrize("module", [abc, json.scanner, reprlib])
def test_real_files_are_outlined(module):
    source = Path(module.__file__).read_bytes()
    assert told(outlined(source)) == exactly(source)


@given(PROGRAMS)
def test_what_parses_is_outlined_as_the_parser_has_it(program: list[str]):
    source = "\n".join(program).encode()
    if not python(source).unknown:
        assert told(outlined(source)) == exactly(source)


@given(st.lists(SNIPPETS | st.binary(max_size=3), max_size=40).map(b"".join) | st.binary())
def test_any_bytes_have_an_outline(source: bytes):
    for definition in outlined(source):
        assert 0 <= definition.start <= definition.end <= len(source)
        assert 0 <= definition.first <= definition.last <= source.count(b"\n")


HOSTILE = {
    "nested": lambda n: b"".join(b" " * k + b"class A:\n" for k in range(int((2 * n) ** 0.5))),
    "one after the other": lambda n: b"class A:\n" * (n // 9),
    "decorators": lambda n: b"@a\n" * (n // 3),
    "blanks": lambda n: b"def f():\n" + b" " * n,
    "lines": lambda n: b"def f():\n" + b"\n" * n,
    "quotes": lambda n: b"'\"" * (n // 2),
    "triple quotes": lambda n: b"'''\"\"\"" * (n // 6) + b"'",
    "f-strings": lambda n: b"f'{" * (n // 3),
    "backslashes": lambda n: b"'" + b"\\" * n,
    "a long name": lambda n: b"def " + b"a" * n,
    "many names": lambda n: b"a" * n + b" :",
    "brackets": lambda n: b"def f(" * (n // 6),
    "async": lambda n: b"async " * (n // 6),
}


@pytest.mark.parametrize("shape", HOSTILE)
def test_time_grows_with_the_file_and_not_faster(shape: str):
    def least(size: int) -> float:
        source = HOSTILE[shape](size)
        times = []
        for _ in range(2):
            start = time.process_time()
            outlined(source)
            times.append(time.process_time() - start)
        return min(times)

    assert least(480_000) < 16 * least(60_000) + 0.2  # 64 times, were it quadratic
