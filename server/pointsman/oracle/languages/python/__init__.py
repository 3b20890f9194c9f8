"""Python. See ``extraction`` for how it is read."""

from collections.abc import Collection

from pointsman.oracle.languages.language import Language
from pointsman.oracle.symbols import Symbols


def _extract(source: bytes, hashes: bool) -> Symbols:
    from pointsman.oracle.languages.python import extraction

    return extraction.symbols(source) if hashes else extraction.survey(source)


def _definition_pattern(names: Collection[str]) -> str:
    """A line of it may still be a comment or a string: extraction decides."""
    choice = "|".join(sorted(names))
    keyword = "(async[[:space:]]+def|def|class|type)[[:space:]]+"
    return (
        rf"^[[:space:]]*{keyword}({choice})([^A-Za-z0-9_]|$)"
        rf"|^({choice})[[:space:]]*(:|=([^=]|$))"
    )


PYTHON = Language("python", (".py", ".pyi", ".pyw"), _extract, _definition_pattern)
