"""Names of chunks, ids of units. Without dot or slash: safe in refs and paths."""

import re

from pointsman.model.footprint import OPERATOR

CHUNK_NAME = re.compile(r"[a-z][A-Za-z0-9_-]{0,63}\Z")
UNIT_ID = re.compile(r"([a-z][A-Za-z0-9_-]{0,63})\.([1-9][0-9]*)\Z")


def is_chunk_name(text: str) -> bool:
    """A lower-case letter, then letters, digits, ``_``, ``-``; 64 at most. Not ``operator``, which
    is the human's name among the participants of a conflict."""
    return CHUNK_NAME.match(text) is not None and text != OPERATOR


def unit_id(chunk: str, n: int) -> str:
    return f"{chunk}.{n}"


def chunk_of(unit: str) -> str:
    """The chunk of a unit's id."""
    return unit.partition(".")[0]


def base_ref(unit: str) -> str:
    """Pins the commit that the unit's workspace was cut from, so that no gc takes it."""
    return f"refs/pointsman/base/{unit}"


def snapshot_ref(unit: str) -> str:
    """The unit's newest snapshot: in its store while it lives, in the repository once it stops."""
    return f"refs/pointsman/snapshots/{unit}"


def landing_ref(unit: str) -> str:
    """Keeps what a landing made from gc until it is over: first the tree, then the commit; or what
    does not merge."""
    return f"refs/pointsman/landing/{unit}"
