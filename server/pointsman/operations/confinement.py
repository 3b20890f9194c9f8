"""What an agent's sandbox lets it have, as it would be made now: looked up without a daemon."""

import os
from pathlib import Path

from pointsman.agents.known import ENTRIES
from pointsman.agents.launch import session_for, toolchains
from pointsman.git import find_repository
from pointsman.model.base import Word
from pointsman.sandbox.explain import Line, explain, lines
from pointsman.sandbox.find import find_sandbox
from pointsman.settings.files import operator_file, read, state_folder
from pointsman.settings.load import REPOSITORY_FILE, load

__all__ = ["Confinement", "confinement", "explain"]

UNIT = "CHUNK.1"
"""Stands for any unit in the paths that are told."""


class Confinement(Word):
    """What an agent may have. ``sandbox`` is ``none`` where the operator's settings say so."""

    agent: str
    sandbox: str
    lines: tuple[Line, ...]


async def confinement(folder: Path, agent: str | None) -> Confinement:
    """For ``agent``, else the default one, in the repository that ``folder`` is in.

    Raises what ``find_repository`` raises, agent-unknown, agent-missing, sandbox-missing.
    """
    repository = await find_repository(folder)
    own = operator_file(os.environ)
    mine, theirs = read(own), read(repository.root / REPOSITORY_FILE)
    settings = load(theirs, mine, {}, operator_path=str(own)).settings
    entry = settings.entry(agent or settings.agent, ENTRIES)
    sandbox = find_sandbox(settings.sandbox)
    state = state_folder(settings, os.environ) / repository.id
    session = session_for(
        entry,
        UNIT,
        workspace=state / "workspaces" / UNIT,
        chunk_folder=f"{settings.chunks}/CHUNK",
        home=state / "units" / UNIT / "home",
        objects=repository.objects,
        tools=toolchains(settings, os.environ, (repository.root, state)),
        masked=(state, repository.common_dir / "pointsman"),
        sandbox=sandbox,
        ask_socket=None,
        environ=os.environ,
    )
    return Confinement(agent=entry.name, sandbox=sandbox.name, lines=tuple(lines(session.policy)))
