"""What a plan names."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.oracle.mentions import Form, Mention, mentions


def named(text: str) -> set[tuple[str | None, str | None]]:
    """Path and symbol of everything that is mentioned."""
    return {(m.path, m.symbol) for m in mentions(text)}


@pytest.mark.parametrize(
    ("text", "path", "symbol", "form"),
    [
        ("Change `src/a.py`.", "src/a.py", None, Form.CODE),
        ("Change `./src/a.py:12`.", "./src/a.py", None, Form.CODE),
        ("See [it](src/a.py#L3).", "src/a.py", None, Form.CODE),
        ("Change src/a.py, then stop.", "src/a.py", None, Form.PROSE),
        ("Rewrite `load()`.", None, "load", Form.CODE),
        ("Rewrite `load(path, *, strict)`.", None, "load", Form.CODE),
        ("Rewrite `Store.load`.", None, "Store::load", Form.CODE),
        ("Rewrite `Store::load`.", None, "Store::load", Form.CODE),
        ("Rewrite `load`.", None, "load", Form.CODE),
        ("Rewrite load() in place.", None, "load", Form.PROSE),
        ("Rewrite Store.load in place.", None, "Store::load", Form.PROSE),
        ("Rewrite load_all in place.", None, "load_all", Form.PROSE),
        ("Rewrite FileStore in place.", None, "FileStore", Form.PROSE),
        ("Change `src/a.py#Store.load`.", "src/a.py", "Store::load", Form.REFERENCE),
        ("Change src/a.py#Store::load now.", "src/a.py", "Store::load", Form.REFERENCE),
        ("Test `tests/a.py::test_it`.", "tests/a.py", "test_it", Form.REFERENCE),
        ("```\nsrc/a.py\n```", "src/a.py", None, Form.FENCE),
        ("```python\ndef load(path):\n```", None, "load", Form.FENCE),
    ],
)
def test_what_is_named(text: str, path: str | None, symbol: str | None, form: Form):
    assert (form, path, symbol) in {(m.form, m.path, m.symbol) for m in mentions(text)}


@pytest.mark.parametrize(
    "text",
    [
        "Nothing but words, and/or more of them, e.g. these. Version 1.5.",
        "<!-- `src/a.py` and load() -->",
        "<!--\n`src/a.py`\n-->",
        "[home](https://example.org/a.py)",
    ],
)
def test_what_names_no_file_and_no_symbol_that_looks_like_code(text: str):
    assert not {m for m in mentions(text) if m.path and m.path.endswith("a.py")}
    assert not {m for m in mentions(text) if m.symbol == "load"}


def test_a_mention_knows_its_line():
    assert [m.line for m in mentions("# Plan\n\nsome\n\n`src/a.py`\n") if m.path] == [4]


def test_steps_name_files_and_the_code_that_they_replace():
    plan = """\
# Plan

```demo
- write: {path: src/new.py, text: "x"}
- replace: {path: src/a.py, old: "return 1", new: "return 2"}
- append: {path: CHANGES.md, text: "more"}
- ask: {question: "Touch src/other.py?"}
- claim: {paths: [src/b.py], symbols: ["src/c.py#Store.load"]}
```
"""
    assert mentions(plan) == (
        Mention(Form.STEP, 2, path="src/new.py"),
        Mention(Form.STEP, 2, path="src/a.py", snippet="return 1"),
        Mention(Form.STEP, 2, path="CHANGES.md"),
        Mention(Form.STEP, 2, path="src/b.py"),
        Mention(Form.REFERENCE, 2, path="src/c.py", symbol="Store::load"),
    )


@pytest.mark.parametrize(
    "block",
    ["- write: [", "write: {path: 1}", "- write: {path: [a]}", "- 3", "[" * 5000, "- &a [*a]", ""],
)
def test_steps_that_make_no_sense_name_nothing(block: str):
    assert mentions(f"```demo\n{block}\n```\n") == ()


@given(st.text(alphabet="`[]()#.:/<!->ab_\n ~{}\"'é", max_size=300))
def test_any_text_is_read(text: str):
    for mention in mentions(text):
        assert mention.path or mention.symbol


@pytest.mark.parametrize("piece", ["`", "[a](", "a/", "a.", "A_", "<!--", "a(", "``` ", "``a`"])
def test_a_hostile_text_is_read_in_bounded_time(piece: str):
    began = time.process_time()
    mentions(piece * (200_000 // len(piece)))
    mentions((piece * (900 // len(piece)) + "\n") * 200)
    assert time.process_time() - began < 10
