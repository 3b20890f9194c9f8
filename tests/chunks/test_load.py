"""Chunks as a real checkout and a real base have them."""

import os
from collections.abc import Collection
from pathlib import Path

from tests.chunks.conftest import FOLDER, World, checked, codes

from pointsman.chunks.load import future_chunks, goals_on_base
from pointsman.chunks.load import goals as all_goals


async def test_a_committed_chunk_passes_whatever_else_is_dirty(world: World) -> None:
    world.chunk("x")
    world.commit()
    world.chunk("other")
    world.write("README", "dirty")
    (document,) = (await checked(world, "x")).or_raise().documents
    assert document.name == "x"


async def test_an_untracked_staged_or_edited_chunk_is_uncommitted(world: World) -> None:
    world.chunk("x")
    assert codes(await checked(world, "x")) == ["chunk-uncommitted", "chunk-uncommitted"]
    world.git("add", "-A")
    assert codes(await checked(world, "x")) == ["chunk-uncommitted", "chunk-uncommitted"]
    world.commit()
    world.write(f"{FOLDER}/x/PLAN.md", "## Approach\n\nOther text.\n")
    (problem,) = (await checked(world, "x")).problems
    assert problem.place is not None and problem.place.path == f"{FOLDER}/x/PLAN.md"


async def test_committed_means_on_base_and_not_on_another_branch(world: World) -> None:
    world.git("checkout", "-q", "-b", "side")
    world.chunk("x")
    world.commit()
    assert codes(await checked(world, "x")) == ["chunk-uncommitted", "chunk-uncommitted"]


async def test_a_chunk_of_base_goes_in_while_a_branch_without_it_is_checked_out(
    world: World,
) -> None:
    world.git("branch", "side")
    world.chunk("x")
    world.commit()
    world.git("checkout", "-q", "side")
    assert codes(await checked(world, "x")) == []


async def test_line_ends_of_the_checkout_are_no_difference(world: World) -> None:
    world.write(".gitattributes", "*.md text eol=crlf\n")
    world.chunk("x")
    world.commit()
    (world.root / FOLDER / "x/PLAN.md").unlink()
    world.git("checkout", "--", ".")
    assert b"\r\n" in (world.root / FOLDER / "x/PLAN.md").read_bytes()
    assert codes(await checked(world, "x")) == []


async def test_no_chunk_no_base_and_a_lost_plan_are_told(world: World) -> None:
    assert codes(await checked(world, "nobody")) == ["chunk-not-found"]
    world.chunk("x")
    world.commit()
    (world.root / FOLDER / "x/PLAN.md").unlink()
    assert codes(await checked(world, "x")) == ["plan-missing", "chunk-uncommitted"]
    world.git("checkout", "-q", "--", ".")
    world.git("branch", "-q", "-m", "trunk")
    assert codes(await checked(world, "x")) == ["base-missing"]


async def test_a_dependency_is_done_when_base_says_so(world: World) -> None:
    world.chunk("done", "ACTIVE")
    world.chunk("open")
    world.chunk("x", more="depends_on: [done]")
    world.chunk("y", more="depends_on: [open]")
    world.commit()
    world.chunk("open", "ACTIVE")  # in the checkout alone: not on base yet
    assert codes(await checked(world, "x")) == []
    assert codes(await checked(world, "y")) == ["dependency-unknown"]


async def test_an_unsaved_buffer_stands_for_its_file(world: World) -> None:
    world.chunk("x")
    world.commit()
    path = f"{FOLDER}/x/GOAL.md"
    saved = (world.root / path).read_bytes()
    assert codes(await checked(world, "x", unsaved={path: saved})) == []
    edited = saved.replace(b"FUTURE", b"DONE")
    assert codes(await checked(world, "x", unsaved={path: edited})) == ["chunk-unreadable"]
    longer = saved + b"more"
    assert codes(await checked(world, "x", unsaved={path: longer})) == ["chunk-uncommitted"]


async def test_paths_and_symbols_that_base_lacks_are_warned_of(world: World) -> None:
    async def missing(commit: str, references: Collection[str]) -> Collection[str]:
        assert set(references) == {"src/a.py#f", "src/a.py#g"}
        return {"src/a.py#g"}

    world.write("src/a.py", "def f(): ...\n")
    world.chunk(
        "x",
        more="code_paths: [src, src/, src/a.py, src/b.py]\n"
        "code_references: [{ref: 'src/a.py#f'}, {ref: 'src/a.py#g'}, {ref: 'src/b.py#f'}]",
    )
    world.commit()
    warnings = (await checked(world, "x", missing_symbols=missing)).or_raise().warnings
    named = [w.message.split()[0] for w in warnings]
    assert named == ["src/b.py", "src/a.py#g", "src/b.py#f"]


async def test_links_and_pipes_in_the_checkout_are_not_read(world: World, tmp_path: Path) -> None:
    world.chunk("x")
    (tmp_path / "secret").write_text("---\nstatus: FUTURE\n---\nsecret\n")
    goal = world.root / FOLDER / "x/GOAL.md"
    goal.unlink()
    goal.symlink_to(tmp_path / "secret")
    assert codes(await checked(world, "x")) == ["chunk-not-found"]
    goal.unlink()
    os.mkfifo(goal)
    assert codes(await checked(world, "x")) == ["chunk-not-found"]
    goal.unlink()
    (world.root / FOLDER / "x").rename(tmp_path / "x")
    (world.root / FOLDER / "x").symlink_to(tmp_path / "x")
    assert codes(await checked(world, "x")) == ["chunk-not-found"]


async def test_all_chunks_of_base_and_all_that_are_future_are_found(world: World) -> None:
    world.chunk("a", "ACTIVE")
    world.chunk("b")
    world.write(f"{FOLDER}/README.md", "no chunk")
    world.write(f"{FOLDER}/B/GOAL.md", "no chunk")
    world.write(f"{FOLDER}/c/deep/GOAL.md", "no chunk")
    world.commit()
    world.chunk("d")
    world.chunk("e", "HISTORICAL")
    repository = await world.repository()
    goals = await goals_on_base(repository.git, "main", FOLDER)
    assert sorted(goals) == ["a", "b"]
    assert await future_chunks(repository, "main", FOLDER) == ("b", "d")


async def test_every_chunk_is_as_the_checkout_has_it_else_as_base_does(world: World) -> None:
    world.chunk("a", "ACTIVE")
    world.chunk("b")
    world.commit()
    world.chunk("a", "HISTORICAL")
    (world.root / FOLDER / "b/GOAL.md").unlink()
    world.write(f"{FOLDER}/c/GOAL.md", "no front matter")
    found = await all_goals(await world.repository(), "main", FOLDER)
    assert {name: parsed and parsed.front.status for name, parsed in found.items()} == {
        "a": "HISTORICAL",
        "b": "FUTURE",
        "c": None,
    }
