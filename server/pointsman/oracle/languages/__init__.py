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
from pointsman.oracle.languages.python import PYTHON
from pointsman.oracle.languages.rust import RUST
from pointsman.oracle.languages.toml import TOML
from pointsman.oracle.languages.typescript import TSX, TYPESCRIPT
from pointsman.oracle.languages.yaml import YAML
from pointsman.oracle.symbols import Symbols

EXTRACTOR_VERSION = 5
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


def extract(language: str, source: bytes, *, hashes: bool = True) -> Symbols:
    """The symbols of a file in a language that ``language_of`` named; without hashes a survey."""
    return _BY_NAME[language].extract(source, hashes)


def _by_suffix(path: str) -> Language | None:
    _, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return _BY_SUFFIX.get(f".{suffix}") if dot else None
