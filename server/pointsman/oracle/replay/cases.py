"""Labelled cases: folders with a ``case.json`` each, as docs/replay.md says.

Patches become commits in a store of their own; the repository is only read.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from pointsman.git import (
    Git,
    GitFailed,
    Repository,
    commit_tree,
    find_history,
    patched_tree,
    ref_tip,
)
from pointsman.model.base import Word
from pointsman.model.errors import PointsmanError
from pointsman.oracle.replay.pairs import Kind, Label, Pair

CASE = "case.json"
_EPOCH = datetime.fromtimestamp(0, UTC)


class Change(Word):
    """One side: a commit, or a patch against base; and what was asked for, if known."""

    commit: str | None = None
    patch: str | None = None
    """A file, relative to the case."""
    text: str | None = None
    """A markdown file, relative to the case."""


class Case(Word):
    """The content of a ``case.json``."""

    repository: str | None = None
    """Its folder, relative to the case; else the repository that is replayed."""
    base: str
    a: Change
    b: Change
    label: Label | Literal["unknown"] = "unknown"
    """``unknown``: whatever git says of the two."""


def find_cases(folder: Path) -> tuple[tuple[Path, Case], ...]:
    """All cases in or below a folder, in the order of their names. Raises case-invalid."""
    return tuple(_read(folder))


def _read(folder: Path) -> Iterator[tuple[Path, Case]]:
    for path in sorted(folder.rglob(CASE)):
        try:
            yield path.parent, Case.model_validate_json(path.read_bytes())
        except (OSError, ValidationError, ValueError) as error:
            raise _invalid(path.relative_to(folder), error) from None


def _invalid(path: Path, error: Exception) -> PointsmanError:
    told = error.errors() if isinstance(error, ValidationError) else []
    where = ".".join(str(part) for part in told[0]["loc"]) if told else ""
    why = told[0]["msg"] if told else str(error)
    return PointsmanError(
        "case-invalid",
        f"{path} is not a case: {f'{where}: ' if where else ''}{why}",
        "docs/replay.md shows the format.",
    )


async def repository_of(folder: Path, case: Case) -> Repository | None:
    """The case's own repository, if it names one. Raises repository-missing."""
    return await find_history(folder / case.repository) if case.repository else None


async def pair_of(repository: Repository, store: Git, folder: Path, case: Case) -> Pair:
    """The case as a pair of commits; those of patches are made in ``store``.

    Raises ``case-invalid`` where a file is missing, a commit unknown, or a patch does not apply.
    """
    try:
        base = await _known(repository, case.base)
        a, b = [await _commit(repository, store, folder, base, s) for s in (case.a, case.b)]
        texts = [
            await asyncio.to_thread((folder / side.text).read_text, "utf-8", "replace")
            for side in (case.a, case.b)
            if side.text is not None
        ]
    except (GitFailed, OSError) as error:
        raise _invalid(Path(folder.name), error) from None
    return Pair(
        Kind.CASE,
        base,
        a,
        b,
        texts=(texts[0], texts[1]) if len(texts) == 2 else None,
        label=None if case.label == "unknown" else case.label,
        name=folder.name,
    )


async def _known(repository: Repository, commit: str) -> str:
    found = await ref_tip(repository.git, f"{commit}^{{commit}}")
    if found is None:
        raise FileNotFoundError(f"the repository has no commit {commit}")
    return found


async def _commit(repository: Repository, store: Git, folder: Path, base: str, side: Change) -> str:
    if side.commit is not None:
        return await _known(repository, side.commit)
    if side.patch is None:
        raise FileNotFoundError("a side needs a commit or a patch")
    patch = await asyncio.to_thread((folder / side.patch).read_bytes)
    tree = await patched_tree(store, base, patch)
    return await commit_tree(store, tree, [base], "case", at=_EPOCH)
