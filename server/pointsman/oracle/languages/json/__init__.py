"""JSON: its keys, nested."""

from pointsman.oracle.languages.queried import Grammar, queried

JSON = queried(Grammar("json", "tree_sitter_json"), (".json", ".jsonc"))
