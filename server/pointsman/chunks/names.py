"""Which chunk somebody means: a name, a path or a ``file:`` URI in, a chunk's name out.

What leaves the repository is refused, whether by ``..``, by an absolute path or through a link.
"""

from pathlib import Path, PurePosixPath
from urllib.parse import unquote_to_bytes, urlsplit

from pointsman.model.chunk import GOAL, PLAN
from pointsman.model.errors import PointsmanError
from pointsman.model.names import is_chunk_name


def chunk_name(text: str, repository_root: Path, chunks_folder: str) -> str:
    """The chunk that ``text`` names, relative to ``repository_root`` (the caller's checkout).

    Accepted, for ``chunks_folder`` ``docs/chunks``: ``x``, ``chunks/x``, ``docs/chunks/x``, each
    with or without a slash or a document's name at the end, the absolute path of any of these, and
    its ``file:`` URI. Whether the chunk exists is not looked at.

    Raises invalid-params for what is no path inside the repository, chunk-not-found for one that
    is, but names no chunk.
    """
    path = _path(text)
    parts = _parts(text, path, repository_root)
    if len(parts) > 1 and parts[-1] in (GOAL, PLAN):
        parts = parts[:-1]
    *folder, name = parts or ("",)
    whole = PurePosixPath(chunks_folder).parts
    shortened = () if path.is_absolute() else tuple(whole[n:] for n in range(1, len(whole) + 1))
    if tuple(folder) not in (whole, *shortened) or not is_chunk_name(name):
        raise PointsmanError(
            "chunk-not-found",
            f"{text!r} names no chunk.",
            f"Name a folder of {chunks_folder}: a lower-case letter, then letters, digits, "
            "`_` or `-`, 64 at most.",
        )
    _refuse_links(text, repository_root, (*whole, name))
    return name


def path_inside(text: str, repository_root: Path) -> str:
    """The file or folder that ``text`` names, relative to ``repository_root``, whether it exists
    or not. Raises invalid-params for what is no path inside the repository."""
    return "/".join(_parts(text, _path(text), repository_root))


def _parts(text: str, path: PurePosixPath, root: Path) -> tuple[str, ...]:
    parts = _inside(path, root) if path.is_absolute() else path.parts
    if ".." in parts:
        raise _outside(text)
    return parts


def _path(text: str) -> PurePosixPath:
    """The path that is meant; a ``file:`` URI's is decoded (RFC 8089)."""
    if text.startswith("file:"):
        uri = urlsplit(text)
        if uri.netloc not in ("", "localhost"):
            raise _outside(text)
        try:
            text = unquote_to_bytes(uri.path).decode()
        except UnicodeDecodeError:
            raise _outside(text) from None
    if not text or "\0" in text:
        raise _outside(text)
    return PurePosixPath(text)


def _inside(path: PurePosixPath, root: Path) -> tuple[str, ...]:
    """The parts of an absolute path below the root, however both are spelt."""
    for base in (root, root.resolve()):
        if path.is_relative_to(base):
            return path.relative_to(base).parts
    try:
        return Path(path).resolve().relative_to(root.resolve()).parts
    except (ValueError, OSError, RuntimeError):
        raise _outside(str(path)) from None


def _refuse_links(text: str, root: Path, parts: tuple[str, ...]) -> None:
    """A link on the way to a chunk can lead anywhere; base's tree can't be read through it."""
    folder = root
    for part in parts:
        folder /= part
        if folder.is_symlink():
            raise _outside(text)


def _outside(text: str) -> PointsmanError:
    return PointsmanError(
        "invalid-params",
        f"{text!r} is no path inside the repository.",
        "Give a path inside it, from its top; a chunk can be given by its name alone.",
    )
