"""A unit with a workspace, a HOME and an ask server, in which agents are run for real."""

import asyncio
import contextlib
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import pytest

from pointsman.agents import driver as drivers
from pointsman.agents.ask_server import AskServer
from pointsman.agents.ask_tools import Question
from pointsman.agents.driver import Driver, Session
from pointsman.agents.events import AgentEvent, Exited, Started, TurnEnded
from pointsman.agents.launch import session_for
from pointsman.agents.prompts import Prompts
from pointsman.model.agent import AgentEntry
from pointsman.sandbox import Sandbox, Toolchains, Unsandboxed, find_sandbox, find_toolchains

E = TypeVar("E", bound=AgentEvent)

GOAL = """---
status: IMPLEMENTING  # set by Pointsman
code_paths: ["src/a.py"]
---

# Goal
"""
PATH = "/usr/local/bin:/usr/bin:/bin"
DEMO = AgentEntry(name="demo", command=("pointsman-demo-agent",))


async def eventually(holds: Callable[[], bool]) -> None:
    """Until something holds that no event tells of."""
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.005)


def running(words: str) -> list[str]:
    """The command lines of all processes that begin with these words."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if line.startswith(words):
                found.append(line)
    return found


class FakeDesk:
    """The daemon's side of the tools: answers that a test gives, and a record of the rest."""

    def __init__(self) -> None:
        self.asked: dict[str, Question] = {}
        self.answers: dict[str, asyncio.Future[str]] = {}
        self.told: list[tuple[str, object]] = []
        self.waiting: set[str] = set()
        self.cancelled: list[str] = []
        self.question = asyncio.Event()

    async def is_asked(self) -> None:
        """Until an agent has asked something."""
        async with asyncio.timeout(20):
            await self.question.wait()

    async def ask(self, question: Question) -> str:
        if question.once:
            for ticket, earlier in self.asked.items():
                if earlier.text == question.text:
                    self.question.set()
                    return ticket
        ticket = f"q{len(self.asked) + 1}"
        self.asked[ticket] = question
        self.answers[ticket] = asyncio.get_running_loop().create_future()
        self.question.set()
        return ticket

    async def answer(self, ticket: str) -> str:
        self.waiting.add(ticket)
        try:
            return await asyncio.shield(self.answers[ticket])
        except asyncio.CancelledError:
            self.cancelled.append(ticket)
            raise
        finally:
            self.waiting.discard(ticket)

    async def who(self, subject: str) -> str:
        return f"Nobody else touches {subject}."

    async def claim(self, paths: tuple[str, ...], symbols: tuple[str, ...], why: str) -> str:
        self.told.append(("claim", (paths, symbols)))
        return "No conflict."

    async def progress(self, text: str, percent: float | None) -> None:
        self.told.append(("progress", text))


@dataclass
class Unit:
    """A unit ``a.1`` and everything that its agent needs."""

    root: Path
    sandbox: Sandbox
    tools: Toolchains
    desk: FakeDesk
    prompts: Prompts = field(
        default_factory=lambda: Prompts(chunk="a", folder="docs/chunks/a", base="main")
    )

    @property
    def workspace(self) -> Path:
        return self.root / "workspace"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def socket(self) -> Path:
        return self.root / "ask.sock"

    @property
    def goal(self) -> Path:
        return self.workspace / "docs/chunks/a/GOAL.md"

    def plan(self, steps: str) -> None:
        text = f"# Approach\n\nAs follows.\n\n```demo\n{steps}\n```\n"
        self.goal.with_name("PLAN.md").write_text(text)

    def file(self, path: str) -> str:
        return (self.workspace / path).read_text()

    def session(self, entry: AgentEntry = DEMO) -> Session:
        return session_for(
            entry,
            "a.1",
            workspace=self.workspace,
            chunk_folder="docs/chunks/a",
            home=self.home,
            objects=(),
            tools=self.tools,
            masked=(),
            sandbox=self.sandbox,
            ask_socket=self.socket,
            environ={"PATH": PATH},
        )

    def script(self, source: str, entry: AgentEntry | None = None) -> Session:
        """A session whose agent is a Python script."""
        program = self.workspace / "agent.py"
        program.write_text(source)
        session = self.session(entry or DEMO)
        return replace(session, argv=(sys.executable, str(program)))

    @asynccontextmanager
    async def agent(
        self,
        session: Session | None = None,
        *,
        name: drivers.DriverName = "acp",
        text: str | None = None,
        resume: str | None = None,
        answer_wait: float = 60.0,
    ) -> AsyncIterator["Agent"]:
        """Run an agent with its ask server; whatever happens, none is left."""
        async with AskServer(self.socket, self.desk, answer_wait=answer_wait):
            agent = Agent(drivers.make(name, session or self.session()))
            text = text if text is not None else self.prompts.begin()
            try:
                if resume is None:
                    await agent.driver.start(text)
                else:
                    await agent.driver.resume(resume, text)
                yield agent
            finally:
                await agent.driver.stop(1.0)


class Agent:
    """A running agent and what it has said so far."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.seen: list[AgentEvent] = []
        self._events = driver.events()

    async def until(self, kind: type[E]) -> E:
        """The next event of a kind; what comes before it is kept in ``seen``."""
        async with asyncio.timeout(30):
            async for event in self._events:
                self.seen.append(event)
                if isinstance(event, kind):
                    return event
        raise AssertionError(f"no {kind.__name__} among {self.seen}")

    async def turn(self) -> TurnEnded:
        return await self.until(TurnEnded)

    async def exit(self) -> Exited:
        return await self.until(Exited)

    async def session(self) -> str:
        started = await self.until(Started)
        assert started.session is not None
        return started.session

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.seen if isinstance(event, kind)]


@pytest.fixture(scope="session")
def tools() -> Toolchains:
    return find_toolchains([], PATH, home=Path("/nonexistent"), environ={"PATH": PATH})


@pytest.fixture
def root() -> Iterator[Path]:
    """A short path: unix sockets have at most 107 bytes."""
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="pma-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(params=["bubblewrap", "none"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return find_sandbox(request.param)


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def unit(root: Path, sandbox: Sandbox, tools: Toolchains, desk: FakeDesk) -> Unit:
    """In the real sandbox, and again in none."""
    return _unit(root, sandbox, tools, desk)


@pytest.fixture
def bare_unit(root: Path, tools: Toolchains, desk: FakeDesk) -> Unit:
    """Without a sandbox, where it makes no difference."""
    return _unit(root, Unsandboxed(), tools, desk)


def _unit(root: Path, sandbox: Sandbox, tools: Toolchains, desk: FakeDesk) -> Unit:
    unit = Unit(root, sandbox, tools, desk)
    unit.goal.parent.mkdir(parents=True)
    unit.goal.write_text(GOAL)
    unit.home.mkdir()
    (unit.workspace / "src").mkdir()
    (unit.workspace / "src/a.py").write_text("A = 1\n")
    return unit
