"""Hashes of the languages that are read by queries tell meaning from layout."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle.language_sources import SAMPLES, hashes, relaid, symbols

SAME = {
    "javascript: quotes": ("javascript", "f('x')", 'f("x")'),
    "javascript: semicolons": (
        "javascript",
        "function f() {\n a()\n b()\n}",
        "function f() {a();b();}",
    ),
    "javascript: a trailing comma": ("javascript", "const f = [\n 1,\n 2,\n]", "const f = [1, 2]"),
    "javascript: parentheses of a parameter": (
        "javascript",
        "const f = x => x",
        "const f = (x) => x",
    ),
    "javascript: parentheses around a whole": (
        *("javascript", "const f = () => { return (\n a && b\n) }"),
        "const f = () => { return a && b; }",
    ),
    "typescript: a class's semicolons": (
        *("typescript", "class A { x = 1\n y = 2 }", "class A { x = 1; y = 2; }"),
    ),
    "go: alignment": (
        *("go", "type T struct {\n a   int // c\n bcd string\n}"),
        "type T struct {\n\ta int\n\tbcd string\n}",
    ),
    "go: one line or two": ("go", "func f() { a(); b() }", "func f() {\n\ta()\n\tb()\n}"),
    "rust: a trailing comma": ("rust", "fn f(a: u8,) { g(a, b,) }", "fn f(a: u8) { g(a, b) }"),
    "rust: a comma after a block": (
        *(
            "rust",
            "fn f() { match x { 1 => {}, _ => {} } }",
            "fn f() { match x { 1 => {} _ => {} } }",
        ),
    ),
    "java: line breaks": (
        "java",
        "class A { void f() { a(b, c); } }",
        "class A\n{\nvoid f()\n{\na(b,\n c);\n}\n}",
    ),
    "json: line breaks": ("json", '{"a": [1, 2]}', '{\n  "a": [\n    1,\n    2\n  ]\n}'),
    "yaml: indentation": (
        "yaml",
        "a:\n  b: |\n    x\n      y\n",
        "a:\n    b: |\n        x\n          y\n",
    ),
    "toml: line breaks": ("toml", "a = [1, 2]\n", "a = [ # c\n  1,\n  2,\n]\n"),
    "markdown: line breaks": ("markdown", "# A\nsome words\nmore\n", "# A\n\nsome\nwords more\n"),
}
DIFFERENT = {
    "javascript: blank space in a string": ("javascript", "f('a b')", "f('a  b')"),
    "javascript: lines that are not one": (
        "javascript",
        "function f() { return\nx }",
        "function f() { return x }",
    ),
    "javascript: signs that become one": ("javascript", "f(a + +b)", "f(a ++ b)"),
    "go: a rune and a string": ("go", "const a = 'x'", 'const a = "x"'),
    "go: fields": ("go", "type T struct { a\n b int }", "type T struct { a b\n int }"),
    "rust: a semicolon": ("rust", "fn f() -> u8 { g(); }", "fn f() -> u8 { g() }"),
    "rust: a tuple of one": ("rust", "const A: T = (1,);", "const A: T = (1);"),
    "java: words that become one": (
        "java",
        "class A { void f() { return a; } }",
        "class A { void f() { returna; } }",
    ),
    "yaml: a list": ("yaml", "a:\n- b\n- c\n", "a:\n- b - c\n"),
    "yaml: a block's lines": ("yaml", "a: |\n  b\n  c\n", "a: |\n  b c\n"),
    "toml: a string": ("toml", 'a = "b c"', 'a = "b  c"'),
    "markdown: code": ("markdown", "# A\n```\na\nb\n```\n", "# A\n```\na b\n```\n"),
}


@pytest.mark.parametrize("case", SAME)
def test_layout_changes_no_hash(case: str):
    language, before, after = SAME[case]
    assert hashes(language, before) == hashes(language, after)


@pytest.mark.parametrize("case", DIFFERENT)
def test_meaning_changes_a_hash(case: str):
    language, before, after = DIFFERENT[case]
    assert hashes(language, before) != hashes(language, after)


@pytest.mark.parametrize("language", SAMPLES)
@settings(deadline=None, max_examples=40)
@given(choice=st.randoms(use_true_random=False))
def test_reformatting_changes_no_hash(language: str, choice: Random):
    sample = SAMPLES[language]
    pieces = choice.sample(sample.pieces, len(sample.pieces))
    other = "\n".join(relaid(sample, piece, choice) for piece in pieces)
    before = "\n".join([sample.head, *pieces])
    assert not symbols(language, before).unknown
    assert hashes(language, f"{sample.head}\n{other}\n") == hashes(language, before)


@pytest.mark.parametrize("language", SAMPLES)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_moving_code_changes_no_hash(language: str, data: st.DataObject):
    sample = SAMPLES[language]
    some = data.draw(st.lists(st.sampled_from(sample.pieces), unique=True))
    every = hashes(language, "\n".join([sample.head, *sample.pieces]))
    moved = hashes(language, "\n".join([sample.head, *some]))
    assert all(every[name] == moved[name] for name in moved)
    if sample.holder:
        held = hashes(
            language, "\n".join([sample.head, sample.holder.replace("PIECES", "\n".join(some))])
        )
        names = [name for name in moved if not name.startswith("<")]
        inside = {name.partition("::")[2]: content for name, content in held.items()}
        assert all(moved[name] == inside[name] for name in names if name in inside)
        assert bool(names) == any(name in inside for name in names)


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("json", '{"a": {"b": 1}}', '{"a": {"b": 1, "c": [2]}}'),
        ("yaml", "a:\n  b: 1\n", "a:\n  b: 1\n  c:\n  - 2\n"),
        ("toml", "[a]\nb = 1\n", "[a]\nb = 1\nc = [2]\n"),
        ("markdown", "# a\nx\n", "# a\nx\n## c\nmore\n"),
        ("javascript", "const a = { b() {} }", "const a = { b() {}, c() {} }"),
        ("typescript", "class a { b() {} }", "class a { b() {}\n c() {} }"),
        ("rust", "impl a { fn b() {} }", "impl a { fn b() {} fn c() {} }"),
        ("go", "const (\n b = 1\n)", "const (\n b = 1\n c = 2\n)"),
    ],
)
def test_what_is_nested_is_no_part_of_what_holds_it(language: str, before: str, after: str):
    old, new = hashes(language, before), hashes(language, after)
    assert len(new) == len(old) + 1
    assert all(new[name] == old[name] for name in old)


@pytest.mark.parametrize("language", SAMPLES)
def test_a_name_is_no_part_of_what_it_names(language: str):
    source = "\n".join([SAMPLES[language].head, *SAMPLES[language].pieces])
    found = [d for d in symbols(language, source).definitions if d.name == "E" or d.name == "T"]
    for definition in found:
        start = source.encode().find(definition.name.encode(), definition.start)
        renamed = f"{source[:start]}Renamed{source[start + len(definition.name) :]}"
        assert hashes(language, renamed)["Renamed"] == hashes(language, source)[definition.name]
