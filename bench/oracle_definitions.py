"""Definitions as the oracle finds them against CPython's own parser, over the standard library.

``python bench/oracle_definitions.py [FOLDER]`` prints every difference and how many there were. One
is expected, and left out: comments under a definition, indented as it is, are part of it here.
"""

import ast
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

from pointsman.oracle.languages import extract

Found = set[tuple[str, int, int]]
"""Qualified names with first and last line, decorators included."""


def by_ast(source: bytes) -> Found | None:
    """What CPython finds; None: it does not take the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None

    def inside(node: ast.AST, around: str) -> Iterator[tuple[str, int, int]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                first = min([child.lineno, *(d.lineno for d in child.decorator_list)])
                name = f"{around}{child.name}"
                yield name, first - 1, (child.end_lineno or first) - 1
                yield from inside(child, f"{name}::")
            else:
                yield from inside(child, around)

    return set(inside(tree, ""))


def by_oracle(source: bytes) -> Found:
    """What the oracle finds, without the comments that definitions end in."""
    lines = [line.strip() for line in source.splitlines()]

    def last_code(line: int) -> int:
        while lines[line].startswith(b"#") or not lines[line]:
            line -= 1
        return line

    kinds = ("function", "method", "class")
    found = extract("python", source, hashes=False).definitions
    return {(d.name, d.first, last_code(d.last)) for d in found if d.kind in kinds}


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib"))
    files = definitions = refused = 0
    different = 0
    for path in sorted(folder.rglob("*.py")):
        if "site-packages" in path.parts:
            continue
        source = path.read_bytes()
        theirs = by_ast(source)
        if theirs is None:
            refused += 1
            continue
        files += 1
        definitions += len(theirs)
        ours = by_oracle(source)
        for name, first, last in sorted(theirs ^ ours, key=lambda found: found[1]):
            different += 1
            who = "ast" if (name, first, last) in theirs else "oracle"
            print(f"{path.relative_to(folder)}:{first + 1}-{last + 1} {name}: only {who}")
    print(f"{files} files, {definitions} definitions, {different} differences; {refused} refused")


if __name__ == "__main__":
    main()
