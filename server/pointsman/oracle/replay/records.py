"""What was said of each pair, and what became of it: one line of JSON a pair, kept as it comes.

An interrupted run goes on where it was. What another version of the oracle said is not mixed in.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from pointsman.model.base import Word
from pointsman.model.conflict import Verdict
from pointsman.oracle.calibration import Signs
from pointsman.oracle.replay.pairs import Kind, Label


class Opinion(Word):
    """What the oracle says of a pair."""

    probability: float = 0.0
    verdict: Verdict = Verdict.INDEPENDENT
    signs: Signs = Signs()
    """Its overlaps, reduced to what a model may learn from."""


class Seconds(Word):
    """What it took."""

    footprints: tuple[float, ...] = ()
    """Of those that had to be made for this pair."""
    pair: float
    git: float
    """Its share of a batched trial merge."""


class Record(Word):
    """One pair, judged."""

    key: str
    kind: Kind
    name: str
    group: str
    """Pairs of one group are never split between learning and measuring."""
    label: Label | None = None
    conflicts: bool
    """What git says, but for files that a merge rule settles."""
    rules: tuple[str, ...]
    """The plain rules that would flag it."""
    observed: Opinion
    """From both changes, without a trial merge."""
    merged: Opinion
    """From both changes and git's word."""
    planned: Opinion | None = None
    """From the texts alone."""
    plan_rules: tuple[str, ...] = ()
    seconds: Seconds

    @property
    def collides(self) -> bool:
        return self.conflicts or self.label in (Label.SEMANTIC, Label.TEXTUAL)


@cache
def made_by() -> str:
    """A hash of the oracle's own code: the version of what is said."""
    folder = Path(__file__).parent.parent
    hashed = hashlib.sha256()
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.scm")]):
        if path.name not in ("measure.py", "picture.py", "fit.py"):
            hashed.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return hashed.hexdigest()[:16]


class Kept:
    """The file of records."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.records: dict[str, Record] = {r.key: r for r in _read(path)}
        path.parent.mkdir(parents=True, exist_ok=True)
        # written anew: a last line may have been cut short, or another version have made it
        half = path.with_name(f"{path.name}.half")
        lines = (json.dumps({"madeBy": made_by()}), *(r.json_text() for r in self.records.values()))
        half.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        half.replace(path)

    @property
    def index(self) -> Path:
        """Where the symbols are kept that were needed."""
        return self._path.with_name("symbols.db")

    def keep(self, record: Record) -> None:
        self.records[record.key] = record
        with self._path.open("a", encoding="utf-8") as file:
            file.write(record.json_text() + "\n")


def _read(path: Path) -> Iterator[Record]:
    """The records of this version, as far as they are whole."""
    if not path.is_file():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        if file.readline() != json.dumps({"madeBy": made_by()}) + "\n":
            return
        for line in file:
            try:
                yield Record.model_validate_json(line)
            except ValidationError:
                return
