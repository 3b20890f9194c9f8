"""``pointsman replay``: how well would the oracle have done here? Needs no daemon, changes nothing.

Writes ``report.json``, ``picture.svg`` and the records that a later run goes on from.
"""

import json
import os
from pathlib import Path

from pointsman.git import Repository, find_history
from pointsman.model.base import Word
from pointsman.model.errors import PointsmanError
from pointsman.model.settings import Settings
from pointsman.operations.seam import Report, unheard
from pointsman.oracle import calibration
from pointsman.oracle.replay.measure import Measured, counts, learn, measure
from pointsman.oracle.replay.picture import picture
from pointsman.oracle.replay.records import Kept
from pointsman.oracle.replay.run import Wanted, replay
from pointsman.settings.files import operator_file, read, state_folder
from pointsman.settings.load import load

MERGES = 300
PULLS = 1000
"""Pairs that are replayed where nothing is said."""


class ReplayReport(Word):
    """What a replay found."""

    repository: str
    """The name of its folder."""
    pairs: dict[str, int]
    left_out: int
    """Pairs that git can't merge, or of which a side changes too much to be a piece of work."""
    anew: int
    """Pairs that were judged in this run; the others were kept from runs before."""
    measured: Measured
    folder: str
    """Where report, picture and records are."""
    calibration: str | None = None
    """The file of the fitted model, if one was asked for."""


async def run(
    folder: Path,
    *,
    merges: int | None = None,
    pulls: int | None = None,
    cases: Path | None = None,
    calibrate: bool = False,
    out: Path | None = None,
    report: Report = unheard,
) -> ReplayReport:
    """Replays the past of the repository that ``folder`` is in, or cases, or both.

    With nothing said: its last merges and pairs on one base. Raises repository-missing,
    case-invalid, git-failed.
    """
    repository = await _repository(folder, needed=cases is None or bool(merges or pulls))
    if cases is None and merges is None and pulls is None:
        merges, pulls = MERGES, PULLS
    settings = _settings()
    state = state_folder(settings, os.environ) / (repository.id if repository else "cases")
    out = out or state / "replay"
    wanted = Wanted(merges or 0, pulls or 0, cases)
    done = await replay(repository, wanted, Kept(out / "records.jsonl"), report)
    measured = measure(done.records, settings.costs)
    fitted = state / calibration.FILE if calibrate else None
    if fitted is not None:
        _write(fitted, learn(done.records).json_text())
    name = _name(repository.common_dir) if repository else cases.name if cases else ""
    found = ReplayReport(
        repository=name,
        pairs=counts(done.records),
        left_out=done.left_out,
        anew=done.anew,
        measured=measured,
        folder=str(out),
        calibration=str(fitted) if fitted else None,
    )
    _write(out / "report.json", json.dumps(found.wire(), indent=2) + "\n")
    _write(out / "picture.svg", picture(measured, f"Replay of {name}"))
    return found


async def _repository(folder: Path, *, needed: bool) -> Repository | None:
    try:
        return await find_history(folder)
    except PointsmanError:
        if needed:
            raise
        return None


def _settings() -> Settings:
    """The operator's alone."""
    own = operator_file(os.environ)
    return load(None, read(own), {}, operator_path=str(own)).settings


def _name(common_dir: Path) -> str:
    return common_dir.parent.name if common_dir.name == ".git" else common_dir.name


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.half")
    half.write_text(text, "utf-8")
    half.replace(path)
