"""From chunk documents to units that are not in the pool yet."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pointsman.agents.known import ENTRIES, find
from pointsman.chunks.checks import Checked
from pointsman.chunks.names import chunk_name
from pointsman.git import branch_tip, operator_identity, unsupported
from pointsman.model.agent import AgentEntry
from pointsman.model.budget import Budget
from pointsman.model.chunk import ChunkDocument
from pointsman.model.errors import PointsmanError
from pointsman.model.settings import looser
from pointsman.model.work_unit import BaseRef, WorkUnit
from pointsman.operations.inside import Inside
from pointsman.operations.seam import Caller


@dataclass(frozen=True)
class Wanted:
    """What the call says besides the documents; None: what they say."""

    priority: int | None = None
    agent: str | None = None
    depends_on: tuple[str, ...] | None = None
    retain: bool = False


async def drafted(
    inside: Inside, named: Sequence[str], wanted: Wanted, caller: Caller
) -> tuple[Checked, tuple[WorkUnit, ...]]:
    """Units for the chunks, each after its dependencies, not numbered yet.

    Raises the first problem of the chunks, repository-unsupported, git-failed (no identity),
    agent-unknown, agent-looser, agent-missing.
    """
    caller.report("checking the chunks", None)
    await inside.settle_settings()
    root = (await inside.seen_from(caller)).root
    names = [chunk_name(text, root, inside.now.chunks) for text in named]
    replaced = None
    if wanted.depends_on is not None:
        before = tuple(chunk_name(d, root, inside.now.chunks) for d in wanted.depends_on)
        replaced = dict.fromkeys(names, before)
    found, _ = await asyncio.gather(inside.checked(named, caller, replaced), _workable(inside))
    checked = found.or_raise()
    units = tuple(
        _draft(inside, d, wanted, replaced).changed(injected_from=checked.commit)
        for d in checked.documents
    )
    return checked, units


async def _workable(inside: Inside) -> None:
    """Refuse early what would otherwise fail when the work is done."""
    await operator_identity(inside.repository)
    tip = await branch_tip(inside.repository.git, inside.base)
    why = await unsupported(inside.repository, tip) if tip else None
    if why is not None:
        raise PointsmanError(
            "repository-unsupported",
            f"Workspaces can't be cut from this repository. {why}",
            "Nothing was injected. Mend that, then inject again.",
        )


def _draft(
    inside: Inside,
    document: ChunkDocument,
    wanted: Wanted,
    replaced: dict[str, tuple[str, ...]] | None,
) -> WorkUnit:
    entry = _agent(inside, document, wanted)
    priority = document.front.priority if wanted.priority is None else wanted.priority
    depends_on = (replaced or {}).get(document.name, document.front.depends_on or ())
    now = datetime.now(UTC)
    return WorkUnit(
        id=f"{document.name}.0",
        chunk=document.name,
        priority=priority,
        depends_on=depends_on,
        base=BaseRef(branch=inside.base),
        agent=entry.name,
        budget=_stricter(inside.now.budget, document.front.budget or Budget()),
        retain=wanted.retain,
        network=entry.network,
        sandbox=inside.sandbox,
        created_at=now,
        updated_at=now,
    )


def _agent(inside: Inside, document: ChunkDocument, wanted: Wanted) -> AgentEntry:
    """The agent that the call names, else the chunk, else the settings. It must be installed, and
    a chunk's document (somebody else's word) can't choose a looser one than the default."""
    name = wanted.agent or document.front.agent or inside.now.agent
    entry = inside.now.entry(name, ENTRIES)
    chosen_by_chunk = wanted.agent is None and document.front.agent is not None
    if chosen_by_chunk and looser(entry, inside.now.entry(inside.now.agent, ENTRIES)):
        raise PointsmanError(
            "agent-looser",
            f"{document.name} asks for the agent {name!r}, which may do more than the default "
            f"agent {inside.now.agent!r}; a chunk can't loosen that.",
            f"Choose it yourself: `pointsman inject {document.name} --agent {name}`.",
            place=document.place("agent"),
            data={"agent": name},
        )
    find(entry)
    return entry


def _stricter(settings: Budget, chunk: Budget) -> Budget:
    """The lower limit of each kind."""
    limits = {}
    for name in Budget.model_fields:
        both = [v for v in (getattr(settings, name), getattr(chunk, name)) if v is not None]
        limits[name] = min(both, default=None)
    return Budget(**limits)
