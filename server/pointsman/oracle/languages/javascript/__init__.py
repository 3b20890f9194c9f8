"""JavaScript, with JSX."""

from pointsman.oracle.languages.queried import Grammar, queried

DEFINING = (
    r"(^|[^A-Za-z0-9_$])((function|class|const|let|var|interface|type|enum|namespace)"
    r"[[:space:]*]+NAMES([^A-Za-z0-9_$]|$)|NAMES[[:space:]]*(\([^;]*|[:=].*=>.*)$)"
)
JAVASCRIPT = queried(
    Grammar("javascript", "tree_sitter_javascript", folders=("ecmascript", "javascript")),
    (".js", ".jsx", ".mjs", ".cjs"),
    DEFINING,
    family="ecmascript",
)
