"""What is there to be named in a chunk's documents: for completion, links and lists."""

import re

from pointsman.agents.known import ENTRIES
from pointsman.chunks import front_matter, load
from pointsman.chunks.plan import first_words
from pointsman.model.chunk import GOAL, ChunkStatus, FrontMatter
from pointsman.model.errors import Problem
from pointsman.operations.inside import Inside, declared_subsystems
from pointsman.operations.seam import Caller
from pointsman.operations.table import Params, Result, operation

_TITLE = re.compile(r"^# +(.+?)[ \t#]*$", re.MULTILINE)


class ChunkInfo(Result):
    """A chunk's document, whether the chunk is in the pool or not."""

    name: str
    path: str
    """Of its GOAL.md."""
    status: ChunkStatus | None = None
    """As the document says it; none where it can't be read."""
    title: str | None = None
    says: str = ""
    """The first line of its goal that is no heading."""
    problem: Problem | None = None
    """Of a FUTURE chunk, if asked for: what would refuse its injection by itself."""


class ChunksParams(Params):
    check: bool = False
    """Whether each FUTURE chunk is to be checked as an injection would."""


class ChunksResult(Result):
    chunks: tuple[ChunkInfo, ...]
    agents: tuple[str, ...]
    """The names that a chunk's ``agent`` can be, the default one first."""
    subsystems: tuple[str, ...]
    """Those that base declares."""


@operation()
async def chunks(inside: Inside, params: ChunksParams, caller: Caller) -> ChunksResult:
    """Every chunk that the caller's checkout or base has, and what else a chunk's document may
    name: agents and subsystems.

    One that depends on another FUTURE one has no problem with that: they can go in together.
    """
    folder = inside.now.chunks
    found = await load.goals(await inside.seen_from(caller), inside.base, folder)
    future = [n for n, p in found.items() if p and p.front.status is ChunkStatus.FUTURE]
    wrong = await _refusals(inside, future, caller) if params.check else {}
    default = inside.now.agent
    others = {*ENTRIES, *inside.now.agents} - {default}
    return ChunksResult(
        chunks=tuple(
            _info(name, f"{folder}/{name}/{GOAL}", parsed, wrong.get(name))
            for name, parsed in found.items()
        ),
        agents=(default, *sorted(others)),
        subsystems=tuple(sorted(await declared_subsystems(inside.repository, inside.base))),
    )


async def _refusals(inside: Inside, names: list[str], caller: Caller) -> dict[str, Problem]:
    """The first problem of each chunk that has one."""
    wrong: dict[str, Problem] = {}
    for problem in (await inside.checked(tuple(names), caller)).problems:
        wrong.setdefault(str((problem.data or {}).get("chunk")), problem)
    return wrong


def _info(
    name: str, path: str, parsed: front_matter.Parsed[FrontMatter] | None, problem: Problem | None
) -> ChunkInfo:
    if parsed is None:
        return ChunkInfo(name=name, path=path)
    title = _TITLE.search(parsed.body)
    return ChunkInfo(
        name=name,
        path=path,
        status=parsed.front.status,
        title=title[1] if title else None,
        says=first_words(parsed.body),
        problem=problem,
    )
