"""What keeps a finished tree from landing, whatever base is now. On trees only; no checkout."""

import re
from collections.abc import Collection

from pointsman.git import Change, Git, printable, small_blobs, tree_diff

_MARKERS = re.compile(rb"^(<{7}|>{7})( .*)?\r?$", re.MULTILINE)
"""What git writes around a conflict (git-merge(1), "How conflicts are presented"). The line of
equal signs between them is no sign by itself: headings are underlined so."""


async def verify(
    git: Git, base: str, snapshot: str, *, leave_out: Collection[str] = ()
) -> list[str]:
    """What is wrong with ``snapshot`` as the finished work on ``base``, in words; none: nothing.

    ``leave_out``: files and folders that are no work (the chunk's own documents).
    """
    # Without renames: a file moved into what is left out is gone from where it was, and counts.
    changes = [
        c
        for c in await tree_diff(git, base, snapshot, renames=False)
        if not _is_beneath(c.path, leave_out)
    ]
    if not changes:
        return ["Nothing was changed besides the chunk's own documents."]
    marked = await _with_markers(git, changes)
    if marked:
        return [f"Conflict markers are left in {', '.join(map(printable, marked))}."]
    return []


def _is_beneath(path: str, folders: Collection[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


async def _with_markers(git: Git, changes: Collection[Change]) -> list[str]:
    """The changed files that hold conflict markers which base's version did not. Large ones are not
    looked into."""
    wanted = {b for c in changes for b in (c.old_blob, c.new_blob) if b}
    contents = await small_blobs(git, wanted)
    return [
        c.path
        for c in changes
        if _count(contents.get(c.new_blob or "")) > _count(contents.get(c.old_blob or ""))
    ]


def _count(text: bytes | None) -> int:
    """How many pairs of markers: a file about git may show one side by itself."""
    found = [m[0][:1] for m in _MARKERS.finditer(text or b"")]
    return min(found.count(b"<"), found.count(b">"))
