"""TypeScript and TSX: two grammars of one wheel, read by JavaScript's queries and a few more."""

from pointsman.oracle.languages.javascript import DEFINING
from pointsman.oracle.languages.queried import Grammar, queried

_FOLDERS = ("ecmascript", "typescript")
_WHEEL = "tree_sitter_typescript"

TYPESCRIPT = queried(
    Grammar("typescript", _WHEEL, "language_typescript", _FOLDERS),
    (".ts", ".mts", ".cts"),
    DEFINING,
    family="ecmascript",
)
TSX = queried(
    Grammar("tsx", _WHEEL, "language_tsx", _FOLDERS), (".tsx",), DEFINING, family="ecmascript"
)
