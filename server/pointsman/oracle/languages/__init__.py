"""The languages that the oracle can look into, and which file is written in which.

A language is a folder here: tree-sitter queries (``*.scm``) and a module that names the grammar's
wheel. docs/languages.md says how one is added.
"""

from pointsman.oracle.languages.go import GO
from pointsman.oracle.languages.java import JAVA
from pointsman.oracle.languages.javascript import JAVASCRIPT
from pointsman.oracle.languages.json import JSON
from pointsman.oracle.languages.language import Language
from pointsman.oracle.languages.markdown import MARKDOWN
from pointsman.oracle.languages.memory import NOTHING_KEPT, Memory
from pointsman.oracle.languages.python import PYTHON
from pointsman.oracle.languages.rust import RUST
from pointsman.oracle.languages.toml import TOML
from pointsman.oracle.languages.typescript import TSX, TYPESCRIPT
from pointsman.oracle.languages.yaml import YAML
from pointsman.oracle.symbols import Symbols

EXTRACTOR_VERSION = 6
"""Part of the key of extracted symbols: raise it when any language's extraction changes."""

LANGUAGES: tuple[Language, ...] = (
    *(PYTHON, TYPESCRIPT, TSX, JAVASCRIPT, GO, RUST, JAVA),
    *(JSON, YAML, TOML, MARKDOWN),
)

_BY_NAME = {language.name: language for language in LANGUAGES}
_BY_SUFFIX = {suffix: language for language in LANGUAGES for suffix in language.suffixes}


def language_of(path: str) -> str | None:
    """The name of a file's language by its suffix; None: it has lines only."""
    language = _by_suffix(path)
    return language.name if language else None


def code_language_of(path: str) -> str | None:
    """Likewise, but None also where code uses nothing by name that is defined there."""
    language = _by_suffix(path)
    return language.name if language and language.definition_pattern else None


def kin_of(path: str) -> str | None:
    """What a file's language shares with those that name its definitions (``Language.family``)."""
    language = _by_suffix(path)
    return language.kin if language else None


def language_named(name: str) -> Language:
    """The language that ``language_of`` named."""
    return _BY_NAME[name]


def extract(
    language: str, source: bytes, *, hashes: bool = True, memory: Memory = NOTHING_KEPT
) -> Symbols:
    """The symbols of a file in a language that ``language_of`` named; without hashes a survey.

    With a ``memory``, of a file of which another version was read before only what is new is.
    """
    known = _BY_NAME[language]
    root = known.parser().parse(source).root_node
    return known.symbols(source, root, memory, hashes)


def outline_of(language: str, source: bytes) -> Symbols | None:
    """What a file defines, at once and without what is in it; None: its language has no such way.

    No evidence: for searching only, until ``extract`` has told it exactly.
    """
    way = _BY_NAME[language].outline
    return None if way is None else Symbols(language, tuple(way(source)))


def has_outline(language: str) -> bool:
    return _BY_NAME[language].outline is not None


def _by_suffix(path: str) -> Language | None:
    _, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return _BY_SUFFIX.get(f".{suffix}") if dot else None
