"""What a snapshot's tree can't hold: told by name, and kept in a tar file where there is room.

Git takes no path with a ``.GIT`` in it, no linked ``.gitmodules``, nothing that it can't read; and
files over the size limit stay out. The tar file is a blob under a ref beside the snapshot's; its
member `NAMES` lists them all.
"""

import asyncio
import io
import json
import os
import tarfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from pointsman.git import Git, blobs, printable, write_blob
from pointsman.model.errors import PointsmanError
from pointsman.workspaces.beneath import opened, parent_of, read_file

NAMES = "UNSAVED.json"

ROOM = 64 << 20
"""Bytes of files that one tar file may hold."""


async def keep_unsaved(
    store: Git, workspace: Path, refused: Collection[str], too_big: Collection[str]
) -> str | None:
    """The blob for a snapshot, the same for the same files; None if nothing is unsaved."""
    if not refused and not too_big:
        return None
    return await write_blob(store, await asyncio.to_thread(_tar, workspace, refused, too_big))


async def unsaved_names(store: Git, blob: str) -> tuple[str, ...]:
    """The names that a blob of `keep_unsaved` lists, printable."""
    content = (await blobs(store, [blob])).get(blob, b"")
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        member = tar.extractfile(NAMES)
        return tuple(json.load(member)) if member else ()


def unsaved_files(content: bytes) -> dict[str, bytes]:
    """The plain files that a blob of `keep_unsaved` holds."""
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        read = {member.name: tar.extractfile(member) for member in tar if member.isfile()}
        return {name: file.read() for name, file in read.items() if file and name != NAMES}


def names_of(refused: Collection[str], too_big: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(printable(path) for path in {*refused, *too_big}))


def _tar(workspace: Path, refused: Collection[str], too_big: Collection[str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        names = json.dumps(names_of(refused, too_big)).encode()
        _add(tar, NAMES, names)
        left = ROOM
        with opened(workspace) as root:
            for path in sorted(refused):
                data = _content(root, path)
                if data is not None and len(data) <= left:
                    left -= len(data)
                    _add(tar, path, data)
                elif (target := _link(root, path)) is not None:
                    member = tarfile.TarInfo(path)
                    member.type, member.linkname = tarfile.SYMTYPE, target
                    tar.addfile(member)
    return out.getvalue()


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def _content(root: int, path: str) -> bytes | None:
    with suppress(OSError, PointsmanError):
        return read_file(root, path)
    return None


def _link(root: int, path: str) -> str | None:
    with suppress(OSError), parent_of(root, path) as (folder, name):
        return os.readlink(name, dir_fd=folder)
    return None
