"""Whatever is done to the files, the snapshot's tree is the files."""

import asyncio
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.git.world import World, operators_home

from pointsman.git import find_repository, list_tree, read_blobs
from pointsman.sandbox import find_sandbox
from pointsman.workspaces import Workspaces

AT = datetime(2024, 1, 1, tzinfo=UTC)
IGNORED = "x.log"

Edit = tuple[str, str, bytes]
Files = dict[str, tuple[str, bytes]]
"""By path: mode, and content or a link's text."""

NAMES = st.sampled_from(["a", "b b", "ü", IGNORED, "new\nline", "-f", "a.txt", "*"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
EDITS = st.one_of(
    st.tuples(st.just("write"), PATHS, st.sampled_from([b"", b"1", b"2", b"1\r\n", b"\0\xff"])),
    st.tuples(st.just("link"), PATHS, st.sampled_from([b"a", b"/etc", b"../../..", b"loop"])),
    st.tuples(st.sampled_from(["delete", "executable", "repository"]), PATHS, st.just(b"")),
)
ROUND = st.tuples(st.booleans(), st.lists(EDITS, min_size=1, max_size=6))
"""Whether the whole tree is looked at or only what changed, and what is done before."""


def carry_out(root: Path, edit: Edit) -> list[str]:
    """Does one thing to the files, making room for it; the paths that a watch would tell."""
    kind, name, content = edit
    path = root / name
    told = [name]
    for parent in (root.joinpath(p) for p in reversed(path.relative_to(root).parents)):
        if parent.is_symlink() or not parent.is_dir():
            told.append(str(parent.relative_to(root)))
            parent.unlink(missing_ok=True)
            parent.mkdir()
    if kind == "executable":
        if path.is_file() and not path.is_symlink():
            path.chmod(0o755)
        return told
    if path.is_dir() and not path.is_symlink():
        if kind != "repository":
            shutil.rmtree(path)
    elif path.is_symlink() or path.exists():
        path.unlink()
    if kind == "write":
        path.write_bytes(content)
    elif kind == "link":
        path.symlink_to(content.decode())
    elif kind == "repository":
        for folder in ("objects", "refs"):
            (path / ".git" / folder).mkdir(parents=True, exist_ok=True)
        (path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    return told


def on_disk(root: Path) -> Files:
    found = {}
    for path in root.rglob("*"):
        parts = path.relative_to(root).parts
        if ".git" in parts or IGNORED in parts:
            continue
        if path.is_symlink():
            found["/".join(parts)] = ("120000", str(path.readlink()).encode())
        elif path.is_file():
            mode = "100755" if path.stat().st_mode & 0o100 else "100644"
            found["/".join(parts)] = (mode, path.read_bytes())
    return found


async def in_tree(workspaces: Workspaces, commit: str) -> Files:
    git = workspaces.store("a.1")
    entries = await list_tree(git, commit)
    contents = await read_blobs(git, commit, [e.path for e in entries])
    return {e.path: (e.mode, contents[e.path]) for e in entries}


async def compare(
    root: Path, state: Path, base: str, rounds: list[tuple[bool, list[Edit]]]
) -> None:
    workspaces = Workspaces(await find_repository(root), state, find_sandbox("none"))
    files = await workspaces.cut("a.1", "a", base)
    last = base
    for everything, edits in rounds:
        told = [path for edit in edits for path in carry_out(files, edit)]
        paths = None if everything else told
        taken = await workspaces.snapshot("a.1", "change", at=AT, paths=paths)
        last = taken.id if taken else last
        assert await in_tree(workspaces, last) == on_disk(files)


def test_the_snapshots_tree_is_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when only the paths that changed are looked at."""
    world = World(tmp_path / "repository", operators_home(tmp_path / "home", monkeypatch))
    base = world.commit({"a.txt": "one\n", "a/b b": "x", ".gitignore": f"{IGNORED}\n"})

    @settings(max_examples=12, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.lists(ROUND, min_size=1, max_size=4))
    def property_holds(rounds: list[tuple[bool, list[Edit]]]) -> None:
        with tempfile.TemporaryDirectory(dir=tmp_path) as state:
            asyncio.run(compare(world.root, Path(state), base, rounds))

    property_holds()
