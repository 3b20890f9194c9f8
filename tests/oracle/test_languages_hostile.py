"""Any bytes are a file, in every language."""

import resource

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle.language_sources import SAMPLES, symbols

from pointsman.oracle.index import SymbolIndex
from pointsman.oracle.languages import LANGUAGES, extract
from pointsman.oracle.symbols import dump, load

NAMES = [language.name for language in LANGUAGES]
WORDS = (
    *(bytes([sign]) for sign in b"{}()[]<>\"'`,;#\n\xff\0\x02\x03"),
    *(b"\r\n", b"    ", b"/*", b"*/", b"//", b"=>", b"${", b"\xef\xbb\xbf", b'"""'),
    *(b"function f(", b"class A {", b"func (t *T) M() {", b"impl A for B {", b"fn f", b"def f("),
    *(b"const x =", b"import ", b"use a::{", b"#[x]", b"@x", b"lambda ", b"<A>", b"namespace "),
    *(b"# A\n", b"===\n", b"- ", b"a: ", b"key = ", b"[a.b]", b"|\n"),
    *(b"```\n", b"> ", b"---\n", b"? ", b"&a ", b"!t "),
)
"""What means something in one language or another."""
SNIPPETS = st.sampled_from(WORDS)


@pytest.mark.parametrize("language", NAMES)
@settings(deadline=None)  # the first file of a language loads its grammar
@given(source=st.lists(SNIPPETS | st.binary(max_size=3), max_size=40).map(b"".join))
def test_broken_files_never_raise_and_are_extracted_the_same_twice(language: str, source: bytes):
    found = symbols(language, source)
    assert found == symbols(language, source) == load(dump(found))
    survey = extract(language, source, hashes=False)
    assert [d[:6] for d in found.definitions] == [d[:6] for d in survey.definitions]
    assert all(0 <= d.start <= d.end <= len(source) for d in found.definitions)
    assert all(0 <= d.first <= d.last for d in found.definitions)
    assert (found.imports, found.unknown) == (survey.imports, survey.unknown)


@pytest.mark.parametrize("language", SAMPLES)
def test_a_byte_order_mark_and_crlf_change_no_hash(language: str):
    source = "\n".join([SAMPLES[language].head, *SAMPLES[language].pieces, ""]).encode()
    windows = b"\xef\xbb\xbf" + source.replace(b"\n", b"\r\n")
    plain, other = symbols(language, source), symbols(language, windows)
    assert [(d.name, d.content, d.first, d.last) for d in plain.definitions] == [
        (d.name, d.content, d.first, d.last) for d in other.definitions
    ]


@pytest.mark.parametrize("language", SAMPLES)
def test_what_does_not_parse_is_unknown_and_the_rest_is_known(language: str):
    sample = SAMPLES[language]
    first, last = sample.pieces[0], sample.pieces[-1]
    good = symbols(language, "\n".join([sample.head, first, last]))
    broken = symbols(language, "\n".join([sample.head, first, ") ) ) )", last]))
    assert broken.unknown
    assert good.by_name.keys() <= broken.by_name.keys()


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.parametrize(
    "source", [b"[" * 100_000 + b"]" * 100_000, b"{" * 100_000], ids=["[", "{"]
)
async def test_deep_nesting_is_known_or_unknown_in_time(language: str, source: bytes):
    """A grammar may need minutes: then the worker is ended, and the file is unknown."""
    index = SymbolIndex(workers=1, time_limit=1)
    suffix = next(each.suffixes[0] for each in LANGUAGES if each.name == language)
    found = await index.symbols(f"a{suffix}", source)
    assert found.language == language
    assert found.definitions or (found.problem and found.unknown == ((0, 0),))
    await index.close()


async def test_names_in_names_in_names_fill_no_memory_of_the_daemon():
    """The full names of a small file may take a hundred thousand times its size."""
    depth = 6_000
    index = SymbolIndex(workers=1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = await index.symbols("a.json", b'{"a":' * depth + b"1" + b"}" * depth)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert found.problem and not found.definitions
    assert after - before < 64 * 1024  # kilobytes
    await index.close()
