"""Extraction of broken sources, in every language: never an exception, never out of the file."""

import inspect
import textwrap
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fuzzing import broken, fuzz, within
from tests.oracle.language_sources import SAMPLES, symbols
from tests.oracle.test_languages_hostile import NAMES, WORDS

from pointsman.oracle.languages import extract
from pointsman.oracle.symbols import Reference, Symbols, dump, line_count, load

SECONDS = 2.0
"""Of a processor's time, for files of a few kilobytes: far from the limit of a worker."""

_PYTHON = '''\
"""A module."""
from __future__ import annotations
import os.path as p, sys
from .a import (b as c, d,)
from . import *
__all__ = ["f", 'C'] + c.__all__
type X[T: int] = list[T]
LIMIT: int = 3
@app.get("/x", check(LIMIT))
async def f(a, /, b: "int" = 1, *args, c=f"{LIMIT!r:>{p}}", **kw) -> X:
    """Does."""
    global LIMIT
    async with open(a) as (g, h), i: yield [x async for x in g if await h(x)]
    match a:
        case C(x=0, y=[q, *r]) if (n := q) > 1: return lambda z, *y: z(n, *y)
        case {"k": v, **rest} | None: del v; raise E from rest
        case _: pass
class C(B[int], m.D, metaclass=M):
    @property
    def v(self): return self._v \\
        + super().v(rb'\\x00' "a" rf"""{1:{2}}
    """)
    if LIMIT:
        def w(self): nonlocal_ = 1; return nonlocal_
    else: w = None
try:
    import json
except* (A, B) as e: print(e)
finally: x, (y, *z) = 1, (2, 3); x += y
'''
_DATA = {
    "json": '{"a": {"b c": [1, {"d": null}], "e": "x\\u0041"}, "f": -1.5e9, "": true}\n',
    "yaml": (
        "%YAML 1.2\n---\na: &x\n  b: [1, {c: d}]\n  ? e f\n  : |\n    text\n      more\n"
        "g:\n- h: >-\n    folded\n\n'q': \"w\\n\" # c\ni: *x\n<<: !t {i: j}\n...\n---\n"
        "- k:\n  - l: 1\n    m: 2\n"
    ),
    "toml": (
        'a = 1\n"b c".d = \'e\'\n[f.g]\nh = [1, {i = "j"}] # c\n[[k]]\nl = """m\nn"""\n'
        "[[k]]\no = 1979-05-27T07:32:00Z\n"
    ),
    "markdown": (
        "A\n===\n\nwords `code` [l](x.py#f)\n\n## B\n> - one\n>   1. two\n\n```py\n# no\n```\n"
        "C\n---\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<!-- # x -->\n### D ###\n    # code\n# A\n"
    ),
}


def sources(language: str) -> list[bytes]:
    if language == "python":
        real = [inspect.getsource(module) for module in (textwrap, tomllib)]
        return [text.encode() for text in (_PYTHON, *real)]
    if language in _DATA:
        return [_DATA[language].encode()]
    samples = [SAMPLES["typescript" if language == "tsx" else language]]
    if language == "tsx":
        samples.append(SAMPLES["javascript"])
    every = [text for sample in samples for text in ("\n".join(sample.pieces), sample.head)]
    held = [s.holder.replace("PIECES", "\n".join(s.pieces)) for s in samples if s.holder]
    jsx = ["const e = <A b={c} {...d}>t {f(x)} <></></A>;"] if language == "tsx" else []
    return [text.encode() for text in ("\n".join(every), *held, *jsx)]


def check(language: str, source: bytes) -> None:
    with within(SECONDS):
        found = symbols(language, source)
    with within(SECONDS):
        survey = extract(language, source, hashes=False)
    assert found == symbols(language, source) == load(dump(found))
    assert survey == extract(language, source, hashes=False) == load(dump(survey))
    assert [d[:6] for d in found.definitions] == [d[:6] for d in survey.definitions]
    assert (found.imports, found.unknown) == (survey.imports, survey.unknown)
    for each in (found, survey):
        _is_sound(each, source)


def _is_sound(found: Symbols, source: bytes) -> None:
    """Whoever reads it may rely on this."""
    last = max(line_count(source) - 1, 0)
    for definition in found.definitions:
        assert definition.name and definition.kind
        assert 0 <= definition.start <= definition.end <= len(source)
        assert 0 <= definition.first <= definition.last <= last
        for text in definition.references.split():
            assert Reference.read(text).name
    assert found.definitions[0].kind == "module"
    named = [d for d in found.definitions if d.kind not in ("module", "imports")]
    assert [(d.start, -d.end) for d in named] == sorted((d.start, -d.end) for d in named)
    assert all(0 <= a <= b <= last for a, b in found.unknown)


def _strategy(language: str) -> st.SearchStrategy[bytes]:
    return broken(sources(language), WORDS)


@pytest.mark.parametrize("language", NAMES)
@fuzz
@given(data=st.data())
def test_fuzz_broken_sources_are_extracted_the_same_twice_and_in_time(
    language: str, data: st.DataObject
):
    check(language, data.draw(_strategy(language)))


@pytest.mark.parametrize("language", NAMES)
@fuzz
@given(data=st.data())
def test_fuzz_sources_in_another_language_are_taken_too(language: str, data: st.DataObject):
    check(language, data.draw(broken(sources(data.draw(st.sampled_from(NAMES))))))


@pytest.mark.parametrize("language", NAMES)
def test_the_sources_that_are_broken_are_sound(language: str):
    """Else mutations would only test how mistakes are met."""
    for source in sources(language):
        check(language, source)
        assert not extract(language, source).unknown, source
