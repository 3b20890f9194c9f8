"""What Python code imports, names, calls and offers."""

from hypothesis import given
from tests.oracle.texts import PROGRAMS, python

from pointsman.oracle.languages import extract
from pointsman.oracle.symbols import Import, Reference


def names(source: str, definition: str) -> set[str]:
    return set(python(source).by_name[definition][0].references.split())


def test_imports_are_read_wherever_they_are():
    source = (
        "import a.b as c, d\nfrom . import (x as y,\n  z,)  # comment\nfrom ..p.q import *\n"
        'try:\n    import e; import f\nexcept ImportError: import g\n"import h"\n'
        "def run():\n    from . i import \\\n        j\n"
    )
    assert python(source).imports == (
        Import("", "a.b", "", "c"),
        Import("", "d", "", ""),
        Import("", ".", "x", "y"),
        Import("", ".", "z", ""),
        Import("", "..p.q", "*", ""),
        Import("", "e", "", ""),
        Import("", "f", "", ""),
        Import("", "g", "", ""),
        Import("run", ".i", "j", ""),
    )


def test_a_definition_references_what_it_names_and_not_what_it_binds():
    source = (
        "@deco.rate(1, b=2)\ndef f(p, q: Kind = DEFAULT) -> Out:\n"
        "    total = helper(p, x=1)\n    for i, j in pairs(): total.add(i)\n"
        "    with opened() as file: file.read(*rest)\n"
        "    return other.thing(p)(q).late[f'{shown}']\n"
    )
    assert names(source, "f") == {
        *("Kind", "DEFAULT", "Out", "deco.rate(2", "helper(2", "pairs(0", ".add(1", "opened(0"),
        *(".read(*", "rest", "other.thing(1", ".late", "shown"),
    }


def test_what_is_nested_has_references_of_its_own():
    source = (
        "class A(Base, m.Other[int], metaclass=Meta):\n    x = first\n    def f(self): self.g(1)\n"
    )
    symbols = python(source)
    assert symbols.by_name["A"][0].bases == "Base m.Other"
    assert "first" in names(source, "A") and "self.g(1" not in names(source, "A")
    assert names(source, "A::f") == {"self.g(1"}


def test_arguments_are_counted_through_what_is_nested_in_them():
    source = "def f():\n    a(b(c, [1, 2]), {3: (4, 5)}, 'x, y')\n"
    assert names(source, "f") == {"a(3", "b(2", "c"}


def test_a_reference_is_read_back():
    assert Reference.read("a.b(2") == Reference("a.b", True, 2)
    assert Reference.read(".b(*") == Reference(".b", True, None)
    assert Reference.read("a") == Reference("a")


def test_what_a_module_says_it_offers_is_known():
    assert python("__all__ = ['a', \"b\"]\n__all__ += ['c']\n").exports in (
        ("a", "b"),
        ("a", "b", "c"),
    )
    assert python("x = 1\n").exports is None


@given(PROGRAMS)
def test_a_survey_finds_the_same_definitions_and_imports(program: list[str]):
    source = "\n".join(program).encode()
    whole, survey = extract("python", source), extract("python", source, hashes=False)
    assert [d[:6] for d in whole.definitions] == [d[:6] for d in survey.definitions]
    assert (whole.imports, whole.exports, whole.unknown) == (
        survey.imports,
        survey.exports,
        survey.unknown,
    )
