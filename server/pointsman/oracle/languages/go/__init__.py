"""Go: methods belong to the type of their receiver, whichever file it is in."""

from pointsman.oracle.languages.queried import Grammar, queried

GO = queried(
    Grammar("go", "tree_sitter_go"),
    (".go",),
    r"^[[:space:]]*((func|type|var|const)[[:space:]]+(\([^)]*\)[[:space:]]*)?)?NAMES([^A-Za-z0-9_]|$)",
)
