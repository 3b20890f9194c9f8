"""Finding a repository, naming it, refusing it."""

import hashlib
import os
from pathlib import Path

import pytest
from tests.git.world import World

from pointsman.git import base_branch, find_repository, operator_identity, unsupported
from pointsman.model.errors import PointsmanError


async def test_a_repository_is_found_from_any_file_in_it(world: World) -> None:
    world.commit({"a/b.txt": "x"})
    repository = await find_repository(world.root / "a" / "b.txt")
    assert repository.root == world.root
    assert repository.common_dir == world.root / ".git"


async def test_outside_a_repository_the_error_says_so(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no" / "such"):
        with pytest.raises(PointsmanError) as error:
            await find_repository(path)
        assert error.value.code == "repository-missing"


async def test_a_bare_repository_is_refused(world: World, tmp_path: Path) -> None:
    world.commit({"a": "x"})
    world.git("clone", "--quiet", "--bare", str(world.root), str(tmp_path / "bare"))
    with pytest.raises(PointsmanError) as error:
        await find_repository(tmp_path / "bare")
    assert error.value.code == "repository-unsupported"


async def test_the_id_comes_from_the_real_path_and_survives_a_move(
    world: World, tmp_path: Path
) -> None:
    world.commit({"a": "x"})
    link = tmp_path / "link"
    link.symlink_to(world.root)
    first = await find_repository(link)
    real = os.fsencode(world.root / ".git")
    assert first.id == hashlib.sha256(real).hexdigest()[:16]
    moved = world.root.rename(tmp_path / "moved")
    assert (await find_repository(moved)).id == first.id
    folder = moved / ".git" / "pointsman"
    assert (folder.stat().st_mode & 0o777, (folder / "id").stat().st_mode & 0o777) == (0o700, 0o600)


async def test_a_linked_worktree_is_the_same_repository(world: World, tmp_path: Path) -> None:
    world.commit({"a": "x"})
    world.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "two\nlines"))
    main, linked = await world.find(), await find_repository(tmp_path / "two\nlines")
    assert (main.id, main.common_dir) == (linked.id, linked.common_dir)
    assert linked.root == tmp_path / "two\nlines"


async def test_variables_of_a_hook_do_not_lead_to_another_repository(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.commit({"a": "x"})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere"))
    assert (await world.find()).root == world.root


async def test_base_is_the_setting_else_main_else_master_else_what_head_names(
    world: World,
) -> None:
    world.commit({"a": "x"})
    world.git("branch", "release")
    world.git("checkout", "--quiet", "-b", "feature")
    repository = await world.find()
    assert await base_branch(repository, "release") == "release"
    assert await base_branch(repository) == "main"
    world.git("branch", "-m", "main", "master")
    assert await base_branch(repository) == "master"
    world.git("branch", "-D", "master")
    assert await base_branch(repository) == "feature"


async def test_a_configured_base_that_does_not_exist_is_an_error(world: World) -> None:
    world.commit({"a": "x"})
    with pytest.raises(PointsmanError) as error:
        await base_branch(await world.find(), "nowhere")
    assert error.value.code == "base-missing"


async def test_a_repository_without_a_commit_has_no_base(world: World) -> None:
    with pytest.raises(PointsmanError) as error:
        await base_branch(await world.find())
    assert error.value.code == "base-missing"


async def test_an_ordinary_repository_is_supported(world: World) -> None:
    commit = world.commit({"a": "x", ".gitattributes": "*.py text\n"})
    assert await unsupported(await world.find(), commit) is None


async def test_what_workspaces_can_not_hold_is_refused_with_the_reason(
    world: World, tmp_path: Path
) -> None:
    plain = world.commit({"a": "x"})
    repository = await world.find()

    lfs = world.commit({"art/.gitattributes": "*.psd filter=lfs diff=lfs merge=lfs -text\n"})
    assert "LFS" in (await unsupported(repository, lfs) or "")

    world.git("update-index", "--add", "--cacheinfo", f"160000,{plain},sub")
    world.git("commit", "--quiet", "-m", "submodule")
    assert "submodules" in (await unsupported(repository, world.git("rev-parse", "HEAD")) or "")

    world.git("config", "core.sparseCheckout", "true")
    assert "sparse" in (await unsupported(repository, plain) or "")
    world.git("config", "core.sparseCheckout", "false")
    assert await unsupported(repository, plain) is None

    shallow = tmp_path / "shallow"
    world.git("clone", "--quiet", "--depth=1", f"file://{world.root}", str(shallow))
    head = world.git("rev-parse", "HEAD", at=shallow)
    assert "shallow" in (await unsupported(await find_repository(shallow), head) or "")

    partial = tmp_path / "partial"
    world.git("config", "uploadpack.allowFilter", "true")
    world.git("clone", "--quiet", "--filter=blob:none", f"file://{world.root}", str(partial))
    head = world.git("rev-parse", "HEAD", at=partial)
    assert "partial" in (await unsupported(await find_repository(partial), head) or "")


async def test_the_operators_identity_is_what_git_would_use(world: World) -> None:
    identity = await operator_identity(await world.find())
    assert str(identity) == "Olga Weiß <olga@example.org>"
    world.git("config", "user.name", "Olga (here)")
    assert (await operator_identity(await world.find())).name == "Olga (here)"


async def test_without_an_identity_the_error_says_what_to_run(world: World) -> None:
    world.git("config", "--global", "--unset", "user.email")
    world.git("config", "user.useConfigOnly", "true")
    with pytest.raises(PointsmanError) as error:
        await operator_identity(await world.find())
    assert "user.email" in error.value.problem.remedy
