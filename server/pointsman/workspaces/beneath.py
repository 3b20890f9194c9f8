"""Touching files that an agent wrote, from outside its sandbox: beneath a folder, through no link.

An agent may put a link anywhere, also between our look and our touch. So every path is walked from
the folder's descriptor, one name at a time, each opened with ``O_NOFOLLOW`` (open(2)); a file is
replaced by renaming a new one over it. That is what openat2's ``RESOLVE_BENEATH`` together with
``RESOLVE_NO_SYMLINKS`` promises, on every system.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pointsman.git import printable
from pointsman.model.errors import PointsmanError

Kind = Literal["file", "link", "folder", "other", "absent", "behind a link", "forbidden"]

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # never wait for a FIFO's writer
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Seen:
    kind: Kind
    size: int = 0
    """Bytes of a file or of a link's text."""


@contextmanager
def opened(folder: Path) -> Iterator[int]:
    """A descriptor of the folder itself; where it lies is ours to say, so links there are fine."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def parent_of(root: int, path: str, *, create: bool = False) -> Iterator[tuple[int, str]]:
    """The descriptor of the folder that holds ``path``, and the last name in it.

    Raises OSError: ENOENT or ENOTDIR if a folder on the way is missing (with ``create`` they are
    made), ELOOP if one is a link.
    """
    *folders, name = _names(path)
    here = os.dup(root)
    try:
        for folder in folders:
            if create:
                _make(here, folder)
            below = open_folder(here, folder)
            os.close(here)
            here = below
        yield here, name
    finally:
        os.close(here)


def _names(path: str) -> list[str]:
    names = path.split("/")
    if any(name in ("", ".", "..") for name in names) or "\0" in path:
        raise _outside(path)
    return names


def _make(here: int, name: str) -> None:
    try:
        os.mkdir(name, 0o755, dir_fd=here)
    except FileExistsError:
        return


def open_folder(here: int, name: str) -> int:
    """A descriptor of the folder ``name`` in ``here``. Raises OSError, ELOOP for a link."""
    try:
        return os.open(name, _FOLDER, dir_fd=here)
    except NotADirectoryError:  # what O_DIRECTORY with O_NOFOLLOW says of a link, too
        if stat.S_ISLNK(os.stat(name, dir_fd=here, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None
        raise


def _outside(path: str) -> PointsmanError:
    return PointsmanError(
        "path-outside",
        f"{printable(path)} leaves the workspace, or leads through a link.",
        "Name a plain file inside it.",
    )


def look(root: int, path: str) -> Seen:
    """What is at ``path``, itself never followed."""
    try:
        with parent_of(root, path) as (folder, name):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except PermissionError:  # a folder on the way lets nobody through
        return Seen("forbidden")
    except OSError as error:
        return Seen("behind a link" if error.errno == errno.ELOOP else "absent")
    if stat.S_ISREG(found.st_mode):
        return Seen("file", found.st_size)
    if stat.S_ISLNK(found.st_mode):
        return Seen("link", found.st_size)
    return Seen("folder" if stat.S_ISDIR(found.st_mode) else "other")


def read_file(root: int, path: str, *, most: int | None = None) -> bytes | None:
    """A plain file's content; None if there is nothing.

    Raises ``path-outside`` for links, folders and whatever else is no plain file; OSError if it
    may not be read, or is longer than ``most`` bytes (EFBIG).
    """
    try:
        with parent_of(root, path) as (folder, name):
            descriptor = os.open(name, _READ, dir_fd=folder)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link; a socket or FIFO
            raise _outside(path) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _outside(path)
    with os.fdopen(descriptor, "rb") as file:
        data = file.read() if most is None else file.read(most + 1)
    if most is not None and len(data) > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return data


def write_file(root: int, path: str, data: bytes) -> None:
    """Puts a plain file at ``path`` in one step, its folders made as needed, its mode kept.

    A link there is replaced, not followed. Raises ``path-outside`` if a folder on the way is a
    link, or a folder is at ``path`` itself; OSError if it can't be written.
    """
    try:
        with parent_of(root, path, create=True) as (folder, name):
            mode = _mode(folder, name)
            new = f".{name[:200]}.pointsman"
            _unlink(folder, new)
            descriptor = os.open(new, _CREATE, mode, dir_fd=folder)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError:
                _unlink(folder, new)
                raise
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EISDIR):
            raise _outside(path) from None
        raise


def _mode(folder: int, name: str) -> int:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except OSError:
        return 0o644
    return stat.S_IMODE(found) & 0o777 if stat.S_ISREG(found) else 0o644


def _unlink(folder: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
