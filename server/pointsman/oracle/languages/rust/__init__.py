"""Rust: what an ``impl`` has belongs to its type; the ``impl`` itself is a block of that type."""

from pointsman.oracle.languages.queried import Grammar, queried

RUST = queried(
    Grammar(
        "rust",
        "tree_sitter_rust",
        tuples=("tuple_expression", "tuple_pattern", "tuple_type", "token_tree"),
    ),
    (".rs",),
    r"(^|[^A-Za-z0-9_])(fn|struct|enum|union|trait|type|const|static|static mut|mod|macro_rules!)"
    r"[[:space:]]+NAMES([^A-Za-z0-9_]|$)",
)
