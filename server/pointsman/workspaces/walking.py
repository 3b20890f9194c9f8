"""Walking a tree that an agent wrote: through no link, however deep, whatever it forbids.

Deeper than Python recurses, than a process may hold descriptors, than a path may be long: see
`beneath` for how a single path is walked.
"""

import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pointsman.workspaces.beneath import open_folder, parent_of


def allow(above: int, name: str) -> None:
    """Lets the owner use a folder, or read a file; a link is left alone."""
    if sys.platform != "linux":
        mode = os.stat(name, dir_fd=above, follow_symlinks=False).st_mode
        if (wanted := mode | _needed(mode)) != mode:
            os.chmod(name, stat.S_IMODE(wanted), dir_fd=above, follow_symlinks=False)
        return
    # Linux follows links in chmod: so the mode is set of what was opened, whatever that forbids.
    itself = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
    try:
        mode = os.fstat(itself).st_mode
        if (wanted := mode | _needed(mode)) != mode:
            Path(f"/proc/self/fd/{itself}").chmod(stat.S_IMODE(wanted))
    finally:
        os.close(itself)


def _needed(mode: int) -> int:
    return stat.S_IRWXU if stat.S_ISDIR(mode) else stat.S_IRUSR if stat.S_ISREG(mode) else 0


REACH = 4095
"""Bytes that a path may have (PATH_MAX without its NUL): git can't name what lies deeper."""


def walk(
    root: int, path: str = "", *, allowing: bool = False
) -> Iterator[tuple[str, list[os.DirEntry[str]] | None]]:
    """Every folder at and below ``path`` with what is in it; without, where it forbids to look or
    lies out of git's reach. ``.git`` folders are left out, links are entries of their folders.

    Few folders are open at a time, however deep they are nested. ``allowing``: what forbids its
    owner to look does so no more.
    """
    held: set[_Held] = set()
    ahead: list[tuple[str, _Held | None]] = [(path, None)]
    try:
        while ahead:
            here, above = ahead.pop()
            folder, entries = _look_into(root, here, above, allowing=allowing)
            if above is not None:
                above.awaited -= 1
                if not above.awaited:
                    held.remove(above)
                    os.close(above.folder)
            found = [e.name for e in entries or () if e.name != ".git" and _is_folder(e)]
            kept = None
            if folder is not None and found and len(held) < HELD:
                held.add(kept := _Held(folder, len(found)))
            elif folder is not None:
                os.close(folder)
            ahead += [(_join(here, name), kept) for name in found]
            if entries != []:
                yield here, entries
    finally:
        for one in held:
            os.close(one.folder)


HELD = 100
"""Folders that are kept open for those in them; below more, each is walked to from the top."""


@dataclass(eq=False)
class _Held:
    """An open folder, and how many of those in it have not been looked into yet."""

    folder: int
    awaited: int


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _look_into(
    root: int, path: str, above: _Held | None, *, allowing: bool
) -> tuple[int | None, list[os.DirEntry[str]] | None]:
    """The open folder and its entries; None where they can't be had, none where it is gone."""
    if len(os.fsencode(path)) > REACH:
        return None, None
    try:
        if not path:
            folder = os.dup(root)
        elif above is not None:
            folder = _open_one(above.folder, path.rpartition("/")[2], allowing=allowing)
        else:
            with parent_of(root, path) as (parent, name):
                folder = _open_one(parent, name, allowing=allowing)
    except PermissionError:
        return None, None
    except OSError:  # gone meanwhile, or a link by now
        return None, []
    try:
        return folder, _entries(folder, allowing=allowing)
    except OSError:
        os.close(folder)
        return None, None


def _open_one(above: int, name: str, *, allowing: bool) -> int:
    if allowing:
        allow(above, name)
    return open_folder(above, name)


def _entries(folder: int, *, allowing: bool) -> list[os.DirEntry[str]] | None:
    if os.fstat(folder).st_mode & 0o500 != 0o500:
        return None
    with os.scandir(folder) as found:
        entries = list(found)
    for entry in entries:
        _is_folder(entry)  # asked while the folder is open, and remembered
        if allowing and entry.is_file(follow_symlinks=False):
            allow(folder, entry.name)
    return entries


def files_below(root: int, path: str) -> list[str]:
    """All files and links below the folder ``path``; what lies in a ``.git`` is left out."""
    return [
        _join(folder, entry.name)
        for folder, entries in walk(root, path)
        for entry in entries or ()
        if entry.name != ".git" and not _is_folder(entry)
    ]


def closed_folders(root: int, most: int) -> frozenset[str]:
    """The folders, ``most`` at most, of which not all can be seen, each with a ``/`` at its end."""
    found: set[str] = set()
    for folder, entries in walk(root):
        if entries is None:
            too_deep = len(os.fsencode(folder)) > REACH
            found.add((folder.rpartition("/")[0] if too_deep else folder) + "/")
            if len(found) == most:
                break
    return frozenset(found)
