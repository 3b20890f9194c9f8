"""The agents that are known without configuration, and whether their programs are installed.

An entry of the operator's settings with the same name replaces the built-in one field by field.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from pointsman.model.agent import AgentEntry
from pointsman.model.errors import PointsmanError

ENTRIES: dict[str, AgentEntry] = {
    entry.name: entry
    for entry in (
        AgentEntry(
            name="demo",
            command=("pointsman-demo-agent",),
            install="It comes with Pointsman: reinstall Pointsman.",
        ),
        AgentEntry(
            name="claude",
            command=("claude-agent-acp",),
            # Its mode "auto" asks a model for leave instead of us, also to ask the operator.
            mode="default",
            env={"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"},
            auth_files=(".claude/.credentials.json",),
            allowed_hosts=("api.anthropic.com:443",),
            install="npm install -g @agentclientprotocol/claude-agent-acp",
        ),
        AgentEntry(
            name="codex",
            command=("codex-acp",),
            # Its default mode sends approvals to a model instead of to us.
            mode="agent-full-access",
            auth_files=(".codex/auth.json",),
            allowed_hosts=("api.openai.com:443", "chatgpt.com:443", "auth.openai.com:443"),
            install="npm install -g @agentclientprotocol/codex-acp",
        ),
        AgentEntry(
            name="gemini",
            command=("gemini", "--acp"),
            # In a folder that it does not trust it starts no MCP server, so it could not ask.
            env={"GEMINI_CLI_TRUST_WORKSPACE": "true"},
            auth_files=(".gemini/oauth_creds.json", ".gemini/google_accounts.json"),
            allowed_hosts=(
                "generativelanguage.googleapis.com:443",
                "cloudcode-pa.googleapis.com:443",
                "oauth2.googleapis.com:443",
            ),
            install="npm install -g @google/gemini-cli",
        ),
        AgentEntry(
            name="opencode",
            command=("opencode", "acp"),
            auth_files=(".local/share/opencode/auth.json",),
            allowed_hosts=("api.anthropic.com:443", "api.openai.com:443", "models.dev:443"),
            install="npm install -g opencode-ai",
        ),
        AgentEntry(
            name="goose",
            command=("goose", "acp"),
            install="See https://block.github.io/goose for how to install it.",
        ),
    )
}


def find(entry: AgentEntry, path: str | None = None) -> tuple[str, ...]:
    """The entry's command with its program as an absolute path.

    ``path`` is the search path, the daemon's own unless given. The folder of Pointsman's own
    programs is searched as well, last. Raises agent-missing with the command that installs it.
    """
    program, *arguments = entry.command
    own = str(Path(sys.executable).parent)
    where = os.pathsep.join([path if path is not None else os.environ.get("PATH", ""), own])
    found = shutil.which(program, path=where)
    if found is None:
        raise PointsmanError(
            "agent-missing",
            f"The agent {entry.name!r} needs the program {program!r}, which is not installed.",
            entry.install or f"Install {program!r}, or correct `command` in [agents.{entry.name}].",
            data={"agent": entry.name, "program": program},
        )
    return (str(Path(found).absolute()), *arguments)


def entry_env(entry: AgentEntry, environ: Mapping[str, str]) -> dict[str, str]:
    """What the entry adds to the agent's environment.

    A value that is nothing but ``$NAME`` takes the operator's variable of that name, so that no
    key need stand in a settings file; where there is none, it is left out.
    """
    told = {}
    for name, value in entry.env.items():
        if value.startswith("$") and value[1:].isidentifier():
            if value[1:] in environ:
                told[name] = environ[value[1:]]
        else:
            told[name] = value
    return told
