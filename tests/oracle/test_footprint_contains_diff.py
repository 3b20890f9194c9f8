"""A footprint of one tree, then another, contains what the diff says.

Real commits, through the oracle; what changed in them is told by CPython's ``ast`` and by git.
"""

import ast
import inspect
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fuzzing import fuzz
from tests.git.world import World
from tests.oracle.texts import PARTS

from pointsman.git import EMPTY_TREE, Git, Repository, commit_tree, edit_tree, line_changes
from pointsman.git import write_blob as written
from pointsman.model.footprint import Access, Footprint, Touch
from pointsman.oracle.engine import Oracle
from pointsman.oracle.lines import meet
from pointsman.oracle.symbols import IMPORTS, MODULE

Files = Mapping[str, bytes]
NAMES = st.sampled_from(["a.py", "b.py", "pkg/c.py", "notes.txt", "data"])
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
real_git = settings(fuzz, suppress_health_check=list(HealthCheck))


# what may happen to files


@st.composite
def contents(draw: st.DrawFn, path: str) -> list[list[str]]:
    lines = st.lists(st.sampled_from(["one", "two", "three"]), min_size=1, max_size=2)
    return draw(st.lists(PARTS if path.endswith(".py") else lines, min_size=1, max_size=5))


@st.composite
def histories(draw: st.DrawFn) -> list[Files]:
    """Three versions of some files, each made of the one before."""
    tree = {path: draw(contents(path)) for path in draw(st.sets(NAMES, min_size=1))}
    made = [tree]
    for _ in range(2):
        tree = dict(tree)
        for path in draw(st.lists(NAMES, max_size=3)):
            old = tree.get(path)
            what = draw(st.sampled_from(["edit", "edit", "edit", "remove", "move", "add"]))
            if old is None:
                tree[path] = draw(contents(path))
            elif what == "remove":
                del tree[path]
            elif what == "move" and path.endswith(".py"):
                tree["moved/" + path.rpartition("/")[2]] = tree.pop(path)
            else:
                parts = [*old]
                at = draw(st.integers(0, len(parts) - 1))
                parts[at : at + draw(st.integers(0, 2))] = draw(contents(path))[:2]
                tree[path] = draw(st.permutations(parts)) if draw(st.booleans()) else parts
        made.append(tree)
    return [{path: text(parts) for path, parts in tree.items()} for tree in made]


def text(parts: list[list[str]]) -> bytes:
    return "".join(f"{line}\n" for part in parts for line in part).encode()


async def commit(git: Git, files: Files) -> str:
    tree = {path: ("100644", await written(git, data)) for path, data in files.items()}
    made = await edit_tree(git, EMPTY_TREE, tree)
    return await commit_tree(git, made, [], "version", at=datetime(2026, 1, 1, tzinfo=UTC))


# what ast says


def meanings(source: bytes) -> dict[str, list[str]]:
    """What each definition means without what is defined in it, by qualified names."""
    found: dict[str, list[str]] = {}

    def add(name: str, node: ast.AST) -> None:
        found.setdefault(name, []).append(ast.dump(_Own().generic_visit(node)))

    def inside(node: ast.AST, around: str) -> Iterator[tuple[str, ast.AST]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, DEFINITIONS):
                yield f"{around}{child.name}", child
                yield from inside(child, f"{around}{child.name}::")
            else:
                yield from inside(child, around)

    for name, node in inside(ast.parse(source), ""):
        copy = ast.parse(ast.unparse(node)).body[0]
        assert isinstance(copy, DEFINITIONS)
        copy.name = "_"
        add(name, copy)
    module = ast.parse(source)
    imports = [n for n in module.body if isinstance(n, ast.Import | ast.ImportFrom)]
    variables = [n for n in module.body if isinstance(n, ast.Assign)]
    for node in variables:
        assert isinstance(node.targets[0], ast.Name)
        add(node.targets[0].id, node)
    if imports:
        add(IMPORTS, ast.Module(list(imports), []))
    rest = [n for n in module.body if n not in imports and n not in variables]
    add(MODULE, ast.Module(rest, []))
    return found


class _Own(ast.NodeTransformer):
    """Takes out what is defined inside, and the layout of docstrings."""

    def visit(self, node: ast.AST) -> ast.AST | None:
        if isinstance(node, DEFINITIONS):
            return None
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return ast.Expr(ast.Constant(inspect.cleandoc(str(node.value.value))))
        return self.generic_visit(node)


# what the oracle says


def writes(footprint: Footprint) -> list[Touch]:
    return [touch for touch in footprint.touches if touch.access is not Access.READ]


def symbols(footprint: Footprint, path: str) -> set[str]:
    return {t.symbol for t in writes(footprint) if t.path == path and t.symbol is not None}


def renames(footprint: Footprint) -> set[str]:
    return {t.path for t in writes(footprint) if t.access is Access.RENAME and t.symbol is None}


@real_git
@given(history=histories())
async def test_fuzz_the_symbols_that_differ_are_touched_and_no_others(
    history: list[Files], oracle: Oracle, world: World, repository: Repository
):
    before, _, after = history
    git = repository.git
    base, tip = await commit(git, before), await commit(git, after)
    footprint = await oracle.footprint_of_tree("one", base, tip)
    moved = renames(footprint)
    for path in (before.keys() | after.keys()) - moved:
        if not path.endswith(".py"):
            continue
        old, new = (meanings(each[path]) if path in each else {} for each in (before, after))
        different = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        if not old or not new:  # a file that comes or goes has no module of its own to be changed
            if not any(path.startswith("moved/") for _ in moved):
                assert symbols(footprint, path) == different - {MODULE, IMPORTS}
            continue
        assert symbols(footprint, path) == different, (before[path], after[path])


@real_git
@given(history=histories())
async def test_fuzz_each_line_that_git_calls_changed_is_in_the_footprint_of_a_text(
    history: list[Files], oracle: Oracle, world: World, repository: Repository
):
    base, tip = await commit(repository.git, history[0]), await commit(repository.git, history[2])
    touches = writes(await oracle.footprint_of_tree("one", base, tip))
    for file in await line_changes(repository.git, base, tip):
        path = file.change.old_path or file.change.path
        own = [touch for touch in touches if touch.path == path]
        assert own, path
        for (first, end), _ in file.hunks if not path.endswith(".py") else ():
            lines = (first, max(end - 1, first))
            assert any(t.lines is None or meet(t.lines, lines, within=1) for t in own)


@real_git
@given(history=histories())
async def test_fuzz_what_two_steps_change_together_either_of_them_changes(
    history: list[Files], oracle: Oracle, world: World, repository: Repository
):
    base, middle, tip = [await commit(repository.git, files) for files in history]
    first = await oracle.footprint_of_tree("one", base, middle)
    second = await oracle.footprint_of_tree("two", middle, tip)
    whole = await oracle.footprint_of_tree("three", base, tip)
    steps = [*writes(first), *writes(second)]
    touched = {(touch.path, touch.symbol) for touch in steps}
    # what comes, goes or moves as a whole takes all that is in it along
    files = {touch.path for touch in steps if touch.symbol is None and touch.lines is None}
    names = {name for name, _ in touched}
    for touch in writes(whole):
        assert touch.path in names
        if touch.symbol is not None and touch.path not in files:
            assert (touch.path, touch.symbol) in touched
