"""The operator's repository: found from a path, named by an id, refused where it won't do.

Everything Pointsman writes into it is refs below ``refs/pointsman/``, objects, and the folder
``pointsman/`` of the git common directory.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pointsman.git.objects import Ident, grep, list_tree
from pointsman.git.refs import branch_tip
from pointsman.git.run import Finished, Git, GitFailed, printable, records, run_as_operator
from pointsman.model.errors import PointsmanError
from pointsman.sandbox.alternates import object_folders

_ID = re.compile(r"[0-9a-f]{16}\Z")


@dataclass(frozen=True)
class Repository:
    """A git repository, seen from one of its checkouts."""

    root: Path
    """The caller's checkout: its top folder."""
    git_dir: Path
    """That checkout's own git directory (``.git/worktrees/<name>`` for a linked one)."""
    common_dir: Path
    """Shared by all checkouts; the real path."""
    id: str
    """16 hex digits; stays the same when the repository is moved."""

    @property
    def git(self) -> Git:
        """For objects and refs; never for the files of the checkout."""
        return Git(self.common_dir)

    @property
    def objects(self) -> tuple[Path, ...]:
        """Its object folders: its own first, then the alternates it borrows from."""
        return object_folders(self.common_dir / "objects")


async def find_repository(path: Path) -> Repository:
    """The repository that ``path`` (a folder or a file) lies in.

    Raises ``repository-missing``; ``repository-unsupported`` for a bare one.
    """
    folder = _folder_of(path)
    git_dir = await _ask(folder, "--absolute-git-dir")
    common = await _ask(folder, "--path-format=absolute", "--git-common-dir")
    if git_dir is None or common is None:
        raise _missing(path)
    root = await _ask(folder, "--show-toplevel")
    if root is None:
        raise PointsmanError(
            "repository-unsupported",
            "This is a bare repository, or the inside of a git directory: it has no files to edit.",
            "Open a checkout of it (`git worktree add`), or a clone.",
        )
    common_dir = real_path(common)
    return Repository(Path(root), Path(git_dir), common_dir, repository_id(common_dir))


def _folder_of(path: Path) -> Path:
    folder = path if path.is_dir() else path.parent
    if not folder.is_dir():
        raise _missing(path)
    return folder


def real_path(path: str) -> Path:
    return Path(os.path.realpath(path))


async def _ask(folder: Path, *question: str) -> str | None:
    """One answer of rev-parse. One question at a time: a path may have newlines in it."""
    try:
        told = await run_as_operator(folder, "rev-parse", *question)
    except GitFailed as failed:
        if b"dubious ownership" in failed.finished.stderr:
            raise _not_yours(failed.finished) from None
        return None
    return os.fsdecode(told.stdout).removesuffix("\n")


def _missing(path: Path) -> PointsmanError:
    return PointsmanError(
        "repository-missing",
        "Here is no git repository."
        if path == Path()
        else f"{printable(str(path))} is not inside a git repository.",
        "Run `git init` there, or open a folder that is.",
    )


def _not_yours(finished: Finished) -> PointsmanError:
    return PointsmanError(
        "repository-unsupported",
        "The repository belongs to another user, and git does not trust it.",
        "If you do, run what git suggests: `git config --global --add safe.directory <folder>`.",
        data={"stderr": printable(os.fsdecode(finished.stderr))},
    )


def repository_id(common_dir: Path) -> str:
    """The id kept in ``pointsman/id`` of the git common directory, made at the first call.

    First 16 hex digits of the SHA-256 of the directory's real path. The kept one wins, so that a
    repository keeps its state when it is moved.
    """
    found = kept_id(common_dir)
    if found is None:
        found = new_id(common_dir)
        kept = _id_file(common_dir)
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        half = kept.with_name(f"id.{os.getpid()}")
        half.write_text(found + "\n")
        half.chmod(0o600)
        half.replace(kept)  # two at once write the same
    return found


def new_id(common_dir: Path) -> str:
    """The id that a repository without one will get."""
    return hashlib.sha256(os.fsencode(common_dir)).hexdigest()[:16]


def _id_file(common_dir: Path) -> Path:
    return common_dir / "pointsman" / "id"


def kept_id(common_dir: Path) -> str | None:
    """The id that is kept in a repository; None if none was yet."""
    try:
        text = _id_file(common_dir).read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if _ID.match(text) else None


async def base_branch(repository: Repository, setting: str | None = None) -> str:
    """The branch that work lands on: the setting, else main, else master, else what HEAD names.

    Whatever is checked out has no say if one of the first three exists. Raises ``base-missing``.
    """
    if setting is not None:
        if await branch_tip(repository.git, setting):
            return setting
        raise PointsmanError(
            "base-missing",
            f"The base branch {printable(setting)} does not exist.",
            f"Create it (`git branch {printable(setting)}`), or set `base` to another branch.",
        )
    for name in ("main", "master"):
        if await branch_tip(repository.git, name):
            return name
    head = Git(repository.git_dir)
    named = await head.run("symbolic-ref", "--quiet", "HEAD", ok=(0, 1))
    branch = os.fsdecode(named.stdout).strip().removeprefix("refs/heads/")
    if branch and await branch_tip(repository.git, branch):
        return branch
    raise PointsmanError(
        "base-missing",
        "There is no branch main or master, and HEAD names no branch with a commit.",
        "Make a first commit, or name the branch that work lands on as `base` in your settings.",
    )


async def unsupported(repository: Repository, commit: str) -> str | None:
    """Why workspaces can't be cut from this repository at this commit; None if they can."""
    settings = await _settings(repository)
    if found := _lacking_objects(repository, settings):
        return found
    if settings.get("extensions.objectformat", "sha1") != "sha1":
        return "Its object format is not SHA-1."
    if settings.get("core.sparsecheckout") == "true":
        return "It has a sparse checkout: run `git sparse-checkout disable` first."
    if any(entry.mode == "160000" for entry in await list_tree(repository.git, commit)):
        return "It has submodules, which workspaces can't hold yet."
    lfs = r"(^|[[:space:]])filter=lfs([[:space:]]|$)"
    where = (".gitattributes", ":(glob)**/.gitattributes")
    if await grep(repository.git, commit, lfs, where):
        return "It uses Git LFS, whose files workspaces can't hold yet."
    return None


def _lacking_objects(repository: Repository, settings: Mapping[str, str]) -> str | None:
    if (repository.common_dir / "shallow").exists():
        return "It is a shallow clone: run `git fetch --unshallow` first."
    promised = any(any((o / "pack").glob("*.promisor")) for o in repository.objects)
    if promised or settings.get("extensions.partialclone"):
        return "It is a partial clone, which lacks objects: clone it without `--filter`."
    return None


async def _settings(repository: Repository) -> dict[str, str]:
    """The repository's own configuration, the checkout's included; names in lower case."""
    listed = await Git(repository.git_dir).run("config", "--list", "-z")
    named = (record.partition("\n") for record in records(listed.stdout))
    return {name: value for name, _, value in named}


async def operator_identity(repository: Repository) -> Ident:
    """Who the operator is to git, as a commit made in the checkout would say.

    Raises ``git-failed`` with the commands to run if git doesn't know either.
    """
    try:
        told = await run_as_operator(repository.root, "var", "GIT_COMMITTER_IDENT")
    except GitFailed as failed:
        raise PointsmanError(
            "git-failed",
            "Git does not know who you are, so nothing can be committed in your name.",
            'Run: git config --global user.name "…" and git config --global user.email "…"',
        ) from failed
    who, _, _ = told.stdout.decode("utf-8", "replace").strip().rpartition("> ")
    return Ident.parse(who + ">")
