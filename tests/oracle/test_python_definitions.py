"""Definitions against CPython's own parser, over a sample of its standard library."""

import sysconfig
from pathlib import Path

import pytest
from bench.oracle_definitions import by_ast, by_oracle

STDLIB = Path(sysconfig.get_path("stdlib"))
SAMPLE = (
    *("typing.py", "dataclasses.py", "asyncio/base_events.py", "contextlib.py", "inspect.py"),
    *("collections/__init__.py", "email/errors.py", "unittest/mock.py", "tokenize.py", "enum.py"),
)


@pytest.mark.parametrize("name", SAMPLE)
def test_the_standard_library_is_seen_as_its_own_parser_sees_it(name: str):
    source = (STDLIB / name).read_bytes()
    assert by_oracle(source) == by_ast(source)
