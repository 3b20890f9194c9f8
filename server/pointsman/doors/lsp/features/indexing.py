"""``$/progress`` while the oracle's index is being filled; nothing where it is whole already."""

from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.session import Session
from pointsman.model.records import Event

INDEX = "index"


class Indexing:
    """Follows the operation ``index`` once, from the session's start."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._followed = False

    def heard(self, event: Event) -> None:
        pass

    def show(self, overview: Overview) -> None:
        if not self._followed and self._session.client.progress:
            self._followed = True
            self._session.spawn(self._follow(), "following the index")

    async def _follow(self) -> None:
        begun = await self._session.call(INDEX, {"whole": False})
        if begun["index"]["done"] < begun["index"]["total"]:
            operation = self._session.app.operations()[INDEX]
            async with self._session.commands.progress(operation) as report:
                await self._session.call(INDEX, {}, report)
