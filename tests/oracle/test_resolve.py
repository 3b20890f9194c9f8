"""From a name in a file to a symbol of the repository, and how surely."""

import pytest
from tests.oracle.texts import python

from pointsman.oracle.languages import extract
from pointsman.oracle.resolve import Edge, How, Modules, Resolver

FILES = {
    "src/pkg/__init__.py": "from .core import Base as Root\nfrom .tools import *\n",
    "src/pkg/core.py": "class Base:\n    def run(self): pass\n    def stop(self): pass\n",
    "src/pkg/tools.py": "def tool(): pass\nLIMIT = 1\nclass Kit:\n    def only_here(self): pass\n",
    "src/pkg/sub/leaf.py": "from ..core import Base\nfrom .. import tools\nclass Leaf(Base):\n"
    "    def run(self): pass\n    def go(self): pass\n    def two(self): pass\n",
    "app.py": "class Other:\n    def two(self): pass\n",
}
HEAD = (
    "import pkg\nimport pkg.sub.leaf as leaf_module\nfrom pkg import Root, tool, tools\n"
    "from pkg.sub.leaf import Leaf\n"
)
EXACT, INHERITED = How.EXACT, How.INHERITED


def edges(body: str, head: str = HEAD) -> set[Edge]:
    """The edges of ``Mine::f`` whose body is given."""
    source = (
        f"{head}\ndef local(): pass\nclass Mine(Leaf):\n    def f(self, arg):\n        {body}\n"
        "    def own(self): pass\n"
    )
    symbols = {path: python(text) for path, text in FILES.items()} | {"use.py": python(source)}

    def defining(name: str) -> list[str]:
        return [path for path, known in symbols.items() if known.ending_in(name)]

    resolver = Resolver(Modules(symbols), symbols, defining)
    found = resolver.edges("use.py", symbols["use.py"].by_name["Mine::f"][0])
    assert resolver.needed == set()
    return {edge for each in found.values() for edge in each}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("local()", Edge("use.py", "local", EXACT)),
        ("tool()", Edge("src/pkg/tools.py", "tool", EXACT)),
        ("Root()", Edge("src/pkg/core.py", "Base", EXACT)),
        ("pkg.tool()", Edge("src/pkg/tools.py", "tool", EXACT)),
        ("tools.LIMIT", Edge("src/pkg/tools.py", "LIMIT", EXACT)),
        ("pkg.tools.LIMIT", Edge("src/pkg/tools.py", "LIMIT", EXACT)),
        ("leaf_module.Leaf", Edge("src/pkg/sub/leaf.py", "Leaf", EXACT)),
        ("leaf_module.tools.tool()", Edge("src/pkg/tools.py", "tool", EXACT)),
        ("self.own()", Edge("use.py", "Mine::own", EXACT)),
        ("self.go()", Edge("src/pkg/sub/leaf.py", "Leaf::go", INHERITED)),
        ("self.stop()", Edge("src/pkg/core.py", "Base::stop", INHERITED)),
        ("Leaf.stop(self)", Edge("src/pkg/core.py", "Base::stop", INHERITED)),
        ("arg.only_here()", Edge("src/pkg/tools.py", "Kit::only_here", How.UNIQUE)),
        ("arg.two()", Edge("app.py", "Other::two", How.AMBIGUOUS)),
    ],
)
def test_a_reference_is_resolved(body: str, expected: Edge):
    assert expected in edges(body)


@pytest.mark.parametrize(
    "body", ["arg", "arg.append(1)", "len(arg)", "unknown.tool()", "arg = local = 1; local"]
)
def test_what_is_not_the_repositorys_has_no_edge(body: str):
    assert edges(body) == set()


def test_an_import_inside_a_function_is_its_own():
    assert edges("from pkg.core import Base as X; X()") == {Edge("src/pkg/core.py", "Base", EXACT)}


def test_imports_in_a_circle_end():
    symbols = {
        "a.py": python("from b import *\nfrom b import x\ndef f(): x()\n"),
        "b.py": python("from a import *\nfrom a import x\n"),
    }
    resolver = Resolver(Modules(symbols), symbols)
    assert resolver.edges("a.py", symbols["a.py"].by_name["f"][0]) == {}


def test_files_that_are_lacking_are_named():
    known = {"use.py": python("from pkg.tools import tool\ndef f(): tool()\n")}
    resolver = Resolver(Modules([*FILES, *known]), known)
    assert resolver.edges("use.py", known["use.py"].by_name["f"][0]) == {}
    assert resolver.needed == {"src/pkg/tools.py"}


USES = {
    "use.ts": ("typescript", "import {run} from 'tools'\nfunction f() { run(); stop() }\n"),
    "use.py": ("python", "def f(): stop()\n"),
}


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("use.ts", {Edge("stop.js", "stop", How.UNIQUE)}),
        ("use.py", {Edge("stop.py", "stop", How.UNIQUE)}),
    ],
)
def test_a_name_means_nothing_in_a_language_that_cannot_use_it(user: str, expected: set[Edge]):
    symbols = {path: extract(language, text.encode()) for path, (language, text) in USES.items()}
    symbols["tools.py"] = python("def run(): pass\n")
    symbols["stop.py"] = python("def stop(): pass\n")
    symbols["stop.js"] = extract("javascript", b"function stop() {}\n")
    symbols["stop.go"] = extract("go", b"package p\nfunc stop() {}\n")

    def defining(name: str) -> list[str]:
        return [path for path, known in symbols.items() if known.ending_in(name)]

    resolver = Resolver(Modules(symbols), symbols, defining)
    found = resolver.edges(user, symbols[user].by_name["f"][0])
    assert {edge for each in found.values() for edge in each} == expected


def test_of_two_modules_of_one_name_the_nearer_is_meant():
    modules = Modules(["one/lib.py", "two/lib.py", "two/use.py"])
    assert modules.find("lib", "two/use.py") == "two/lib.py"
    assert modules.find("lib", "one/use.py") == "one/lib.py"
    assert modules.find(".lib", "two/use.py") == "two/lib.py"
    assert modules.find("..lib", "two/use.py") is None
