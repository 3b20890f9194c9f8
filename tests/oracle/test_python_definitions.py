"""Definitions against CPython's own parser, and what names bind against its symbol tables, over a
sample of its standard library."""

import sysconfig
from pathlib import Path

import pytest
from bench.oracle_bindings import differences, told
from bench.oracle_definitions import by_ast, by_oracle

from pointsman.oracle.languages import extract

STDLIB = Path(sysconfig.get_path("stdlib"))
SAMPLE = (
    *("typing.py", "dataclasses.py", "asyncio/base_events.py", "contextlib.py", "inspect.py"),
    *("collections/__init__.py", "email/errors.py", "unittest/mock.py", "tokenize.py", "enum.py"),
)


@pytest.mark.parametrize("name", SAMPLE)
def test_the_standard_library_is_seen_as_its_own_parser_sees_it(name: str):
    source = (STDLIB / name).read_bytes()
    assert by_oracle(source) == by_ast(source)


@pytest.mark.parametrize("name", (*SAMPLE, "email/headerregistry.py", "logging/handlers.py"))
def test_the_standard_library_binds_and_uses_what_its_own_symbol_tables_say(name: str):
    nested = {"f"} if name == "dataclasses.py" else set()  # f-strings in an f-string
    found = told((STDLIB / name).read_bytes())
    assert found is not None and {each.name for each in found} == nested


@pytest.mark.parametrize(
    ("body", "what", "name"),
    [
        ("import a as b", "imports", "b"),
        ("from a import b", "imports", "b"),
        ("def f():\n    import a.b", "imports", "a"),
        ("class C:\n    from a import b", "imports", "b"),
        ("def f():\n    global G\n    G = H", "uses", "H"),
        ("def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = Y", "uses", "Y"),
        ("class C:\n    x = 1\n    def f(self): return x", "uses", "x"),
        ("def f(): return [x for x in X if (y := x)]", "uses", "X"),
    ],
)
def test_each_kind_of_binding_is_as_its_own_symbol_tables_say(body: str, what: str, name: str):
    found = extract("python", f"{body}\n".encode())
    assert differences(f"{body}\n".encode()) == []
    bound = {i.alias or i.name or i.module.partition(".")[0] for i in found.imports}
    used = {n for d in found.definitions for n in d.references.split()}
    assert name in (bound if what == "imports" else used)
