"""References as the oracle reads them against CPython's own parser, by enclosing definition.

``python -m bench.oracle_references [FOLDER] [FILES]`` takes every n-th file of a folder (the
standard library, 300 files) and prints precision and recall: of names, and of what is called. A
local variable is no name here: neither the function's own, nor one of a function around it, which
the oracle does not look for.
"""

import ast
import sys
import sysconfig
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pointsman.oracle.languages import extract
from pointsman.oracle.symbols import Reference

Function = ast.FunctionDef | ast.AsyncFunctionDef
Named = dict[tuple[str, int], set[str]]
"""What is named in each definition, by its name and its first line; calls end in ``(``."""
_NO_NAMES = frozenset({"self", "cls", "super"})


def by_ast(source: bytes) -> Named | None:
    """What functions name, as CPython sees it; None: it does not take the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    found: Named = {}

    def look(node: ast.AST, around: str, bound: frozenset[str]) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function):
                name = f"{around}{child.name}"
                first = min([child.lineno, *(d.lineno for d in child.decorator_list)]) - 1
                inner = bound - set(_declared(child)) | _bound(child)
                head = [*child.decorator_list, child.args, *([child.returns] * bool(child.returns))]
                found[name, first] = {
                    *(text for part in head for text in _named(part, bound)),
                    *(text for part in child.body for text in _named(part, inner)),
                }
                look(child, f"{name}::", inner)
            elif isinstance(child, ast.ClassDef):
                look(child, f"{around}{child.name}::", bound)
            else:
                look(child, around, bound)

    look(tree, "", frozenset())
    return found


def by_oracle(source: bytes) -> Named:
    """What functions name, as the oracle sees it."""
    read = {
        (d.name, d.first): [Reference.read(text) for text in d.references.split()]
        for d in extract("python", source).definitions
        if d.kind in ("function", "method")
    }
    return {
        key: {r.name for r in known} | {f"{r.name}(" for r in known if r.called}
        for key, known in read.items()
    }


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all in it, without the definitions nested there."""
    if not isinstance(node, Function | ast.ClassDef):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from _inside(child)


def _declared(function: Function) -> Iterator[str]:
    """The names that a function says are not its own."""
    for part in function.body:
        for node in _inside(part):
            if isinstance(node, ast.Global):
                yield from node.names


def _bound(function: Function) -> frozenset[str]:
    """The names that a function binds, but by imports and definitions."""
    nodes = [n for part in (function.args, *function.body) for n in _inside(part)]
    names = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    names |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    names |= {n.rest for n in nodes if isinstance(n, ast.MatchMapping) and n.rest}
    for node in nodes:
        if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
    return frozenset(names - set(_declared(function)) - _NO_NAMES)


def _named(part: ast.AST, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(part, Function | ast.ClassDef):
        return
    called = isinstance(part, ast.Call)
    inner = part.func if isinstance(part, ast.Call) else part
    attributes = []
    while isinstance(inner, ast.Attribute):
        attributes.insert(0, inner.attr)
        inner = inner.value
    if isinstance(inner, ast.Name):
        first = "" if inner.id in bound else inner.id
        name = ".".join([first, *attributes])
        if name and name not in _NO_NAMES:
            yield from (name, f"{name}(") if called else (name,)
    else:
        if attributes:
            name = ".".join(["", *attributes])
            yield from (name, f"{name}(") if called else (name,)
        rest = [inner] if inner is not part else list(ast.iter_child_nodes(part))
        for child in rest:
            yield from _named(child, bound)
    if isinstance(part, ast.Call) and inner is not part:
        for argument in (*part.args, *part.keywords):
            yield from _named(argument, bound)


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib"))
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    paths = [
        path
        for path in sorted(folder.rglob("*.py"))
        if "site-packages" not in path.relative_to(folder).parts
    ]
    counts: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    invented: Counter[str] = Counter()
    for path in paths[:: max(len(paths) // wanted, 1)]:
        source = path.read_bytes()
        theirs = by_ast(source)
        if theirs is None:
            continue
        ours = by_oracle(source)
        counts["files"] += 1
        for key in theirs.keys() & ours.keys():
            counts["definitions"] += 1
            missed.update(theirs[key] - ours[key])
            invented.update(ours[key] - theirs[key])
            for what, calls in (("names", False), ("calls", True)):
                a = {name for name in theirs[key] if name.endswith("(") == calls}
                b = {name for name in ours[key] if name.endswith("(") == calls}
                counts[f"{what} right"] += len(a & b)
                counts[f"{what} there"] += len(a)
                counts[f"{what} said"] += len(b)
    print(f"{counts['files']} files, {counts['definitions']} functions and methods")
    for what in ("names", "calls"):
        right = counts[f"{what} right"]
        print(
            f"{what}: {counts[f'{what} there']}, precision {right / counts[f'{what} said']:.4f}, "
            f"recall {right / counts[f'{what} there']:.4f}"
        )
    print("most often missed:", *(f"{n} {c}," for n, c in missed.most_common(12)))
    print("most often invented:", *(f"{n} {c}," for n, c in invented.most_common(12)))


if __name__ == "__main__":
    main()
