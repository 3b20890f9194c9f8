"""Footprints from what is said (front matter, claims), and several footprints of one participant
made into one: observed wins over declared wins over predicted, symbol by symbol.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from pointsman.model.chunk import ChunkDocument
from pointsman.model.footprint import STRENGTH, Access, Evidence, Footprint, Touch

DECLARED = 0.95
"""Confidence in what a chunk's front matter says that it touches."""
CLAIMED = 0.98
"""Confidence in what an agent says that it is about to change."""
FILES_OF_A_PATTERN = 200
"""How many files a folder or pattern may stand for; a broader one says nothing about any file."""


def declared(chunk: ChunkDocument, base: str, files: Collection[str]) -> Footprint:
    """What a chunk's front matter declares, against the files of base."""
    front = chunk.front
    refs = [reference.ref for reference in front.code_references]
    links = {(link.relationship, link.subsystem_id) for link in front.subsystems}
    return Footprint(
        participant=chunk.name,
        base=base,
        touches=(
            *_stated(front.code_paths, files, DECLARED, "code_paths"),
            *_referred(refs, files, DECLARED, "code_references"),
        ),
        implements=tuple(sorted(subsystem for kind, subsystem in links if kind == "implements")),
        uses=tuple(sorted(subsystem for kind, subsystem in links if kind == "uses")),
    )


def claimed(
    participant: str,
    base: str,
    files: Collection[str],
    *,
    paths: Iterable[str] = (),
    symbols: Iterable[str] = (),
) -> Footprint:
    """What an agent claims; ``symbols`` as ``path#Outer::inner``. Kept until the unit ends."""
    touches = [
        *_stated(paths, files, CLAIMED, "claim"),
        *_referred(symbols, files, CLAIMED, "claim"),
    ]
    return Footprint(participant=participant, base=base, touches=tuple(touches))


def combine(*parts: Footprint | None) -> Footprint:
    """One participant's footprints as one; None stands for none, but there is at least one.

    Of a symbol the strongest evidence is kept, all of it (an overload is touched twice); a weaker
    touch of a whole file gives way to stronger ones that say where in it. Base and tree are the
    observed ones'. Once a unit has finished, don't pass what was predicted: the rest is not coming.
    """
    there = [part for part in parts if part is not None]
    observed = next((part for part in there if part.tree), there[0])
    groups: defaultdict[tuple[str, str | None], list[Touch]] = defaultdict(list)
    strongest: defaultdict[str, int] = defaultdict(int)
    reads = [touch for part in there for touch in part.touches if touch.access is Access.READ]
    for part in there:
        for touch in part.touches:
            if touch.access is Access.READ:
                continue  # to rely on a symbol says nothing about who writes it
            groups[touch.path, touch.symbol].append(touch)
            strongest[touch.path] = max(strongest[touch.path], STRENGTH[touch.evidence])
    return observed.model_copy(
        update={
            "touches": (
                *(
                    touch
                    for (path, symbol), group in groups.items()
                    for touch in _strongest(group)
                    if symbol is not None or STRENGTH[touch.evidence] == strongest[path]
                ),
                *dict.fromkeys(reads),
            ),
            "implements": tuple(sorted({s for part in there for s in part.implements})),
            "uses": tuple(sorted({s for part in there for s in part.uses})),
        }
    )


def reference(text: str) -> tuple[str, str | None]:
    """``path#Outer::inner`` (``Outer.inner`` too) as path and qualified name."""
    path, _, symbol = text.strip().partition("#")
    return path.removeprefix("./"), symbol.strip("() ").replace(".", "::") or None


def _strongest(group: Sequence[Touch]) -> Iterator[Touch]:
    best = max(STRENGTH[touch.evidence] for touch in group)
    seen: dict[tuple[int, int] | None, Touch] = {}
    for touch in group:
        if STRENGTH[touch.evidence] == best:
            known = seen.get(touch.lines)
            if known is None or touch.confidence > known.confidence:
                seen[touch.lines] = touch
    yield from seen.values()


def _stated(
    paths: Iterable[str], files: Collection[str], confidence: float, why: str
) -> Iterator[Touch]:
    for text in paths:
        path = text.strip().removeprefix("./").rstrip("/")
        if not path:
            continue
        found = [path] if path in files else _matching(path, files)
        if found or not any(sign in path for sign in "*?["):
            access = Access.WRITE_BODY if found else Access.CREATE
            if len(found) <= FILES_OF_A_PATTERN:
                for file in found or [path]:
                    yield _said(file, None, access, confidence, why)


def _matching(path: str, files: Collection[str]) -> list[str]:
    """The files of a folder, or those that a pattern matches (its ``*`` crosses folders)."""
    folder = f"{path}/"
    return sorted(f for f in files if f.startswith(folder) or fnmatchcase(f, path))


def _referred(
    refs: Iterable[str], files: Collection[str], confidence: float, why: str
) -> Iterator[Touch]:
    for ref in refs:
        path, symbol = reference(ref)
        if path:
            access = Access.WRITE_BODY if path in files else Access.CREATE
            yield _said(path, symbol, access, confidence, why)


def _said(path: str, symbol: str | None, access: Access, confidence: float, why: str) -> Touch:
    return Touch(
        path=path,
        symbol=symbol,
        access=access,
        evidence=Evidence.DECLARED,
        confidence=confidence,
        why=why,
    )
