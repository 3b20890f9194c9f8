"""Making git directories: an agent's shared clone, a unit's snapshot store; moving refs between.

All of this runs before an agent has seen the folder, or on stores that no agent can write.
"""

import shutil
from pathlib import Path

from pointsman.git.objects import Ident
from pointsman.git.refs import set_refs
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
    hooks: what ``git clone --shared`` makes, without what that brings along only to be removed
    again. Raises ``repository-unsupported`` for a shallow repository, whose history has an end that
    a borrower does not know of.
    """
    if (repository.common_dir / "shallow").exists():
        raise PointsmanError(
            "repository-unsupported",
            "Workspaces can't borrow the objects of a shallow clone.",
            "Run `git fetch --unshallow`.",
        )
    clone = Git(into / ".git")
    await clone.run("init", "--quiet", "--template=", f"--initial-branch={branch}", str(into))
    _borrow(repository, clone.git_dir)
    await clone.run("config", "user.name", identity.name)
    await clone.run("config", "user.email", identity.email)
    await set_refs(clone, {f"refs/heads/{branch}": commit})
    files = Git(clone.git_dir, work_tree=into)
    parallel = ("-c", "checkout.workers=0")  # as many as there are cores
    await files.run(*parallel, "read-tree", "--reset", "-u", "HEAD", limit=600.0)
    return files


async def bare_store(repository: Repository, into: Path) -> Git:
    """A bare repository of Pointsman's own that borrows the repository's objects."""
    store = Git(into)
    await store.run("init", "--quiet", "--bare", "--template=", str(into))
    _borrow(repository, into)
    return store


def _borrow(repository: Repository, git_dir: Path) -> None:
    """Let a fresh git directory read the repository's objects, and treat files as it is to."""
    info = git_dir / "info"
    info.mkdir()
    (info / "attributes").write_text(NO_CONVERSION)
    private = repository.common_dir / "info" / "exclude"
    if private.is_file():  # what the operator ignores in this repository alone
        shutil.copyfile(private, info / "exclude")
    lines = "".join(f"{folder}\n" for folder in repository.objects)
    (git_dir / "objects" / "info").mkdir(exist_ok=True)
    (git_dir / "objects" / "info" / "alternates").write_text(lines, "utf-8", "surrogateescape")


def remove_stale_locks(store: Path) -> None:
    """Removes locks that a killed git left in a store which nobody but the caller uses."""
    for lock in (*store.glob("*.lock"), *(store / "refs").rglob("*.lock")):
        lock.unlink(missing_ok=True)


def remove_stale_ref_locks(repository: Repository) -> None:
    """The same for our own refs in the operator's repository, which only its daemon moves."""
    for lock in (repository.common_dir / "refs" / "pointsman").rglob("*.lock"):
        lock.unlink(missing_ok=True)


async def fetch_refs(into: Git, source: Path, *refspecs: str) -> None:
    """Brings refs with their objects over from another git directory (or a bundle file).

    Every object is checked on the way (``transfer.fsckObjects``): what an agent wrote may be
    crafted. Raises GitFailed if one is not sound; then nothing has been brought over.
    """
    quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-prune")
    alone = ("--atomic", "--recurse-submodules=no", "--refmap=")
    await into.run("fetch", *quiet, *alone, "--", str(source), *refspecs, limit=600.0)
