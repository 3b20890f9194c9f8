"""The house rules, read from the source: what may import what, and how large a file may grow."""

import ast
import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "server" / "pointsman"

EFFECTORS = ("agents", "git", "landing", "ledger", "oracle", "sandbox", "workspaces")
PURE = ("model", "reconcile")
FINDING_THE_DAEMON = tuple(f"pointsman.daemon.{name}" for name in ("address", "lock", "start"))
"""How a client finds or starts the daemon: standard library only, and no part of its work."""
OUTSIDE = frozenset(
    {
        *("asyncio", "fcntl", "http", "io", "logging", "multiprocessing", "os", "random"),
        *("secrets", "select", "selectors", "shutil", "signal", "socket", "sqlite3"),
        *("subprocess", "sys", "tempfile", "threading", "time", "urllib", "uuid"),
    }
)
"""Modules of the standard library through which the world is seen or changed."""
CLOCKS = frozenset({"now", "utcnow", "today"})
SIZE = 400
SIZE_MOST = 500


@dataclass(frozen=True)
class Module:
    """A source file: its path relative to the package, and what it imports."""

    path: str
    tree: ast.Module

    @property
    def part(self) -> str:
        """The folder of the house that it is in; for a file beside the folders, its own name."""
        return self.path.partition("/")[0].removesuffix(".py")

    @property
    def package(self) -> list[str]:
        return ["pointsman", *Path(self.path).parent.parts]

    def imports(self) -> Iterator[str]:
        """Every module that is imported anywhere in it; ``from a import b`` gives ``a.b``."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                parents = self.package[: len(self.package) - node.level + 1] if node.level else []
                source = ".".join([*parents, *([node.module] if node.module else [])])
                yield from (f"{source}.{alias.name}" for alias in node.names)

    def house(self) -> Iterator[str]:
        """The parts of the house that it imports from."""
        for name in self.imports():
            if name.startswith("pointsman."):
                yield name.split(".")[1]


@cache
def modules() -> tuple[Module, ...]:
    return tuple(
        Module(path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text("utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
    )


def below(*folders: str) -> Iterator[Module]:
    return (m for m in modules() if m.path.startswith(tuple(f"{folder}/" for folder in folders)))


def outside(*folders: str) -> Iterator[Module]:
    return (
        m for m in modules() if not m.path.startswith(tuple(f"{folder}/" for folder in folders))
    )


def top(name: str) -> str:
    return name.partition(".")[0]


def is_third_party(name: str) -> bool:
    return top(name) not in sys.stdlib_module_names and top(name) not in ("pointsman", "")


def offences(found: Iterable[tuple[Module, str]]) -> list[str]:
    return [f"{module.path}: {what}" for module, what in found]


def test_there_is_a_house_to_look_at() -> None:
    assert {*PURE, *EFFECTORS} <= {module.part for module in modules()}


def test_the_model_imports_nothing_of_the_house_and_reconcile_only_the_model() -> None:
    assert not offences((m, p) for m in below("model") for p in m.house() if p != "model")
    assert not offences((m, p) for m in below("reconcile") for p in m.house() if p not in PURE)


def test_model_and_reconcile_know_no_third_party_but_pydantic() -> None:
    assert not offences(
        (m, name)
        for m in below(*PURE)
        for name in m.imports()
        if is_third_party(name) and top(name) not in ("pydantic", "pydantic_core")
    )


def test_model_and_reconcile_see_nothing_of_the_world() -> None:
    def found() -> Iterator[tuple[Module, str]]:
        for m in below(*PURE):
            for name in m.imports():
                if top(name) in OUTSIDE or name == "pathlib.Path":
                    yield m, name
            for node in ast.walk(m.tree):
                if isinstance(node, ast.Call):
                    called = node.func
                    if isinstance(called, ast.Name) and called.id in ("open", "input", "print"):
                        yield m, f"calls {called.id}"
                    if isinstance(called, ast.Attribute) and called.attr in CLOCKS:
                        yield m, f"asks a clock: .{called.attr}()"

    assert not offences(found())


@pytest.mark.parametrize(
    ("home", "packages"),
    [
        ("doors/lsp", {"pygls", "lsprotocol"}),
        ("doors/http", {"fastapi", "starlette", "uvicorn", "http", "aiohttp", "httpx"}),
        ("doors", {"rich"}),
        ("agents", {"acp"}),
        ("oracle", {"tree_sitter", "tree_sitter_python"}),
    ],
)
def test_what_speaks_to_the_outside_is_known_in_one_place(home: str, packages: set[str]) -> None:
    assert not offences(
        (m, name) for m in outside(home) for name in m.imports() if top(name) in packages
    )


def test_only_the_ledger_knows_sql_and_the_cache_of_the_oracle() -> None:
    knowing = {
        m.path for m in modules() if {top(n) for n in m.imports()} & {"sqlite3", "aiosqlite"}
    }
    assert {path for path in knowing if not path.startswith("ledger/")} == {"oracle/store.py"}


def test_doors_import_operations_and_the_model_and_never_an_effector() -> None:
    allowed = {"doors", "model", "operations", "__version__"}
    assert not offences(
        (m, name)
        for m in below("doors")
        for name in m.imports()
        if name.startswith("pointsman.")
        and name.split(".")[1] not in allowed
        and not name.startswith(FINDING_THE_DAEMON)
    )


def test_effectors_never_import_a_door_nor_an_operation() -> None:
    assert not offences(
        (m, part)
        for m in below(*PURE, *EFFECTORS, "chunks", "settings")
        for part in m.house()
        if part in ("doors", "operations", "daemon")
    )


KNOWN = {
    "operations/doctor.py": "asks for git's version, where the package for it may not work yet",
}


def starts_git(tree: ast.Module) -> Iterator[int]:
    """Lines with a command line whose program is git: what a list or tuple begins with, or the
    first argument of a call; of a call of a shell, the first word of it."""
    for node in ast.walk(tree):
        words: list[ast.expr] = []
        shell = False
        if isinstance(node, ast.List | ast.Tuple):
            words = node.elts
        elif isinstance(node, ast.Call):
            words = node.args
            shell = isinstance(node.func, ast.Attribute) and "shell" in node.func.attr
        first = words[0] if words else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            program = first.value.partition(" ")[0] if shell else first.value
            if program == "git" or program.endswith("/git"):
                yield first.lineno


def test_only_the_git_folder_starts_git() -> None:
    found = [(m, f"line {line}") for m in outside("git") for line in starts_git(m.tree)]
    assert not offences((m, what) for m, what in found if m.path not in KNOWN)


@pytest.mark.parametrize(
    "source",
    [
        "run(['git', 'status'])",
        "await create_subprocess_exec('git', 'status')",
        "asyncio.create_subprocess_shell('git status')",
        "argv = ('/usr/bin/git', *args)",
        "shutil.which('git')",
    ],
)
def test_the_check_for_git_sees_it(source: str) -> None:
    assert list(starts_git(ast.parse(source)))


def test_every_module_says_what_it_is_for() -> None:
    assert not [m.path for m in modules() if m.tree.body and not ast.get_docstring(m.tree)]


def test_files_have_about_four_hundred_lines_at_most() -> None:
    sizes = {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines())
        for folder in ("server", "tests", "bench")
        for path in (ROOT / folder).rglob("*.py")
    }
    for path, size in sizes.items():
        if size > SIZE:
            warnings.warn(f"{path} has {size} lines: has it more than one reason?", stacklevel=1)
    assert not [f"{path}: {size}" for path, size in sizes.items() if size > SIZE_MOST]


def imported_by(command: list[str], stdin: bytes, folder: Path) -> set[str]:
    """The modules that a process imports, by the interpreter's own account."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPROFILEIMPORTTIME": "1"}
    done = subprocess.run(
        command, input=stdin, cwd=folder, env=env, capture_output=True, timeout=30
    )
    lines = done.stderr.decode(errors="replace").splitlines()
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}


def foreign(names: set[str], folder: Path) -> set[str]:
    """Third-party modules among them, save what the interpreter's own start pulls in here."""
    bare = imported_by([sys.executable, "-P", "-c", "pass"], b"", folder)
    return {name for name in names - bare if is_third_party(name)}


def lsp_messages(*methods: str) -> bytes:
    """Requests of these methods, framed as the base protocol of LSP 3.17 has it."""
    framed = b""
    for n, method in enumerate(methods):
        message = {"jsonrpc": "2.0", "id": n, "method": method, "params": {"capabilities": {}}}
        if method == "exit":
            del message["id"]
        body = json.dumps(message).encode()
        framed += b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    return framed


SHIM = """
import sys
sys.argv = ["pointsman", "lsp"]
from pointsman.doors.cli.main import main
sys.exit(main())
"""


def test_the_shim_starts_on_the_standard_library_alone(tmp_path: Path) -> None:
    talk = lsp_messages("initialize", "shutdown", "exit")
    names = imported_by([sys.executable, "-P", "-c", SHIM], talk, tmp_path)
    assert "pointsman.doors.shim" in names
    assert not foreign(names, tmp_path)
    assert "asyncio" not in names and "typing" not in names


def test_the_command_line_starts_on_the_standard_library_alone(tmp_path: Path) -> None:
    code = "import pointsman.doors.cli.main"
    names = imported_by([sys.executable, "-P", "-c", code], b"", tmp_path)
    assert "pointsman.doors.cli.main" in names
    assert not foreign(names, tmp_path)
    assert "asyncio" not in names


def test_the_lock_file_pins_everything_by_hash_and_names_no_place() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    pinned = re.findall(r"^([a-z0-9-]+)==\S+.*\\\n    --hash=sha256:", text, re.MULTILINE)
    named = re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.MULTILINE)
    assert pinned == named
    assert "://" not in text and str(Path.home()) not in text
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    wanted = re.findall(r'^    "([A-Za-z0-9_.-]+)[^"]*",$', project, re.MULTILINE)
    assert {name.lower() for name in wanted} <= set(pinned)
