"""Finding the repository, its id and its socket, without git and without a daemon."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from pointsman.daemon.address import (
    announced,
    find_repository,
    private_folder,
    repository_id,
    socket_path,
)
from pointsman.doors.client import repository_of
from pointsman.model.refusal import Refusal


def git(folder: Path, *args: str) -> str:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "t",
        "GIT_AUTHOR_EMAIL": "t@t",
        "GIT_COMMITTER_NAME": "t",
        "GIT_COMMITTER_EMAIL": "t@t",
    }
    done = subprocess.run(["git", "-C", folder, *args], capture_output=True, check=True, env=env)
    return done.stdout.decode().strip()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    git(root, "commit", "-q", "--allow-empty", "-m", "x")
    return root


def common(folder: Path) -> Path:
    """What git itself says."""
    return Path(git(folder, "rev-parse", "--path-format=absolute", "--git-common-dir")).resolve()


def test_it_is_found_from_every_folder_and_file_in_it(repo):
    (repo / "a/b").mkdir(parents=True)
    (repo / "a/f").touch()
    for start in (repo, repo / "a/b", repo / "a/f", repo / "a/not/there", repo / "a/../a"):
        found = find_repository(start)
        assert found is not None
        assert (found.root, found.common_dir) == (repo, common(repo))


def test_a_worktree_has_its_own_root_and_the_same_common_directory(repo, tmp_path):
    git(repo, "worktree", "add", "-q", str(tmp_path / "w"), "-b", "w")
    found = find_repository(tmp_path / "w")
    assert found is not None
    assert found.root == tmp_path / "w"
    assert found.common_dir == common(repo) == common(tmp_path / "w")
    main = find_repository(repo)
    assert main is not None
    assert found.id == main.id


def test_a_submodule_is_a_repository_of_its_own(repo, tmp_path):
    sub = tmp_path / "sub"
    sub.mkdir()
    git(sub, "init", "-q")
    git(sub, "commit", "-q", "--allow-empty", "-m", "x")
    git(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(sub), "sub")
    found = find_repository(repo / "sub")
    assert found is not None
    assert found.common_dir == common(repo / "sub") != common(repo)


def test_a_separate_git_directory_and_a_bare_repository_are_found(tmp_path):
    git(tmp_path, "init", "-q", "--separate-git-dir", str(tmp_path / "gd"), str(tmp_path / "wt"))
    found = find_repository(tmp_path / "wt")
    assert found is not None
    assert found.common_dir == tmp_path / "gd"
    git(tmp_path, "init", "-q", "--bare", str(tmp_path / "bare.git"))
    bare = find_repository(tmp_path / "bare.git/refs")
    assert bare is not None
    assert bare.common_dir == bare.root == tmp_path / "bare.git"


def test_the_root_is_spelled_as_the_caller_spells_it_and_the_common_directory_is_real(
    repo, tmp_path
):
    (tmp_path / "link").symlink_to(repo)
    found = find_repository(tmp_path / "link")
    assert found is not None
    assert found.root == tmp_path / "link"
    assert found.common_dir == common(repo)


@pytest.mark.parametrize("content", [None, "gitdir: nowhere\n", "gitdir: \0\n", "hello", ""])
def test_what_only_looks_like_one_is_none(tmp_path, content):
    dot_git = tmp_path / ".git"
    if content is None:
        dot_git.mkdir()
    else:
        dot_git.write_text(content)
    assert find_repository(tmp_path) is None


def test_a_git_directory_among_a_repositorys_files_is_content(repo):
    inner = repo / "docs" / "inner"
    inner.mkdir(parents=True)
    git(inner, "init", "--quiet", "--bare")
    found = find_repository(inner)
    assert found is not None and found.common_dir == (repo / ".git").resolve()


def test_an_agents_workspace_is_no_repository_whatever_it_says_of_itself(tmp_path):
    state = tmp_path / "0123456789abcdef"
    workspace = state / "workspaces" / "a.1"
    (state / "units").mkdir(parents=True)
    workspace.mkdir(parents=True)
    git(workspace, "init", "--quiet")
    told = workspace / ".git" / "pointsman"
    told.mkdir()
    (told / "daemon.json").write_text(json.dumps({"socket": str(workspace / "agent.sock")}))
    (workspace / "sub").mkdir()
    git(workspace / "sub", "init", "--quiet")
    (tmp_path / "link").symlink_to(workspace)
    for folder in (workspace, workspace / "sub" / "file", tmp_path / "link"):
        assert find_repository(folder) is None
    with pytest.raises(Refusal, match="agent's workspace"):
        repository_of(workspace)


def test_the_id_is_of_the_path_until_one_is_recorded(repo, tmp_path):
    found = find_repository(repo)
    assert found is not None
    before = found.id
    assert len(before) == 16
    assert before == repository_id(found.common_dir)
    found.state.mkdir()
    (found.state / "id").write_text("0123456789abcdef\n")
    assert found.id == "0123456789abcdef"
    for nonsense in ("../../../evil", "", "0123456789ABCDEF", "0" * 17):
        (found.state / "id").write_text(nonsense)
        assert found.id == before


def test_the_socket_is_in_the_runtime_folder_or_in_a_private_one_under_tmp(tmp_path):
    runtime = Path(tempfile.mkdtemp(dir="/tmp"))
    path = socket_path("ab", {"XDG_RUNTIME_DIR": str(runtime)})
    assert path == runtime / "pointsman/ab.sock"
    assert path.parent.stat().st_mode & 0o077 == 0
    fallback = Path(f"/tmp/pointsman-{os.getuid()}/ab.sock")
    long = tmp_path / ("x" * 100)
    long.mkdir()
    for unfit in ("", "relative", str(tmp_path / "nowhere"), str(long)):
        assert socket_path("ab", {"XDG_RUNTIME_DIR": unfit}) == fallback
    assert fallback.parent.stat().st_mode & 0o077 == 0
    assert len(os.fsencode(fallback)) < 108


def test_a_folder_that_is_not_ours_is_refused_and_an_open_one_is_closed(tmp_path):
    open_ = tmp_path / "open"
    open_.mkdir(mode=0o755)
    assert private_folder(open_).stat().st_mode & 0o777 == 0o700
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "file").touch()
    for unsafe in ("link", "file"):
        with pytest.raises(Refusal) as caught:
            private_folder(tmp_path / unsafe)
        assert caught.value.code == "daemon-unreachable"
        assert caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"socket": 3}'])
def test_an_announcement_that_makes_no_sense_is_none(tmp_path, content):
    assert announced(tmp_path) is None
    (tmp_path / "daemon.json").write_bytes(content)
    assert announced(tmp_path) is None
    (tmp_path / "daemon.json").write_text(json.dumps({"socket": "/x"}))
    assert announced(tmp_path) == {"socket": "/x"}
