"""Where a repository's daemon lives: from any folder to its state folder, id and socket.

Standard library only, and no git process: the shim asks this at every editor window.
The state folder is ``<git common directory>/pointsman``; the socket is in a private runtime folder,
because the path of a unix socket must stay under 108 bytes (unix(7)).
"""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

from pointsman.model.refusal import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

SOCKET_PATH_LIMIT = 108
"""Bytes of ``sun_path``, the closing NUL included."""
_LONGEST_NAME = len("0123456789abcdef-01234567.ask")
"""Of a socket in the runtime folder: the units' own are beside the daemon's."""
_ID = re.compile(r"[0-9a-f]{16}\Z")
_GITFILE_LIMIT = 65536
_AGENTS = frozenset({"workspaces", "checks"})
"""Folders beside ``units`` in a repository's state folder, with trees that agents made."""


class Repository:
    """A git repository as found from a folder in it."""

    def __init__(self, root: Path, common_dir: Path) -> None:
        self.root = root
        """The checkout's top folder, spelled as the caller spelled it; of a bare one, itself."""
        self.common_dir = common_dir
        """The git common directory, shared by all worktrees; a real path."""

    @property
    def state(self) -> Path:
        """The folder of the lock, the daemon's address, its log and its ledger."""
        return self.common_dir / "pointsman"

    @property
    def id(self) -> str:
        """16 hex digits: what ``pointsman/id`` records, else of the common directory's path."""
        return repository_id(self.common_dir)


def find_repository(start: Path) -> Repository | None:
    """The repository that ``start`` (a folder or a file, there or not) is in, as git finds it.

    Walks up; follows ``.git`` files and ``commondir`` (gitrepository-layout(5)). ``GIT_DIR`` of the
    environment is not looked at: an editor window names its folder itself. None in an agent's
    workspace: what its git directory says of a daemon, the agent wrote. A folder that is a git
    directory itself counts outside of every checkout alone: inside, it is somebody's content.
    """
    if in_workspace(start):
        return None
    start = Path(os.path.abspath(start))  # noqa: PTH100 - absolute() would keep `..`
    bare = None
    for folder in (start, *start.parents):
        git_dir = _git_dir(folder / ".git")
        if git_dir is not None:
            return Repository(folder, _common_dir(git_dir))
        if bare is None and _is_git_dir(folder):
            bare = folder
    return Repository(bare, _common_dir(bare)) if bare is not None else None


def in_workspace(path: Path) -> bool:
    """Whether it lies in a state folder of Pointsman's, where agents write: told from what is
    around it, since the agent has a say in all that is inside."""
    real = Path(os.path.realpath(path))
    return any(
        folder.name in _AGENTS
        and _ID.match(folder.parent.name)
        and (folder.parent / "units").is_dir()
        for folder in (real, *real.parents)
    )


def _git_dir(dot_git: Path) -> Path | None:
    """The git directory that a ``.git`` entry is or points to."""
    if dot_git.is_file():
        text = _first_line(dot_git)
        if not text.startswith("gitdir: "):
            return None
        dot_git = dot_git.parent / text.removeprefix("gitdir: ")
    return dot_git if _is_git_dir(dot_git) else None


def _is_git_dir(folder: Path) -> bool:
    """As git decides it: a HEAD, and objects and refs in the common directory."""
    if not (folder / "HEAD").exists():
        return False
    common = _common_dir(folder)
    return (common / "objects").is_dir() and (common / "refs").is_dir()


def _common_dir(git_dir: Path) -> Path:
    pointer = git_dir / "commondir"
    common = git_dir / _first_line(pointer) if pointer.is_file() else git_dir
    return common.resolve()


def _first_line(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return os.fsdecode(stream.readline(_GITFILE_LIMIT).rstrip(b"\r\n"))
    except OSError:
        return ""


def repository_id(common_dir: Path) -> str:
    """The id of the repository with that common directory (a real path).

    A daemon records it in ``pointsman/id``, so that it survives a move of the repository.
    """
    recorded = _first_line(common_dir / "pointsman" / "id")
    if _ID.match(recorded):
        return recorded
    from hashlib import sha256  # costs milliseconds, and is needed until a daemon has run here

    return sha256(os.fsencode(common_dir)).hexdigest()[:16]


def private_folder(folder: Path) -> Path:
    """``folder``, made if needed: 0700, a real folder, our own. Raises Refusal if it can't be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise _unsafe(folder, error.strerror or "can't be made") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise _unsafe(folder, "is not a folder of yours")
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)
    return folder


def _unsafe(folder: Path, why: str) -> Refusal:
    return Refusal(
        "daemon-unreachable",
        f"The folder {folder.name} for Pointsman's socket or state can't be used: it {why}.",
        f"Remove or rename {folder}, or set XDG_RUNTIME_DIR to a folder of your own.",
    )


def socket_path(repository: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the daemon of the repository with that id listens; its folder is made if needed."""
    name = f"{repository}.sock"
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    if runtime.startswith("/") and _own(Path(runtime)):
        folder = Path(runtime) / "pointsman"
        if len(os.fsencode(folder)) + 1 + _LONGEST_NAME < SOCKET_PATH_LIMIT:
            return private_folder(folder) / name
    # Predictable, hence checked: whoever made it first must have been us.
    return private_folder(Path(f"/tmp/pointsman-{os.getuid()}")) / name  # noqa: S108


def _own(folder: Path) -> bool:
    try:
        found = folder.stat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def announced(state: Path) -> dict[str, Any] | None:
    """``daemon.json``: what the last daemon said of itself, ``{pid, socket, build, protocol}``.

    None if there is none or it makes no sense. It says where to knock, not that somebody is in.
    """
    try:
        content = json.loads((state / "daemon.json").read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict) or not isinstance(content.get("socket"), str):
        return None
    return content
