"""Making git directories: an agent's shared clone, a unit's snapshot store; moving refs between.

All of this runs before an agent has seen the folder, or on stores that no agent can write.
"""

import shutil
from pathlib import Path

from pointsman.git.objects import Ident
from pointsman.git.refs import refs_below, set_refs
from pointsman.git.repository import Repository
from pointsman.git.run import Git
from pointsman.model.errors import PointsmanError

NO_CONVERSION = "* -filter -ident -working-tree-encoding\n"
"""``info/attributes`` of workspaces and stores alike: files there are what the blobs are.

It outranks every ``.gitattributes``. Were it not in both, a file under ``ident`` or an encoding
would differ from base as soon as it is checked out. Line endings (``text``, ``eol``) stay: they
are undone on the way back.
"""


async def shared_clone(
    repository: Repository, commit: str, branch: str, into: Path, identity: Ident
) -> Git:
    """A clone that borrows the repository's objects, ``branch`` checked out at ``commit``.

    ``into`` must not exist. It has a git directory of its own, no remote, no other branch, no
    hooks. Raises ``repository-unsupported`` if the objects can't be borrowed (git silently copies
    those of a shallow repository).
    """
    clone = ("clone", "--shared", "--no-checkout", "--single-branch", "--no-tags", "--template=")
    start = Git(into / ".git")
    await Git(repository.common_dir).run(*clone, "--", str(repository.common_dir), str(into))
    alternates = start.git_dir / "objects" / "info" / "alternates"
    if not alternates.is_file():
        raise PointsmanError(
            "repository-unsupported",
            "Workspaces can't borrow the repository's objects.",
            "If it is a shallow clone, run `git fetch --unshallow`.",
        )
    await start.run("symbolic-ref", "--delete", "refs/remotes/origin/HEAD", ok=(0, 1, 128))
    await start.run("remote", "remove", "origin")
    await start.run("config", "user.name", identity.name)
    await start.run("config", "user.email", identity.email)
    info = start.git_dir / "info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_text(NO_CONVERSION)
    _copy_private_excludes(repository, info)
    ref = f"refs/heads/{branch}"
    others = [name for name in await refs_below(start, "refs/") if name != ref]
    await set_refs(start, {ref: commit, **dict.fromkeys(others)})
    await start.run("symbolic-ref", "HEAD", ref)
    files = Git(start.git_dir, work_tree=into)
    await files.run("read-tree", "--reset", "-u", "HEAD", limit=600.0)
    return files


async def bare_store(repository: Repository, into: Path) -> Git:
    """A bare repository of Pointsman's own that borrows the repository's objects."""
    store = Git(into)
    await store.run("init", "--quiet", "--bare", "--template=", str(into))
    info = into / "info"
    info.mkdir()
    (info / "attributes").write_text(NO_CONVERSION)
    _copy_private_excludes(repository, info)
    lines = "".join(f"{folder}\n" for folder in repository.objects)
    (into / "objects" / "info").mkdir(exist_ok=True)
    (into / "objects" / "info" / "alternates").write_text(lines, "utf-8", "surrogateescape")
    return store


def remove_stale_locks(store: Path) -> None:
    """Removes locks that a killed git left in a store which nobody but the caller uses."""
    for lock in (*store.glob("*.lock"), *(store / "refs").rglob("*.lock")):
        lock.unlink(missing_ok=True)


def remove_stale_ref_locks(repository: Repository) -> None:
    """The same for our own refs in the operator's repository, which only its daemon moves."""
    for lock in (repository.common_dir / "refs" / "pointsman").rglob("*.lock"):
        lock.unlink(missing_ok=True)


def _copy_private_excludes(repository: Repository, info: Path) -> None:
    """What the operator ignores in this repository alone is ignored in workspaces too."""
    private = repository.common_dir / "info" / "exclude"
    if private.is_file():
        shutil.copyfile(private, info / "exclude")


async def fetch_refs(into: Git, source: Path, *refspecs: str) -> None:
    """Brings refs with their objects over from another git directory (or a bundle file).

    Every object is checked on the way (``transfer.fsckObjects``): what an agent wrote may be
    crafted. Raises GitFailed if one is not sound; then nothing has been brought over.
    """
    quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-prune")
    alone = ("--atomic", "--recurse-submodules=no", "--refmap=")
    await into.run("fetch", *quiet, *alone, "--", str(source), *refspecs, limit=600.0)
