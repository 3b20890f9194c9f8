"""What is uncommitted in a checkout: seen without running or writing anything of the operator's."""

import os
from pathlib import Path

import pytest
from tests.git.world import World

from pointsman.git import find_repository, ignore_files, uncommitted


@pytest.fixture
def base(world: World) -> str:
    return world.commit(
        {"a.py": "a\n", "b/c d.py": "b\n", "ä%20.txt": "c\n", ".gitignore": "*.o\n"}
    )


async def seen(world: World, commit: str, paths: list[str] | None = None, at: Path | None = None):
    checkout = await find_repository(at or world.root)
    return await uncommitted(checkout, commit, paths, await ignore_files(checkout))


async def test_nothing_is_uncommitted_in_a_clean_checkout(world: World, base: str) -> None:
    assert await seen(world, base) == frozenset()


async def test_changed_new_and_removed_files_are_found_and_ignored_ones_not(
    world: World, base: str
) -> None:
    world.write({"a.py": "other\n", "new/file.py": "x\n", "made.o": "y\n"})
    (world.root / "b/c d.py").unlink()
    assert await seen(world, base) == {"a.py", "new/file.py", "b/c d.py"}


async def test_what_is_staged_counts_like_what_is_not(world: World, base: str) -> None:
    world.write({"a.py": "staged\n", "new.py": "x\n"})
    world.git("add", "--all")
    assert await seen(world, base) == {"a.py", "new.py"}


async def test_only_the_named_paths_are_looked_at(world: World, base: str) -> None:
    world.write({"a.py": "1\n", "ä%20.txt": "2\n", "b/new.py": "3\n", "*": "4\n"})
    assert await seen(world, base, ["ä%20.txt", "b"]) == {"ä%20.txt", "b/new.py"}
    assert await seen(world, base, ["*"]) == {"*"}
    assert await seen(world, base, []) == frozenset()


async def test_the_operators_own_ignore_files_count(world: World, base: str) -> None:
    (world.root / ".git/info").mkdir(exist_ok=True)
    (world.root / ".git/info/exclude").write_text("mine.py\n")
    everywhere = world.root.parent / "ignored everywhere"
    everywhere.write_text("*.log\n")
    world.git("config", "core.excludesFile", str(everywhere))
    world.write({"mine.py": "1\n", "x.log": "2\n", "seen.py": "3\n"})
    assert await seen(world, base) == {"seen.py"}


async def test_neither_filter_nor_fsmonitor_nor_hook_runs_and_the_index_is_not_written(
    world: World, base: str
) -> None:
    ran = world.root.parent / "ran"
    program = f"touch '{ran}'; cat"
    world.git("config", "filter.x.clean", program)
    world.git("config", "core.fsmonitor", f"touch '{ran}'")
    world.write({".gitattributes": "* filter=x\n", "a.py": "b\n"})
    index = world.root / ".git/index"
    future = index.stat().st_mtime + 1  # as new as the index: git can't tell without reading it
    for name in ("a.py", "b/c d.py"):
        os.utime(world.root / name, (future, future))
    before = index.read_bytes(), index.stat().st_mtime_ns
    assert "a.py" in await seen(world, base)
    assert not ran.exists()
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before
    world.git("status")  # which does all that, so the attempt was one
    assert ran.exists()


async def test_a_split_index_and_a_linked_checkout_are_read_too(world: World, base: str) -> None:
    world.git("update-index", "--split-index")
    linked = world.root.parent / "linked"
    world.git("worktree", "add", "--quiet", str(linked), "-b", "other")
    world.write({"a.py": "main\n"})
    world.write({"b/c d.py": "linked\n"}, at=linked)
    assert await seen(world, base) == {"a.py"}
    assert await seen(world, base, at=linked) == {"b/c d.py"}


async def test_a_repository_inside_the_checkout_is_not_looked_into(world: World, base: str) -> None:
    world.write({"inner/x.py": "1\n"})
    world.git("init", "--quiet", at=world.root / "inner")
    world.git("add", "--all", at=world.root / "inner")
    world.git("commit", "--quiet", "-m", "inner", at=world.root / "inner")
    assert await seen(world, base) == frozenset()
