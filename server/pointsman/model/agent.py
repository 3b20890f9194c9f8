"""Agent entries: how an agent program is started and what it may reach. ``[agents.<name>]``."""

from typing import Literal

from pydantic import Field

from pointsman.model.base import Word


class AgentEntry(Word):
    """One agent, built in or from the settings."""

    name: str
    driver: Literal["acp", "command"] = "acp"
    command: tuple[str, ...]
    """Program and arguments."""
    env: dict[str, str] = Field(default_factory=dict)
    """Added to the built environment. ``$NAME`` as a whole value takes the operator's variable."""
    mode: str | None = None
    """The agent's own mode, set when its session is open."""
    auth_files: tuple[str, ...] = ()
    """Login files, relative to the operator's HOME, copied into the unit's HOME at its start. What
    is renewed comes back, for those that `agents.logins` lists."""
    allowed_hosts: tuple[str, ...] = ()
    """``host:port`` that it needs; enforced once agents get a network of their own."""
    network: Literal["none", "host"] = "none"
    """``host`` opens everything, loopback included; the operator's file only."""
    read_paths: tuple[str, ...] = ()
    """Absolute paths that it may read besides the toolchains."""
    install: str = ""
    """For people: the command that installs it."""
