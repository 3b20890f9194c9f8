"""From a policy to the mounts that carry it out: links resolved, parents before children.

Reads the file system (which paths exist, where links lead), changes nothing, and knows no back
end. Sandboxes show everything at its real path, and beside it the links that lead there on the
host (``/bin``, a linked home, ``~/.nix-profile``), so that both names mean the same as outside.
"""

import errno
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pointsman.model.errors import PointsmanError
from pointsman.sandbox.policy import PRIVATE, Policy

Kind = Literal["read", "write", "hidden", "blank", "private", "proc", "dev", "link"]
"""``hidden`` is an empty folder, ``blank`` an empty file, ``private`` an own, writable folder."""

SHOWN = ("read", "write")
"""Kinds under which everything is seen as it is outside."""

MAX_LINKS = 40
"""As many as the kernel follows in one path (path_resolution(7))."""


@dataclass(frozen=True)
class Mount:
    """One thing to put in place at ``path``; ``target`` is what a link says."""

    kind: Kind
    path: str
    target: str = ""


def layout(policy: Policy) -> list[Mount]:
    """The mounts of ``policy``, in an order in which they can be made one after the other.

    Raises `PointsmanError` (``sandbox-missing``) if a masked path does not exist but could come to
    be seen later, inside something that is shown: there is nothing yet that could be covered.
    """
    kinds: dict[str, Kind] = {"/proc": "proc", "/dev": "dev"}
    links: dict[str, str] = {}

    def place(kind: Kind, paths: Iterable[Path]) -> None:
        for path in paths:
            real, on_the_way = resolve(str(path))
            if kind == "read" and not os.path.lexists(real):
                continue
            kinds[real] = kind
            if kind != "hidden":
                links.update(on_the_way)

    # Later ones win at the same path: the stricter, but for the single files of `sockets`.
    place("private", PRIVATE)
    place("write", policy.write)
    place("write", [policy.home] if policy.home else [])
    place("read", policy.read)
    place("hidden", policy.masked)
    place("write", policy.sockets)

    mounts = [
        *(_mount(kind, path) for path, kind in kinds.items() if _adds(kind, path, kinds)),
        *(
            Mount("link", path, target)
            for path, target in links.items()
            if _around(path, kinds) not in SHOWN  # there it is seen as it is
        ),
    ]
    return sorted(mounts, key=lambda mount: (_depth(mount.path), mount.path))


def resolve(path: str) -> tuple[str, dict[str, str]]:
    """The real path of an absolute one, and every link on the way with what it says.

    Parts that do not exist stand for themselves. Raises `OSError` (ELOOP) as the kernel would.
    """
    links: dict[str, str] = {}
    here = "/"
    ahead = path.split("/")[::-1]
    followed = 0
    while ahead:
        part = ahead.pop()
        if part in ("", "."):
            continue
        if part == "..":
            here = _parent(here)
            continue
        step = f"{here.rstrip('/')}/{part}"
        try:
            target = str(Path(step).readlink())
        except OSError:  # no link, or nothing there
            here = step
            continue
        followed += 1
        if followed > MAX_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        links[step] = target
        if target.startswith("/"):
            here = "/"
        ahead += target.split("/")[::-1]
    return here, links


def _mount(kind: Kind, path: str) -> Mount:
    if kind == "hidden" and not Path(path).is_dir():
        return Mount("blank", path)
    return Mount(kind, path)


def _adds(kind: Kind, path: str, kinds: Mapping[str, Kind]) -> bool:
    """Whether the mount changes anything against what surrounds it."""
    around = _around(path, kinds)
    if kind != "hidden":
        return kind != around
    if around not in SHOWN:
        return False
    if not os.path.lexists(path):
        raise PointsmanError(
            "sandbox-missing",
            f"{path} must be hidden from agents, but does not exist yet inside a folder they see.",
            "Create it, or take the folder around it out of read_paths.",
        )
    return True


def _around(path: str, kinds: Mapping[str, Kind]) -> Kind | None:
    """The kind of the nearest mount above ``path``; none: the sandbox's own empty root."""
    while path != "/":
        path = _parent(path)
        if path in kinds:
            return kinds[path]
    return None


def _parent(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def _depth(path: str) -> int:
    return 0 if path == "/" else path.count("/")
