"""Opening an ACP session: introduced, new or gone on with, in the mode that the entry names."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import acp
from acp import schema
from acp.connection import Connection
from acp.utils import serialize_params
from pydantic import BaseModel

from pointsman.agents.driver import Session
from pointsman.agents.events import SessionLost, Started, StartRefused

RESUME_AGAIN = 0.3
"""Seconds before a session that could not be resumed is tried once more: an agent that was just
killed may not have let go of it yet."""
_AUTH_REQUIRED = -32000
_SHIM = Path(__file__).with_name("ask_shim.py")


class _Lost(Exception):
    """The session can't be resumed."""


async def open_session(
    connection: Connection, session: Session, resume: str | None
) -> Started | SessionLost | StartRefused:
    """Open a new session, or the one with the id ``resume``.

    Raises acp.RequestError, ConnectionError and pydantic.ValidationError as the agent makes them.
    """
    try:
        answered = await request(connection, "initialize", _introduction())
        can = schema.InitializeResponse.model_validate(answered).agent_capabilities
        if resume is None:
            fresh = schema.NewSessionRequest(
                cwd=str(session.workspace), mcp_servers=_servers(session)
            )
            answered = await request(connection, "session/new", fresh)
            ident = schema.NewSessionResponse.model_validate(answered).session_id
        else:
            answered = await _reopen(connection, session, can, resume)
            ident = resume
    except _Lost as lost:
        return SessionLost(session=resume or "", why=str(lost))
    except acp.RequestError as error:
        if error.code == _AUTH_REQUIRED:
            return StartRefused(why=f"The agent wants a login: {words_of(error)}")
        raise
    if session.mode is not None:
        modes = schema.LoadSessionResponse.model_validate(answered or {}).modes
        offered = [mode.id for mode in modes.available_modes] if modes else []
        if session.mode not in offered:
            known = ", ".join(offered) or "none"
            return StartRefused(why=f"The agent has no mode {session.mode!r}, but {known}.")
        chosen = schema.SetSessionModeRequest(session_id=ident, mode_id=session.mode)
        await request(connection, "session/set_mode", chosen)
    return Started(session=ident, resumed=resume is not None)


async def _reopen(
    connection: Connection, session: Session, can: schema.AgentCapabilities | None, ident: str
) -> Any:
    """The agent's answer. Raises _Lost, or RequestError where it wants a login."""
    told: dict[str, Any] = {
        "session_id": ident,
        "cwd": str(session.workspace),
        "mcp_servers": _servers(session),
    }
    earlier: BaseModel
    if can and can.session_capabilities and can.session_capabilities.resume is not None:
        method, earlier = "session/resume", schema.ResumeSessionRequest(**told)
    elif can and can.load_session:
        method, earlier = "session/load", schema.LoadSessionRequest(**told)
    else:
        raise _Lost("The agent can't resume sessions.")
    for wait in (RESUME_AGAIN, None):
        try:
            return await request(connection, method, earlier)
        except acp.RequestError as error:
            if error.code == _AUTH_REQUIRED:
                raise
            if wait is None:
                raise _Lost(words_of(error)) from None
            await asyncio.sleep(wait)
    raise AssertionError


def _servers(session: Session) -> list[Any]:
    """The MCP servers of the session: the shim of the ask server."""
    if session.ask_socket is None:
        return []
    # Isolated and without site-packages: the shim starts in a few milliseconds and imports nothing
    # that lies in the workspace.
    args = ["-I", "-S", str(_SHIM), "--mcp", str(session.ask_socket)]
    return [schema.McpServerStdio(name="pointsman", command=sys.executable, args=args, env=[])]


def _introduction() -> schema.InitializeRequest:
    form = schema.ElicitationFormCapabilities()
    return schema.InitializeRequest(
        protocol_version=acp.PROTOCOL_VERSION,
        client_capabilities=schema.ClientCapabilities(
            elicitation=schema.ElicitationCapabilities(form=form)
        ),
        client_info=schema.Implementation(name="pointsman", title="Pointsman", version="0.1.0"),
    )


async def request(connection: Connection, method: str, params: BaseModel) -> Any:
    """The agent's result, as JSON. Raises acp.RequestError or ConnectionError."""
    return await connection.send_request(method, serialize_params(params))


def words_of(error: Exception) -> str:
    """An agent's error for a person: its message, and its details where it gave any."""
    if not isinstance(error, acp.RequestError):
        return str(error)
    data = error.data
    details = data.get("details") or data.get("message") if isinstance(data, dict) else data
    if not details:
        return str(error)
    return f"{error}: {details if isinstance(details, str) else json.dumps(details)}"[:2000]
