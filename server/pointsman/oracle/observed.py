"""Observed footprints: what differs between two versions of a file, symbol by symbol.

Compared by hash, so that moved and reformatted code is not changed code; every line range is on the
base's side, and paths are the base's, so that whoever renames a file still meets those who edit it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from pointsman.model.footprint import Access, Evidence, Touch
from pointsman.oracle.lines import Hunk, base_lines, hunks, meet
from pointsman.oracle.symbols import IMPORTS, MODULE, Definition, LineRange, Symbols

TOUCHES_LIMIT = 1000
"""Touches a file may have; beyond, it counts as touched whole."""
HUNKS_KEPT = 16
"""Places in one definition that are told."""
_REWRITES = frozenset({Access.WRITE_BODY, Access.WRITE_SIGNATURE})
Lines = Sequence[bytes]
_BINARY_LOOK = 8000
"""Bytes in which a NUL makes a file binary."""


@dataclass(frozen=True)
class Version:
    """A file's content, and what is defined in it."""

    source: bytes
    symbols: Symbols


def touches_of_file(
    path: str,
    before: Version | None,
    after: Version | None,
    *,
    why: str,
    moved_to: str | None = None,
) -> tuple[Touch, ...]:
    """What changed in one file, from ``before`` (None: it is new) to ``after`` (None: it is gone).

    ``path`` is where base has it, ``moved_to`` where it is now, if elsewhere; ``why`` says where it
    was seen. Both versions the same content: nothing is touched but a moved file itself.
    """
    found = list(_changes(path, before, after))
    if moved_to is not None:
        found += [
            _touch(path, None, None, Access.RENAME),
            _touch(moved_to, None, None, Access.CREATE),
        ]
    if len(found) > TOUCHES_LIMIT:
        found = [touch for touch in found if touch.symbol is None and touch.lines is None]
        found = found or [_touch(path, None, None, Access.WRITE_BODY)]
    return tuple(touch.model_copy(update={"why": why}) for touch in found)


def is_binary(source: bytes) -> bool:
    """As git has it."""
    return b"\0" in source[:_BINARY_LOOK]


def whole_file(path: str, access: Access, why: str) -> Touch:
    """For links, submodules and changes of a file's type: nobody looks inside."""
    return _touch(path, None, None, access).model_copy(update={"why": why})


def _changes(path: str, before: Version | None, after: Version | None) -> Iterator[Touch]:
    if before is None or after is None:
        version, access = (after, Access.CREATE) if before is None else (before, Access.DELETE)
        if version is not None:
            there = after is not None
            yield _touch(path, None, None, access, _digest(version.source) if there else "")
            for name, group in _named(version.symbols).items():
                lines = (group[0].first, group[-1].last)
                yield _touch(path, name, lines, access, _content(group) if there else "")
        return
    if before.source == after.source:
        return
    if any(is_binary(version.source) for version in (before, after)):
        yield _touch(path, None, None, Access.WRITE_BODY)
        return
    different = hunks(before.source, after.source)
    now = after.source.splitlines()
    found = [
        *_placed(_changed_symbols(path, before.symbols, after.symbols), different),
        *_changed_module(path, before.symbols, after.symbols, different, now),
        *_changed_lines(path, before.symbols, after.symbols, different, now),
    ]
    if not found:  # layout and comments: nothing that means anything, but git will see it
        spans = [base_lines(hunk) for hunk in different]
        hull = (spans[0][0], spans[-1][1]) if spans else None
        found = [_touch(path, None, hull, Access.WRITE_BODY)]
    yield from found


def _placed(touches: Iterable[Touch], different: tuple[Hunk, ...]) -> Iterator[Touch]:
    """The touches, those of rewritten definitions with where in them."""
    lines = [base_lines(hunk) for hunk in different]
    for touch in touches:
        if touch.access in _REWRITES and touch.lines is not None:
            own = [one for one in lines if meet(one, touch.lines)][:HUNKS_KEPT]
            yield touch.model_copy(update={"changed": tuple(own)})
        else:
            yield touch


def _changed_symbols(path: str, before: Symbols, after: Symbols) -> Iterator[Touch]:
    old, new = _named(before), _named(after)
    renamed = _renames(
        {name: group for name, group in old.items() if name not in new},
        {name: group for name, group in new.items() if name not in old},
    )
    for name, group in old.items():
        if name not in new:
            access = Access.RENAME if name in renamed else Access.DELETE
            for definition in group:
                yield _touch(path, name, _rows(definition), access, "")
        else:
            yield from _rewritten(path, name, group, new[name])
    for name, group in new.items():
        if name not in old:
            lines = (group[0].first, group[-1].last)
            yield _touch(path, name, lines, Access.CREATE, _content(group))


def _rewritten(
    path: str, name: str, old: tuple[Definition, ...], new: tuple[Definition, ...]
) -> Iterator[Touch]:
    """The definitions of one name that are no longer there as they were."""
    if len(old) == len(new) and all(
        a.body == b.body and a.signature == b.signature for a, b in zip(old, new, strict=True)
    ):
        return
    same_signatures = Counter(d.signature for d in old) == Counter(d.signature for d in new)
    access = Access.WRITE_BODY if same_signatures else Access.WRITE_SIGNATURE
    kept = {d.content for d in new}
    gone = [d for d in old if d.content not in kept]
    for definition in gone or old[-1:]:  # nothing gone: one was added, or their order changed
        yield _touch(path, name, _rows(definition), access, _content(new))


def _renames(
    gone: dict[str, tuple[Definition, ...]], come: dict[str, tuple[Definition, ...]]
) -> frozenset[str]:
    """Names gone whose one definition, otherwise the same, has come under one other name."""

    def contents(groups: dict[str, tuple[Definition, ...]]) -> dict[tuple[str, str, str], str]:
        keyed = [((g[0].kind, *g[0].content), name) for name, g in groups.items() if len(g) == 1]
        times = Counter(key for key, _ in keyed)
        return {key: name for key, name in keyed if times[key] == 1}

    arrived = contents(come)
    return frozenset(name for key, name in contents(gone).items() if key in arrived)


def _changed_module(
    path: str, before: Symbols, after: Symbols, different: tuple[Hunk, ...], lines: Lines
) -> Iterator[Touch]:
    old, new = before.by_name, after.by_name
    if old.get(MODULE, ())[:1] and new.get(MODULE, ())[:1]:
        if old[MODULE][0].body != new[MODULE][0].body:
            for hunk in different:
                if _outside(before, hunk.before) or _outside(after, hunk.after):
                    yield _hunk(path, MODULE, hunk, lines)
        was, now = old.get(IMPORTS), new.get(IMPORTS)
        if [d.body for d in was or ()] != [d.body for d in now or ()]:
            access = Access.WRITE_BODY if was and now else Access.CREATE if now else Access.DELETE
            yield _touch(path, IMPORTS, _rows((was or now or old[MODULE])[0]), access)


def _outside(symbols: Symbols, lines: LineRange) -> bool:
    """Whether some of these lines (half-open) are outside all definitions."""
    first, last = lines[0], lines[1] - 1
    if last < first:
        return False
    holder = symbols.around(first, last)
    return holder is not None and holder.kind == "module"


def _changed_lines(
    path: str, before: Symbols, after: Symbols, different: tuple[Hunk, ...], lines: Lines
) -> Iterator[Touch]:
    """The changes that no symbol tells of: no language, or lines that did not parse."""
    for hunk in different:
        if (
            before.language is None
            or _is_unknown(before, hunk.before)
            or _is_unknown(after, hunk.after)
        ):
            yield _hunk(path, None, hunk, lines)


def _is_unknown(symbols: Symbols, lines: LineRange) -> bool:
    last = max(lines[1] - 1, lines[0])
    return any(meet((lines[0], last), unknown) for unknown in symbols.unknown)


def _named(symbols: Symbols) -> dict[str, tuple[Definition, ...]]:
    """The definitions that have a name of their own."""
    return {n: group for n, group in symbols.by_name.items() if n not in (MODULE, IMPORTS)}


def _rows(definition: Definition) -> LineRange:
    return (definition.first, definition.last)


def _hunk(path: str, symbol: str | None, hunk: Hunk, lines: Lines) -> Touch:
    """Changed lines that are of no definition; ``lines`` are all there are now."""
    became = _digest(b"\n".join(lines[slice(*hunk.after)]))
    return _touch(path, symbol, base_lines(hunk), Access.WRITE_BODY, became)


def _content(group: tuple[Definition, ...]) -> str:
    return _digest("\0".join(part for d in group for part in d.content).encode())


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=8).hexdigest()


def _touch(
    path: str,
    symbol: str | None,
    lines: LineRange | None,
    access: Access,
    content: str | None = None,
) -> Touch:
    return Touch(
        path=path,
        symbol=symbol,
        lines=lines,
        access=access,
        evidence=Evidence.OBSERVED,
        content=content,
    )
