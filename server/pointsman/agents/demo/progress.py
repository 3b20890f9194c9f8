"""How far a session has come, kept in HOME so that a killed agent's session can be gone on with."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = ".pointsman-demo-agent"


@dataclass
class Progress:
    """One session. Saved after everything that must not be done twice."""

    session: str
    done: int = 0
    """How many steps are done."""
    answer: str | None = None
    """The last answer."""
    ticket: str | None = None
    """Of the question that the step at hand waits for."""
    writing: str | None = None
    """The digest of what the step at hand writes: if the file has it, the step was done."""

    @classmethod
    def new(cls) -> "Progress":
        progress = cls(f"demo-{secrets.token_hex(8)}")
        progress.save()
        return progress

    @classmethod
    def load(cls, session: str) -> "Progress | None":
        """The session of that id, or None if there is none here."""
        try:
            return cls(**json.loads(_path(session).read_bytes()))
        except FileNotFoundError:
            return None

    def save(self) -> None:
        """Write it whole or not at all."""
        path = _path(self.session)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(path)

    def step_done(self) -> None:
        self.done += 1
        self.ticket = self.writing = None
        self.save()


def _path(session: str) -> Path:
    # A session id is a client's word here: only its last part can name a file.
    return Path(os.environ["HOME"], FOLDER, Path(session).name + ".json")
