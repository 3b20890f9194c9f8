"""The events of one process on their way from its driver to the one who reads them."""

import asyncio
from collections.abc import AsyncIterator

from pointsman.agents.events import AgentEvent, Exited

_BEHIND = 2000
"""Events that may wait for the reader before the driver stops reading the agent's pipe."""


class EventStream:
    """Telling never waits; a driver waits for ``room`` before it reads on what makes events."""

    def __init__(self) -> None:
        self._told: asyncio.Queue[AgentEvent] = asyncio.Queue()
        self._room = asyncio.Event()
        self._room.set()
        self._bounded = True

    def tell(self, event: AgentEvent) -> None:
        self._told.put_nowait(event)
        if self._bounded and self._told.qsize() >= _BEHIND:
            self._room.clear()

    async def room(self) -> None:
        """Until the reader has caught up."""
        await self._room.wait()

    def lift(self) -> None:
        """No bound any more: the process is gone, what is left in its pipes is little."""
        self._bounded = False
        self._room.set()

    async def read(self) -> AsyncIterator[AgentEvent]:
        """Every event, to ``Exited``, which is the last."""
        while True:
            event = await self._told.get()
            if self._told.qsize() < _BEHIND // 2:
                self._room.set()
            yield event
            if isinstance(event, Exited):
                return
