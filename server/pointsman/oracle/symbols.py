"""What is defined in a file: the result of extraction, and how it travels between processes.

Symbols belong to a blob, never to a path or a workspace: fifty workspaces and the whole history
share what was extracted once.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

MODULE = "<module>"
"""Code outside all definitions, as a symbol of its own."""
IMPORTS = "<imports>"
"""The imports at a file's top level. Apart from MODULE: everybody adds one."""

_NOT_USED = frozenset({"module", "imports", "block", "key", "heading"})
"""Kinds of definitions that no code uses by name."""

LineRange = tuple[int, int]
"""First and last line, zero-based, both included."""


class Definition(NamedTuple):
    """One definition. A qualified name may have several (overloads, a property and its setter)."""

    name: str
    """Qualified: ``Outer::inner``."""
    kind: str
    """``function``, ``method``, ``class``, ``variable``, ``type``, ``imports`` or ``module``.

    Elsewhere than in Python also ``namespace``, ``block`` (a piece that adds to a class, as Rust's
    ``impl``), ``key`` and ``heading``.
    """
    start: int
    end: int
    """Bytes, half-open, decorators included."""
    first: int
    last: int
    """Lines, zero-based, both included."""
    signature: str
    """Hash of decorators and header, without the name itself."""
    body: str
    """Hash of the body without comments, layout and the definitions nested in it."""
    references: str = ""
    """What it names, parted by blanks, each as ``Reference`` reads it; without what is nested."""
    bases: str = ""
    """Of a class: the names of its bases in their order, parted by blanks."""

    @property
    def content(self) -> tuple[str, str]:
        return (self.signature, self.body)


class Reference(NamedTuple):
    """A name as code uses it: ``a``, ``a.b``, or ``.b`` of something that has no name."""

    name: str
    called: bool = False
    arguments: int | None = None
    """Of a call, positional and by keyword; None: not known."""

    @classmethod
    def read(cls, text: str) -> "Reference":
        """From ``name``, ``name(3`` (a call with three arguments) or ``name(*`` (with some)."""
        name, called, count = text.partition("(")
        return cls(name, bool(called), int(count) if count.isdecimal() else None)


class Import(NamedTuple):
    """A name that an import binds."""

    scope: str
    """The definition that it is in; empty: the module."""
    module: str
    """With leading dots where it is relative."""
    name: str
    """What is taken from the module; empty: the module itself, ``*``: all that it exports."""
    alias: str
    """What it is called here, if that is another name."""

    def inside(self, prefix: str) -> "Import":
        """Whose scope lies in another: ``prefix`` is its name and ``::``, or empty."""
        if not prefix:
            return self
        return self._replace(scope=prefix + self.scope if self.scope else prefix[:-2])


@dataclass(frozen=True)
class Symbols:
    """The definitions of one blob, in the order of the file."""

    language: str | None
    """None: no known language, the file has lines only."""
    definitions: tuple[Definition, ...] = ()
    unknown: tuple[LineRange, ...] = ()
    """Lines that did not parse; what is said of definitions there and around is no evidence."""
    problem: str | None = None
    """Why nothing is known of the file, where its language is known."""
    imports: tuple[Import, ...] = ()
    exports: tuple[str, ...] | None = None
    """What the file says that it offers (``__all__``); None: it doesn't say."""

    @cached_property
    def by_name(self) -> dict[str, tuple[Definition, ...]]:
        groups: defaultdict[str, list[Definition]] = defaultdict(list)
        for definition in self.definitions:
            groups[definition.name].append(definition)
        return {name: tuple(group) for name, group in groups.items()}

    def defined(self) -> str:
        """The last parts of all names that code may use, each once, parted by blanks."""
        last = {d.name.rpartition("::")[2] for d in self.definitions if d.kind not in _NOT_USED}
        return " ".join(sorted(last))

    def ending_in(self, name: str) -> tuple[str, ...]:
        """Qualified names that ``name`` may mean: itself, or nested as deep as may be."""
        tail = f"::{name}"
        return tuple(q for q in self.by_name if q == name or q.endswith(tail))

    def around(self, first: int, last: int) -> Definition | None:
        """The innermost definition that holds all these lines; the module for code outside."""
        holding = [
            d
            for d in self.definitions
            if d.kind != "imports" and d.first <= first and last <= d.last
        ]
        return min(holding, key=lambda d: (d.last - d.first, -d.start), default=None)


def nothing_known(language: str, source_lines: int, problem: str) -> Symbols:
    """The symbols of a file that could not be looked into: all of its lines are unknown."""
    return Symbols(language, (), ((0, max(source_lines - 1, 0)),), problem)


def line_count(source: bytes) -> int:
    return source.count(b"\n") + (not source.endswith(b"\n"))


def dump(symbols: Symbols) -> bytes:
    """As JSON: what a worker answers is data, whatever the file made of the worker."""
    fields = (
        *(symbols.language, symbols.definitions, symbols.unknown, symbols.problem),
        *(symbols.imports, symbols.exports),
    )
    return json.dumps(fields, separators=(",", ":")).encode()


def load(data: bytes) -> Symbols:
    """The inverse of ``dump``. Raises ValueError or TypeError for anything else."""
    language, definitions, unknown, problem, imports, exports = json.loads(data)
    return Symbols(
        language,
        tuple(Definition(*d) for d in definitions),
        _ranges(unknown),
        problem,
        tuple(Import(*i) for i in imports),
        None if exports is None else tuple(exports),
    )


def _ranges(pairs: Sequence[Sequence[int]]) -> tuple[LineRange, ...]:
    return tuple((first, last) for first, last in pairs)
