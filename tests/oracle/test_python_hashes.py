"""Hashes tell changes of meaning from changes of layout."""

import asyncio.base_events
import json.decoder
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracle.texts import EXPRESSIONS, NAMES, PROGRAMS, hashes, python


def f(body: str) -> str:
    return f"def f(a, b):\n    {body}\n"


SAME = {
    "comments": (f("return 1"), "# c\ndef f(a, b):  # d\n    # e\n\n    return 1  # g\n"),
    "indentation": (f("if a:\n        return b"), "def f(a, b):\n  if a:\n          return b\n"),
    "line breaks in brackets": (f("return g(a, b)"), f("return g(\n        a,\n        b\n    )")),
    "a trailing comma": (f("return g(a, [b])"), f("return g(a, [b,],)")),
    "trailing comma of parameters": ("def f(a, b): pass", "def f(\n    a,\n    b,\n):\n    pass\n"),
    "a tuple's last comma": (f("return (a, b)"), f("return (a, b,)")),
    "quotes": (f("return 'x'"), f('return "x"')),
    "one line or two": ("def f(a, b): return 1", f("return 1")),
    "semicolons": (f("a = 1; b = 2"), f("a = 1\n    b = 2")),
    "backslashes": (f("return a + b"), f("return a + \\\n        b")),
    "parentheses around a whole": (f("return a + b"), f("return (\n        a + b\n    )")),
    "blank space": (f("return {a:b}"), f("return  { a : b }")),
    "a comment in an empty tuple": (f("a = ()"), f("a = (  # c\n    )")),
    "a docstring's indentation": (f('"""A\n    b."""'), f('"""A\n          b."""')),
}
DIFFERENT = {
    "a value": (f("return 1"), f("return 2")),
    "a statement's block": (f("if a:\n        b()\n        c()"), f("if a:\n        b()\n    c()")),
    "a string's blank space": (f("return 'a b'"), f("return 'a  b'")),
    "a hash sign in a string": (f("return '#a'"), f("return '#b'")),
    "a nested f-string": (f("return f'{a[\"#\"]} b'"), f("return f'{a[\"#\"]} c'")),
    "a tuple of one": (f("return (a,)"), f("return (a)")),
    "an index by a tuple": (f("return a[b,]"), f("return a[b]")),
    "lines that become one": (f("a\n    (b)"), f("a(b)")),
    "words that become one": (f("return not a"), f("return nota")),
    "an empty tuple": (f("return ()"), f("return")),
    "an escape": (f(r"return '\''"), f(r"return '\"'")),
}


@pytest.mark.parametrize("case", SAME)
def test_layout_changes_no_hash(case: str):
    before, after = SAME[case]
    assert hashes(before)["f"] == hashes(after)["f"]


@pytest.mark.parametrize("case", DIFFERENT)
def test_meaning_changes_the_hash_of_the_body_alone(case: str):
    (signature, body), (other_signature, other_body) = (hashes(x)["f"][0] for x in DIFFERENT[case])
    assert signature == other_signature
    assert body != other_body


@pytest.mark.parametrize(
    "header",
    [
        "def f(a):",
        "def f(a, b=2):",
        "async def f(a, b):",
        "@x\ndef f(a, b):",
        "def f(a, b) -> int:",
    ],
)
def test_a_header_changes_the_hash_of_the_signature_alone(header: str):
    before, after = (
        hashes("def f(a, b):\n    return 1\n")["f"],
        hashes(f"{header}\n    return 1\n")["f"],
    )
    assert before[0][0] != after[0][0]
    assert before[0][1] == after[0][1]


def test_a_method_is_no_part_of_its_class():
    before = hashes("class A:\n    x = 1\n    def f(self): return 1\n")
    after = hashes("class A:\n    x = 1\n    def f(self): return 2\n    def g(self): pass\n")
    assert before["A"] == after["A"]
    assert before["A::f"] != after["A::f"]


def test_a_definition_is_no_part_of_its_module():
    assert (
        hashes("import a\nx()\n")["<module>"]
        == hashes("import b\ndef f(): pass\nx()\n")["<module>"]
    )
    assert hashes("x()\n")["<module>"] != hashes("y()\n")["<module>"]


def test_a_name_is_no_part_of_what_it_names():
    assert hashes(f("return 1"))["f"] == hashes(f("return 1").replace("def f", "def g"))["g"]


def test_a_mistake_in_one_function_leaves_the_hash_of_the_next():
    good = "\n\ndef g(a):\n    x = 1\n    return x\n"
    assert hashes(f("return (1") + good).get("g", hashes(good)["g"]) == hashes(good)["g"]


def relaid(program: list[str], data: st.DataObject) -> Iterator[str]:
    """The same program with other indentation, comments, blank lines and line breaks."""
    docstring = decorated = False
    for line in program:
        code = line.lstrip(" ")
        indentation = "  " * ((len(line) - len(code)) // 4)
        quotes = code.startswith('"""')
        if docstring or quotes:
            docstring = docstring != quotes
            yield indentation + code
            continue
        # (the grammar takes no comment between a decorator and what it decorates)
        before = ["", "\n", "# c\n", "    # d\n\n"]
        noise = "" if decorated else data.draw(st.sampled_from(before))
        decorated = code.startswith("@")
        ends = ["", "  ", "  # e"] if decorated or code.endswith(":") else ["", "  # e", ";"]
        if "(" in code and data.draw(st.booleans()):
            code = code.replace(", ", ",  \n\t ") if "{" not in code else code
        yield noise + indentation + code + data.draw(st.sampled_from(ends))


@given(PROGRAMS, st.data())
def test_reformatting_changes_no_hash(program: list[str], data: st.DataObject):
    other = "\n".join(relaid(program, data))
    assert hashes("\n".join(program)) == hashes(other)


@given(PROGRAMS)
def test_moving_code_changes_no_hash(program: list[str]):
    moved = ["class Holder:", "    x = 1", *(f"    {line}" for line in program)]
    before, after = python("\n".join(program)), python("\n".join(moved))
    kinds = {"function", "method", "class"}
    was = [(f"Holder::{d.name}", d.content) for d in before.definitions if d.kind in kinds]
    now = [(d.name, d.content) for d in after.definitions if d.kind in kinds and d.name != "Holder"]
    assert was == now


@given(PROGRAMS, NAMES, EXPRESSIONS, EXPRESSIONS)
def test_a_changed_body_changes_no_other_hash(program: list[str], name: str, old: str, new: str):
    def with_body(value: str) -> dict[str, list[tuple[str, str]]]:
        return hashes("\n".join([*program, f"def last_{name}():", f"    return {value}"]))

    before, after = with_body(old), with_body(new)
    different = {n for n in before if before[n] != after[n]}
    assert different == (set() if old == new else {f"last_{name}"})


def test_a_formatter_changes_few_hashes_of_real_code():
    """Where it adds parentheses inside expressions, or joins strings, code counts as changed."""
    total = same = 0
    for module in (asyncio.base_events, json.decoder, textwrap):
        source = Path(module.__file__).read_bytes()
        formatted = subprocess.run(
            [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "70", "-"],
            input=source,
            capture_output=True,
            check=True,
        ).stdout
        before, after = hashes(source), hashes(formatted)
        assert before.keys() == after.keys()
        total += len(before)
        same += sum(before[name] == after[name] for name in before)
    assert same / total > 0.9
