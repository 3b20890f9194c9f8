"""A world to play in: an oracle, agents, workspaces and base that do what a test tells them.

Each method does one thing in the world and records the facts that the daemon would record of it,
so that a test reads as a story. Where the daemon dies between the two, ``lost`` drops the facts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.reconcile.store import Memory, Store

from pointsman.model import facts as f
from pointsman.model.attention import Answer, AttentionItem, Option, Reason
from pointsman.model.budget import Budget
from pointsman.model.conflict import Conflict, ConflictType, Overlap, Verdict, pair
from pointsman.model.default_answer import DefaultAnswer, DefaultAnswers
from pointsman.model.footprint import OPERATOR
from pointsman.model.names import unit_id
from pointsman.model.records import Landing, LandingState, Snapshot
from pointsman.model.state import Limits, State
from pointsman.model.work_unit import BaseRef, Phase, Status, WorkUnit
from pointsman.reconcile.actions import Clear, Effect, Examine, Run, Stop

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
Deciding = Callable[[State], Iterable[f.Fact]]


@dataclass
class Agent:
    """A process: what it waits for in tool calls, and which answers it has had."""

    busy: bool = True
    waiting: list[str] = field(default_factory=list)
    prompted: list[str] = field(default_factory=list)
    """The answers that came with the last prompt, until it says something."""
    note: str | None = None
    returned: list[str] = field(default_factory=list)
    """The answers that its tool calls returned, until it says something."""

    def heard(self, unit: str) -> list[f.Fact]:
        """It says something: what it was told has reached it."""
        facts: list[f.Fact] = [f.AnswerConfirmed(item) for item in self.returned]
        facts.append(f.PromptHeard(unit, tuple(self.prompted), self.note))
        self.returned, self.prompted, self.note = [], [], None
        return facts


class World:
    def __init__(self, *, store: Store | None = None, **limits: Any) -> None:
        self.store: Store = store or Memory()
        self.now = NOON
        self.limits = Limits(**limits)
        self.truth: dict[tuple[str, str], Verdict] = {}
        """What the oracle would say of a pair."""
        self.symbols = 0
        self.agents: dict[str, Agent] = {}
        self.attempts: dict[str, int] = {}
        self.workspaces: set[str] = set()
        self.base: list[str] = []
        """The units whose work is on base, oldest first."""
        self.dirty = False
        self.heard: dict[str, list[Answer]] = {}
        """By item: what agents were told of it."""
        self.lost = False
        """The daemon dies before it records: facts go nowhere."""
        self.start_daemon()

    # ---- looking

    @property
    def state(self) -> State:
        return self.store.state

    @property
    def effects(self) -> list[Effect]:
        return self.store.effects

    def unit(self, chunk: str) -> WorkUnit:
        """The chunk's newest unit."""
        return [u for u in self.state.units.values() if u.chunk == chunk][-1]

    def status(self, *chunks: str) -> list[Status]:
        return [self.unit(c).status for c in chunks]

    def in_status(self, *statuses: Status) -> list[str]:
        return [u.chunk for u in self.state.units.values() if u.status in statuses]

    def items(self, chunk: str) -> list[AttentionItem]:
        return [i for i in self.state.items.values() if i.chunk == chunk]

    def items_of_no_unit(self) -> list[AttentionItem]:
        return [i for i in self.state.items.values() if i.unit is None]

    def conflict(self, a: str, b: str) -> Conflict:
        return next(c for c in self.state.conflicts.values() if (c.a, c.b) == pair(a, b))

    def wants(self, kind: type[Effect], chunk: str) -> bool:
        return any(isinstance(e, kind) and e.unit == self.unit(chunk).id for e in self.effects)

    # ---- the daemon, and time

    def record(self, *facts: f.Fact) -> None:
        now = self.now + timedelta(milliseconds=1)
        if not self.lost:
            self.store.record(now, *facts)
        self.now = now  # what was refused has taken no time

    def tick(self, seconds: float = 0.0) -> None:
        self.now += timedelta(seconds=seconds)
        self.record()

    def start_daemon(self) -> None:
        self.record(f.DaemonStarted(), f.LimitsSet(self.limits))

    def crash(self) -> None:
        """``kill -9``: agents die with their daemon, and all that was in memory is gone."""
        self.lost = False
        self.agents.clear()
        self.store.reopen()
        self.start_daemon()

    def shut_down(self, *, drain: bool = False) -> None:
        """The daemon is on its way out; ``drain``: what runs may run to its end."""
        self.record(f.DaemonStopping(drain=drain))

    # ---- the operator

    def inject(
        self,
        *chunks: str,
        after: Mapping[str, Iterable[str]] | None = None,
        priority: Mapping[str, int] | None = None,
        budget: Budget | None = None,
        examined: bool = True,
    ) -> None:
        """Put chunks in, each after those that it depends on; and let the oracle look at them."""
        ids = {c: unit_id(c, self.state.counters.get(f"unit:{c}", 0) + 1) for c in chunks}
        live = {u.chunk: u.id for u in self.state.units.values() if u.live} | ids
        units = tuple(
            WorkUnit(
                id=ids[c],
                chunk=c,
                depends_on=tuple(live[d] for d in (after or {}).get(c, ()) if d in live),
                priority=(priority or {}).get(c, 0),
                base=BaseRef(branch="main"),
                agent="demo",
                budget=budget or Budget(),
                created_at=self.now,
                updated_at=self.now,
            )
            for c in chunks
        )
        looked = [self.seen(c, beside=set(chunks)) for c in chunks] if examined else []
        self.record(f.Injected(units), *looked)

    def pool(self, text: str, **verdicts: Iterable[str]) -> None:
        """``pool("a b c>a", serialize=["a b"], ask=["b c"])``: units, and what the oracle finds."""
        after = {c: b.split(",") for c, _, b in (w.partition(">") for w in text.split()) if b}
        for name, pairs in verdicts.items():
            for two in pairs:
                a, b = two.split()
                self.overlap(a, b, VERDICTS[name])
        self.inject(*(w.partition(">")[0] for w in text.split()), after=after)

    def cancel(self, chunk: str) -> None:
        self.record(f.EndWanted(self.unit(chunk).id, delete=False))

    def delete(self, chunk: str) -> None:
        self.record(f.EndWanted(self.unit(chunk).id, delete=True))

    def retry(self, chunk: str) -> None:
        self.record(f.Retried(self.unit(chunk).id))

    def configure(self, **answers: DefaultAnswer) -> None:
        """What is answered for the operator from now on, by reason."""
        self.limits = replace(self.limits, answers=DefaultAnswers(**answers))
        self.record(f.LimitsSet(self.limits))

    def answer(
        self, item: AttentionItem, option: str | None = None, text: str | None = None
    ) -> None:
        self.record(f.Answered(item.id, "cli", option, text))

    def judge(self, a: str, b: str, verdict: Verdict, first: str | None = None) -> None:
        self.record(f.VerdictGiven(self.conflict(a, b).id, verdict, "cli", first))

    # ---- the oracle

    def overlap(self, a: str, b: str, verdict: Verdict) -> None:
        """From now on the oracle would say this of the pair."""
        self.truth[pair(a, b)] = verdict

    def seen(self, chunk: str, beside: Iterable[str] = ()) -> f.Examined:
        live = {u.chunk for u in self.state.units.values() if u.live} | set(beside)
        return f.Examined(
            chunk,
            tuple(
                self._proposed(a, b, verdict)
                for (a, b), verdict in self.truth.items()
                if chunk in (a, b) and {a, b} <= live
            ),
            compared=frozenset(live | {OPERATOR}),
        )

    def _proposed(self, a: str, b: str, verdict: Verdict) -> Conflict:
        symbol = verdict is not Verdict.ASK_OPERATOR
        kind = ConflictType.SYMBOL if symbol else ConflictType.FILE
        overlap = Overlap(type=kind, path="src/x.py", symbol="f" if symbol else None, detail="both")
        return Conflict.of(id="", a=a, b=b, overlaps=(overlap,), verdict=verdict, probability=0.5)

    def seen_with_operator(self, chunk: str, verdict: Verdict) -> f.Examined:
        """The operator's own files overlap with the chunk's work."""
        found = (self._proposed(OPERATOR, chunk, verdict),)
        return f.Examined(OPERATOR, found, compared=frozenset({chunk}))

    def examine(self, chunk: str) -> None:
        self.record(self.seen(chunk))

    # ---- the workspace

    def snapshot(self, chunk: str, why: str = "change") -> None:
        unit = self.unit(chunk)
        self.record(
            f.SnapshotTaken(
                Snapshot(
                    id=f"s{self.now.timestamp()}",
                    unit=unit.id,
                    at=self.now,
                    why=why,
                    files=1,
                    tree="t",
                    base="b",
                )
            )
        )

    def cut(self, chunk: str) -> None:
        unit = self.unit(chunk)
        self.workspaces.add(unit.id)
        self.cut_at(chunk, f"tip{len(self.base)}", self.now)

    def cut_at(self, chunk: str, tip: str, since: datetime) -> None:
        """The daemon says that it has cut a workspace from the tip that base had at ``since``."""
        unit = self.unit(chunk).id
        self.record(f.WorkspaceCut(unit, f"/w/{unit}", tip, None, since))

    def clear(self, chunk: str) -> None:
        unit = self.unit(chunk)
        self.workspaces.discard(unit.id)
        self.record(f.WorkspaceRemoved(unit.id))

    # ---- the agent

    def start(self, *chunks: str) -> None:
        """Workspace, agent, first prompt: all that an ASSIGNED unit needs to run."""
        for chunk in chunks:
            if self.unit(chunk).id not in self.workspaces:
                self.cut(chunk)
            self.spawn(chunk)

    def spawn(self, chunk: str) -> None:
        """A process, started with its first prompt."""
        unit = self.unit(chunk)
        owed = self._about_to_prompt(unit)
        n = self.attempts[unit.id] = self.attempts.get(unit.id, 0) + 1
        self.agents[unit.id] = Agent()
        self._told(unit, owed)
        self.record(f.AgentStarted(unit.id, 4711, f"{unit.id}/{n}", n))
        self.record(f.SessionOpened(unit.id, "s1"))

    def prompt(self, chunk: str) -> None:
        """The agent is told its note and every answer that it has not confirmed."""
        unit = self.unit(chunk)
        self._told(unit, self._about_to_prompt(unit))

    def _about_to_prompt(self, unit: WorkUnit) -> list[Answer]:
        owed = [a for a in self.state.answers.values() if a.unit == unit.id]
        self.record(f.Prompted(unit.id, tuple(a.id for a in owed)))
        return owed

    def _told(self, unit: WorkUnit, owed: list[Answer]) -> None:
        agent = self.agents[unit.id]
        agent.busy, agent.prompted, agent.note = True, [a.id for a in owed], unit.note
        self._tell(owed)

    def _tell(self, answers: Iterable[Answer]) -> None:
        for answer in answers:
            self.heard.setdefault(answer.id, []).append(answer)

    def say(self, chunk: str) -> None:
        """The agent says something: it has heard what it was sent."""
        unit = self.unit(chunk).id
        self.record(*self.agents[unit].heard(unit))

    def ask(
        self,
        chunk: str,
        text: str = "?",
        *options: str | Option,
        reason: Reason = Reason.QUESTION,
        default: str | None = None,
    ) -> AttentionItem:
        """The agent asks in a tool call, and waits."""
        unit = self.unit(chunk)
        known = set(self.state.items)
        choices = tuple(Option(id=o, label=o) if isinstance(o, str) else o for o in options)
        self.record(f.Asked(unit.id, reason, text, choices, default=default))
        (item,) = [i for i in self.state.items.values() if i.id not in known and i.unit == unit.id]
        self.agents[unit.id].waiting.append(item.id)
        return item

    def deliver(self, chunk: str) -> None:
        """Answers that are there go into the tool calls that wait for them."""
        unit, agent = self.unit(chunk), self.agents[self.unit(chunk).id]
        for item in [i for i in agent.waiting if i in self.state.answers]:
            self.record(f.AnswerSent(unit.id, item))
            if self.lost:
                return
            self._tell([self.state.answers[item]])
            agent.waiting.remove(item)
            agent.returned.append(item)
        if not agent.waiting:
            self.record(f.WaitEnded(unit.id))

    def time_out(self, chunk: str) -> None:
        """Its tool calls get their tickets; it works on without the answers."""
        unit = self.unit(chunk)
        self.agents[unit.id].waiting.clear()
        self.record(f.WaitEnded(unit.id))

    def end_turn(self, chunk: str, *, finished: bool = True) -> None:
        unit, agent = self.unit(chunk), self.agents[self.unit(chunk).id]
        agent.busy = False
        self.record(*agent.heard(unit.id), f.TurnEnded(unit.id, "end_turn", finished))

    def exit(self, chunk: str, code: int = 1, **fields: object) -> None:
        unit = self.unit(chunk)
        self.agents.pop(unit.id, None)
        self.record(f.AgentExited(unit.id, code, **fields))  # type: ignore[arg-type]

    def stop(self, chunk: str) -> None:
        """The daemon stops the agent, as ``Stop`` asks for."""
        assert self.wants(Stop, chunk), f"nobody wants {chunk} stopped: {self.effects}"
        self.exit(chunk, -15, wanted=True)

    def stop_when_idle(self, chunk: str) -> None:
        """The turn ends unfinished, and the agent is not wanted any more."""
        self.end_turn(chunk, finished=False)
        self.stop(chunk)

    # ---- verify and landing

    def begin_phase(self, chunk: str) -> None:
        self.record(f.PhaseStarted(self.unit(chunk).id))

    def verify(self, chunk: str) -> None:
        self.record(f.Verified(self.unit(chunk).id))

    def step(self, chunk: str, state: LandingState) -> None:
        unit = self.unit(chunk)
        self.record(
            f.LandingStep(
                unit.id,
                Landing(id=unit.id, unit=unit.id, state=state, snapshot="s", at=self.now),
            )
        )

    def move_base(self, chunk: str) -> None:
        """Base carries the unit's work (once), and the daemon says so."""
        unit = self.unit(chunk)
        if unit.id not in self.base:
            self.base.append(unit.id)
        self.record(f.Landed(unit.id, f"tip{len(self.base)}"))

    def land(self, chunk: str) -> None:
        """All of the landing of a unit that runs and has finished."""
        if self.unit(chunk).works_at is Phase.VERIFY:
            self.verify(chunk)
        for state in (LandingState.VERIFIED, LandingState.MERGED, LandingState.MOVING):
            self.step(chunk, state)
        self.move_base(chunk)

    # ---- whole stories

    def finish(self, *chunks: str) -> None:
        """From ASSIGNED, or RUNNING with an agent, to COMPLETED."""
        for chunk in chunks:
            if self.unit(chunk).status is Status.ASSIGNED:
                self.start(chunk)
            self.end_turn(chunk)
            self.stop(chunk)
            self.land(chunk)


VERDICTS = {
    "serialize": Verdict.SERIALIZE,
    "ask": Verdict.ASK_OPERATOR,
    "independent": Verdict.INDEPENDENT,
}

__all__ = ["NOON", "Agent", "Clear", "Examine", "Memory", "Run", "Stop", "Store", "World"]
