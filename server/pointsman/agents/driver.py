"""The interface of all drivers: one object an agent process, from its start to its exit.

The caller reads ``events`` until ``Exited``; everything else may be called meanwhile. A driver
decides nothing: what follows from an event is told to it.
"""

import importlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pointsman.agents.events import AgentEvent
from pointsman.sandbox import Policy, Sandbox

DriverName = Literal["acp", "command"]


@dataclass(frozen=True)
class Session:
    """What a driver starts, and where. Everything in it is ready: nothing is looked up later."""

    unit: str
    argv: tuple[str, ...]
    """The program as an absolute path, and its arguments."""
    policy: Policy
    """What the process may see and touch. Its ``cwd`` is the workspace, its ``env`` is built."""
    sandbox: Sandbox
    mode: str | None = None
    """The agent's own mode to set after the session is open."""
    ask_socket: Path | None = None
    """Where the ask server listens; the same path inside the sandbox."""

    @property
    def workspace(self) -> Path:
        return self.policy.cwd

    @property
    def confined(self) -> bool:
        return self.sandbox.name != "none"


class Driver(Protocol):
    """Speaks one agent protocol with one process."""

    @property
    def pid(self) -> int | None:
        """The id of the process (of its sandbox), once it was started."""

    async def start(self, text: str) -> None:
        """Start the process; a new session is then opened and ``text`` is its first prompt.

        Returns when the process is up. Raises PointsmanError where it can't be started.
        """

    async def resume(self, session: str, text: str) -> None:
        """As ``start``, but go on with an earlier session. ``SessionLost`` if the agent can't."""

    def events(self) -> AsyncIterator[AgentEvent]:
        """Everything that the agent says, ended by ``Exited``. To be read by one reader, once."""

    async def prompt(self, text: str) -> bool:
        """Begin the next turn. False if the process takes no more prompts: resume the session."""

    async def answer(self, ask: str, *, option: str | None = None, text: str | None = None) -> bool:
        """Settle a PermissionAsked or QuestionAsked. False if nobody waits for it any more."""

    async def cancel(self) -> None:
        """Ask the agent to end its turn; ``TurnEnded`` says when it has."""

    async def stop(self, grace: float) -> None:
        """End the process and all that it started; killed after ``grace`` seconds. Idempotent."""


def make(name: DriverName, session: Session) -> Driver:
    """The driver of that name for one process.

    Imports the driver's protocol on first use (about a second for ACP): ``preload`` does it early.
    """
    module = importlib.import_module(f"pointsman.agents.{name}")
    driver: Driver = module.DRIVER(session)
    return driver


def preload() -> None:
    """Import what the first agent will need. Blocks: for a thread, once the doors are open."""
    importlib.import_module("pointsman.agents.acp")
