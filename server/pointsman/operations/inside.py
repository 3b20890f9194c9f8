"""What operations act on: the ledger, and the effectors that answer. Made by the daemon."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field

from pointsman import __version__
from pointsman.agents.transcript import Transcript
from pointsman.chunks.checks import Checked, check
from pointsman.chunks.load import Loaded, future_chunks, load
from pointsman.chunks.names import chunk_name
from pointsman.chunks.subsystems import subsystems
from pointsman.git import Repository, behind_upstream, branch_tip, find_repository, read_blob
from pointsman.ledger import Ledger
from pointsman.model.base import Moment, Word
from pointsman.model.chunk import ChunkDocument
from pointsman.model.errors import PointsmanError
from pointsman.model.facts import LimitsSet
from pointsman.model.footprint import Footprint
from pointsman.model.settings import Settings
from pointsman.model.state import State
from pointsman.model.subsystem import Subsystem
from pointsman.operations.buffers import Buffers
from pointsman.operations.find import unit_or_failed
from pointsman.operations.seam import Caller
from pointsman.operations.snapshots import Snapshots
from pointsman.oracle import calibration
from pointsman.oracle.engine import Oracle
from pointsman.oracle.verdict import Thresholds
from pointsman.reconcile.blocks import Blocks
from pointsman.settings import Effective
from pointsman.settings import load as load_settings
from pointsman.settings.files import operator_file, read
from pointsman.settings.load import DEFAULTS, REPOSITORY_FILE
from pointsman.workspaces import Workspaces


class IndexInfo(Word):
    """How far the oracle's index of base's files is."""

    done: int | None = None
    """Files that are in it; None until that is known."""
    total: int | None = None
    unknown: dict[str, str] = Field(default_factory=dict)
    """Files that could not be looked into since the daemon's start, with the reason."""


class DaemonInfo(Word):
    """What a daemon says of itself."""

    version: str
    pid: int
    started_at: Moment
    repository: str
    """The top folder of its main checkout."""
    base: str
    paused: bool
    sandbox: str
    """``bubblewrap``, or ``none`` where the operator runs agents without one."""
    network: tuple[str, ...] = ()
    """The agents whose entry opens the host's network to them."""
    chunks: str
    """The folder of the chunk documents."""
    index: IndexInfo


@dataclass
class Inside:
    """All that operations reach. Doors never see it."""

    repository: Repository
    base: str
    ledger: Ledger
    effective: Effective
    environ: Mapping[str, str]
    """The operator's environment, as the daemon was started with it."""
    oracle: Oracle
    workspaces: Workspaces
    sandbox: str
    transcripts: dict[str, Transcript]
    """Those of attempts that are under way, by the attempt's id."""
    units_folder: Path
    """Where each unit keeps its transcripts: ``<units_folder>/<unit>/attempt-<n>.jsonl``."""
    pid: int
    started_at: datetime
    stop: Callable[[bool], None]
    """Ends the daemon; True: only when what runs is done."""
    snapshots: Snapshots = field(init=False)
    buffers: Buffers = field(init=False)

    def __post_init__(self) -> None:
        self.snapshots = Snapshots(self.workspaces, self.ledger)
        self.buffers = Buffers(self.repository, self.oracle, self.ledger)

    @property
    def now(self) -> Settings:
        """The settings in force."""
        return self.effective.settings

    def blocks(self) -> Blocks:
        """How many units wait for an attention item, as things are now."""
        return Blocks(self.ledger.state, datetime.now(UTC))

    async def settle_settings(self) -> None:
        """Read all layers anew, and put what they say in force.

        A file that can't be read or has a mistake leaves its last good settings in force.
        """
        before = (self.now, self.oracle.judges_by)
        limits = self.now.limits()
        self.effective = await read_settings(
            self.repository, self.base, self.environ, self.ledger.state, self.effective
        )
        self.oracle.rules = self.now.rules()
        self.oracle.thresholds = Thresholds(self.now.ask_from, self.now.serialize_from)
        self.oracle.exclusive = await exclusive_subsystems(self.repository, self.base)
        learned = self.units_folder.with_name(calibration.FILE)
        self.oracle.model = await asyncio.to_thread(calibration.load, learned)
        if self.now.limits() != limits:
            await self.ledger.record(LimitsSet(self.now.limits()))
        elif (self.now, self.oracle.judges_by) != before:
            await self.ledger.record()  # who goes by them looks again

    def daemon_info(self) -> DaemonInfo:
        opened = (n for n, entry in self.now.agents.items() if entry.network == "host")
        return DaemonInfo(
            version=__version__,
            pid=self.pid,
            started_at=self.started_at,
            repository=str(self.repository.root),
            base=self.base,
            paused=self.ledger.state.paused,
            sandbox=self.sandbox,
            network=tuple(sorted(opened)),
            chunks=self.now.chunks,
            index=self.index_info(),
        )

    def index_info(self) -> IndexInfo:
        done, total = self.oracle.indexing.progress or (None, None)
        return IndexInfo(done=done, total=total, unknown=dict(self.oracle.unknown))

    async def seen_from(self, caller: Caller) -> Repository:
        """The repository as the caller looks at it: from the caller's own checkout."""
        if caller.checkout is None or caller.checkout == str(self.repository.root):
            return self.repository
        seen = await find_repository(Path(caller.checkout))
        return seen if seen.common_dir == self.repository.common_dir else self.repository

    async def checked(
        self,
        named: Sequence[str],
        caller: Caller,
        depends_on: Mapping[str, tuple[str, ...]] | None = None,
        unsaved: Mapping[str, bytes] | None = None,
    ) -> Checked:
        """The chunks, read and checked as for an injection. ``named``: in any of the forms;
        ``unsaved``: texts that stand for the files of their paths.

        Raises what ``chunk_name`` raises for a name that leads out of the repository.
        """
        loaded = await self._loaded(named, caller, depends_on, unsaved)
        state = self.ledger.state
        names = {s.name for s in loaded.sources}
        names |= {d for wanted in (depends_on or {}).values() for d in wanted}
        units = {u.chunk: u for u in state.units.values() if u.live}
        units |= {n: u for n in names if (u := unit_or_failed(state, n)) is not None}
        around = replace(
            loaded.around,
            units={n: (u.id, u.status) for n, u in units.items()},
            behind=await behind_upstream(self.repository.git, self.base),
        )
        found = check(loaded.sources, around, depends_on=depends_on)
        return replace(found, commit=loaded.commit)

    async def _loaded(
        self,
        named: Sequence[str],
        caller: Caller,
        depends_on: Mapping[str, tuple[str, ...]] | None = None,
        unsaved: Mapping[str, bytes] | None = None,
    ) -> Loaded:
        seen = await self.seen_from(caller)
        names = [chunk_name(text, seen.root, self.now.chunks) for text in named]
        return await load(
            seen,
            self.base,
            list(dict.fromkeys(names)),
            chunks_folder=self.now.chunks,
            depends_on=depends_on,
            unsaved=unsaved,
            missing_symbols=self.oracle.missing_symbols,
        )

    async def documents(self, named: Sequence[str], caller: Caller) -> tuple[ChunkDocument, ...]:
        """The chunks' documents, whatever their status. Raises the first that can't be read."""
        checked = await self.checked(named, caller)
        unreadable = ("chunk-not-found", "chunk-unreadable")
        broken = tuple(p for p in checked.problems if p.code in unreadable)
        replace(checked, problems=broken).or_raise()
        return checked.documents

    async def planned(self, document: ChunkDocument) -> Footprint:
        """What a chunk's documents say that it will touch, on base as it is now."""
        tip = await branch_tip(self.repository.git, self.base)
        if tip is None:
            raise PointsmanError(
                "base-missing", f"There is no branch {self.base}.", "Make it, or set `base`."
            )
        return await self.oracle.footprint_of_plan(document, tip)

    async def future_chunks(self, caller: Caller) -> tuple[str, ...]:
        """Every FUTURE chunk, committed or not."""
        return await future_chunks(await self.seen_from(caller), self.base, self.now.chunks)


async def declared_subsystems(repository: Repository, base: str) -> dict[str, Subsystem]:
    """Those of base as it is now. Raises git-failed."""
    tip = await branch_tip(repository.git, base)
    return await subsystems(repository.git, tip) if tip else {}


async def exclusive_subsystems(repository: Repository, base: str) -> frozenset[str]:
    """Those of them that only one chunk at a time may implement. Raises git-failed."""
    found = await declared_subsystems(repository, base)
    return frozenset(name for name, subsystem in found.items() if subsystem.exclusive)


TRUSTED = "trusted-file"
"""The row among the changed settings that holds the hash of the trusted repository file."""
FOUND_BASE = "found-base"
"""The row that records which branch was found to be base at the first start."""


async def read_settings(
    repository: Repository,
    base: str,
    environ: Mapping[str, str],
    state: State,
    last: Effective = DEFAULTS,
) -> Effective:
    """All layers, read anew. Raises nothing: what is wrong with them is in ``problems``."""
    file = operator_file(environ)
    tip = await branch_tip(repository.git, base)
    theirs = await read_blob(repository.git, tip, REPOSITORY_FILE) if tip else None
    own = await asyncio.to_thread(read, file)
    changes = {s.id: s.value for s in state.settings.values() if s.id not in (TRUSTED, FOUND_BASE)}
    trusted = state.settings.get(TRUSTED)
    return load_settings(
        theirs,
        own,
        changes,
        operator_path=str(file),
        trusted=trusted.value if trusted else None,
        last=last,
    )
