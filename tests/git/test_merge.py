"""Trial merges: results by git's documented format, and nobody's merge driver."""

from pathlib import Path

from tests.git.world import World

from pointsman.git import read_blob, trial_merge, trial_merges, without_config


async def two_sides(
    world: World, base: dict[str, str], ours: dict[str, str], theirs: dict[str, str]
) -> tuple[str, str, str]:
    start = world.commit(base)
    world.git("checkout", "--quiet", "-b", "ours")
    one = world.commit(ours)
    world.git("checkout", "--quiet", "-b", "theirs", start)
    two = world.commit(theirs)
    return start, one, two


async def test_a_clean_merge_has_both_sides(world: World) -> None:
    _, ours, theirs = await two_sides(world, {"a": "1", "b": "1"}, {"a": "2"}, {"b": "2"})
    git = (await world.find()).git
    merged = await trial_merge(git, ours, theirs)
    assert merged.clean
    assert merged.conflicts == ()
    assert await read_blob(git, merged.tree, "a") == b"2"
    assert await read_blob(git, merged.tree, "b") == b"2"
    assert world.git("status", "--porcelain") == ""


async def test_a_conflict_names_the_path_and_the_three_versions(world: World) -> None:
    odd = "ö\n y"
    _, ours, theirs = await two_sides(world, {odd: "1\n"}, {odd: "2\n"}, {odd: "3\n"})
    git = (await world.find()).git
    merged = await trial_merge(git, ours, theirs)
    assert not merged.clean
    (conflict,) = merged.conflicts
    assert conflict.path == odd
    found = [
        await read_blob(git, side, odd)
        for side, version in (
            (f"{ours}^", conflict.base),
            (ours, conflict.ours),
            (theirs, conflict.theirs),
        )
        if version
    ]
    assert found == [b"1\n", b"2\n", b"3\n"]
    assert b"<<<<<<< " in (await read_blob(git, merged.tree, odd) or b"")
    assert ("CONFLICT (contents)", (odd,)) in {(m.kind, m.paths) for m in merged.messages}


async def test_a_file_deleted_here_and_changed_there_has_no_ours(world: World) -> None:
    start = world.commit({"a": "1\n", "b": "1"})
    world.git("checkout", "--quiet", "-b", "ours")
    world.git("rm", "--quiet", "a")
    ours = world.commit()
    world.git("checkout", "--quiet", "-b", "theirs", start)
    theirs = world.commit({"a": "2\n"})
    (conflict,) = (await trial_merge((await world.find()).git, ours, theirs)).conflicts
    assert conflict.ours is None
    assert conflict.base
    assert conflict.theirs


async def test_with_a_base_named_any_trees_are_merged(world: World) -> None:
    a = world.commit({"x": "1", "y": "1"})
    b = world.commit({"x": "2"})
    world.git("checkout", "--quiet", "--orphan", "other")
    c = world.commit({"x": "1", "y": "3"})
    git = (await world.find()).git
    trees = [world.git("rev-parse", f"{commit}^{{tree}}") for commit in (b, c, a)]
    merged = await trial_merge(git, trees[0], trees[1], base=trees[2])
    assert merged.clean
    assert [await read_blob(git, merged.tree, p) for p in ("x", "y")] == [b"2", b"3"]


async def test_a_configured_merge_driver_runs_in_the_repository_but_not_in_a_trial(
    world: World, tmp_path: Path
) -> None:
    _, ours, theirs = await two_sides(world, {"lock": "1\n"}, {"lock": "2\n"}, {"lock": "3\n"})
    ran = tmp_path / "ran"
    world.git("config", "merge.planted.driver", f"touch {ran}; true")
    (world.root / ".git" / "info" / "attributes").write_text("lock merge=planted\n")
    repository = await world.find()
    await trial_merge(repository.git, ours, theirs)
    assert ran.exists(), "the control: with the repository's own configuration it runs"
    ran.unlink()
    with without_config(repository.objects) as trial:
        assert not (await trial_merge(trial, ours, theirs)).clean
    assert not ran.exists()


async def test_a_batch_goes_on_after_submodules_that_do_not_merge(world: World) -> None:
    """git 2.39 prints its advice on them between two fields."""

    def with_submodule(commit: str) -> str:
        world.git("update-index", "--add", "--cacheinfo", f"160000,{commit * 40},sub")
        world.git("commit", "--quiet", "--message", commit)
        return world.git("rev-parse", "HEAD").strip()

    world.commit({"a": "1"})
    start = with_submodule("1")
    ours = with_submodule("3")
    world.git("reset", "--quiet", start)
    theirs = with_submodule("4")
    git = (await world.find()).git
    pairs = [(ours, theirs), (start, ours), (ours, theirs)]
    merged = [m for m in await trial_merges(git, pairs) if m is not None]
    assert [m.clean for m in merged] == [False, True, False]
    assert [[c.path for c in m.conflicts] for m in merged] == [["sub"], [], ["sub"]]
    assert all(m.messages for m in (merged[0], merged[2]))
