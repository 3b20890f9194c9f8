"""New documents from templates: ``pointsman new`` and ``init``. Nothing is overwritten."""

from importlib import resources
from pathlib import Path

from pointsman.chunks.names import chunk_name
from pointsman.model.chunk import GOAL, PLAN
from pointsman.model.errors import PointsmanError

SETTINGS = "pointsman.toml"


def new_chunk(repository_root: Path, chunks_folder: str, name: str) -> tuple[Path, ...]:
    """Write GOAL.md and PLAN.md of a new chunk; gives their paths, relative to the repository.

    Raises file-exists where the chunk's folder is there, and what ``chunk_name`` raises.
    """
    name = chunk_name(name, repository_root, chunks_folder)
    folder = Path(chunks_folder) / name
    (repository_root / chunks_folder).mkdir(parents=True, exist_ok=True)
    try:
        (repository_root / folder).mkdir()
    except FileExistsError:
        raise _exists(folder, "Choose another name, or edit what is there.") from None
    return tuple(
        _write(repository_root, folder / document, template(document).replace("NAME", name))
        for document in (GOAL, PLAN)
    )


def new_settings(repository_root: Path) -> Path:
    """Write ``pointsman.toml``; gives its path, relative to the repository. Raises file-exists."""
    return _write(repository_root, Path(SETTINGS), template(SETTINGS))


def template(document: str) -> str:
    """The text of the template of that file name."""
    templates = resources.files("pointsman.chunks").joinpath("templates")
    return templates.joinpath(document).read_text("utf-8")


def _write(root: Path, path: Path, text: str) -> Path:
    """A new file. Mode ``x`` follows no link and overwrites nothing."""
    try:
        with (root / path).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise _exists(path, "Edit what is there.") from None
    return path


def _exists(path: Path, remedy: str) -> PointsmanError:
    return PointsmanError("file-exists", f"{path.as_posix()} is there already.", remedy)
