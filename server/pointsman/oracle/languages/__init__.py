"""The languages that the oracle can look into, and which file is written in which.

A language is a folder here: tree-sitter queries (``*.scm``) and a module with the four names of
``Language``. To add one: make the folder, put the module into ``LANGUAGES``, add the grammar's
wheel to the project's dependencies.
"""

from collections.abc import Collection
from typing import Protocol

from pointsman.oracle.languages import python
from pointsman.oracle.symbols import Symbols

EXTRACTOR_VERSION = 2
"""Part of the key of extracted symbols: raise it when any language's extraction changes."""


class Language(Protocol):
    """What a language's module offers."""

    NAME: str
    SUFFIXES: tuple[str, ...]

    def survey(self, source: bytes) -> Symbols:
        """What a file defines, imports and names, without hashes: for files nobody changes.

        Its references are all that looks like a name, and no call among them is known.
        """
        ...

    def symbols(self, source: bytes) -> Symbols:
        """All there is. Both are pure; any bytes are a file; slow on hostile ones, so they run in
        a worker."""
        ...

    def definition_pattern(self, names: Collection[str]) -> str:
        """An extended regular expression for lines that may define one of these identifiers."""
        ...


LANGUAGES: tuple[Language, ...] = (python,)

_BY_NAME = {language.NAME: language for language in LANGUAGES}
_BY_SUFFIX = {suffix: language for language in LANGUAGES for suffix in language.SUFFIXES}


def language_of(path: str) -> str | None:
    """The name of a file's language by its suffix; None: it has lines only."""
    _, dot, suffix = path.rpartition("/")[2].rpartition(".")
    language = _BY_SUFFIX.get(f".{suffix}") if dot else None
    return language.NAME if language else None


def extract(language: str, source: bytes, *, hashes: bool = True) -> Symbols:
    """The symbols of a file in a language that ``language_of`` named; without hashes a survey."""
    known = _BY_NAME[language]
    return known.symbols(source) if hashes else known.survey(source)
