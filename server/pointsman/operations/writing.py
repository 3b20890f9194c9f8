"""What is there to be named in a chunk's documents: for completion, links and lists."""

import re

from pointsman.agents.known import ENTRIES
from pointsman.chunks import front_matter, load
from pointsman.model.chunk import GOAL, ChunkStatus, FrontMatter
from pointsman.operations.inside import Inside, declared_subsystems
from pointsman.operations.seam import Caller
from pointsman.operations.table import Nothing, Result, operation

_TITLE = re.compile(r"^# +(.+?)[ \t#]*$", re.MULTILINE)


class ChunkInfo(Result):
    """A chunk's document, whether the chunk is in the pool or not."""

    name: str
    path: str
    """Of its GOAL.md."""
    status: ChunkStatus | None = None
    """As the document says it; none where it can't be read."""
    title: str | None = None


class ChunksResult(Result):
    chunks: tuple[ChunkInfo, ...]
    agents: tuple[str, ...]
    """The names that a chunk's ``agent`` can be, the default one first."""
    subsystems: tuple[str, ...]
    """Those that base declares."""


@operation()
async def chunks(inside: Inside, params: Nothing, caller: Caller) -> ChunksResult:
    """Every chunk that the caller's checkout or base has, and what else a chunk's document may
    name: agents and subsystems."""
    folder = inside.now.chunks
    found = await load.goals(await inside.seen_from(caller), inside.base, folder)
    default = inside.now.agent
    others = {*ENTRIES, *inside.now.agents} - {default}
    return ChunksResult(
        chunks=tuple(
            _info(name, f"{folder}/{name}/{GOAL}", parsed) for name, parsed in found.items()
        ),
        agents=(default, *sorted(others)),
        subsystems=tuple(sorted(await declared_subsystems(inside.repository, inside.base))),
    )


def _info(name: str, path: str, parsed: front_matter.Parsed[FrontMatter] | None) -> ChunkInfo:
    if parsed is None:
        return ChunkInfo(name=name, path=path)
    title = _TITLE.search(parsed.body)
    return ChunkInfo(
        name=name, path=path, status=parsed.front.status, title=title[1] if title else None
    )
