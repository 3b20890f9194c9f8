"""TOML: its keys, nested; dotted keys and tables are nested, too."""

from pointsman.oracle.languages.queried import Grammar, queried

TOML = queried(Grammar("toml", "tree_sitter_toml"), (".toml",))
