"""Playing the world at random, or in good faith.

``Play`` knows which moves are open to each player (operator, oracle, agents, daemon, fate) and
makes one that ``choose`` picks. In good faith everybody does what is asked of them; then each unit
has to come to its end.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.reconcile.defaults import DEFAULTS
from tests.reconcile.world import World

from pointsman.model import facts as f
from pointsman.model.attention import AttentionItem, Denial, Reason
from pointsman.model.budget import Budget
from pointsman.model.conflict import Verdict
from pointsman.model.errors import PointsmanError
from pointsman.model.records import LandingState
from pointsman.model.work_unit import Phase, Status, WorkUnit
from pointsman.reconcile.actions import Clear, Examine, Run, Stop

CHUNKS = ("a", "b", "c", "d", "e", "f")
Choose = Callable[[Sequence[Any]], Any]


class Play:
    def __init__(self, world: World, choose: Choose) -> None:
        self.world = world
        self.choose = choose

    def _units(self, *statuses: Status) -> list[WorkUnit]:
        return [u for u in self.world.state.units.values() if not statuses or u.status in statuses]

    def _live(self) -> list[WorkUnit]:
        return [u for u in self.world.state.units.values() if u.live]

    def _agents(self, **what: bool) -> list[str]:
        """The chunks with an agent that is (``busy``) at work or (``waiting``) in a tool call."""
        found = []
        for unit, agent in self.world.agents.items():
            waiting = bool(agent.waiting)
            if "waiting" in what and what["waiting"] != waiting:
                continue
            if "busy" in what and what["busy"] != (agent.busy and not waiting):
                continue
            found.append(unit.rpartition(".")[0])
        return found

    # ---- the operator

    def can_inject(self) -> list[str]:
        taken = {u.chunk for u in self._units() if u.live or u.status is Status.FAILED}
        return [c for c in CHUNKS if c not in taken]

    def inject(self) -> None:
        free = self.can_inject()
        many = [c for c in free if self.choose([True, False])] or [self.choose(free)]
        after: dict[str, list[str]] = {}
        known = [u.chunk for u in self._live()]
        for chunk in many:
            after[chunk] = [c for c in known if self.choose([False, False, True])]
            known.append(chunk)
        self.world.inject(
            *many,
            after=after,
            priority={c: self.choose([0, 0, 1, 5]) for c in many},
            budget=Budget(tokens=100) if self.choose([False, False, True]) else None,
            examined=self.choose([True, False]),
        )

    def can_answer(self) -> list[AttentionItem]:
        return list(self.world.state.items.values())

    def answer(self) -> None:
        item = self.choose(self.can_answer())
        ways: list[tuple[str | None, str | None]] = [(o.id, None) for o in item.options]
        if item.free_text:
            ways.append((None, "do it so"))
        option, text = self.choose(ways)
        try:
            self.world.answer(item, option, text)
        except PointsmanError as refused:
            assert refused.code in ("order-cycle", "landing-in-progress")

    def configure(self) -> None:
        """The operator changes what is answered for them; mostly, nothing is."""
        self.world.configure(**self.choose(DEFAULTS))

    def can_judge(self) -> list[tuple[str, str]]:
        return [(c.a, c.b) for c in self.world.state.conflicts.values()]

    def judge(self) -> None:
        a, b = self.choose(self.can_judge())
        verdict = self.choose([Verdict.INDEPENDENT, Verdict.SERIALIZE])
        first = self.choose([None, a, b]) if verdict is Verdict.SERIALIZE else None
        try:
            self.world.judge(a, b, verdict, first)
        except PointsmanError as refused:
            assert refused.code == "order-cycle"

    def can_end(self) -> list[WorkUnit]:
        return [u for u in self._units() if not u.base_moved and u.status is not Status.CANCELLED]

    def end(self) -> None:
        unit = self.choose(self.can_end())
        self.world.record(f.EndWanted(unit.id, delete=self.choose([True, False])))

    def can_retry(self) -> list[WorkUnit]:
        return self._units(Status.FAILED)

    def retry(self) -> None:
        self.world.record(f.Retried(self.choose(self.can_retry()).id))

    def pause(self) -> None:
        self.world.record(f.Paused(not self.world.state.paused))

    def note(self) -> None:
        self.world.record(f.Noted(self.choose(self._live()).id, "mind the gap"))

    def dirty(self) -> None:
        self.world.dirty = not self.world.dirty

    # ---- the oracle

    def overlap(self) -> None:
        """Somebody's footprint changes; the oracle looks again."""
        a, b = self.choose(CHUNKS), self.choose(CHUNKS)
        if a != b:
            self.world.overlap(a, b, self.choose(list(Verdict)))
        self.world.examine(a)

    # ---- the agents

    def can_ask(self) -> list[str]:
        return [
            c
            for c in self._agents(busy=True) + self._agents(waiting=True)
            if self.world.unit(c).live and self.world.unit(c).needs_agent
        ]

    def ask(self) -> None:
        chunk = self.choose(self.can_ask())
        reason = self.choose([Reason.QUESTION, Reason.QUESTION, Reason.PERMISSION])
        default = self.choose([None, "left", "neither"])
        self.world.ask(chunk, "which?", "left", "right", reason=reason, default=default)

    def deny(self) -> None:
        unit = self.world.unit(self.choose(self.can_ask())).id
        what = self.choose([Denial(what="network"), Denial(what="read", where="/root/x")])
        self.world.record(f.Denied(unit, (what,)))

    def can_hear(self) -> list[str]:
        return [c for c in self._agents(waiting=True) if self._live_agent(c)]

    def _live_agent(self, chunk: str) -> bool:
        return self.world.unit(chunk).live and self.world.unit(chunk).id in self.world.agents

    def can_deliver(self) -> list[str]:
        """Answers go into the call only while the unit runs; else the call gets its ticket."""
        return [c for c in self.can_hear() if self.world.unit(c).status is Status.RUNNING]

    def deliver(self) -> None:
        self.world.deliver(self.choose(self.can_deliver()))

    def time_out(self) -> None:
        self.world.time_out(self.choose(self.can_hear()))

    def can_work(self) -> list[str]:
        return [c for c in self._agents(busy=True) if self._live_agent(c)]

    def say(self) -> None:
        self.world.say(self.choose(self.can_work()))

    def end_turn(self) -> None:
        self.world.end_turn(self.choose(self.can_work()), finished=self.choose([True, True, False]))

    def use(self) -> None:
        """Money has a limit a day, tokens one a unit."""
        unit = self.world.unit(self.choose(self.can_work())).id
        self.world.record(f.Used(unit, tokens=60, money=self.choose([0.0, 0.5, 2.0])))

    def can_exit(self) -> list[str]:
        return self._agents()

    def exit(self) -> None:
        chunk = self.choose(self.can_exit())
        transient = self.choose([False, True])
        wait = self.choose([None, 30.0]) if transient else None
        self.world.exit(chunk, 1, transient=transient, wait=wait)

    # ---- the daemon: one step towards one of the effects that the state asks for

    def can_act(self) -> list[Any]:
        return [e for e in self.world.effects if self._has_step(e)]

    def _has_step(self, effect: Any) -> bool:
        """A running agent needs nothing of the daemon until its turn ends; and what it left is
        looked at when its process is gone."""
        unit = self.world.state.units[effect.unit]
        agent = self.world.agents.get(unit.id)
        if isinstance(effect, Run) and not unit.needs_agent:
            return agent is None
        if isinstance(effect, Run) and unit.status is Status.RUNNING:
            return agent is None or not agent.busy
        if isinstance(effect, Stop):
            return agent is not None
        return True

    def act(self, *, well: bool = False) -> None:
        self.carry_out(self.choose(self.can_act()), well=well)

    def carry_out(self, effect: Any, *, well: bool = False) -> None:
        """``well``: nothing goes wrong."""
        world = self.world
        unit = world.state.units[effect.unit]
        match effect:
            case Examine():
                world.examine(unit.chunk)
            case Stop():
                world.agents.pop(unit.id)
                world.record(f.AgentExited(unit.id, -15, wanted=True))
            case Clear():
                world.workspaces.discard(unit.id)
                world.record(f.WorkspaceRemoved(unit.id))
            case Run():
                self._run(unit, well)

    def _run(self, unit: WorkUnit, well: bool) -> None:
        world, chunk = self.world, unit.chunk
        if not unit.needs_agent and unit.status is Status.ASSIGNED:
            world.begin_phase(chunk)
        elif unit.works_at is Phase.VERIFY:
            if well or self.choose([True, True, False]):
                world.verify(chunk)
            else:
                world.record(f.VerifyFailed(unit.id, "markers are left"))
        elif unit.works_at is Phase.LAND:
            self._land(unit, well)
        elif unit.id not in world.workspaces:
            world.cut(chunk)
        elif unit.id not in world.agents:
            self._start(unit, well)
        elif unit.status is Status.ASSIGNED:
            world.begin_phase(chunk)
        else:
            world.prompt(chunk)

    def _start(self, unit: WorkUnit, well: bool) -> None:
        match "up" if well else self.choose(["up", "up", "up", "missing", "crash"]):
            case "up":
                self.world.spawn(unit.chunk)
            case "missing":
                self.world.record(f.StartFailed(unit.id, "no such agent"))
            case "crash":
                self.world.record(f.AgentExited(unit.id, 1))

    def _land(self, unit: WorkUnit, well: bool) -> None:
        world, chunk = self.world, unit.chunk
        landing = world.state.landings.get(unit.id)
        if unit.id in world.base:
            world.move_base(chunk)  # a crash came between moving base and saying so
        elif unit.base_moved:
            if not well and self.choose([False, False, False, True]):
                world.record(f.StartFailed(unit.id, "git failed"))
            elif world.dirty:
                world.record(f.LandingHeld(unit.id, "x.py is dirty"))
            else:
                world.move_base(chunk)
        elif landing is None or landing.state is LandingState.VERIFIED:
            match "merged" if well else self.choose(["merged", "merged", "conflict", "guarded"]):
                case "merged":
                    world.step(chunk, LandingState.MERGED)
                case "conflict":
                    world.record(f.LandingConflicted(unit.id, "both changed f"))
                case "guarded":
                    world.record(f.LandingGuarded(unit.id, "changes .github"))
        else:
            world.step(chunk, LandingState.MOVING)

    def go_on(self) -> None:
        """Agents and daemon do some of their work, and do it well."""
        for _ in range(self.choose([2, 5, 10])):
            if acts := self.can_act():
                self.carry_out(self.choose(acts), well=True)
            elif working := self.can_work():
                self.world.end_turn(working[0])

    # ---- fate

    def crash(self) -> None:
        self.world.crash()

    def crash_in_a_step(self) -> None:
        """The world was changed, and the daemon died before it could record it."""
        self.world.lost = True
        self.act()
        self.world.crash()

    def restart(self) -> None:
        """The daemon stops in good order, as far as it comes, and another starts."""
        drain = self.choose([True, False])
        self.world.shut_down(drain=drain)
        while (acts := self.can_act()) and self.choose([True, True, True, False]):
            self.carry_out(acts[0])
        if not drain and not self.can_act():
            assert not self.world.agents, "a daemon that goes leaves no agent"
        self.world.crash()

    def wait(self) -> None:
        self.world.tick(self.choose([1.0, 30.0, 1000.0, 86_400.0]))

    def limit_the_day(self) -> None:
        """The operator sets another budget of a day, or none."""
        money = self.choose([None, 1.0, 3.0])
        self.world.limits = replace(self.world.limits, daily_budget=Budget(money=money))
        self.world.record(f.LimitsSet(self.world.limits))

    # ---- in good faith

    def to_the_end(self) -> int:
        """Everybody cooperates; the number of steps until nothing is left to do.

        Each step does all that can be done by one player, so the bound is small: a unit takes some
        ten steps from injection to base, and at worst they go one after the other.
        """
        world = self.world
        world.dirty = False
        if world.state.paused:
            world.record(f.Paused(False))
        bound = 40 * (1 + len(self._live()))
        for n in range(bound):
            if not self._one_good_step():
                return n
        left = [(u.id, u.status, u.phase, u.blocked_by, u.attention) for u in self._live()]
        raise AssertionError(f"after {bound} steps there is still: {left}")

    def _one_good_step(self) -> bool:
        world = self.world
        if items := self.can_answer():
            option, text = self._good_answer(items[0])
            world.answer(items[0], option, text)
        elif answered := self.can_deliver():
            world.deliver(answered[0])
        elif waiting := self.can_hear():
            world.time_out(waiting[0])
        elif acts := self.can_act():
            self.carry_out(acts[0], well=True)
        elif working := self.can_work():
            world.end_turn(working[0])
        elif later := [u.not_before for u in self._live() if u.not_before]:
            world.now = max(world.now, min(later)) + timedelta(seconds=1)
            world.record()
        else:
            assert not self._live(), [(u.id, u.status, u.blocked_by) for u in self._live()]
            return False
        return True

    def _good_answer(self, item: AttentionItem) -> tuple[str | None, str | None]:
        offered = [o.id for o in item.options if o.id not in ("give-up", "cancel")]
        return (offered[0], None) if offered else (None, "yes")


#: name of a move -> what tells whether it is open (True, or a list that must not be empty)
MOVES: dict[str, Callable[[Play], object]] = {
    "inject": Play.can_inject,
    "answer": Play.can_answer,
    "configure": lambda play: True,
    "judge": Play.can_judge,
    "end": Play.can_end,
    "retry": Play.can_retry,
    "pause": lambda play: True,
    "note": Play._live,
    "dirty": lambda play: True,
    "overlap": lambda play: True,
    "ask": Play.can_ask,
    "deny": Play.can_ask,
    "deliver": Play.can_deliver,
    "time_out": Play.can_hear,
    "say": Play.can_work,
    "end_turn": Play.can_work,
    "use": Play.can_work,
    "exit": Play.can_exit,
    "act": Play.can_act,
    "go_on": Play.can_act,
    "crash": lambda play: True,
    "crash_in_a_step": Play.can_act,
    "restart": lambda play: True,
    "wait": lambda play: True,
    "limit_the_day": lambda play: True,
}
