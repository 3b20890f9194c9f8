"""How commands run: a built environment, a limit, nothing left over."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest
from tests.git.world import World

from pointsman.git import Git, GitFailed
from pointsman.git.run import Invocation, object_path_list, start_directly


def alive(marker: str) -> bool:
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return any(marker in line for line in listing.stdout.splitlines())


def sleeper(marker: str) -> Invocation:
    # The grandchild outlives its parent unless the whole group is killed.
    script = f"sh -c 'sleep 30; : {marker}' & wait"
    return Invocation(("sh", "-c", script), {"PATH": os.environ["PATH"]}, Path("/"), b"", 0.2)


async def test_a_command_over_its_limit_is_killed_with_all_its_children() -> None:
    with pytest.raises(TimeoutError):
        await start_directly(sleeper("marker-of-the-limit-test"))
    assert not alive("marker-of-the-limit-test")


async def test_a_cancelled_command_is_killed_with_all_its_children() -> None:
    task = asyncio.create_task(start_directly(sleeper("marker-of-the-cancel-test")))
    while not await asyncio.to_thread(alive, "marker-of-the-cancel-test"):
        assert not task.done()
    task.cancel()
    with pytest.raises((asyncio.CancelledError, TimeoutError)):
        await task
    assert not alive("marker-of-the-cancel-test")


async def test_nothing_of_the_callers_environment_reaches_git(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.commit({"a": "1"})
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'alias.x=!echo leaked'")
    monkeypatch.setenv("SECRET", "leaked")
    git = (await world.find()).git
    assert "SECRET" not in git.environment()
    with pytest.raises(GitFailed):
        await git.run("x")
    assert await git.text("config", "core.hooksPath") == "/dev/null"


async def test_the_operators_global_configuration_is_not_read(world: World) -> None:
    world.commit({"a": "1"})
    assert world.git("config", "user.name") == "Olga Weiß"
    git = (await world.find()).git
    assert (await git.run("config", "user.name", ok=(0, 1))).code == 1


async def test_object_folders_with_colons_are_quoted(world: World, tmp_path: Path) -> None:
    world.commit({"a": "1"})
    moved = world.root.rename(tmp_path / 'co:lon "quoted"')
    head = world.git("rev-parse", "HEAD", at=moved)
    world.git("init", "--quiet", "--bare", str(tmp_path / "other"), at=moved)
    borrowing = Git(tmp_path / "other", alternates=(moved / ".git" / "objects",))
    assert (await borrowing.run("cat-file", "-t", head)).stdout == b"commit\n"
    assert object_path_list([Path("/a"), Path("/b:c")]) == '/a:"/b:c"'
