"""The checks of injection, in the order of CHECKS, on what was read of the chunks. Pure.

The same checks refuse an injection (its first problem is raised) and mark a chunk document while
the operator edits it (all problems are shown). A check that can't be made because an earlier one
failed is left out: a document that does not parse has no status to complain about.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from pointsman.chunks import front_matter, plan
from pointsman.model.chunk import GOAL, INJECTABLE, ChunkDocument
from pointsman.model.errors import PointsmanError, Problem
from pointsman.model.place import Place, Range
from pointsman.model.subsystem import overview_path
from pointsman.model.work_unit import Status


@dataclass(frozen=True)
class Source:
    """What the repository holds of one chunk."""

    name: str
    folder: str
    """Relative to the repository."""
    goal: bytes | None
    """GOAL.md as the caller's checkout has it, or base where the checkout lacks the chunk."""
    plan: bytes | None
    uncommitted: tuple[str, ...] = ()
    """Which of the two differ from base, or are not on it."""
    missing: tuple[str, ...] = ()
    """Paths and symbols of its front matter that base does not have."""


@dataclass(frozen=True)
class Surroundings:
    """What a chunk's checks depend on besides its own documents."""

    base: str
    """The branch."""
    base_exists: bool = True
    behind: int = 0
    """How many commits of its upstream base lacks."""
    done: Collection[str] = frozenset()
    """Chunks that are ACTIVE or later on base."""
    subsystems: Collection[str] = frozenset()
    """Those that base declares, as far as chunks of the call name any."""
    units: Mapping[str, tuple[str, Status]] = field(default_factory=dict)
    """Id and status of every chunk's live or FAILED unit."""


@dataclass(frozen=True)
class Checked:
    """``documents``: those that could be read; each after its dependencies, if nothing is wrong."""

    documents: tuple[ChunkDocument, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    commit: str | None = None
    """Base's tip that the documents were compared with: it has them as they were read."""

    def or_raise(self) -> "Checked":
        """Itself, if nothing is wrong. Raises the first problem."""
        if self.problems:
            raise PointsmanError.of(self.problems[0])
        return self


@dataclass(frozen=True)
class _Chunk:
    """A chunk whose documents could be read, with what it is checked against."""

    document: ChunkDocument
    depends_on: tuple[str, ...]
    source: Source
    around: Surroundings
    together: Mapping[str, tuple[str, ...]]
    """The dependencies of all chunks of the call, in its order."""

    def place_of(self, dependency: str) -> Place:
        """Where GOAL.md names it; the file, where the call and not the document named it."""
        named = self.document.front.depends_on or ()
        key = f"depends_on.{named.index(dependency)}" if dependency in named else ""
        return self.document.place(key)


def check(
    sources: Sequence[Source],
    around: Surroundings,
    *,
    depends_on: Mapping[str, tuple[str, ...]] | None = None,
    also: Collection[str] = (),
) -> Checked:
    """What is wrong with the chunks of one call, chunk by chunk and in the order of CHECKS.

    ``depends_on`` replaces what a chunk's front matter says. ``also`` names chunks that count as if
    they were in the call (an editor checks one document among others that could go in with it).
    """
    problems: dict[str, list[Problem]] = {source.name: [] for source in sources}
    documents: dict[str, ChunkDocument] = {}
    for source in sources:
        document = read(source)
        if isinstance(document, ChunkDocument):
            documents[source.name] = document
        else:
            problems[source.name] += document
    replaced = depends_on or {}
    edges: dict[str, tuple[str, ...]] = dict.fromkeys((*also, *problems), ())
    for name, document in documents.items():
        edges[name] = tuple(dict.fromkeys(replaced.get(name, document.front.depends_on or ())))
    for source in sources:
        if source.name in documents:
            document = documents[source.name]
            chunk = _Chunk(document, edges[source.name], source, around, edges)
            for one in CHECKS:
                problems[source.name] += one(chunk)
    wrong = tuple(problem for found in problems.values() for problem in found)
    order = documents if wrong else _in_order(edges)
    return Checked(
        documents=tuple(documents[name] for name in order if name in documents),
        problems=wrong,
        warnings=tuple(_warnings(documents, sources, around)),
    )


def read(source: Source) -> ChunkDocument | list[Problem]:
    """chunk-not-found and chunk-unreadable; else the document, which all other checks look at."""
    goal_path = f"{source.folder}/{GOAL}"
    if source.goal is None:
        return [
            Problem(
                code="chunk-not-found",
                message=f"There is no {goal_path}.",
                remedy=f"Write one with `pointsman new {source.name}`.",
                place=Place(path=goal_path),
                data={"chunk": source.name},
            )
        ]
    parsed = front_matter.read(source.goal, goal_path)
    if not isinstance(parsed, front_matter.Parsed):
        return [p.model_copy(update={"data": {"chunk": source.name}}) for p in parsed]
    return ChunkDocument(
        name=source.name,
        folder=source.folder,
        front=parsed.front,
        goal=parsed.body,
        goal_line=parsed.body_line,
        plan=(source.plan or b"").decode(errors="replace"),
        ranges=parsed.ranges,
    )


def _status(chunk: _Chunk) -> Iterator[Problem]:
    status = chunk.document.front.status
    if status not in INJECTABLE:
        yield _problem(
            chunk,
            "chunk-status",
            f"{chunk.document.name} is {status}; only FUTURE and IMPLEMENTING can be injected.",
            "Write a new chunk for what is to be changed.",
            chunk.document.place("status"),
        )


def _plan(chunk: _Chunk) -> Iterator[Problem]:
    document, place = chunk.document, Place(path=chunk.document.plan_path)
    if chunk.source.plan is None:
        message = f"There is no {document.plan_path}."
        yield _problem(chunk, "plan-missing", message, "Write it, with an Approach.", place)
    elif not plan.has_approach(document.plan):
        heading = next((s for s in plan.sections(document.plan) if plan.is_approach(s)), None)
        if heading:
            place = Place(path=place.path, range=Range.lines(heading.line, heading.line))
        yield _problem(
            chunk,
            "plan-missing",
            f"The Approach of {document.plan_path} says nothing yet.",
            "Say under `## Approach` how it is to be built.",
            place,
        )


def _committed(chunk: _Chunk) -> Iterator[Problem]:
    for name in chunk.source.uncommitted if chunk.around.base_exists else ():
        path = f"{chunk.document.folder}/{name}"
        yield _problem(
            chunk,
            "chunk-uncommitted",
            f"{path} differs from {chunk.around.base}, or is not on it.",
            f"Commit it on {chunk.around.base}; only what is committed there is injected.",
            Place(path=path),
        )


def _dependencies_known(chunk: _Chunk) -> Iterator[Problem]:
    around = chunk.around
    for name in chunk.depends_on if around.base_exists else ():
        unit, status = around.units.get(name, (None, None))
        live = unit is not None and status is not Status.FAILED
        if not (live or name in chunk.together or name in around.done):
            yield _problem(
                chunk,
                "dependency-unknown",
                f"{chunk.document.name} depends on {name!r}, which is neither in this call, nor "
                f"live in the pool, nor ACTIVE on {around.base}.",
                f"Say `pointsman retry {unit}` first."
                if unit
                else f"Inject {name!r} with it or before it, or take it out of `depends_on`.",
                chunk.place_of(name),
            )


def _no_cycle(chunk: _Chunk) -> Iterator[Problem]:
    """Told once a circle: at the chunk of it that comes first in the call."""
    circle = circle_through(chunk.document.name, chunk.together)
    names = list(chunk.together)
    if circle and names.index(chunk.document.name) == min(map(names.index, circle)):
        yield _problem(
            chunk,
            "dependency-cycle",
            f"The dependencies form a circle: {' → '.join(circle)}.",
            "Take one of these dependencies out.",
            chunk.place_of(circle[1]),
            cycle=list(circle),
        )


def _not_injected(chunk: _Chunk) -> Iterator[Problem]:
    unit, status = chunk.around.units.get(chunk.document.name, (None, None))
    if unit:
        failed = status is Status.FAILED
        yield _problem(
            chunk,
            "already-injected",
            f"{chunk.document.name} is in the pool as {unit}, which is {status}.",
            f"Say `pointsman retry {unit}`." if failed else "Wait for it, or cancel it first.",
            chunk.document.place("status"),
            unit=unit,
            status=status,
        )


def _base(chunk: _Chunk) -> Iterator[Problem]:
    if not chunk.around.base_exists:
        yield _problem(
            chunk,
            "base-missing",
            f"There is no branch {chunk.around.base}.",
            "Make it, or name another as `base` in the settings.",
            None,
        )


CHECKS: tuple[Callable[[_Chunk], Iterator[Problem]], ...] = (
    # chunk-not-found and chunk-unreadable come before them all: see _read
    _status,
    _plan,
    _committed,
    _dependencies_known,
    _no_cycle,
    _not_injected,
    _base,
)
"""In the order in which they are made. Each yields a problem for whatever it finds wrong."""


def circle_through(name: str, edges: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """A shortest path of dependencies from ``name`` back to it, both ends included; () if none."""
    came_from: dict[str, str] = {}
    queue = deque([name])
    while queue:
        here = queue.popleft()
        for there in edges.get(here, ()):
            if there == name:
                path = [name, here]
                while path[-1] != name:
                    path.append(came_from[path[-1]])
                return tuple(reversed(path))
            if there not in came_from:
                came_from[there] = here
                queue.append(there)
    return ()


def _in_order(edges: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    """Every name after those that it depends on. There is no circle in ``edges``."""
    return TopologicalSorter(edges).static_order()


def _warnings(
    documents: Mapping[str, ChunkDocument], sources: Sequence[Source], around: Surroundings
) -> Iterator[Problem]:
    """What is worth knowing and stops nothing."""
    for source in sources:
        document = documents.get(source.name)
        if document is None:
            continue
        for n, link in enumerate(document.front.subsystems if around.base_exists else ()):
            if link.subsystem_id not in around.subsystems:
                yield Problem(
                    code="subsystem-unknown",
                    message=f"{overview_path(link.subsystem_id)} is not on {around.base}, or can't "
                    "be read.",
                    remedy="Correct the name, or commit the subsystem's document there.",
                    place=document.place(f"subsystems.{n}.subsystem_id"),
                    data={"chunk": source.name},
                )
        for key, reference in references(document):
            if reference in source.missing:
                yield Problem(
                    code="reference-missing",
                    message=f"{reference} does not exist on {around.base}.",
                    remedy="Correct it, or leave it if this chunk makes it.",
                    place=document.place(key),
                    data={"chunk": source.name},
                )
    if around.behind:
        yield Problem(
            code="base-behind",
            message=f"{around.base} is {around.behind} commits behind its upstream.",
            remedy=f"Bring {around.base} up to date first, if the work needs what is new there.",
        )


def references(document: ChunkDocument) -> Iterator[tuple[str, str]]:
    """The paths and ``path#symbol`` that the front matter names, each with its key there."""
    for n, path in enumerate(document.front.code_paths):
        yield f"code_paths.{n}", path
    for n, reference in enumerate(document.front.code_references):
        yield f"code_references.{n}.ref", reference.ref


def _problem(
    chunk: _Chunk, code: str, message: str, remedy: str, place: Place | None, **data: object
) -> Problem:
    data = {"chunk": chunk.document.name, **data}
    return Problem(code=code, message=message, remedy=remedy, place=place, data=data)
