"""What names bind and use, as the oracle sees it, against CPython's own ``symtable``.

``python bench/oracle_bindings.py [FOLDER…]`` prints every difference and how many there were, over
the standard library and what is installed, or the folders. Compared is, of each module, class and
function,

- which names it imports;
- of a function, that no name that is local to it is called a reference (but for what it defines or
  imports, which others look up in it), and of functions and classes, that every name from outside
  that their code reads is one.

Two differences of sight are no differences: what decorators, defaults and annotations name belongs
to the definition here, and to the scope around it there; comprehensions and lambdas are scopes of
their own there. Known and left: a name that a function binds and its own lambda or comprehension
has from outside, or the other way round, is one name here; a default that is called like its
parameter (``def f(x=x)``) names nothing here; and of an f-string in an f-string only the fields are
read.
"""

import ast
import symtable
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pointsman.oracle.languages import extract
from pointsman.oracle.lines import meet
from pointsman.oracle.symbols import Definition, Reference, Symbols

ANONYMOUS = frozenset({"lambda", "listcomp", "setcomp", "dictcomp", "genexpr"})
_NEVER = frozenset({"self", "cls", "super", "__class__", "__debug__", ".0"})
"""Receivers are told apart here, and are no names."""


class Difference(NamedTuple):
    """One name that one of the two sees otherwise."""

    line: int
    scope: str
    what: str
    """``not imported``, ``only imported here``, ``local``, or ``not referenced``."""
    name: str


def differences(source: bytes) -> list[Difference] | None:
    """All of a file, in its order; None: CPython does not take it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = symtable.symtable(source, "file", "exec")  # type: ignore[arg-type]
    except (SyntaxError, ValueError):
        return None
    found = extract("python", source)
    return sorted(
        d
        for d in _of_scope(table, "", found)
        if not any(meet((d.line - 1, d.line - 1), lines) for lines in found.unknown)
    )


def _of_scope(table: symtable.SymbolTable, around: str, found: Symbols) -> Iterator[Difference]:
    name = f"{around}::{table.get_name()}" if around else table.get_name()
    name = "" if table.get_type() == "module" else name
    line = table.get_lineno()
    own = list(_own(table))
    yield from _imports(own, name, line, found)
    definition = _definition(found, name, line)
    if name and definition is not None:
        below = [d for d in found.definitions if d.name.rpartition("::")[0] == name]
        yield from _uses(own, name, line, definition, below)
    for each in own:
        for child in each.get_children():
            if child.get_name() not in ANONYMOUS:
                yield from _of_scope(child, name, found)


def _own(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    """A scope, and those without a name in it."""
    yield table
    for child in table.get_children():
        if child.get_name() in ANONYMOUS:
            yield from _own(child)


def _imports(
    own: list[symtable.SymbolTable], name: str, line: int, found: Symbols
) -> Iterator[Difference]:
    theirs = {s.get_name() for s in own[0].get_symbols() if s.is_imported()}
    here = [each for each in found.imports if each.scope == name and each.name != "*"]
    ours = {each.alias or each.name or each.module.partition(".")[0] for each in here}
    lines = {d.first for d in found.by_name.get(name, ())}
    if len(lines) > 1:  # several of one name: which of them imports is not told
        theirs, ours = theirs - ours, set()
    yield from (Difference(line, name, "not imported", n) for n in _plain(theirs, name) - ours)
    yield from (
        Difference(line, name, "only imported here", n) for n in ours - _plain(theirs, name)
    )


def _uses(
    own: list[symtable.SymbolTable],
    name: str,
    line: int,
    definition: Definition,
    below: list[Definition],
) -> Iterator[Difference]:
    used = _used(definition)
    theirs = used.union(*map(_used, below))
    symbols = [symbol for each in own for symbol in each.get_symbols()]
    outside = {s.get_name() for s in symbols if s.is_referenced() and not s.is_local()}
    local = {s.get_name() for s in symbols if s.is_local()}
    lookedup = {s.get_name() for s in symbols if s.is_namespace() or s.is_imported()}
    outside -= local  # of a comprehension's or a lambda's own
    for n in _plain(outside, name) - theirs - _NEVER:
        yield Difference(line, name, "not referenced", n)
    if own[0].get_type() == "function":
        for n in (_plain(local - lookedup, name) & used) - _NEVER:
            yield Difference(line, name, "local", n)


def _used(definition: Definition) -> set[str]:
    texts = definition.references.split()
    return {Reference.read(text).name.partition(".")[0] for text in texts}


def _plain(names: set[str], scope: str) -> set[str]:
    """Names as they are written: symtable has private ones with their class's name."""
    prefixes = [f"_{part.lstrip('_')}__" for part in scope.split("::")]
    written = set()
    for name in names:
        prefix = next((p for p in prefixes if name.startswith(p)), None)
        written.add(f"__{name.removeprefix(prefix)}" if prefix else name)
    return written


def _definition(found: Symbols, name: str, line: int) -> Definition | None:
    there = [d for d in found.by_name.get(name, ()) if d.first <= line - 1 <= d.last]
    return there[-1] if there else None


def header_names(source: bytes) -> dict[tuple[str, int], set[str]]:
    """By name and line of each definition, what its header names outside of its scope."""
    named = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            parts = [*node.decorator_list, node.args, *filter(None, [node.returns])]
            named[node.name, node.lineno] = {
                each.id for part in parts for each in ast.walk(part) if isinstance(each, ast.Name)
            }
    return named


def files(folders: list[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(folder.rglob("*.py"))


def told(source: bytes) -> list[Difference] | None:
    """The differences, without what a header names that is also a local name of the body."""
    found = differences(source)
    if not found:
        return found
    headers = header_names(source)
    return [
        d
        for d in found
        if not (
            d.what == "local" and d.name in headers.get((d.scope.rpartition("::")[2], d.line), ())
        )
    ]


def main() -> None:
    paths = sysconfig.get_paths()
    folders = [Path(text) for text in sys.argv[1:]] or [
        Path(paths["stdlib"]),
        Path(paths["purelib"]),
    ]
    count = refused = different = 0
    kinds: dict[str, int] = {}
    for path in dict.fromkeys(files(folders)):
        found = told(path.read_bytes())
        if found is None:
            refused += 1
            continue
        count += 1
        for each in found:
            different += 1
            kinds[each.what] = kinds.get(each.what, 0) + 1
            print(f"{path}:{each.line} {each.scope}: {each.name} {each.what}")
    print(f"{count} files, {different} differences {kinds}; {refused} refused")


if __name__ == "__main__":
    main()
