"""The operator's checkout: compared through its own filters, moved without touching their work."""

import os

import pytest
from tests.git.world import World

from pointsman.git import differs_from_base, fast_forward_checkout


async def test_files_are_compared_with_base_not_with_what_is_checked_out(world: World) -> None:
    base = world.commit({"a": "1", "b": "1", "c\n": "1", "d": "1"})
    world.git("checkout", "--quiet", "-b", "feature")
    world.commit({"a": "2"})
    world.write({"c\n": "changed", "new": "x"})
    (world.root / "d").unlink()
    found = await differs_from_base(
        await world.find(), base, ["a", "b", "c\n", "d", "new", "neither"]
    )
    assert found == {"a", "c\n", "d", "new"}


async def test_staged_changes_and_touched_files_make_no_difference(world: World) -> None:
    base = world.commit({"a": "1", "b": "1"})
    world.write({"a": "2"})
    world.git("add", "a")
    world.write({"a": "1"})
    os.utime(world.root / "b", (1, 1))
    assert await differs_from_base(await world.find(), base, ["a", "b"]) == frozenset()


async def test_line_endings_and_filters_of_the_checkout_are_undone_first(world: World) -> None:
    world.git("config", "filter.shout.clean", "tr A-Z a-z")
    base = world.commit({".gitattributes": "*.txt text\n*.loud filter=shout\n", "a.txt": "1\n2\n"})
    base = world.commit({"x.loud": "quiet\n"})
    world.write({"a.txt": "1\r\n2\r\n", "x.loud": "QUIET\n"})
    repository = await world.find()
    assert await differs_from_base(repository, base, ["a.txt", "x.loud"]) == frozenset()
    world.write({"x.loud": "OTHER\n"})
    assert await differs_from_base(repository, base, ["a.txt", "x.loud"]) == {"x.loud"}


@pytest.fixture
def ahead(world: World) -> str:
    """A commit ahead of what is checked out; it changes ``a`` and adds ``new`` and ``.env``."""
    start = world.commit({"a": "1\n", "b": "1\n", ".gitignore": ".env\n"})
    tip = world.commit({"a": "2\n", "new": "theirs\n", ".env": "theirs\n"})
    world.git("reset", "--quiet", "--hard", start)
    (world.root / ".env").unlink(missing_ok=True)
    return tip


async def test_a_checkout_with_unrelated_work_in_it_moves_and_keeps_it(
    world: World, ahead: str
) -> None:
    world.write({"b": "mine\n", "untracked": "mine"})
    assert await fast_forward_checkout(world.root, ahead) is None
    assert world.git("rev-parse", "HEAD") == ahead
    assert (world.root / "a").read_text() == "2\n"
    assert (world.root / "b").read_text() == "mine\n"
    assert (world.root / "untracked").read_text() == "mine"


@pytest.mark.parametrize(
    ("path", "staged"), [("a", False), ("a", True), ("new", False), (".env", False)]
)
async def test_what_is_in_the_way_is_named_and_left_alone(
    world: World, ahead: str, path: str, staged: bool
) -> None:
    before = world.git("rev-parse", "HEAD")
    world.write({path: "mine\n"})
    if staged:
        world.git("add", path)
    status = world.git("status", "--porcelain", "--ignored")
    refused = await fast_forward_checkout(world.root, ahead)
    assert refused
    assert refused.files == (path,)
    assert "overwritten" in refused.reason
    assert (world.root / path).read_text() == "mine\n"
    assert world.git("status", "--porcelain", "--ignored") == status
    assert world.git("rev-parse", "HEAD") == before
    assert world.git("stash", "list") == ""


async def test_settings_that_stash_or_squash_are_not_followed(world: World, ahead: str) -> None:
    world.git("config", "merge.autostash", "true")
    world.write({"a": "mine\n"})
    assert await fast_forward_checkout(world.root, ahead)
    assert (world.root / "a").read_text() == "mine\n"
    world.git("checkout", "--quiet", "a")
    world.git("config", "branch.main.mergeOptions", "--squash")
    assert await fast_forward_checkout(world.root, ahead) is None
    assert world.git("rev-parse", "HEAD") == ahead
