"""``$/progress`` of the units that are at work, from their start over their agents' words to their
landing. Not to be cancelled there: a box that is closed must not end an agent."""

import asyncio
from dataclasses import dataclass, field

from pointsman.doors.lsp.overview import Overview, Unit
from pointsman.doors.lsp.session import Session
from pointsman.model.records import Event
from pointsman.model.work_unit import ACTIVE

AT_ONCE = 10
"""Units whose progress is shown; editors show one or two of them anyway."""
REPORT_SECONDS = 0.5
"""The shortest time between two reports."""


@dataclass
class _Box:
    """What is to be said next in a unit's box."""

    words: str
    fraction: float | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False

    def say(self, words: str, fraction: float | None = None) -> None:
        if (words, fraction) != (self.words, self.fraction):
            self.words, self.fraction = words, fraction
            self.changed.set()

    def end(self) -> None:
        self.over = True
        self.changed.set()


class Running:
    """The progress boxes of one session's units."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._boxes: dict[str, _Box] = {}
        """By unit."""
        self._phases: dict[str, str] = {}

    def show(self, overview: Overview) -> None:
        if not self._session.client.progress:
            return
        active = {unit.id: unit for unit in overview.units.values() if unit.status in ACTIVE}
        for gone in self._boxes.keys() - active.keys():
            self._boxes.pop(gone).end()
            self._phases.pop(gone, None)
        for id, unit in active.items():
            if id in self._boxes:
                if self._phases[id] != _phase(unit):  # an agent's words are of the phase before
                    self._boxes[id].say(_phase(unit))
            elif len(self._boxes) < AT_ONCE:
                box = self._boxes[id] = _Box(_phase(unit))
                self._session.spawn(self._follow(unit.chunk, box), "showing progress")
            self._phases[id] = _phase(unit)

    def heard(self, event: Event) -> None:
        box, data = self._boxes.get(event.unit or ""), event.data
        if box is None:
            return
        if event.kind == "progress":
            percent = data.get("percent")
            fraction = percent / 100 if isinstance(percent, int | float) else None
            box.say(f"{self._phases[event.unit or '']}: {data.get('text', '')}", fraction)
        elif event.kind == "landing.step":
            state = data.get("state") or data.get("landing", {}).get("state", "")
            box.say(f"land: {str(state).lower()}")

    async def _follow(self, chunk: str, box: _Box) -> None:
        token = await self._session.commands.new_token()
        if token is None:
            return
        with self._session.commands.box(token, chunk, cancellable=False) as report:
            while not box.over:
                box.changed.clear()
                report(box.words, box.fraction)
                await box.changed.wait()
                if not box.over:
                    await asyncio.sleep(REPORT_SECONDS)


def _phase(unit: Unit) -> str:
    return (unit.phase or unit.status).lower()
