"""What a reference means: from the names in a file to the symbols of the repository.

Cheap and honest: the definition's own scopes, imports and re-exports, ``self`` and base classes, a
name that is unique; each edge says how it was found. Pure: whoever asks provides the symbols of
files, and when one is lacking, ``needed`` says which, and the question is asked again with it.
"""

import builtins
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from pointsman.oracle.languages import kin_of
from pointsman.oracle.languages.python import PYTHON
from pointsman.oracle.symbols import Definition, Import, Reference, Symbols

IMPORTS_FOLLOWED = 8
"""Re-exports and base classes that are followed one after the other."""
AMBIGUOUS = 3
"""Definitions that one name may mean; a name of more says nothing."""
_BUILT_IN = frozenset(dir(builtins)).union(
    *(dir(kind) for kind in (str, bytes, int, list, dict, set, tuple, BaseException))
)
"""Names that without a receiver that is known mostly mean Python's own."""


class How(StrEnum):
    """How an edge was found, surest first."""

    EXACT = "exact"
    INHERITED = "inherited"
    UNIQUE = "unique"
    AMBIGUOUS = "ambiguous"


class Edge(NamedTuple):
    """A symbol that is referenced."""

    path: str
    symbol: str
    how: How


class Modules:
    """The Python modules of a tree, by the names that they are imported by."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._ending_in: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
        for path in paths:
            stem, dot, suffix = path.rpartition(".")
            if dot and suffix in ("py", "pyi"):
                parts = tuple(stem.split("/"))
                module = parts[:-1] if parts[-1] == "__init__" else parts
                if module:
                    self._ending_in[module[-1]].append((*module, path))

    def find(self, name: str, importer: str) -> str | None:
        """The file of a module. ``name`` has leading dots where it is relative to ``importer``.

        None for an importer in another language: what it names so is not Python's.
        """
        if kin_of(importer) != PYTHON.kin:
            return None
        relative = len(name) - len(name.lstrip("."))
        parts = tuple(part for part in name.split(".") if part)
        if relative:
            package = tuple(importer.split("/"))[:-relative]
            return self._exactly((*package, *parts))
        found = [
            known
            for known in self._ending_in.get(parts[-1] if parts else "", ())
            if known[:-1][-len(parts) :] == parts
        ]
        # of several roots the one nearest to the importer, then the one nearest to the top
        folder = importer.split("/")

        def distance(known: tuple[str, ...]) -> tuple[int, int, str]:
            root = known[: len(known) - 1 - len(parts)]
            shared = next(
                (n for n, (a, b) in enumerate(zip(root, folder, strict=False)) if a != b),
                min(len(root), len(folder)),
            )
            return (len(root) - shared, len(root), known[-1])

        return min(found, key=distance)[-1] if found else None

    def _exactly(self, module: tuple[str, ...]) -> str | None:
        for known in self._ending_in.get(module[-1] if module else "", ()):
            if known[:-1] == module:
                return known[-1]
        return None


class Resolver:
    """Resolves references against the symbols that are known so far."""

    def __init__(
        self,
        modules: Modules,
        symbols: Mapping[str, Symbols],
        defining: Callable[[str], Sequence[str]] = lambda _: (),
    ) -> None:
        """``defining`` tells which files define a name; at most a few more than ``AMBIGUOUS``."""
        self.needed: set[str] = set()
        """Files that were asked about and are not among ``symbols``."""
        self._modules = modules
        self._symbols = symbols
        self._defining = defining

    def edges(self, path: str, definition: Definition) -> dict[str, tuple[Edge, ...]]:
        """The edges of each reference of a definition, by the reference's text."""
        found = {}
        for text in definition.references.split():
            edges = tuple(dict.fromkeys(self._edges(path, definition, Reference.read(text).name)))
            own = [e for e in edges if (e.path, e.symbol) != (path, definition.name)]
            if own:
                found[text] = tuple(own)
        return found

    def kind(self, edge: Edge) -> str | None:
        """What kind of definition an edge leads to."""
        known = self._symbols.get(edge.path)
        found = known.by_name.get(edge.symbol) if known else None
        return found[0].kind if found else None

    def _edges(self, path: str, definition: Definition, name: str) -> Iterator[Edge]:
        first, *rest = name.split(".")
        if first in ("self", "cls") and rest:
            holder = self._class_around(path, definition.name)
            found = self._member(path, holder, rest[0]) if holder else None
            yield from [found] if found else self._by_name(path, rest[0])
        elif first == "super" or not first:
            yield from self._by_name(path, rest[0]) if rest else ()
        else:
            place = self._in_scope(path, definition.name, first)
            if place is None and rest:
                place, rest = self._in_namespace(path, name)
            if place is not None:
                yield from self._through(place, rest)
            elif first not in _BUILT_IN and not rest:
                yield from self._by_name(path, first)

    def _in_namespace(self, path: str, name: str) -> tuple[tuple[str, str] | None, list[str]]:
        """The module that ``import a.b`` names where no file is ``a``, and what follows it."""
        known = self._known(path)
        for each in known.imports if known else ():
            if not (each.name or each.alias) and name.startswith(f"{each.module}."):
                source = self._modules.find(each.module, path)
                if source is not None:
                    return (source, ""), name.removeprefix(f"{each.module}.").split(".")
        return None, name.split(".")[1:]

    def _through(self, place: tuple[str, str], rest: Sequence[str]) -> Iterator[Edge]:
        """Follows attributes from a symbol, or from a module (an empty symbol)."""
        path, symbol = place
        how = How.EXACT
        for attribute in rest:
            if not symbol:
                inside = self._exported(path, attribute)
                if inside is None:
                    return
                path, symbol = inside
            else:
                member = self._member(path, symbol, attribute)
                if member is None:
                    break
                yield Edge(path, symbol, how)
                path, symbol, how = member
        if symbol:
            yield Edge(path, symbol, how)

    def _in_scope(self, path: str, definition: str, name: str) -> tuple[str, str] | None:
        """What a bare name means inside a definition: the nearest scope that has it."""
        known = self._known(path)
        if known is None:
            return None
        scopes = definition.split("::") if definition and not definition.startswith("<") else []
        for depth in range(len(scopes), 0, -1):
            scope = "::".join(scopes[:depth])
            around = known.by_name.get(scope)
            if around and around[0].kind == "class" and depth < len(scopes):
                continue  # what a class defines is no bare name inside its methods
            if f"{scope}::{name}" in known.by_name:
                return path, f"{scope}::{name}"
            imported = self._imported(path, known, scope, name)
            if imported is not None:
                return imported
        return self._exported(path, name)

    def _exported(self, path: str, name: str, depth: int = 0) -> tuple[str, str] | None:
        """What a module has under a name: its own, imported, by star, or a module in it."""
        known = self._known(path)
        if known is None or depth > IMPORTS_FOLLOWED:
            return None
        if name in known.by_name:
            return path, name
        imported = self._imported(path, known, "", name, depth)
        if imported is not None:
            return imported
        for each in known.imports:
            if each.name == "*":
                source = self._modules.find(each.module, path)
                found = self._by_star(source, name, depth + 1) if source else None
                if found is not None:
                    return found
        if path.endswith("/__init__.py"):
            inside = self._modules.find(f".{name}", path)
            if inside is not None:
                return inside, ""
        return None

    def _by_star(self, path: str, name: str, depth: int) -> tuple[str, str] | None:
        """What a star takes from a module: a private name only where it is listed."""
        known = self._known(path)
        if known is None or (name.startswith("_") and name not in (known.exports or ())):
            return None
        return self._exported(path, name, depth)

    def _imported(
        self, path: str, known: Symbols, scope: str, name: str, depth: int = 0
    ) -> tuple[str, str] | None:
        for each in known.imports:
            if each.scope == scope and _binds(each) == name:
                found = self._target(path, each, depth)
                if found is not None:
                    return found
        return None

    def _target(self, path: str, each: Import, depth: int) -> tuple[str, str] | None:
        if not each.name:
            wanted = each.module if each.alias else each.module.partition(".")[0]
            source = self._modules.find(wanted, path)
            return (source, "") if source else None
        source = self._modules.find(each.module, path)
        if source is not None and source != path:
            found = self._exported(source, each.name, depth + 1)
            if found is not None:
                return found
        dot = "" if each.module.endswith(".") else "."
        inside = self._modules.find(f"{each.module}{dot}{each.name}", path)
        return (inside, "") if inside else None

    def _member(self, path: str, holder: str, name: str, depth: int = 0) -> Edge | None:
        """An attribute of a class: its own, or the first base's that has one."""
        known = self._known(path)
        if known is None or depth > IMPORTS_FOLLOWED:
            return None
        if f"{holder}::{name}" in known.by_name:
            return Edge(path, f"{holder}::{name}", How.INHERITED if depth else How.EXACT)
        for definition in known.by_name.get(holder, ()):
            for base in definition.bases.split():
                for edge in self._edges_of_base(path, holder, base):
                    found = self._member(edge.path, edge.symbol, name, depth + 1)
                    if found is not None:
                        return found
        return None

    def _edges_of_base(self, path: str, holder: str, base: str) -> Iterator[Edge]:
        first, *rest = base.split(".")
        place = self._in_scope(path, holder.rpartition("::")[0], first)
        if place is not None and place != (path, holder):
            yield from list(self._through(place, rest))[-1:]

    def _by_name(self, user: str, name: str) -> Iterator[Edge]:
        """The only definition of a name that a file's language may use, or the few there are."""
        if name in _BUILT_IN or name.startswith("__"):
            return
        kin = kin_of(user)
        paths = [path for path in self._defining(name) if kin_of(path) == kin]
        if not 0 < len(paths) <= AMBIGUOUS:
            return
        found = [
            (path, symbol)
            for path in paths
            if (known := self._known(path)) is not None
            for symbol in known.ending_in(name)
        ]
        how = How.UNIQUE if len(found) == 1 else How.AMBIGUOUS
        if len(found) <= AMBIGUOUS:
            yield from (Edge(path, symbol, how) for path, symbol in found)

    def _class_around(self, path: str, definition: str) -> str | None:
        known = self._known(path)
        scopes = definition.split("::")
        for depth in range(len(scopes) - 1, 0, -1):
            scope = "::".join(scopes[:depth])
            if known and any(d.kind == "class" for d in known.by_name.get(scope, ())):
                return scope
        return None

    def _known(self, path: str) -> Symbols | None:
        known = self._symbols.get(path)
        if known is None:
            self.needed.add(path)
        return known


def _binds(each: Import) -> str:
    """The name that an import makes known."""
    return each.alias or each.name or each.module.partition(".")[0]
