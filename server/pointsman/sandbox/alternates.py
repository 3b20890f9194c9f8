"""Where a repository's objects lie: its own folder, and those that it borrows from."""

import os
from pathlib import Path

MAX_CHAIN = 5
"""As deep as git follows alternates (gitrepository-layout(5), ``objects/info/alternates``)."""


def object_folders(objects: Path) -> tuple[Path, ...]:
    """``objects`` and every object folder reached through alternates, chained ones too.

    For the operator's own repository only: an agent writes its workspace's alternates as it likes.
    Folders that do not exist are left out.
    """
    found: dict[Path, None] = {}
    ahead = [(objects, 0)]
    while ahead:
        folder, depth = ahead.pop(0)
        if folder in found or not folder.is_dir():
            continue
        found[folder] = None
        if depth < MAX_CHAIN:
            ahead += [(other, depth + 1) for other in _alternates(folder)]
    return tuple(found)


def _alternates(objects: Path) -> list[Path]:
    try:
        lines = (objects / "info" / "alternates").read_bytes().splitlines()
    except OSError:
        return []
    named = [os.fsdecode(line) for line in lines if line and not line.startswith(b"#")]
    return [objects / name for name in named]  # relative ones are relative to the object folder
