"""YAML: its keys, nested."""

from pointsman.oracle.languages.queried import Grammar, queried

YAML = queried(Grammar("yaml", "tree_sitter_yaml"), (".yaml", ".yml"))
