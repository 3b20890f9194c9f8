"""Merge rules: files that several may change without getting in each other's way.

What two units do to such a file is merged, made anew or of no account, so it is no overlap. If git
stumbles over it at landing after all, the later unit is sent back to make it again.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import NamedTuple


class MergeRule(StrEnum):
    APPEND_ONLY = "append-only"
    """Entries are added at one end: a change log."""
    UNION = "union"
    """Lines in any order: a list of words or names."""
    GENERATED = "generated"
    """Made by a tool from other files."""
    IGNORE = "ignore"


class RuleFor(NamedTuple):
    pattern: str
    """For names of files; with a slash, for whole paths. ``*`` matches anything, as in fnmatch."""
    rule: MergeRule


DEFAULT_RULES: tuple[RuleFor, ...] = tuple(
    RuleFor(pattern, MergeRule.GENERATED)
    for pattern in (
        "Cargo.lock",
        "Gemfile.lock",
        "Pipfile.lock",
        "bun.lock",
        "composer.lock",
        "flake.lock",
        "go.sum",
        "npm-shrinkwrap.json",
        "package-lock.json",
        "pdm.lock",
        "pnpm-lock.yaml",
        "poetry.lock",
        "uv.lock",
        "yarn.lock",
        "*.min.css",
        "*.min.js",
        "*_pb2.py",
        "*_pb2.pyi",
        "*_pb2_grpc.py",
        "*.pb.go",
    )
)


_TESTS = re.compile(
    r"(?:.*/)?(?:tests?|__tests__|specs?|testing)/.*"
    r"|(?:.*/)?(?:test_[^/]*|conftest)\.[^/]*"
    r"|.*[._](?:test|spec)\.[^/.]+"
    r"|(?:.*/)?[^/]*Tests?\.java"
)


def is_test(path: str) -> bool:
    """Whether a file holds tests, going by its name: what relies on other code in it breaks
    nothing but itself."""
    return _TESTS.fullmatch(path) is not None


def rule_of(path: str, rules: Iterable[RuleFor]) -> MergeRule | None:
    """The first rule whose pattern matches; None: the file is merged as usual."""
    name = path.rpartition("/")[2]
    for pattern, rule in rules:
        if fnmatchcase(path if "/" in pattern else name, pattern):
            return rule
    return None
