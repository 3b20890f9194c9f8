"""``workspace/executeCommand``: every operation as ``pointsman.<operation>``.

One object argument is the operation's parameters, as they are; a bare string fills the parameter
that is enough to call it. Long operations report progress and can be cancelled, by the request's
``$/cancelRequest`` or by the progress box.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from pointsman.model.errors import PointsmanError
from pointsman.operations.seam import OperationInfo, Report, unheard

if TYPE_CHECKING:
    from pointsman.doors.lsp.session import Session

PREFIX = "pointsman."
AGREEING_SECONDS = 1.0
"""How long a client may take to agree to a progress box; its work begins without one then."""

Command = Callable[[dict[str, Any]], Awaitable[Any]]


def parameters(info: OperationInfo, arguments: object) -> dict[str, Any]:
    """The operation's parameters from a command's arguments.

    Raises PointsmanError ``invalid-params`` for more than one object, or a bare value where the
    operation has no parameter for it.
    """
    match arguments:
        case None | [] | [None]:
            return {}
        case [dict() as params]:
            return params
        case [str(), *_] if info.single and all(isinstance(a, str) for a in arguments):
            many = info.params.get("properties", {}).get(info.single, {}).get("type") == "array"
            if many:
                return {info.single: arguments}
            if len(arguments) == 1:
                return {info.single: arguments[0]}
    names = ", ".join(info.params.get("properties", {})) or "nothing"
    raise PointsmanError(
        "invalid-params",
        f"{PREFIX}{info.name} takes one object as its argument.",
        f"Give an object with: {names}."
        + (f" A bare string is taken as `{info.single}`." if info.single else ""),
    )


class Commands:
    """The commands of one session. ``local`` are those of the door itself, by full name."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self.local: dict[str, Command] = {}
        self._working: dict[types.ProgressToken, asyncio.Task[Any]] = {}
        self._numbers = itertools.count(1)
        session.protocol.raw[types.WORKSPACE_EXECUTE_COMMAND] = self._execute
        session.protocol.work_cancelled = self._cancel

    def names(self) -> list[str]:
        """Every command that a client may send."""
        return [*(PREFIX + name for name in self._session.app.operations()), *self.local]

    async def _execute(self, params: Any) -> Any:
        """The answer to the request, given as raw JSON. Raises PointsmanError."""
        match params:
            case {"command": str() as name}:
                arguments, token = params.get("arguments"), params.get("workDoneToken")
            case _:
                raise PointsmanError(
                    "invalid-params", "There is no command in that.", "Send {command, arguments}."
                )
        if (local := self.local.get(name)) is not None:
            return await local(_one_object(name, arguments))
        info = self._session.app.operations().get(name.removeprefix(PREFIX))
        if info is None or not name.startswith(PREFIX):
            raise PointsmanError(
                "operation-unknown",
                f"There is no command {name[:100]}.",
                "`pointsman --help` lists the operations; a command is `pointsman.<operation>`.",
            )
        async with self.progress(info, token) as report:
            result = await self._session.call(info.name, parameters(info, arguments), report)
        return await asyncio.to_thread(self._session.checkout.translate, result)

    @asynccontextmanager
    async def progress(self, info: OperationInfo, token: object = None) -> AsyncIterator[Report]:
        """Progress on the client's token, or for a long operation on one that we make."""
        if not isinstance(token, int | str) or isinstance(token, bool):
            token = await self.new_token() if info.long else None
        if token is None:
            yield unheard
            return
        task = asyncio.current_task()
        assert task is not None
        self._working[token] = task
        try:
            with self.box(token, f"Pointsman: {info.name}", cancellable=True) as report:
                yield report
        finally:
            del self._working[token]

    @contextmanager
    def box(self, token: int | str, title: str, *, cancellable: bool) -> Iterator[Report]:
        """Progress on a token, from its beginning to its end."""
        shown = self._session.server.work_done_progress
        shown.begin(token, types.WorkDoneProgressBegin(title, cancellable=cancellable))
        try:
            yield lambda text, fraction: shown.report(
                token,
                types.WorkDoneProgressReport(message=text, percentage=_percentage(fraction)),
            )
        finally:
            shown.tokens.pop(token, None)
            shown.end(token, types.WorkDoneProgressEnd())

    async def new_token(self) -> str | None:
        """A token that the client has agreed to, or None where it shows no progress."""
        if not self._session.client.progress:
            return None
        token = f"pointsman-{self._session.name}-{next(self._numbers)}"
        asked = types.WorkDoneProgressCreateParams(token)
        try:
            async with asyncio.timeout(AGREEING_SECONDS):
                await self._session.server.window_work_done_progress_create_async(asked)
        except Exception:  # it said no, nothing, or something odd: then without
            return None
        return token

    def _cancel(self, token: types.ProgressToken) -> None:
        if isinstance(token, int | str) and (task := self._working.get(token)) is not None:
            task.cancel()


def _percentage(fraction: float | None) -> int | None:
    return None if fraction is None else round(100 * min(1.0, max(0.0, fraction)))


def _one_object(name: str, arguments: object) -> dict[str, Any]:
    match arguments:
        case [dict() as params]:
            return params
    raise PointsmanError(
        "invalid-params",
        f"{name} takes one object as its argument.",
        "Give it {unit: …}, or {item: …}.",
    )
