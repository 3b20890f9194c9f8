"""The settings: one model for the operator's file and the repository's, with what each may set.

The repository's file is somebody else's word. ``Repository`` says of every setting what that word
is worth; ``pointsman.settings`` puts the layers together.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from pointsman.model.agent import AgentEntry
from pointsman.model.base import Word
from pointsman.model.budget import Budget
from pointsman.model.costs import Costs
from pointsman.model.default_answer import DefaultAnswers
from pointsman.model.errors import PointsmanError
from pointsman.model.merge_rule import DEFAULT_RULES, MergeRule, RuleFor
from pointsman.model.state import Limits


class Repository(StrEnum):
    """When a setting counts that the repository's file has."""

    FREE = "free"
    LOWER = "lower"
    """Freely, if it lowers the default (which is the stricter side); else when trusted."""
    ADDS = "adds"
    """Freely: what it lists is added to what the operator lists."""
    TRUSTED = "trusted"
    """When the operator trusts the file as it is now."""
    NEVER = "never"


@dataclass(frozen=True)
class About:
    """What is said of a setting besides its type, default and description."""

    repository: Repository = Repository.TRUSTED
    unit: str = ""
    live: bool = True
    """Whether ``setSettings`` may change it while the daemon runs."""


def _relative_folder(text: str) -> str:
    path = PurePosixPath(text)
    if path.is_absolute() or not path.parts or {"..", ".git"} & set(path.parts):
        raise ValueError("must be a folder inside the repository, as docs/chunks")
    return str(path)


def _said(text: str) -> str:
    if not text.strip() or "\0" in text:
        raise ValueError("must have text")
    return text


Folder = Annotated[str, AfterValidator(_relative_folder)]
Text = Annotated[str, AfterValidator(_said)]


class AgentSettings(Word):
    """``[agents.<name>]``: replaces the built-in entry of that name field by field, or is new."""

    model_config = ConfigDict(extra="forbid")

    driver: Literal["acp", "command"] | None = Field(None, description="The protocol it speaks.")
    command: tuple[Text, ...] | None = Field(
        None, min_length=1, description="Program and arguments."
    )
    env: dict[str, str] | None = Field(
        None, description="Added to its environment; `$NAME` takes your variable of that name."
    )
    mode: str | None = Field(None, description="The agent's own mode, set when a session opens.")
    auth_files: tuple[Folder, ...] | None = Field(
        None,
        description="Login files in your HOME, copied into its own; renewed, they come back.",
    )
    allowed_hosts: tuple[Text, ...] | None = Field(None, description="`host:port` that it needs.")
    network: Literal["none", "host"] | None = Field(
        None, description="`host` opens everything, loopback included."
    )
    read_paths: tuple[Text, ...] | None = Field(
        None, description="Absolute paths that it may read besides the toolchains."
    )


class Settings(Word):
    """Every setting. Unknown keys are errors: a misspelt one would silently be its default."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    base: Annotated[Text | None, About(live=False)] = Field(
        None, description="The branch that work lands on; else main, master, or what HEAD names."
    )
    chunks: Annotated[Folder, About(Repository.FREE, live=False)] = Field(
        "docs/chunks", description="The folder of the chunk documents."
    )
    agent: Annotated[Text, About()] = Field(
        "claude", description="The agent that works on chunks which name none."
    )
    agents: Annotated[dict[str, AgentSettings], About(live=False)] = Field(
        default_factory=dict, description="Agents, by name: how to start them, what they may reach."
    )
    max_agents: Annotated[int, About(Repository.LOWER, "agents")] = Field(
        4, ge=1, le=64, description="How many agents work at the same time."
    )
    max_parked: Annotated[int, About(Repository.LOWER, "agents")] = Field(
        16, ge=0, le=256, description="How many agents wait for an answer with their process kept."
    )
    max_attempts: Annotated[int, About(unit="attempts")] = Field(
        3, ge=1, le=100, description="How often a unit's agent may fail before the unit does."
    )
    max_sent_back: Annotated[int, About(unit="times")] = Field(
        3, ge=0, le=100, description="How often work that does not merge goes back to its agent."
    )
    max_nudges: Annotated[int, About(unit="times")] = Field(
        2, ge=0, le=100, description="How often an agent that stops unfinished is told to go on."
    )
    budget: Annotated[Budget, About()] = Field(
        Budget(), description="What one unit may use before it is stopped and you are asked."
    )
    daily_budget: Annotated[Budget, About()] = Field(
        Budget(),
        description="What all units together may use in a day (UTC) before you are asked.",
    )
    ask_wait: Annotated[float, About(unit="seconds")] = Field(
        240, gt=0, le=86_400, description="How long an agent's question waits before it goes on."
    )
    answers: Annotated[DefaultAnswers, About(Repository.NEVER)] = Field(
        DefaultAnswers(),
        description="What is answered for you where you have not, by reason; without one, nothing.",
    )
    ask_from: Annotated[float, About(Repository.LOWER, "probability")] = Field(
        0.15, ge=0, le=1, description="How likely a collision must be before you are asked."
    )
    serialize_from: Annotated[float, About(Repository.LOWER, "probability")] = Field(
        0.7,
        ge=0,
        le=1,
        description="How likely it must be before one chunk waits for the other; 1: you are asked.",
    )
    merge_rules: Annotated[dict[Text, MergeRule], About(Repository.ADDS)] = Field(
        default_factory=dict,
        description="Files that several may change at once, by pattern, and what becomes of them.",
    )
    costs: Annotated[Costs, About(Repository.NEVER, "hours", live=False)] = Field(
        Costs(), description="What mistakes about a pair cost; `pointsman replay` counts by it."
    )
    checks: Annotated[tuple[Text, ...], About(Repository.FREE)] = Field(
        (), description="Commands run on the merged tree before it lands, in the sandbox."
    )
    setup: Annotated[tuple[Text, ...], About(Repository.FREE)] = Field(
        (), description="Commands run once in every new workspace, in the sandbox."
    )
    command_limit: Annotated[float, About(unit="seconds")] = Field(
        1800, gt=0, le=86_400, description="How long one command of checks or setup may take."
    )
    commit_message: Annotated[Text, About(Repository.FREE)] = Field(
        "feat: chunk {chunk}", description="Message of the commit that lands; {chunk} is its name."
    )
    protected_paths: Annotated[tuple[Text, ...], About(Repository.ADDS)] = Field(
        (), description="Patterns of files that land only with your go, besides the built-in ones."
    )
    snapshot_file_limit: Annotated[int, About(unit="bytes")] = Field(
        100_000_000, gt=0, description="Files longer than this are reported, not snapshotted."
    )
    sandbox: Annotated[Literal["bubblewrap", "none"], About(Repository.NEVER, live=False)] = Field(
        "bubblewrap", description="What agents are locked up in. `none` lets them do anything."
    )
    state: Annotated[Text | None, About(Repository.NEVER, live=False)] = Field(
        None, description="Folder of workspaces and snapshots; else below $XDG_STATE_HOME."
    )

    def limits(self) -> Limits:
        """Those that decide scheduling."""
        return Limits(
            max_agents=self.max_agents,
            max_parked=self.max_parked,
            max_attempts=self.max_attempts,
            max_sent_back=self.max_sent_back,
            max_nudges=self.max_nudges,
            daily_budget=self.daily_budget,
            answers=self.answers,
        )

    def rules(self) -> tuple[RuleFor, ...]:
        """The merge rules: what is said of them, before what holds without a word."""
        return (*(RuleFor(*said) for said in self.merge_rules.items()), *DEFAULT_RULES)

    def message(self, chunk: str) -> str:
        """The commit message of a chunk. No format string: that could read more than a name."""
        return self.commit_message.replace("{chunk}", chunk)

    def entry(self, name: str, known: dict[str, AgentEntry]) -> AgentEntry:
        """The agent of that name: what is ``known`` of it, with what is set put over it.

        Raises agent-unknown.
        """
        own = self.agents.get(name)
        said = {
            field: value
            for field in (own.model_fields_set if own else ())
            if (value := getattr(own, field)) is not None
        }
        if name in known:
            return known[name].model_copy(update=said)
        if "command" in said:
            return AgentEntry(name=name, **said)
        names = sorted({*known, *(n for n, agent in self.agents.items() if agent.command)})
        raise PointsmanError(
            "agent-unknown",
            f"No agent {name!r} is configured.",
            f"Choose one of {', '.join(names)}, or give [agents.{name}] a `command`.",
            data={"agent": name, "agents": names},
        )


def about(key: str) -> About:
    """What is said of the setting ``key``. Raises KeyError."""
    metadata = Settings.model_fields[key].metadata
    return next(said for said in metadata if isinstance(said, About))


def looser(entry: AgentEntry, than: AgentEntry) -> bool:
    """Whether ``entry`` may do what ``than`` may not. A chunk can't choose such an agent."""
    more_network = entry.network == "host" and than.network != "host"
    return more_network or not set(entry.read_paths) <= set(than.read_paths)
