"""Converters: published benchmarks to folders of cases that ``pointsman replay --cases`` reads.

Neither data nor repositories are fetched here: check both out first, then name the folders.
"""

import json
import re
from pathlib import Path


def write(
    folder: Path,
    repository: Path,
    base: str,
    sides: dict[str, dict[str, Path]],
    label: str = "unknown",
) -> None:
    """One case: ``sides`` has for ``a`` and ``b`` the files of ``patch`` and ``text``."""
    folder.mkdir(parents=True, exist_ok=True)
    case = {
        "repository": str(repository.resolve()),
        "base": base,
        **{side: {k: str(f.resolve()) for k, f in files.items()} for side, files in sides.items()},
        "label": label,
    }
    (folder / "case.json").write_text(json.dumps(case, indent=2) + "\n")


def repository_named(url: str, repositories: Path) -> Path | None:
    """A clone of it among ``repositories``: ``name``, ``name.git`` or ``owner+name/repo``."""
    match = re.search(r"[:/]([\w.-]+)/([\w.-]+?)(?:\.git)?/?\Z", url)
    owner, name = match.groups() if match else ("", url)
    for candidate in (name, f"{name}.git", f"{owner}+{name}/repo"):
        if (repositories / candidate).is_dir():
            return repositories / candidate
    return None
