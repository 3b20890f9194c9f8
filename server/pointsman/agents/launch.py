"""From an agent's entry and a unit to a ``Session`` that a driver can start."""

import os
import secrets
import shutil
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from pointsman.agents.ask_shim import SOCKET_VARIABLE
from pointsman.agents.driver import Session
from pointsman.agents.known import ENTRIES, entry_env, find
from pointsman.agents.logins import hand_on
from pointsman.model.agent import AgentEntry
from pointsman.model.errors import PointsmanError
from pointsman.model.names import chunk_of
from pointsman.model.settings import Settings
from pointsman.sandbox import Sandbox, Toolchains, agent_policy
from pointsman.sandbox.toolchains import find_toolchains


def toolchains(settings: Settings, environ: Mapping[str, str], never: Iterable[Path]) -> Toolchains:
    """What is shown of the programs that are installed; ``never`` is shown of no program.

    Takes about a tenth of a second, and blocks.
    """
    path = environ.get("PATH", "")
    programs = []
    for name in {*ENTRIES, *settings.agents}:
        with suppress(PointsmanError):  # not installed
            programs.append(Path(find(settings.entry(name, ENTRIES), path)[0]))
    home = Path(environ.get("HOME", "/"))
    return find_toolchains(programs, path, home=home, environ=environ, never=tuple(never))


def session_for(
    entry: AgentEntry,
    unit: str,
    *,
    workspace: Path,
    chunk_folder: str,
    home: Path,
    objects: Iterable[Path],
    tools: Toolchains,
    masked: Iterable[Path],
    sandbox: Sandbox,
    ask_socket: Path | None,
    environ: Mapping[str, str],
) -> Session:
    """What to start for a unit. ``environ`` is the operator's environment: PATH, and what the entry
    takes from it by name. ``chunk_folder`` is relative to the workspace. Raises agent-missing.
    """
    folder = workspace / chunk_folder
    env = {
        "POINTSMAN_CHUNK": chunk_of(unit),
        "POINTSMAN_GOAL": str(folder / "GOAL.md"),
        "POINTSMAN_PLAN": str(folder / "PLAN.md"),
    }
    if ask_socket is not None:
        env["POINTSMAN_ASK"] = str(Path(sys.executable).absolute().with_name("pointsman-ask"))
        env[SOCKET_VARIABLE] = str(ask_socket)
    policy = agent_policy(
        workspace=workspace,
        home=home,
        objects=objects,
        tools=tools,
        env={**entry_env(entry, environ), **env},
        network=entry.network,
        read_paths=[Path(path) for path in entry.read_paths],
        masked=masked,
        sockets=[ask_socket] if ask_socket is not None else [],
    )
    return Session(
        unit=unit,
        argv=find(entry, environ.get("PATH", "")),
        policy=policy,
        sandbox=sandbox,
        mode=entry.mode,
        ask_socket=ask_socket,
    )


def prepare_home(home: Path, entry: AgentEntry, operator_home: Path) -> None:
    """Make a unit's HOME with the entry's login files, if it is not there yet.

    It appears with everything in it or not at all. Once an agent has run there, what it left could
    be a link to somewhere else: then only logins are renewed, by `hand_on`.
    """
    if home.exists():
        hand_on(home, entry.auth_files, operator_home)
        return
    fresh = home.with_name(f".{home.name}.{secrets.token_hex(4)}")
    fresh.mkdir(mode=0o700, parents=True)
    try:
        for name in entry.auth_files:
            source = operator_home / name
            if source.is_file():
                target = fresh / name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                shutil.copyfile(source, target)
                target.chmod(0o600)
        os.rename(fresh, home)  # noqa: PTH104 - not replace(): a HOME that came meanwhile stays
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
