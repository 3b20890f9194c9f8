"""Messages where agents are held back less than usual: once a session for each way."""

from lsprotocol import types

from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.session import Session
from pointsman.model.records import Event


class Unguarded:
    """What the operator's own settings let agents do, said to who looks at the repository."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._told: set[str] = set()

    def heard(self, event: Event) -> None:
        pass

    def show(self, overview: Overview) -> None:
        for words in overview.unguarded:
            if words not in self._told:
                self._told.add(words)
                self._session.say(words, types.MessageType.Warning)
