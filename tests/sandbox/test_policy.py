"""The policies that are offered, and how they are explained."""

import subprocess
from pathlib import Path

import pytest

from pointsman.sandbox import (
    Policy,
    check_policy,
    explain,
    git_policy,
    lines,
    object_folders,
    run,
)

HARDENED = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "t",
    "GIT_AUTHOR_EMAIL": "t@t.invalid",
    "GIT_COMMITTER_NAME": "t",
    "GIT_COMMITTER_EMAIL": "t@t.invalid",
}


@pytest.fixture
def store(world) -> Path:
    """A snapshot store, as a unit has it: bare, borrowing the repository's objects."""
    path = world.state / "units" / "one" / "snap.git"
    subprocess.run(["git", "init", "-q", "--bare", path], env={"PATH": "/usr/bin"}, check=True)
    alternates = path / "objects" / "info" / "alternates"
    alternates.write_text(f"{world.repository}/.git/objects\n")
    return path


def snapshot_policy(world, store: Path, *, writable: bool = False) -> Policy:
    return git_policy(
        workspace=world.workspace,
        store=store,
        objects=object_folders(world.repository / ".git" / "objects"),
        env={**HARDENED, "GIT_DIR": str(store), "GIT_WORK_TREE": str(world.workspace)},
        workspace_writable=writable,
    )


async def git(world, policy: Policy, *argv: str):
    return await run(world.sandbox, policy, ["git", *argv], limit=20, output_limit=100_000)


async def test_a_snapshot_is_taken_with_only_the_store_writable(world, store):
    (world.workspace / "new").write_text("new\n")
    policy = snapshot_policy(world, store)
    assert (await git(world, policy, "add", "-A")).ok
    tree = (await git(world, policy, "write-tree")).stdout.decode().strip()
    assert (await git(world, policy, "ls-tree", "--name-only", tree)).stdout == b"file\nnew\n"
    await world.denied("echo x >> file", policy)
    await world.denied(f"echo x >> {world.workspace}/.git/config", policy)
    await world.denied(f"ls {world.home}", policy)
    assert (await world.inside("echo ${HOME-unset}", policy)).stdout == b"unset\n"


async def test_code_planted_in_a_tree_reaches_nothing_but_the_store(world, store):
    mark = world.root / "planted"
    script = world.workspace / "monitor"
    script.write_text(f"#!/bin/sh\ntouch {mark} {world.workspace}/mark; true\n")
    script.chmod(0o755)
    planted = ["-c", f"core.fsmonitor={script}", "status"]
    await git(world, snapshot_policy(world, store), *planted)
    assert not mark.exists()
    assert not (world.workspace / "mark").exists()
    environment = {"PATH": "/usr/bin:/bin"}  # the control
    subprocess.run(["git", *planted], cwd=world.workspace, env=environment, check=True)
    assert mark.exists()


async def test_a_tree_is_materialised_where_the_workspace_is_writable(world, store):
    policy = snapshot_policy(world, store, writable=True)
    (world.workspace / "file").unlink()
    head = (world.workspace / ".git" / "refs" / "heads" / "main").read_text().strip()
    done = await git(world, policy, "read-tree", "--reset", "-u", head)
    assert done.ok, done
    assert (world.workspace / "file").read_text() == "tracked\n"


async def test_checks_write_the_workspace_and_have_no_network(world):
    policy = check_policy(workspace=world.workspace, objects=(), tools=world.tools)
    assert policy.network == "none"
    done = await world.inside("touch built && cd && pwd && touch cache", policy)
    assert (done.ok, done.stdout) == (True, b"/tmp\n")
    assert (world.workspace / "built").exists()
    await world.denied(f"ls {world.home}", policy)


def test_chained_alternates_are_all_found(world):
    own = world.repository / ".git" / "objects"
    lent = world.root / "upstream" / ".git" / "objects"
    assert object_folders(own) == (own, lent)


def test_alternates_may_be_relative_in_circles_or_gone(tmp_path):
    first, second = tmp_path / "a" / "objects", tmp_path / "b" / "objects"
    for folder, text in ((first, "# note\n../../b/objects\n\n/no/such\n"), (second, str(first))):
        (folder / "info").mkdir(parents=True)
        (folder / "info" / "alternates").write_text(text)
    found = object_folders(first)
    assert [folder.resolve() for folder in found] == [first, second]


def test_without_alternates_there_is_one_folder(tmp_path):
    assert object_folders(tmp_path) == (tmp_path,)


def test_what_a_policy_grants_is_told_without_the_values_of_variables(world):
    policy = world.policy(env={"KEY": "s3cret"}, network="host", sockets=[world.root / "ask"])
    text = explain(lines(policy))
    assert "s3cret" not in text
    assert f"  {world.workspace}\n" in text
    assert f"  {world.home}  (HOME)\n" in text
    assert f"  {world.root}/ask  (socket)\n" in text
    assert f"{world.repository}/.git/objects  (every object" in text
    assert "  host  (everything, this machine's own services included)" in text
    assert "  KEY" in text
    shown = {line.what for line in lines(policy)}
    assert {str(path) for path in (*policy.read, *policy.write, *policy.masked)} <= shown


def test_no_secret_of_etc_is_on_the_list(world):
    read = {str(path) for path in world.policy().read}
    assert "/etc/passwd" in read
    forbidden = {
        "/etc",
        "/etc/shadow",
        "/etc/ssl",
        "/etc/ssl/private",
        "/etc/ssh",
        "/etc/gitconfig",
    }
    assert not read & forbidden
