"""What is uncommitted in a checkout is the operator's; only what changed is read again."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.git.world import World, operators_home

from pointsman.daemon import working_trees
from pointsman.daemon.working_trees import WorkingTree, watch_working_trees
from pointsman.model.footprint import OPERATOR, Access
from pointsman.oracle.engine import Oracle
from pointsman.workspaces import checkout

CODE = "def f():\n    return 1\n\n\ndef g():\n    return f()\n"
F, G = ("a.py", "f", Access.WRITE_BODY), ("a.py", "g", Access.WRITE_BODY)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path / "repository", operators_home(tmp_path / "home", monkeypatch))
    world.commit({"a.py": CODE, "b/c.py": CODE, ".gitignore": "*.o\n"})
    return world


@pytest.fixture
async def oracle(world: World) -> AsyncIterator[Oracle]:
    made = Oracle(await world.find())
    yield made
    await made.close()


@pytest.fixture
async def tree(world: World, oracle: Oracle) -> WorkingTree:
    tree = WorkingTree(await world.find(), oracle)
    await tree.look()
    return tree


def seen(tree: WorkingTree) -> set[tuple[str, str | None, Access]]:
    return {(t.path, t.symbol, t.access) for t in tree.touches if t.access is not Access.READ}


async def test_changed_files_are_what_the_operator_touches(world: World, tree: WorkingTree) -> None:
    assert seen(tree) == set()
    world.write({"a.py": CODE.replace("1", "2"), "new.py": "x = 1\n", "made.o": "0"})
    (world.root / "b/c.py").unlink()
    await tree.look()
    found = seen(tree)
    assert F in found and ("new.py", None, Access.CREATE) in found
    assert ("b/c.py", None, Access.DELETE) in found
    assert not [path for path, _, _ in found if path == "made.o"]


async def test_only_named_paths_are_looked_at_again(world: World, tree: WorkingTree) -> None:
    world.write({"a.py": CODE.replace("1", "2"), "b/c.py": CODE.replace("1", "2")})
    await tree.look(["a.py"])
    assert seen(tree) == {F}
    await tree.look(["b"])
    assert {path for path, _, _ in seen(tree)} == {"a.py", "b/c.py"}
    world.write({"a.py": CODE, "b/c.py": CODE})
    await tree.look(["b"])
    assert seen(tree) == {F}


async def test_what_is_committed_is_no_change_any_more(world: World, tree: WorkingTree) -> None:
    world.write({"a.py": CODE.replace("1", "2")})
    await tree.look(["a.py"])
    before = tree.head
    world.commit()
    await tree.look([])
    assert tree.head != before and seen(tree) == set()


async def test_on_a_branch_of_its_own_only_what_is_uncommitted_counts(
    world: World, tree: WorkingTree
) -> None:
    world.git("checkout", "--quiet", "-b", "mine")
    world.commit({"b/c.py": "other = 1\n"})
    world.write({"a.py": CODE.replace("f()\n", "f() + 1\n", 2)})
    await tree.look()
    assert {path for path, _, _ in seen(tree)} == {"a.py"}


async def test_links_and_what_is_too_many_or_too_large_is_touched_whole(
    world: World, tree: WorkingTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_trees, "LOOKED_INTO", 2)
    monkeypatch.setattr(working_trees, "SIZE_LIMIT", 100)
    (world.root / "a.py").unlink()
    (world.root / "a.py").symlink_to("/etc/passwd")
    world.write({"b/c.py": "x" * 200, "z.py": "y = 1\n"})
    await tree.look()
    assert seen(tree) == {(p, None, Access.WRITE_BODY) for p in ("a.py", "b/c.py", "z.py")}


# watched


class Followed:
    """The daemon's task on a checkout, and the paths in what the oracle holds by now."""

    def __init__(self, world: World, oracle: Oracle, repository: Any) -> None:
        self.world, self.oracle = world, oracle
        self.buffers = SimpleNamespace(
            checkouts=frozenset[Path](), attached=asyncio.Event(), moved=lambda root: None
        )
        self.asked: list[str] = []
        self.inside: Any = SimpleNamespace(
            oracle=oracle, repository=repository, buffers=self.buffers
        )

    async def run(self) -> None:
        lookout: Any = SimpleNamespace(soon=self.asked.append)
        await watch_working_trees(SimpleNamespace(inside=self.inside), lookout)  # type: ignore[arg-type]

    def touched(self) -> set[str]:
        held = self.oracle.footprint(OPERATOR)
        return {t.path for t in held.touches} if held is not None else set()

    async def until(self, paths: set[str]) -> None:
        async with asyncio.timeout(20):
            while self.oracle.footprint(OPERATOR) is None or self.touched() != paths:
                await asyncio.sleep(0.01)


@pytest.fixture
async def followed(world: World, oracle: Oracle) -> AsyncIterator[Followed]:
    found = Followed(world, oracle, await world.find())
    task = asyncio.create_task(found.run())
    yield found
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def story(followed: Followed) -> None:
    """What an operator does in a day."""
    world = followed.world
    await followed.until(set())
    world.write({"a.py": CODE.replace("1", "2")})
    await followed.until({"a.py"})
    world.write({"deep/down here/ü.py": "x = 1\n"})
    await followed.until({"a.py", "deep/down here/ü.py"})
    world.write({"deep/down here/v.py": "x = 1\n"})
    await followed.until({"a.py", "deep/down here/ü.py", "deep/down here/v.py"})
    world.commit()
    await followed.until(set())
    assert set(followed.asked) == {OPERATOR}


async def test_a_checkout_is_followed_as_it_changes(followed: Followed) -> None:
    await story(followed)


@pytest.fixture
def few_watches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(checkout, "MOST", 1)
    monkeypatch.setattr(working_trees, "POLL", 0.05)
    monkeypatch.setattr(working_trees, "REST", 1.0)
    return


async def test_without_watches_it_is_looked_at_again_and_again_and_that_is_said(
    few_watches: None, followed: Followed, caplog: pytest.LogCaptureFixture
) -> None:
    await story(followed)
    assert "is looked at every few seconds: it has 2 folders" in caplog.text


async def test_a_checkout_that_an_editor_looks_at_is_followed_too(followed: Followed) -> None:
    linked = followed.world.root.parent / "linked"
    followed.world.git("worktree", "add", "--quiet", str(linked), "-b", "other")
    followed.world.write({"b/c.py": "x = 1\n"}, at=linked)
    await followed.until(set())
    followed.buffers.checkouts = frozenset({linked})
    followed.buffers.attached.set()
    await followed.until({"b/c.py"})
