"""Real Python, laid out differently token by token, keeps every hash."""

import contextlib
import enum
import inspect
import io
import json.decoder
import textwrap
import tokenize
from random import Random
from types import ModuleType

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.fuzzing import fuzz
from tests.oracle.texts import python

MODULES = (contextlib, enum, json.decoder, textwrap)
_UNITS = ("  ", "    ", "\t", "       ")
_NOTHING = (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
_OPENS, _CLOSES = frozenset("([{"), frozenset(")]}")


def relaid(source: str, choice: Random) -> str:
    """Other indentation, blanks, joined and broken lines, blank lines, and comments.

    Not between a decorator and what it decorates, where the grammar takes no comment; and what goes
    on in brackets stays right of its block, as formatters have it (see ``unknown``).
    """
    unit = choice.choice(_UNITS)
    level = depth = 0
    decorated = False
    fresh = True
    written: list[str] = []
    last = None
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        level += (token.type == tokenize.INDENT) - (token.type == tokenize.DEDENT)
        if token.type in _NOTHING:
            continue
        if token.type == tokenize.NEWLINE:
            written.append(choice.choice(("", "", "  ", "  # e", " # 'f\"")) + "\n")
            fresh, last = True, None
            continue
        if fresh:
            if not decorated:
                written.append(choice.choice(("", "", "\n", "# c\n", f"{unit * level}# d (\n\n")))
            written.append(unit * level)
            decorated, fresh = token.string == "@", False
        elif last is not None:
            apart = last.end != token.start
            written.append(_gap(choice, apart, inside=depth > 0, column=unit * (level + 2)))
        depth += (token.string in _OPENS) - (token.string in _CLOSES)
        written.append(token.string)
        last = token
    return "".join(written)


def _gap(choice: Random, apart: bool, *, inside: bool, column: str) -> str:
    blanks = [" ", " ", "  ", " \t", f" \\\n{column}"] if apart else ["", "", "", ""]
    if inside:
        blanks += [f"\n{column}", f"  # c )\n{column}"]
    return choice.choice(blanks)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
@settings(fuzz, max_examples=max(3, fuzz.max_examples // 10), phases=[Phase.generate])
@given(seed=st.integers(0, 1 << 32))
def test_fuzz_real_sources_keep_every_hash_however_they_are_laid_out(module: ModuleType, seed: int):
    source = inspect.getsource(module)
    other = relaid(source, Random(seed))
    compile(other, module.__name__, "exec")
    before, after = python(source), python(other)
    assert not after.unknown
    told = [(d.name, d.kind, d.signature, d.body) for d in before.definitions]
    assert told == [(d.name, d.kind, d.signature, d.body) for d in after.definitions]
    assert [d.references for d in before.definitions] == [d.references for d in after.definitions]
    assert before.imports == after.imports


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_real_sources_moved_into_a_class_keep_the_hashes_of_their_bodies(module: ModuleType):
    """Textually indented, as an editor does it: so a string of several lines is another string."""
    source = inspect.getsource(module)
    before = {d.name: d for d in python(source).definitions if d.kind in ("class", "function")}
    moved = python("class Holder:\n    held = 1\n" + textwrap.indent(source, "    "))
    after = {d.name.partition("::")[2]: d for d in moved.definitions}
    lines = source.split("\n")
    for name, definition in before.items():
        text = "\n".join(lines[definition.first : definition.last + 1])
        if "::" not in name and '"""' not in text:
            assert after[name].content == definition.content
