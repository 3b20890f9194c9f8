"""The operator's unsaved buffers, session by session: a participant while they type.

Each session's text is its own: it lives in memory alone, is compared with the held footprints of
the units, and is told to nobody. What a unit's agent learns of it are names (``daemon/telling``).
On the way from a keystroke to what it meets, nothing depends on how many files, units or sessions
there are: only the candidates that share a file with the one that was edited are compared.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pointsman.git import Repository, head_commit
from pointsman.ledger import Ledger
from pointsman.model.conflict import Conflict, Verdict, revise
from pointsman.model.footprint import OPERATOR, Access, Footprint
from pointsman.operations.seam import Caller, Defined, Met
from pointsman.oracle.buffer import Buffer
from pointsman.oracle.engine import Oracle
from pointsman.oracle.positions import positions


class Buffers:
    """What all sessions have open."""

    def __init__(self, repository: Repository, oracle: Oracle, ledger: Ledger) -> None:
        self._repository, self._oracle, self._ledger = repository, oracle, ledger
        self._sessions: dict[str, SessionBuffers] = {}
        self.attached = asyncio.Event()
        """Set whenever a session has come: it may look at another checkout."""
        self._known: tuple[Mapping[str, Conflict], dict[str, Conflict]] = ({}, {})
        """The ledger's conflicts, and of them the operator's, by the other's name."""

    def attach(self, caller: Caller, stale: Callable[[str], None]) -> "SessionBuffers":
        """The unsaved text of a session that begins."""
        root = Path(caller.checkout) if caller.checkout is not None else self._repository.root

        def ended() -> None:
            self._sessions.pop(caller.session, None)

        session = SessionBuffers(root, self._oracle, self.judged, stale, ended)
        self._sessions[caller.session] = session
        self.attached.set()
        return session

    @property
    def checkouts(self) -> frozenset[Path]:
        """The top folders of the checkouts that sessions look at."""
        return frozenset(session.root for session in self._sessions.values())

    def moved(self, checkout: Path) -> None:
        """Another commit is checked out there: what is unsaved there changes something else."""
        for session in self._sessions.values():
            if session.root == checkout:
                session.moved()

    def stirred(self, *footprints: Footprint | None) -> None:
        """A participant had, and has now, these footprints: whatever they touch is looked at
        again."""
        written = {t.path for f in footprints if f is not None for t in f.touches}
        for session in self._sessions.values():
            session.stirred(written)

    async def meeting(self, theirs: Footprint) -> list[Conflict]:
        """The conflicts of one participant with the files that are dirty in some editor, as they
        are shown: with what the operator has said of the pair."""
        found = []
        for session in list(self._sessions.values()):
            for mine in session.footprints(theirs):
                conflict = await self._oracle.compare_two(mine, theirs)
                if conflict is not None:
                    found.append(self.judged(conflict))
        return found

    def judged(self, proposed: Conflict) -> Conflict:
        """With what the operator has said of the pair, where the ledger knows it."""
        conflicts = self._ledger.state.conflicts
        if conflicts is not self._known[0]:
            own = {c.other(OPERATOR): c for c in conflicts.values() if OPERATOR in (c.a, c.b)}
            self._known = conflicts, own
        return revise(self._known[1].get(proposed.other(OPERATOR)), proposed)


class _File:
    """One open file: its text, and once it was looked at, the oracle's view of it."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.buffer: Buffer | None = None
        self.footprint: Footprint | None = None
        """As of the last look; None where it touches nothing."""

    def edit(self, start: int, end: int, text: bytes) -> None:
        self.text = self.text[:start] + text + self.text[end:]
        if self.buffer is not None:
            self.buffer.edit(start, end, text)


class SessionBuffers:
    """The seam's ``Unsaved``."""

    def __init__(
        self,
        root: Path,
        oracle: Oracle,
        judged: Callable[[Conflict], Conflict],
        stale: Callable[[str], None],
        ended: Callable[[], None],
    ) -> None:
        self.root = root
        self._oracle, self._judged = oracle, judged
        self._stale, self._ended = stale, ended
        self._files: dict[str, _File] = {}
        self._head: str | None = None

    def open(self, path: str, text: bytes) -> None:
        self._files[path] = _File(text)

    def edit(self, path: str, start: int, end: int, text: bytes) -> None:
        if (file := self._files.get(path)) is not None:
            file.edit(start, end, text)

    def close(self, path: str) -> None:
        self._files.pop(path, None)

    def end(self) -> None:
        self._files.clear()
        self._ended()

    async def meets(self, path: str) -> tuple[Met, ...]:
        buffer = await self._buffer(path)
        if buffer is None:
            return ()
        footprint = await buffer.footprint()
        if (file := self._files.get(path)) is None:
            return ()
        file.footprint = footprint if footprint.touches else None
        if file.footprint is None:
            return ()
        return tuple(
            met
            for conflict in await self._oracle.meeting(footprint)
            for met in _met(self._judged(conflict), buffer)
        )

    def symbols(self, path: str) -> tuple[Defined, ...] | None:
        file = self._files.get(path)
        known = file.buffer.known if file is not None and file.buffer is not None else None
        if known is None:
            return None
        placed = positions(known.source, known.symbols)
        return tuple(Defined(p.name, p.kind, *p.lines, p.line, *p.columns) for p in placed)

    async def study(self, path: str) -> bool:
        buffer = await self._buffer(path)
        return buffer is not None and await buffer.study()

    def moved(self) -> None:
        self._head = None
        for path, file in self._files.items():
            file.buffer = file.footprint = None
            self._stale(path)

    def stirred(self, written: set[str]) -> None:
        for path, file in self._files.items():
            if file.footprint is not None and not written.isdisjoint(_paths(file.footprint)):
                self._stale(path)

    def footprints(self, theirs: Footprint) -> Iterator[Footprint]:
        """Of the dirty files that the other's footprint shares a file with."""
        others = _paths(theirs)
        for file in list(self._files.values()):
            if file.footprint is not None and not others.isdisjoint(_paths(file.footprint)):
                yield file.footprint

    async def _buffer(self, path: str) -> Buffer | None:
        """The oracle's view of an open file; None if it was closed meanwhile, or if nothing is
        committed yet. Raises git-failed."""
        while (file := self._files.get(path)) is not None and file.buffer is None:
            self._head = self._head or await head_commit(self.root)
            if self._head is None:
                return None
            head, text = self._head, file.text
            made = await self._oracle.buffer(head, path, text)
            if file.text is text and self._head == head:
                file.buffer = made
        return file.buffer if file is not None else None


def _met(conflict: Conflict, buffer: Buffer) -> Iterator[Met]:
    """Each overlap of a conflict that is shown, with its place in the unsaved text."""
    if conflict.verdict is Verdict.INDEPENDENT:
        return
    side = "a" if conflict.a == OPERATOR else "b"
    for overlap in conflict.overlaps:
        told = overlap.evidence.get(side) or {}
        symbol, lines = overlap.symbol, told.get("lines")
        if told.get("access") == Access.READ:  # what is shown is where the other's is used
            symbol, lines = str(told.get("inside", "")).partition("#")[2], None
        yield Met(conflict, overlap, *buffer.place(symbol, tuple(lines) if lines else None))


def _paths(footprint: Footprint) -> frozenset[str]:
    return frozenset(touch.path for touch in footprint.touches)
