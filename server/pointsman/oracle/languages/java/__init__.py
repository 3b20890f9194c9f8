"""Java."""

from pointsman.oracle.languages.queried import Grammar, queried

JAVA = queried(
    Grammar("java", "tree_sitter_java"),
    (".java",),
    r"(^|[[:space:]])((class|interface|enum|record)[[:space:]]+NAMES([^A-Za-z0-9_]|$)"
    r"|NAMES[[:space:]]*\([^;]*$)",
)
