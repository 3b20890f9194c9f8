"""Requests that a session works on: each is answered exactly once, and cancelling one stops it."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from pointsman.doors import jsonrpc
from pointsman.doors.failure import cancelled

AT_ONCE = 500
"""How many requests of one session may run; one more is refused."""


class InFlight:
    """The requests of one session that run. ``explain`` makes the error object of an exception."""

    def __init__(
        self,
        send: Callable[[dict[str, Any]], None],
        explain: Callable[[BaseException], dict[str, Any]],
    ) -> None:
        self._send, self._explain = send, explain
        self._tasks: dict[jsonrpc.Id, asyncio.Task[dict[str, Any]]] = {}

    def begin(
        self, group: asyncio.TaskGroup, id: jsonrpc.Id, work: Coroutine[Any, Any, Any]
    ) -> None:
        """Run ``work`` in ``group``; its result, failure or cancellation is the answer."""
        refusal = (
            "That request id is in use."
            if id in self._tasks
            else "Too many requests at once."
            if len(self._tasks) >= AT_ONCE
            else None
        )
        if refusal is not None:
            work.close()
            error = {"code": jsonrpc.INVALID_REQUEST, "message": refusal}
            self._send(jsonrpc.failed(id, error))
            return
        task = group.create_task(self._answer(id, work))
        self._tasks[id] = task
        # A task that is cancelled before its first step runs none of its code, so it can't answer.
        task.add_done_callback(partial(self._done, id))

    def cancel(self, id: object) -> None:
        """Cancel a request; nothing happens if it has been answered or never was."""
        if isinstance(id, int | str) and (task := self._tasks.get(id)) is not None:
            task.cancel()

    def cancel_others(self) -> None:
        """Cancel all but the request that calls this."""
        for task in self._tasks.values():
            if task is not asyncio.current_task():
                task.cancel()

    async def _answer(self, id: jsonrpc.Id, work: Coroutine[Any, Any, Any]) -> dict[str, Any]:
        try:
            return jsonrpc.response(id, await work)
        except Exception as error:  # whatever it is, the caller gets an answer
            return jsonrpc.failed(id, self._explain(error))
        finally:
            work.close()

    def _done(self, id: jsonrpc.Id, task: asyncio.Task[dict[str, Any]]) -> None:
        del self._tasks[id]
        self._send(jsonrpc.failed(id, cancelled()) if task.cancelled() else task.result())
