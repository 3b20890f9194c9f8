"""Small programs in the languages that are read by queries, and other layouts of them."""

import re
from dataclasses import dataclass
from random import Random

from pointsman.oracle.languages import extract
from pointsman.oracle.symbols import Symbols

_TOKEN = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`|#\[|[\w$]+!?|[-+=<>&|:.?]{2,3}|\S", re.DOTALL)


@dataclass(frozen=True)
class Sample:
    """A language's program, by definitions, and how it may be laid out differently."""

    language: str
    head: str
    pieces: tuple[str, ...]
    """Top-level definitions, each of which stands alone."""
    holder: str
    """A definition around others, with PIECES for them; empty: nothing holds them."""
    blanks: tuple[str, ...]
    """What may be put between two tokens."""
    before: tuple[str, ...]
    """What may be put before a definition."""


_C = (" ", "  ", " /* c */ ", "\t")
_FREE = (*_C, "\n", " // c\n", "\r\n")
_ABOVE = ("", "\n", "// c\n", "/* d\n e */\n")

SAMPLES = {
    sample.language: sample
    for sample in (
        Sample(
            "typescript",
            "import {a, b as c} from './x';",
            (
                "export class A<T> extends B { m(x: number): void { this.n(x + 1, 'k'); } }",
                "function f(a: string, b = 1) { if (a) { return g(a, [1, 2]); } }",
                "const h = (x: number) => { return x; };",
                "export const L = { a: 1, b: [2] };",
                "interface I { a: string; m(): void; }",
                "type P = A | I;",
            ),
            "namespace N { PIECES }",
            _C,
            _ABOVE,
        ),
        Sample(
            "javascript",
            "import d from 'y';",
            (
                "class A extends B { m(x) { this.n(x + 1, `t ${x} u`); } }",
                "export function f(a, b) { for (const x of a) { g(x); } }",
                "const h = async (x) => { await x.y(1); };",
                "export const L = { k: 1 };",
            ),
            "",
            _C,
            _ABOVE,
        ),
        Sample(
            "go",
            'package p\nimport "fmt"',
            (
                'func F(a int, b string) (int, error) { return g(a, "x  y"), nil }',
                "func (t *T) M(x int) { if x > 1 { t.n(x) } }",
                "type T struct { a int; b string }",
                "const L = 3",
            ),
            "",
            _C,
            _ABOVE,
        ),
        Sample(
            "rust",
            "use a::b::{c, d};",
            (
                "pub struct S { a: u8, b: Vec<u8> }",
                'fn f(a: u8) -> u8 { match a { 1 => { g(a); 2 } _ => h("x  y", 3) } }',
                "impl S { fn m(&self) -> u8 { self.a + 1 } }",
                "#[derive(Debug)] enum E { A, B(u8) }",
                "const L: u8 = 3;",
            ),
            "mod n { PIECES }",
            _FREE,
            _ABOVE,
        ),
        Sample(
            "java",
            "package p; import a.B;",
            (
                'class A extends B { void m(int x) { this.n(x + 1, "k  l"); } }',
                "interface I { int m(String s); }",
                "enum E { P, Q; void r() { f(); } }",
                "record R(int a) { int b() { return a; } }",
            ),
            "class Outer { PIECES }",
            _FREE,
            _ABOVE,
        ),
    )
}


def symbols(language: str, source: str | bytes) -> Symbols:
    return extract(language, source if isinstance(source, bytes) else source.encode())


def hashes(language: str, source: str | bytes) -> dict[str, list[tuple[str, str]]]:
    found = symbols(language, source)
    return {name: [d.content for d in group] for name, group in found.by_name.items()}


def relaid(sample: Sample, piece: str, choice: Random) -> str:
    """A piece with other blanks and comments between its tokens, and before it."""
    written = choice.choice(sample.before)
    at = 0
    for token in _TOKEN.finditer(piece):
        gap = piece[at : token.start()]
        written += (choice.choice(sample.blanks) if gap else "") + token[0]
        at = token.end()
    return written
