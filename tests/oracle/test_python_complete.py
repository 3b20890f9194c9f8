"""All that Python has: each of its ways to define, bind, import and offer is understood."""

import pytest
from tests.oracle.texts import python

from pointsman.oracle.resolve import Edge, How, Modules, Resolver


def names(source: str, definition: str) -> set[str]:
    return {n for d in python(source).by_name[definition] for n in d.references.split()}


def inside(*lines: str) -> set[str]:
    """What a function names whose body is given."""
    return names("\n    ".join(["def f(p):", *lines]) + "\n", "f")


def edges(body: str, files: dict[str, str], path: str = "use.py") -> set[Edge]:
    """The edges of a function ``f`` at the end of a file whose head and call are given."""
    symbols = {at: python(text) for at, text in files.items()} | {path: python(body)}
    found = Resolver(Modules(symbols), symbols).edges(path, symbols[path].by_name["f"][0])
    return {edge for each in found.values() for edge in each}


def test_decorators_are_part_of_what_they_decorate_and_named_by_it():
    source = (
        "@app.get('/x', check(LIMIT))\n@cached\nclass A:\n    @staticmethod\n    def m(): ...\n"
    )
    outer, method = python(source).by_name["A"][0], python(source).by_name["A::m"][0]
    assert (outer.first, method.first) == (0, 3)
    assert {"app.get(2", "check(1", "LIMIT", "cached"} <= names(source, "A")
    assert names(source, "A::m") == {"staticmethod"}


def test_each_overload_is_a_definition_of_one_name():
    source = "@overload\ndef f(a: int): ...\n@overload\ndef f(a: str): ...\ndef f(a): return g(a)\n"
    found = python(source).by_name["f"]
    assert [(d.first, d.last) for d in found] == [(0, 1), (2, 3), (4, 4)]
    assert len({d.signature for d in found}) == 3


def test_a_property_its_setter_and_its_deleter_are_definitions_of_one_name():
    source = (
        "class A:\n    @property\n    def v(self): return self._v\n    @v.setter\n"
        "    def v(self, new): self._v = new\n    @v.deleter\n    def v(self): del self._v\n"
    )
    assert [(d.kind, d.first) for d in python(source).by_name["A::v"]] == [
        ("method", 1),
        ("method", 3),
        ("method", 5),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "if a:\n    def f(): ...\nelif b:\n    def f(): ...\nelse:\n    def f(): ...\n",
        "try:\n    def f(): ...\nexcept E:\n    def f(): ...\nfinally:\n    def f(): ...\n",
        "with a:\n    def f(): ...\nfor b in c:\n    def f(): ...\nwhile d:\n    def f(): ...\n",
        "match a:\n    case 1:\n        def f(): ...\n    case _:\n        def f(): ...\n"
        "def f(): ...\n",
    ],
)
def test_conditional_definitions_are_all_known(source: str):
    assert len(python(source).by_name["f"]) == 3


def test_nested_definitions_are_named_after_what_they_lie_in():
    source = "def f():\n  if a:\n    class B:\n      def m(self):\n        def g(): ...\n"
    assert {"f", "f::B", "f::B::m", "f::B::m::g"} <= python(source).by_name.keys()


def test_asynchronous_functions_name_what_they_await_and_not_what_they_bind():
    source = (
        "class A:\n    async def f(self):\n        async with opened() as g, h() as (i, j):\n"
        "            async for k in l(): await k.go(g, i, j)\n"
        "        return [m async for m in n() if await done(m)]\n"
    )
    assert python(source).by_name["A::f"][0].kind == "method"
    assert names(source, "A::f") == {"opened(0", "h(0", "l(0", ".go(3", "n(0", "done(1"}


def test_the_body_of_a_class_is_its_own_and_that_of_its_methods_is_theirs():
    source = (
        "class A(B[C], m.D, metaclass=M):\n    x: T = make()\n    def f(self): return inner()\n"
    )
    symbols = python(source)
    assert symbols.by_name["A"][0].bases == "B m.D"
    assert {"B", "C", "m.D", "M", "T", "make(0"} <= names(source, "A")
    assert names(source, "A::f") == {"inner(0"}


@pytest.mark.parametrize(
    "source",
    [
        "__all__ = ['a', 'b']\n",
        "__all__ = (\n    'a',  # why\n    'b',\n)\n",
        "__all__ = 'a', 'b'\n",
        "__all__: list[str] = ['a', 'b']\n",
        "__all__ = ['a']\n__all__ += ['b']\n",
        "__all__ = ['a'] + other.__all__ + ['b']\n",
        "__all__ = ['a']\n__all__.append('b')\n",
        "__all__ = []\n__all__.extend(('a', 'b'))\n",
        "__all__ = ['a']\nif c:\n    __all__ += ['b']\n",
        "__all__ = ['a']; __all__ += ['b']\n",
    ],
)
def test_what_a_module_offers_is_known_however_it_is_listed(source: str):
    assert python(source).exports == ("a", "b")


def test_a_list_that_is_only_read_offers_nothing():
    assert python("if __all__ == ['a']: pass\nf(x, __all__=['b'])\n").exports is None


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("p/use.py", "from .core import g"),
        ("p/q/use.py", "from ..core import g"),
        ("p/q/r/use.py", "from ...core import g"),
        ("p/q/r/s/use.py", "from ....core import g"),
        ("p/q/__init__.py", "from ..core import g"),
    ],
)
def test_a_relative_import_of_each_depth_is_followed(path: str, head: str):
    files = {"p/__init__.py": "", "p/core.py": "def g(): ...\n", "core.py": "def g(): ...\n"}
    found = edges(f"{head}\ndef f(): g()\n", files, path)
    assert found == {Edge("p/core.py", "g", How.EXACT)}


@pytest.mark.parametrize("head", ["from . import core", "from .. import core as core"])
def test_a_module_is_imported_relatively(head: str):
    path = "p/use.py" if "from . " in head else "p/q/use.py"
    files = {"p/__init__.py": "", "p/core.py": "def g(): ...\n"}
    assert edges(f"{head}\ndef f(): core.g()\n", files, path) == {Edge("p/core.py", "g", How.EXACT)}


@pytest.mark.parametrize(
    ("head", "call"),
    [
        ("import ns.core", "ns.core.g()"),
        ("import ns.core as c", "c.g()"),
        ("from ns import core", "core.g()"),
        ("from ns.core import g", "g()"),
    ],
)
def test_a_package_needs_no_init(head: str, call: str):
    files = {"ns/core.py": "def g(): ...\n"}
    assert edges(f"{head}\ndef f(): {call}\n", files) == {Edge("ns/core.py", "g", How.EXACT)}


def test_star_imports_are_followed_through_several_files():
    files = {"a.py": "from b import *\n", "b.py": "from c import *\n", "c.py": "def g(): ...\n"}
    assert edges("from a import *\ndef f(): g()\n", files) == {Edge("c.py", "g", How.EXACT)}


def test_a_star_brings_no_private_name_that_is_not_listed():
    use = "from a import *\ndef f(): _g()\n"
    assert edges(use, {"a.py": "def _g(): ...\n"}) == set()
    listed = {"a.py": "__all__ = ['_g']\ndef _g(): ...\n"}
    assert edges(use, listed) == {Edge("a.py", "_g", How.EXACT)}


def test_type_aliases_are_definitions_that_name_what_they_stand_for():
    source = "type X = Kind\ntype Y[T: Bound] = list[T]\nZ: TypeAlias = dict[str, Q]\n"
    symbols = python(source)
    assert [symbols.by_name[n][0].kind for n in "XYZ"] == ["type", "type", "variable"]
    assert "Kind" in names(source, "X") and "Bound" in names(source, "Y")
    assert {"TypeAlias", "Q"} <= names(source, "Z")


@pytest.mark.parametrize("target", ["[]", "1", "None", "...", "()", '""', "*a", "-1"])
def test_what_can_be_no_type_alias_is_none(target: str):
    assert "f" in python(f"type {target} = int\ndef f(): ...\n").by_name


def test_names_that_patterns_bind_are_no_references():
    assert inside(
        "match command.split(1):",
        "    case []: none()",
        "    case [first]: one(first)",
        "    case m.Point(x=0, y=yy): point(yy)",
        "    case {'a': aa, **rest}: both(aa, rest)",
        "    case Color.RED | Color.BLUE: red()",
        "    case (q, *r) if guard(q): many(r)",
        "    case str() as s: s.strip()",
        "    case a, -1 | 'x' | None: go(a)",
        "    case _: default()",
    ) == {
        *("command.split(1", "none(0", "one(1", "m.Point(2", "point(1", "both(2", "Color.RED"),
        *("Color.BLUE", "red(0", "guard(1", "many(1", "str(0", ".strip(0", "go(1", "default(0"),
    }


def test_match_and_case_may_be_names():
    assert inside("match(x)", "case(y)", "z = match.group(1)", "return z") == {
        *("match(1", "x", "case(1", "y", "match.group(1"),
    }


def test_what_a_walrus_binds_is_no_reference():
    assert inside("if (n := count(xs)) > LIMIT: use(n)") == {"count(1", "xs", "LIMIT", "use(1"}


@pytest.mark.parametrize(
    "line",
    [
        "return [u(x, y) for x in xs for y in xs]",
        "return {x: u(x, y) for x, y in xs}",
        "return {u(x, (y, z)) for x, (y, z) in xs}",
        "return (u(x, y) for [x, y] in xs)",
        "key = lambda x, *y, z=1: u(x, z); return key(xs)",
        "for x, (y, *z) in xs: u(x, y)",
        "x, (y, *z) = xs; u(x, y)",
        "with xs as (x, y): u(x, y)",
    ],
)
def test_what_comprehensions_lambdas_and_targets_bind_is_no_reference(line: str):
    assert inside(line) == {"u(2", "xs"}


@pytest.mark.parametrize(
    ("line", "outside"),
    [
        ("x, p.a = make(); return x", {"make(0"}),
        ("p[KEY] = x = make(); return x", {"KEY", "make(0"}),
        ("p.a = x = make(); return x", {"make(0"}),
        ("*x, y = make(); return x, y", {"make(0"}),
        ("p.a: Kind = make()", {"Kind", "make(0"}),
        ("x: Kind = make(); return x", {"Kind", "make(0"}),
        ("got(KEY)[INDEX].a = make(KEY)", {"got(1", "KEY", "INDEX", "make(1"}),
        ("[x, (y, z)] = make(); return x, y, z", {"make(0"}),
        ("for x in p[-1:0:-1]: y = make(); use(x, y)", {"make(0", "use(2"}),
        ("with made({1: 2, 3: 4}) as x: y = x; use(y)", {"made(1", "use(1"}),
        ("OUT[KEY] = 1", {"OUT", "KEY"}),
        ("OUT.a = KEY", {"OUT.a", "KEY"}),
    ],
)
def test_what_is_assigned_to_beside_attributes_and_items_is_no_reference(
    line: str, outside: set[str]
):
    assert {n for n in inside(line) if not n.startswith(".")} == outside


def test_what_is_bound_after_else_on_one_line_is_no_reference():
    assert inside("if p: x = 1", "else: x = 2", "return x") == set()


def test_how_a_field_of_a_string_is_shown_is_no_reference():
    assert inside("return f'{a!r} {b(c)!s:>{width}} {d != e}'") == {
        *("a", "b(1", "c", "width", "d", "e")
    }


def test_a_global_that_a_function_sets_is_a_reference():
    assert inside("global COUNT", "COUNT = COUNT + 1", "other = COUNT") == {"COUNT"}


@pytest.mark.parametrize(
    ("broken", "first", "last"),
    [
        ("    x = ]]\n", 4, 5),
        ("<<<<<<< ours\n    a = 1\n=======\n    b = 1\n>>>>>>> theirs\n", 4, 9),
    ],
)
def test_of_a_file_that_does_not_parse_the_rest_is_known(broken: str, first: int, last: int):
    source = (
        f"import a\ndef good():\n    return helper(1)\ndef bad():\n{broken}\ndef fine(): pass\n"
    )
    symbols = python(source)
    assert {"good", "fine"} <= symbols.by_name.keys()
    assert names(source, "good") == {"helper(1"}
    assert [i.module for i in symbols.imports] == ["a"]
    assert symbols.unknown
    assert all(first <= a and b <= last for a, b in symbols.unknown)


def test_an_open_bracket_hides_the_next_definition_only_and_its_lines_are_unknown():
    symbols = python("def bad():\n    x = (1,\n\ndef hidden(): pass\n\ndef fine(): pass\n")
    assert any(first <= 1 and 3 <= last < 5 for first, last in symbols.unknown)
    assert "fine" in symbols.by_name


def test_a_continuation_that_stands_left_of_its_block_is_unknown():
    source = (
        "class A:\n    def f(self):\n        (bar.\n    baz)\n        x = 1\n    def g(self): ...\n"
    )
    assert any(a <= 2 and b >= 4 for a, b in python(source).unknown)
