"""The languages that are read by queries: what they define, and what they name."""

import subprocess
import sys

import pytest
from tests.oracle.language_sources import symbols

from pointsman.oracle.languages import LANGUAGES, language_of
from pointsman.oracle.predicted import search_patterns
from pointsman.oracle.symbols import IMPORTS, MODULE, Import


def defined(language: str, source: str) -> list[tuple[str, str]]:
    found = symbols(language, source).definitions
    return [(d.name, d.kind) for d in found if d.name not in (MODULE, IMPORTS)]


def names(language: str, source: str, definition: str) -> set[str]:
    return set(symbols(language, source).by_name[definition][0].references.split())


def test_typescript_definitions():
    source = """
import {Z} from './z'
@dec()
export abstract class A<T> implements I {
  private x = 1
  f = () => 1
  @d() m(a: string): void {}
  abstract n(): void
}
interface I { m(): void }
type T = A | B
enum E { A = 1 }
namespace N { export function g(): void {} }
function o(a: string): void
function o(a: any) {}
export const one = 1, two = () => 2
export default class {}
"""
    assert defined("typescript", source) == [
        *(("A", "class"), ("A::f", "method"), ("A::m", "method"), ("A::n", "method")),
        *(("I", "class"), ("I::m", "method"), ("T", "type"), ("E", "class")),
        *(("N", "namespace"), ("N::g", "function"), ("o", "function"), ("o", "function")),
        *(("one", "variable"), ("two", "function"), ("default", "class")),
    ]
    a = symbols("typescript", source).by_name["A"][0]
    m = symbols("typescript", source).by_name["A::m"][0]
    assert source.encode()[a.start : a.end].startswith(b"@dec()\nexport abstract class A")
    assert source.encode()[m.start : m.end] == b"@d() m(a: string): void {}"


def test_tsx_is_read_with_its_own_grammar():
    source = "const X = ({a}: P) => { return <Row a={b.c(1)}>hi {a}</Row> }\n"
    assert defined("tsx", source) == [("X", "function")]
    assert not symbols("tsx", source).unknown
    assert names("tsx", source, "X") == {"P", "b.c(1", "Row"}


def test_javascript_definitions():
    source = """
import d from 'y'
class A extends B { #p = () => 1; get y() {} static z() {} }
Foo.prototype.bar = function () {}
exports.baz = () => 1
function* gen() { const inner = () => 1 }
const api = { a() {}, b: () => 1, c: 1 }
export default function () {}
"""
    assert defined("javascript", source) == [
        *(("A", "class"), ("A::#p", "method"), ("A::y", "method"), ("A::z", "method")),
        *(("bar", "function"), ("baz", "function"), ("gen", "function")),
        *(("gen::inner", "function"), ("api", "variable"), ("api::a", "function")),
        *(("api::b", "function"), ("default", "function")),
    ]


def test_go_definitions():
    source = """package p
import "fmt"
const ( A = iota; B )
var x, y = 1, 2
type T[K any] struct { a int; Base }
type I interface { M(x int) error }
type U = T
func (t *T[K]) F(a int) {}
func (t T) G() {}
func H() { z := func() {}; z() }
"""
    assert defined("go", source.replace("; B )", "\nB\n)")) == [
        *(("A", "variable"), ("B", "variable"), ("x", "variable"), ("y", "variable")),
        *(("T", "class"), ("I", "class"), ("I::M", "method"), ("U", "type")),
        *(("T::F", "method"), ("T::G", "method"), ("H", "function")),
    ]


def test_rust_definitions():
    source = """
use a::b;
#[derive(Debug)]
// c
pub struct S<T> { a: T }
impl<T> fmt::Display for S<T> { fn f(&self) {} const C: u8 = 1; }
impl S<u8> { fn g() {} }
trait Tr: Sup { fn m(&self); type X; }
mod m { fn g() {} }
macro_rules! mm { () => {} }
"""
    assert defined("rust", source) == [
        *(("S", "class"), ("S::<fmt.Display>", "block"), ("S::f", "method")),
        *(("S::C", "variable"), ("S::<impl>", "block"), ("S::g", "method")),
        *(("Tr", "class"), ("Tr::m", "method"), ("Tr::X", "type")),
        *(("m", "namespace"), ("m::g", "function"), ("mm", "function")),
    ]
    assert symbols("rust", source).by_name["S"][0].first == 2


def test_an_attribute_belongs_to_what_follows_it_alone():
    source = b"#[derive(Debug)] /* c */ enum E { A }\nconst X: u8 = 1; /* d */ fn f() {}\n"
    found = symbols("rust", source).by_name
    assert source[found["E"][0].start :].startswith(b"#[derive")
    assert source[found["f"][0].start :] == b"fn f() {}\n"


def test_java_definitions():
    source = """package p;
@X public class A<T> extends B implements I {
  int x = 1;
  A(int z) { this.x = z; }
  @Override void m(String s) {}
  interface J { void n(); }
  enum E { P; void r() {} }
  record R(int a) { R { } }
}
"""
    assert defined("java", source) == [
        *(("A", "class"), ("A::A", "method"), ("A::m", "method"), ("A::J", "class")),
        *(("A::J::n", "method"), ("A::E", "class"), ("A::E::r", "method")),
        *(("A::R", "class"), ("A::R::R", "method")),
    ]
    assert symbols("java", source).by_name["A"][0].bases == "B I"


def test_keys_are_nested():
    assert defined("json", '{"a": {"b": [1, {"c": null}]}, "d": 2}') == [
        *(("a", "key"), ("a::b", "key"), ("a::b::c", "key"), ("d", "key")),
    ]
    assert defined("yaml", 'a:\n  "q r": |\n    x\n  l:\n  - n: 1\n  - {k: v}\n---\nz: 1\n') == [
        *(("a", "key"), ("a::q r", "key"), ("a::l", "key"), ("a::l::n", "key")),
        *(("a::l::k", "key"), ("z", "key")),
    ]
    assert defined("toml", 'x = 1\n[a."b.c"]\nd.e = "s"\n[[t]]\nn = {k = 1}\n') == [
        *(("x", "key"), ("a::b.c", "key"), ("a::b.c::d::e", "key")),
        *(("t", "key"), ("t::n", "key"), ("t::n::k", "key")),
    ]


def test_headings_hold_what_is_below_them():
    source = "intro\n\n# A\ntext\n## B\nmore\n\nSet\n===\nx\n\nSub\n---\n```py\n# no\n```\n"
    found = symbols("markdown", source).definitions
    assert [(d.name, d.first, d.last) for d in found[1:]] == [
        *(("A", 2, 6), ("A::B", 4, 6), ("Set", 7, 15), ("Set::Sub", 11, 15)),
    ]


@pytest.mark.parametrize(
    ("language", "source", "definition", "expected"),
    [
        (
            "typescript",
            "function f(a: K, b = D): R { const c = g(a, 1); this.n(...c); return a.x.y(h) }",
            "f",
            {"K", "D", "R", "g(2", "self.n(*", ".x.y(1", "h"},
        ),
        (
            "javascript",
            "class A extends m.B { f({p}, ...q) { new C(1); return d?.e.f(p) } }",
            "A::f",
            {"C(1", "d.e.f(1"},
        ),
        (
            "go",
            "package p\nfunc F(a K, b ...V) R { c := g(a); for i := range c {}; return p.Q(b...) }",
            "F",
            {"K", "V", "R", "g(1", "p.Q(*"},
        ),
        (
            "rust",
            "impl S { fn f(&self, a: K) -> R { let b = m::g(a); self.n(b, 1);"
            " T::<u8>::new(); w!(b) } }",
            "S::f",
            {"K", "R", "m.g(1", "self", "self.n(2", "T", ".new(0", "w(*"},
        ),
        (
            "java",
            "class A { R f(K a) { int b = g(a); this.n(b); return new C(a.x.y(1), D.E); } }",
            "A::f",
            {"R", "K", "g(1", "self.n(1", "C(2", ".x.y(1", "D.E"},
        ),
    ],
)
def test_a_definition_references_what_it_names_and_not_what_it_binds(
    language: str, source: str, definition: str, expected: set[str]
):
    assert names(language, source, definition) == expected


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        (
            "typescript",
            "import d, {e as f, g} from './x'\nexport * from './y'\nexport {h} from '../z'",
            {
                *(Import("", "./x", "", "d"), Import("", "./x", "e", "f")),
                *(Import("", "./x", "g", ""), Import("", "./y", "*", "")),
                Import("", "../z", "h", ""),
            },
        ),
        ("go", 'import ("a/b"; c "d")', {Import("", "a/b", "", ""), Import("", "d", "", "c")}),
        (
            "rust",
            "use a::b::{c, d as e}; use x::*; use y::Z;",
            {
                *(Import("", "a.b", "c", ""), Import("", "a.b", "d", "e")),
                *(Import("", "x", "*", ""), Import("", "y", "Z", "")),
            },
        ),
        (
            "java",
            "import a.b.C; import static d.*;",
            {Import("", "a.b", "C", ""), Import("", "d", "*", "")},
        ),
    ],
)
def test_imports_are_read(language: str, source: str, expected: set[Import]):
    found = symbols(language, source)
    assert set(found.imports) == expected
    assert IMPORTS in found.by_name


def test_keys_and_headings_are_no_names_that_code_uses():
    assert symbols("json", '{"a": 1}').defined() == ""
    assert symbols("markdown", "# A\n").defined() == ""
    assert symbols("rust", "impl A for B { fn c() {} }").defined() == "c"


def test_a_suffix_tells_the_language_and_a_file_of_none_has_lines_only():
    known = {"a.ts": "typescript", "a.tsx": "tsx", "a.mjs": "javascript", "a.yml": "yaml"}
    assert {path: language_of(path) for path in known} == known
    assert language_of("a.txt") is None and language_of("go") is None
    suffixes = [suffix for language in LANGUAGES for suffix in language.suffixes]
    assert len(suffixes) == len(set(suffixes))


def test_one_search_finds_definitions_in_languages_of_one_kind():
    patterns = search_patterns(["name"])
    assert any({"*.ts", "*.tsx", "*.js"} <= set(globs) for globs in patterns.values())
    assert not any("*.json" in globs for globs in patterns.values())
    assert search_patterns([]) == {}


def test_no_grammar_is_loaded_before_a_file_of_its_language_comes():
    code = (
        "import sys\n"
        "from pointsman.oracle import engine\n"
        "from pointsman.oracle.languages import extract\n"
        "loaded = lambda: {m for m in sys.modules if m.startswith('tree_sitter')}\n"
        "assert not loaded(), loaded()\n"
        "extract('go', b'package p')\n"
        "met = {m for m in loaded() if '.' not in m}\n"
        "assert met == {'tree_sitter', 'tree_sitter_go'}, met\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
