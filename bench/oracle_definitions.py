"""Definitions as the oracle finds them against CPython's own parser, over the standard library.

``python bench/oracle_definitions.py [FOLDER]`` prints every difference and how many there were. One
is expected, and left out: comments under a definition, indented as it is, are part of it here.
Those in lines that the oracle itself calls unknown are counted apart. The only reason seen so far
is the grammar's (tree-sitter-python, issue 256): it ends a block inside of brackets, where a line
that continues an expression stands left of the block.
"""

import ast
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

from pointsman.oracle.languages import extract
from pointsman.oracle.lines import meet

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


def is_unknown(source: bytes, first: int, last: int) -> bool:
    """Whether the oracle says of some of these lines that it does not know them."""
    unknown = extract("python", source, hashes=False).unknown
    return any(meet((first, last), lines) for lines in unknown)


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib"))
    files = definitions = refused = 0
    different = unparsed = 0
    for path in sorted(folder.rglob("*.py")):
        if "site-packages" in path.relative_to(folder).parts:
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
            if is_unknown(source, first, last):
                unparsed += 1
                continue
            different += 1
            who = "ast" if (name, first, last) in theirs else "oracle"
            print(f"{path.relative_to(folder)}:{first + 1}-{last + 1} {name}: only {who}")
    print(f"{files} files, {definitions} definitions, {different} differences; {refused} refused")
    print(f"{unparsed} more differences in lines that did not parse, and are said to be unknown")


if __name__ == "__main__":
    main()
