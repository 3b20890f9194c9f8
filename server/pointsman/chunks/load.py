"""Reading what the checks need: chunk documents from the caller's checkout and from base.

The edge of this package: everything here asks git or reads files of the operator's own checkout,
following no link. A chunk that the checkout does not have at all (another branch may be checked
out) is taken as base has it.
"""

import asyncio
import os
import stat
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from pointsman.chunks import checks, front_matter
from pointsman.chunks.checks import Source, Surroundings
from pointsman.chunks.subsystems import subsystems
from pointsman.git import Git, Repository, branch_tip, differs_from_base, list_tree, read_blobs
from pointsman.model.chunk import DONE, GOAL, PLAN, ChunkDocument, ChunkStatus, FrontMatter
from pointsman.model.names import is_chunk_name

MissingSymbols = Callable[[str, Collection[str]], Awaitable[Collection[str]]]
"""Given a commit and references ``path#Symbol`` to files of it: those whose symbol is not there."""


class Loaded(NamedTuple):
    """What ``check`` takes. ``around`` knows nothing of the pool yet; the caller adds its units."""

    sources: tuple[Source, ...]
    around: Surroundings
    commit: str | None
    """Base's tip; None where base does not exist."""


async def load(
    repository: Repository,
    base: str,
    names: Sequence[str],
    *,
    chunks_folder: str,
    depends_on: Mapping[str, tuple[str, ...]] | None = None,
    unsaved: Mapping[str, bytes] | None = None,
    missing_symbols: MissingSymbols | None = None,
) -> Loaded:
    """The named chunks as the caller's checkout has them, and what of base they depend on.

    ``depends_on`` are dependencies that the call names beyond the documents'. ``unsaved`` are
    editor buffers by path; they stand for their files. Raises git-failed.
    """
    commit = await branch_tip(repository.git, base)
    folders = {name: f"{chunks_folder}/{name}" for name in names}
    paths = [f"{folder}/{document}" for folder in folders.values() for document in (GOAL, PLAN)]
    on_disk = await asyncio.to_thread(_read_checkout, repository.root, paths)
    in_checkout = {**on_disk, **{p: text for p, text in (unsaved or {}).items() if p in paths}}
    on_base = await read_blobs(repository.git, commit, paths) if commit else {}
    differing = await differs_from_base(repository, commit, paths) if commit else frozenset()
    differing |= {path for path, text in in_checkout.items() if on_disk.get(path) != text}

    sources: list[Source] = []
    fronts: dict[str, FrontMatter] = {}
    for name, folder in folders.items():
        goal, plan = f"{folder}/{GOAL}", f"{folder}/{PLAN}"
        here = goal in in_checkout or plan in in_checkout
        texts = in_checkout if here else on_base
        uncommitted = (d for d in (GOAL, PLAN) if here and f"{folder}/{d}" in differing)
        sources.append(Source(name, folder, texts.get(goal), texts.get(plan), tuple(uncommitted)))
        if (front := _front(texts.get(goal))) is not None:
            fronts[name] = front
    wanted = {d for front in fronts.values() for d in front.depends_on or ()}
    wanted |= {d for named in (depends_on or {}).values() for d in named}
    done: frozenset[str] = frozenset()
    declared: frozenset[str] = frozenset()
    if commit:
        if any(front.subsystems for front in fronts.values()):
            declared = frozenset(await subsystems(repository.git, commit))
        done = await _done(repository.git, commit, chunks_folder, wanted)
        missing = await _missing(repository.git, commit, fronts.values(), missing_symbols)
        sources = [_with_missing(source, fronts.get(source.name), missing) for source in sources]
    around = Surroundings(base, commit is not None, done=done, subsystems=declared)
    return Loaded(tuple(sources), around, commit)


async def committed(git: Git, commit: str, folder: str) -> ChunkDocument | None:
    """The chunk whose documents are in ``folder``, as ``commit`` has it; None if it has none that
    can be read."""
    found = await read_blobs(git, commit, [f"{folder}/{GOAL}", f"{folder}/{PLAN}"])
    name = folder.rpartition("/")[2]
    read = checks.read(
        Source(name, folder, found.get(f"{folder}/{GOAL}"), found.get(f"{folder}/{PLAN}"))
    )
    return read if isinstance(read, ChunkDocument) else None


async def goals_on_base(git: Git, commit: str, chunks_folder: str) -> dict[str, bytes]:
    """GOAL.md of every chunk of a commit, by chunk."""
    paths: dict[str, str] = {}
    for entry in await list_tree(git, commit, chunks_folder):
        name, _, document = entry.path.removeprefix(f"{chunks_folder}/").partition("/")
        if document == GOAL and is_chunk_name(name):
            paths[entry.path] = name
    return {paths[path]: text for path, text in (await read_blobs(git, commit, paths)).items()}


async def goals(
    repository: Repository, base: str, chunks_folder: str
) -> dict[str, front_matter.Parsed[FrontMatter] | None]:
    """Every chunk that the caller's checkout or base has, by name, in order; None: unreadable.

    As the checkout has it where both do.
    """
    commit = await branch_tip(repository.git, base)
    texts = await goals_on_base(repository.git, commit, chunks_folder) if commit else {}
    texts |= await asyncio.to_thread(_goals_of_checkout, repository.root, chunks_folder)
    return {name: _parsed(texts[name]) for name in sorted(texts)}


async def future_chunks(repository: Repository, base: str, chunks_folder: str) -> tuple[str, ...]:
    """The chunks that are FUTURE, committed or not, by name: what ``submitFuture`` looks at."""
    found = await goals(repository, base, chunks_folder)
    return tuple(n for n, p in found.items() if p and p.front.status is ChunkStatus.FUTURE)


async def _done(git: Git, commit: str, folder: str, names: Iterable[str]) -> frozenset[str]:
    """Those of ``names`` that are ACTIVE or later on base."""
    paths = {f"{folder}/{name}/{GOAL}": name for name in names if is_chunk_name(name)}
    goals = await read_blobs(git, commit, paths)
    fronts = {paths[path]: _front(goal) for path, goal in goals.items()}
    return frozenset(name for name, front in fronts.items() if front and front.status in DONE)


async def _missing(
    git: Git, commit: str, fronts: Iterable[FrontMatter], missing_symbols: MissingSymbols | None
) -> frozenset[str]:
    """The paths and references of these documents that base does not have."""
    named = {text for front in fronts for text in _references(front)}
    if not named:
        return frozenset()
    files = [entry.path for entry in await list_tree(git, commit)]
    known = {"", *files}
    known.update(str(parent) for path in files for parent in Path(path).parents)
    absent = {text for text in named if text.partition("#")[0].rstrip("/") not in known}
    symbols = {text for text in named - absent if "#" in text}
    if symbols and missing_symbols:
        absent |= set(await missing_symbols(commit, symbols))
    return frozenset(absent)


def _with_missing(source: Source, front: FrontMatter | None, missing: frozenset[str]) -> Source:
    own = tuple(text for text in _references(front) if text in missing) if front else ()
    return replace(source, missing=own)


def _references(front: FrontMatter) -> list[str]:
    return [*front.code_paths, *(reference.ref for reference in front.code_references)]


def _front(goal: bytes | None) -> FrontMatter | None:
    parsed = _parsed(goal)
    return parsed.front if parsed is not None else None


def _parsed(goal: bytes | None) -> front_matter.Parsed[FrontMatter] | None:
    parsed = front_matter.read(goal, GOAL) if goal is not None else None
    return parsed if isinstance(parsed, front_matter.Parsed) else None


def _read_checkout(root: Path, paths: Iterable[str]) -> dict[str, bytes]:
    """The files of these paths; what is missing, or no plain file, is left out."""
    texts = {path: _read(root, path) for path in paths}
    return {path: text for path, text in texts.items() if text is not None}


def _goals_of_checkout(root: Path, chunks_folder: str) -> dict[str, bytes]:
    try:
        names = [entry.name for entry in (root / chunks_folder).iterdir()]
    except OSError:
        return {}
    paths = {f"{chunks_folder}/{name}/{GOAL}": name for name in names if is_chunk_name(name)}
    return {paths[path]: text for path, text in _read_checkout(root, paths).items()}


def _read(root: Path, path: str) -> bytes | None:
    """A file of the checkout, no further than needed to see that it is too long. No links."""
    file = root / path
    if file.parent.resolve() != root.resolve() / Path(path).parent:
        return None
    try:
        # O_NONBLOCK, since opening a named pipe would wait for its writer.
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return opened.read(front_matter.DOCUMENT_LIMIT + 1)
