"""Merge rules: files that several may change without getting in each other's way.

What two do to such a file is no reason to foresee a conflict. If git can't merge it after all, the
rule says what becomes of it (``git.settle``), for the oracle and at landing alike.
"""

from collections.abc import Iterable
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import NamedTuple


class MergeRule(StrEnum):
    APPEND_ONLY = "append-only"
    """Entries are added: a change log. Both sides' lines are kept where both only added some."""
    UNION = "union"
    """Lines in any order: a list of words or names. Both sides' lines are kept."""
    GENERATED = "generated"
    """Made by a tool from other files. The unit's version is taken, and that is told."""
    IGNORE = "ignore"
    """No conflict is foreseen; what git can't merge is a conflict all the same."""

    @property
    def drops_a_side(self) -> bool:
        """Whether what base has may go: the repository's file can't have that without trust."""
        return self is MergeRule.GENERATED


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


class Ruled:
    """Whether a file has a merge rule; remembers what it was asked."""

    def __init__(self, rules: Iterable[RuleFor]) -> None:
        self._rules = tuple(rules)
        self._known: dict[str, bool] = {}

    def __call__(self, path: str) -> bool:
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = rule_of(path, self._rules) is not None
        return known


def rule_of(path: str, rules: Iterable[RuleFor]) -> MergeRule | None:
    """The first rule whose pattern matches; None: the file is merged as usual."""
    name = path.rpartition("/")[2]
    for pattern, rule in rules:
        if fnmatchcase(path if "/" in pattern else name, pattern):
            return rule
    return None
