"""Deleting a folder that an agent wrote, whatever it made of it.

A tree may be deeper than any path is long, deeper than Python recurses or a process may hold
descriptors; its folders may forbid everything. So nothing is walked: every folder that is found is
moved up into a pit beside the tree, where it lies one step away, emptied there, and removed. Killed
anywhere, what is in the pit is deleted the next time.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from pointsman.workspaces.beneath import opened
from pointsman.workspaces.walking import allow


def delete(folder: Path) -> None:
    """Deletes a folder; links in it are not followed, and neither is one that it is itself.

    Nothing if there is none. Raises OSError where the system does not allow it.
    """
    pit = folder.with_name(f"{folder.name}.pit")
    if os.path.lexists(folder):
        if folder.is_symlink() or not folder.is_dir():
            folder.unlink()
        else:
            pit.mkdir(mode=0o700, exist_ok=True)
            with opened(pit) as root:
                _into_pit(root, _free_names(root), folder.name, folder.parent)
    if pit.is_dir():
        with opened(pit) as root:
            _empty(root)
        pit.rmdir()


def _into_pit(root: int, names: Iterator[str], name: str, parent: Path) -> None:
    with opened(parent) as above:
        _move_up(root, names, name, above)


def _free_names(root: int) -> Iterator[str]:
    """Names that nothing in the pit has."""
    taken = {int(name) for name in os.listdir(root)}
    number = max(taken, default=0)
    while True:
        number += 1
        yield str(number)


def _move_up(root: int, names: Iterator[str], name: str, above: int) -> None:
    """The folder ``name`` becomes the pit's. It must allow writing: its ``..`` changes."""
    allow(above, name)
    os.rename(name, next(names), src_dir_fd=above, dst_dir_fd=root)


def _empty(root: int) -> None:
    names = _free_names(root)
    while ahead := os.listdir(root):
        for name in ahead:
            _delete_one(root, names, name)


def _delete_one(root: int, names: Iterator[str], name: str) -> None:
    """A folder of the pit: its files go, its folders move into the pit, then it goes itself."""
    allow(root, name)
    here = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=root)
    try:
        with os.scandir(here) as found:
            entries = list(found)
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _move_up(root, names, entry.name, here)
            else:
                os.unlink(entry.name, dir_fd=here)
    finally:
        os.close(here)
    os.rmdir(name, dir_fd=root)
