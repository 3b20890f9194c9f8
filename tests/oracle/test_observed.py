"""What a change of a file touches."""

from hypothesis import given
from hypothesis import strategies as st
from tests.oracle.texts import EXPRESSIONS, NAMES, PROGRAMS, version

from pointsman.model.footprint import Access, Evidence
from pointsman.oracle.observed import TOUCHES_LIMIT, touches_of_file
from pointsman.oracle.symbols import IMPORTS, MODULE

SOURCE = """\
import os

LIMIT = 3


def first(a):
    return a


class Holder:
    size = 1

    def second(self):
        return 2


run()
"""


def changed(before: str | bytes | None, after: str | bytes | None, path: str = "a.py"):
    """Symbol, lines and access of each touch."""
    old, new = (None if text is None else version(text, path) for text in (before, after))
    found = touches_of_file(path, old, new, why="test")
    assert all(t.evidence is Evidence.OBSERVED and t.why == "test" for t in found)
    return [(t.symbol, t.lines, t.access) for t in found]


def after(old: str, new: str) -> str:
    assert old in SOURCE
    return SOURCE.replace(old, new)


def test_a_changed_body_is_a_touch_of_its_symbol_with_its_lines_on_base():
    assert changed(SOURCE, after("return 2", "return 3")) == [
        ("Holder::second", (12, 13), Access.WRITE_BODY)
    ]


def test_a_changed_signature_is_told_from_a_changed_body():
    assert changed(SOURCE, after("first(a)", "first(a, b)")) == [
        ("first", (5, 6), Access.WRITE_SIGNATURE)
    ]


def test_a_class_is_touched_by_what_is_its_own_only():
    assert changed(SOURCE, after("size = 1", "size = 2")) == [
        ("Holder", (9, 13), Access.WRITE_BODY)
    ]


def test_a_variable_is_a_symbol():
    assert changed(SOURCE, after("= 3", "= 4")) == [("LIMIT", (2, 2), Access.WRITE_BODY)]


def test_lines_are_those_of_base_also_when_code_moves_down():
    moved = after("import os", "import os\n\n# a\n# b").replace("return 2", "return 3")
    assert changed(SOURCE, moved) == [("Holder::second", (12, 13), Access.WRITE_BODY)]


def test_a_new_function_is_created_and_a_missing_one_deleted():
    more = after("run()", "def third():\n    pass\n\n\nrun()")
    assert changed(SOURCE, more) == [("third", (16, 17), Access.CREATE)]
    assert changed(more, SOURCE) == [("third", (16, 17), Access.DELETE)]


def test_a_renamed_function_is_a_rename_and_a_new_name():
    assert changed(SOURCE, after("def first", "def other")) == [
        ("first", (5, 6), Access.RENAME),
        ("other", (5, 6), Access.CREATE),
    ]


def test_a_renamed_class_takes_its_methods_along():
    found = changed(SOURCE, after("class Holder", "class Keeper"))
    assert ("Holder::second", (12, 13), Access.RENAME) in found
    assert not [f for f in found if f[2] is Access.DELETE]


def test_module_level_code_is_a_symbol_with_the_lines_that_changed():
    assert changed(SOURCE, after("run()", "walk()")) == [(MODULE, (16, 16), Access.WRITE_BODY)]


def test_imports_are_apart_from_the_module():
    assert changed(SOURCE, after("import os", "import sys")) == [
        (IMPORTS, (0, 0), Access.WRITE_BODY)
    ]


def test_moved_and_reformatted_code_is_no_change_of_a_symbol():
    reordered = SOURCE.replace("def first(a):\n    return a\n\n\n", "")
    reordered = reordered.replace(
        "run()", "def first(\n    a,\n):  # moved\n    return a\n\n\nrun()"
    )
    (only,) = changed(SOURCE, reordered)
    assert only[0] is None and only[1] is not None


def test_one_overload_of_several_is_touched():
    overloads = "@overload\ndef f(a: int): ...\n@overload\ndef f(a: str): ...\ndef f(a): return a\n"
    assert changed(overloads, overloads.replace("str", "bytes")) == [
        ("f", (2, 3), Access.WRITE_SIGNATURE)
    ]


def test_an_added_overload_touches_the_last_that_there_was():
    before = "def f(a): return a\n"
    assert changed(before, f"@overload\ndef f(a: int): ...\n{before}") == [
        ("f", (0, 0), Access.WRITE_SIGNATURE)
    ]


def test_a_new_file_creates_itself_and_its_symbols():
    assert changed(None, "def f(): pass\n") == [
        (None, None, Access.CREATE),
        ("f", (0, 0), Access.CREATE),
    ]


def test_a_removed_file_deletes_itself_and_its_symbols():
    assert changed("def f(): pass\n", None) == [
        (None, None, Access.DELETE),
        ("f", (0, 0), Access.DELETE),
    ]


def test_a_renamed_file_is_touched_under_its_old_name():
    old, new = version("def f(): return 1\n"), version("def f(): return 2\n")
    found = touches_of_file("old.py", old, new, why="", moved_to="new.py")
    assert [(t.path, t.symbol, t.access) for t in found] == [
        ("old.py", "f", Access.WRITE_BODY),
        ("old.py", None, Access.RENAME),
        ("new.py", None, Access.CREATE),
    ]


def test_a_file_of_no_known_language_has_lines_only():
    assert changed("a\nb\nc\n", "a\nx\nc\n", "notes.txt") == [(None, (1, 1), Access.WRITE_BODY)]


def test_a_binary_file_is_touched_whole():
    assert changed(b"\0a\n", b"\0b\n", "a.bin") == [(None, None, Access.WRITE_BODY)]


def test_a_change_where_nothing_parses_is_told_by_its_lines():
    broken = "def good():\n    return 1\n\ndef bad(:\n    return ]] 1\n"
    found = changed(broken, broken.replace("]] 1", "]] 2"))
    assert (None, (4, 4), Access.WRITE_BODY) in found


def test_a_file_with_countless_changes_is_touched_whole():
    lines = range(0, 2 * TOUCHES_LIMIT)
    before = "".join(f"def f{n}(): return 1\n" for n in lines)
    assert changed(before, before.replace("return 1", "return 2")) == [
        (None, None, Access.WRITE_BODY)
    ]


def test_the_same_content_touches_nothing():
    assert changed(SOURCE, SOURCE) == []


@given(st.binary(max_size=200), st.binary(max_size=200), st.sampled_from(["a.py", "a.txt"]))
def test_any_change_of_content_is_a_touch(before: bytes, after: bytes, path: str):
    assert bool(changed(before, after, path)) == (before != after)


@given(PROGRAMS, NAMES, EXPRESSIONS, EXPRESSIONS)
def test_a_changed_body_touches_its_function_alone(
    program: list[str], name: str, old: str, new: str
):
    def text(value: str) -> str:
        return "\n".join([*program, f"def last_{name}():", f"    return {value}", ""])

    touched = {symbol for symbol, _, _ in changed(text(old), text(new))}
    assert touched == (set() if old == new else {f"last_{name}"})


def test_of_a_rewritten_definition_it_is_told_where_in_it():
    body = "".join(f"    step({n})\n" for n in range(9))
    old = f"x = 1\n\n\ndef f():\n{body}"
    new = old.replace("x = 1", "x = 2").replace("step(2)", "step(20)").replace("step(7)", "go(7)")
    found = touches_of_file("a.py", version(old), version(new), why="test")
    assert {t.symbol: t.changed for t in found} == {"f": ((6, 6), (11, 11)), "x": ((0, 0),)}


def test_what_a_change_became_is_the_same_for_whoever_makes_the_same_change():
    old = "def f():\n    return 1\n\n\ndef g():\n    return 2\n"
    new = old.replace("return 1", "return 3")

    def became(before: str, after: str) -> dict[str | None, str | None]:
        found = touches_of_file("a.py", version(before), version(after), why="test")
        return {touch.symbol: touch.content for touch in found}

    assert became(old, new)["f"] == became(old, "# moved\n\n" + new)["f"]
    assert became(old, new)["f"] != became(old, old.replace("return 1", "return 4"))["f"]
    assert became(old, "def g():\n    return 2\n")["f"] == ""
