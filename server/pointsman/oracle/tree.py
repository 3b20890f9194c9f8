"""The files of one commit, as the oracle asks about them: by path, by module, by blob."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cached_property

from pointsman.git import Entry, printable
from pointsman.oracle.predicted import Files
from pointsman.oracle.resolve import Modules

PLAIN_FILES = frozenset({"100644", "100755"})
"""Modes of files with a content of their own: no links, no submodules."""


class Tree:
    """What is in a commit. What is costly to know is found out when it is first asked for."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        listed = list(entries)
        self.files = Files([printable(entry.path) for entry in listed])
        self._plain = {printable(e.path): e.id for e in listed if e.mode in PLAIN_FILES}

    @cached_property
    def modules(self) -> Modules:
        return Modules(self._plain)

    @cached_property
    def paths_of(self) -> dict[str, tuple[str, ...]]:
        """The files that have a blob as their content."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path, blob in self._plain.items():
            found[blob].append(path)
        return {blob: tuple(paths) for blob, paths in found.items()}

    def is_plain(self, path: str) -> bool:
        """Whether it is a file that can be looked into: no link, no submodule, no folder."""
        return path in self._plain

    def blobs(self, first: Collection[str] = ()) -> list[tuple[str, str]]:
        """Each plain file with its blob, those named ``first`` before the others, in that order."""
        place = {path: number for number, path in enumerate(first)}
        return sorted(
            self._plain.items(), key=lambda file: (place.get(file[0], len(place)), file[0])
        )
