"""A file that does not merge: what kind of conflict, its three versions, who changed it on base.

What people and agents see of it comes from commits that agents made: every text here is bounded,
valid and without control characters.
"""

from pointsman.model.base import Word


class FileVersion(Word):
    """One version of a file: its mode and the blob that holds it."""

    mode: str
    blob: str


class LandedChange(Word):
    """A commit on base that changed the file after the unit's workspace had been cut."""

    commit: str
    subject: str
    unit: str | None = None
    """The unit that landed with it; None for what others committed."""
    chunk: str | None = None
    symbols: tuple[str, ...] = ()
    """What of the file the two chunks have in common, as far as the oracle knew."""


class Unmerged(Word):
    """A path whose changes on base and by the unit don't merge."""

    path: str
    kind: str
    """``content``, ``add/add``, ``modify/delete``, ``rename/delete`` …, in git's words."""
    says: str
    """Git's sentence about it."""
    base: FileVersion | None = None
    """The file as both started from it; None where there was none."""
    ours: FileVersion | None = None
    """As base has it now."""
    theirs: FileVersion | None = None
    """As the unit has it."""
    landed: tuple[LandedChange, ...] = ()
    hunks: str = ""
    """The places that conflict, with all three versions between markers; cut where they are long.
    Where one side deleted the file: what the other changed in it."""
