"""What the daemon's tasks share: the inside of the operations, the sandbox, and places."""

import asyncio
import logging
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zlib import crc32

from pointsman.agents.driver import Session
from pointsman.agents.known import ENTRIES
from pointsman.agents.launch import session_for, toolchains
from pointsman.agents.logins import bring_back
from pointsman.agents.overrides import overrides
from pointsman.agents.prompts import Neighbour, Prompts
from pointsman.git import branch_tip
from pointsman.model.agent import AgentEntry
from pointsman.model.errors import PointsmanError
from pointsman.model.facts import Told
from pointsman.model.state import State
from pointsman.model.work_unit import WorkUnit
from pointsman.operations.inside import Inside
from pointsman.sandbox.backend import Sandbox
from pointsman.sandbox.policy import Policy, Toolchains, check_policy

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class World:
    """Made once, at the start of the daemon."""

    inside: Inside
    sandbox: Sandbox
    state_folder: Path
    """Of this repository: workspaces, snapshot stores, units' homes and transcripts."""
    runtime: Path
    """The private folder of sockets."""

    @cached_property
    def tools(self) -> Toolchains:
        """What is shown of the programs that are installed. The first look takes about a tenth of a
        second, and blocks."""
        hidden = (self.inside.repository.root, self.state_folder)
        return toolchains(self.inside.now, self.inside.environ, hidden)

    @property
    def state(self) -> State:
        return self.inside.ledger.state

    def unit(self, unit: str) -> WorkUnit:
        """The unit as it is now."""
        return self.state.units[unit]

    def home(self, unit: str) -> Path:
        """The unit's own HOME, kept till it ends: agents keep their sessions there."""
        return self.inside.units_folder / unit / "home"

    @property
    def operators_home(self) -> Path:
        return Path(self.inside.environ.get("HOME", "/"))

    async def bring_logins_back(self, unit: WorkUnit) -> None:
        """What its agent has renewed of the operator's logins becomes the operator's. No unit fails
        for it: the operator is told."""
        try:
            files = self.entry(unit).auth_files
            home = self.home(unit.id)
            if not files or not await asyncio.to_thread(home.is_dir):
                return
            refused = await asyncio.to_thread(bring_back, home, files, self.operators_home)
        except PointsmanError:  # its agent is configured no more
            return
        for words in refused:
            log.warning("%s: %s", unit.id, words)
            told = {"kind": "login", "text": words}
            await self.inside.ledger.record(Told("log", unit.id, told))

    def ask_socket(self, unit: str) -> Path:
        """Where the unit's agent reaches us. Short, whatever the unit's name (unix(7))."""
        name = f"{self.inside.repository.id}-{crc32(unit.encode()):08x}.ask"
        return self.runtime / name

    def entry(self, unit: WorkUnit) -> AgentEntry:
        """The settings' entry of its agent. Raises agent-unknown."""
        return self.inside.now.entry(unit.agent, ENTRIES)

    def _masked(self) -> tuple[Path, ...]:
        ledger = self.inside.repository.common_dir / "pointsman"
        return (self.state_folder, self.runtime, ledger)

    def session(self, unit: WorkUnit, workspace: Path) -> Session:
        """What to start for the unit. Raises agent-unknown, agent-missing."""
        entry, inside = self.entry(unit), self.inside
        return session_for(
            entry,
            unit.id,
            workspace=workspace,
            chunk_folder=self.chunk_folder(unit),
            home=self.home(unit.id),
            objects=inside.repository.objects,
            tools=self.tools,
            masked=self._masked(),
            sandbox=self.sandbox,
            ask_socket=self.ask_socket(unit.id),
            environ=inside.environ,
        )

    def chunk_folder(self, unit: WorkUnit) -> str:
        """The folder of its documents, relative to the repository."""
        return f"{self.inside.now.chunks}/{unit.chunk}"

    def check_policy(self, workspace: Path) -> Policy:
        """What ``setup`` and ``checks`` commands may: their workspace, and no network."""
        return check_policy(
            workspace=workspace,
            objects=self.inside.repository.objects,
            tools=self.tools,
            masked=self._masked(),
        )

    async def prompts(self, unit: WorkUnit) -> Prompts:
        """The texts that the unit's agent is told: the repository's own, as base has them now, and
        Pointsman's."""
        git = self.inside.repository.git
        tip = await branch_tip(git, unit.base.branch)
        own, problems = await overrides(git, tip) if tip else ({}, [])
        for problem in problems:
            log.warning("%s", problem.message)
        return Prompts(
            unit.chunk,
            self.chunk_folder(unit),
            unit.base.branch,
            overrides=own,
            confined=self.sandbox.name != "none",
            network=self.entry(unit).network,
        )

    def neighbours(self, unit: WorkUnit) -> list[Neighbour]:
        """The other live units, and where they are, for the first prompt."""
        found = []
        for other in self.state.units.values():
            footprint = self.inside.oracle.footprint(other.chunk)
            if other.live and other.id != unit.id and footprint is not None:
                touched = {
                    f"{t.path}#{t.symbol}" if t.symbol else t.path for t in footprint.touches
                }
                found.append(Neighbour(other.chunk, sorted(touched)[:20]))
        return found
