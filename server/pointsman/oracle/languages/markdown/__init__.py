"""Markdown: its headings, each with what is below it."""

from pointsman.oracle.languages.queried import Grammar, queried

MARKDOWN = queried(Grammar("markdown", "tree_sitter_markdown"), (".md", ".markdown"))
