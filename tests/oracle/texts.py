"""Python sources for the tests: a small language of programs, drawn by hypothesis."""

from hypothesis import strategies as st

from pointsman.oracle.languages import extract
from pointsman.oracle.observed import Version
from pointsman.oracle.symbols import Symbols

NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta"])
EXPRESSIONS = st.sampled_from(
    [
        "1",
        "(a, b)",
        "(a,)",
        "f(a, b)",
        "{'k': v}",
        "[x for x in y]",
        "'text'",
        "not a",
        "-b",
        'f"{a}"',
    ]
)


def python(source: str | bytes) -> Symbols:
    return extract("python", source if isinstance(source, bytes) else source.encode())


def version(source: str | bytes, path: str = "a.py") -> Version:
    data = source if isinstance(source, bytes) else source.encode()
    return Version(data, extract("python", data) if path.endswith(".py") else Symbols(None))


def hashes(source: str | bytes) -> dict[str, list[tuple[str, str]]]:
    """The hashes of every definition of a source, by name."""
    return {n: [d.content for d in group] for n, group in python(source).by_name.items()}


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _blocks(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    return st.one_of(
        st.builds(lambda n, b: [f"def {n}(a, b=1):", *_indented(b)], NAMES, inner),
        st.builds(lambda n, b: [f"class {n.title()}(Base):", *_indented(b)], NAMES, inner),
        st.builds(lambda b, c: ["if a:", *_indented(b), "else:", *_indented(c)], inner, inner),
        st.builds(lambda n, b: ["@mark(1)", f"async def {n}():", *_indented(b)], NAMES, inner),
    )


STATEMENT = st.one_of(
    st.builds(lambda n, e: [f"{n} = {e}"], NAMES, EXPRESSIONS),
    st.builds(lambda e: [f"return {e}"], EXPRESSIONS),
    st.just(['"""A docstring', "    of two lines.", '"""']),
    st.just(["import os"]),
)
PARTS = st.recursive(
    STATEMENT,
    lambda inner: _blocks(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: [x for p in parts for x in p])
    ),
    max_leaves=12,
)
"""Statements with all that is in them, as lines indented by four."""
PROGRAMS = st.lists(PARTS, min_size=1, max_size=4).map(
    lambda parts: [line for part in parts for line in part]
)
"""Lines of a program, indented by four."""
