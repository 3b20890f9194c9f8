"""Predicted footprints: what a plan names, found in the tree that it will be carried out on.

Files that a plan names are good evidence of touching them; symbols too, somewhat less; a symbol
that is not named is no evidence of anything. So a prediction only ever adds, and says how sure it
is.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pointsman.model.footprint import Access, Evidence, Touch
from pointsman.oracle.languages import LANGUAGES, language_of
from pointsman.oracle.mentions import Form, Mention
from pointsman.oracle.observed import Version
from pointsman.oracle.symbols import LineRange


class Confidence(NamedTuple):
    file: float
    symbol: float


CONFIDENCE: Mapping[Form, Confidence] = {
    Form.REFERENCE: Confidence(file=0.8, symbol=0.95),
    Form.STEP: Confidence(file=0.9, symbol=0.8),
    Form.CODE: Confidence(file=0.75, symbol=0.7),
    Form.FENCE: Confidence(file=0.75, symbol=0.6),
    Form.PROSE: Confidence(file=0.6, symbol=0.5),
}
"""How often what is named so is touched. Measured on tasks with known outcome: files .76, symbols
.71; the differences by form are judged, and left to calibration."""

NEW_FILE = 0.8
"""Factor for a file that base does not have: it may as well be an example."""
INSTANCE = 0.7
"""Factor for ``thing.method()`` where nothing says what ``thing`` is."""
MEANINGS_LIMIT = 4
"""A name with more definitions than that says nothing about any of them."""
_NEW_FILE = re.compile(
    r".*\.(cfg|css|go|html|ini|java|jsx?|json|md|pyi?|rs|rst|sh|sql|toml|tsx?|txt|ya?ml)\Z"
)
"""What a path must look like to be believed of a file that base does not have."""


class Document(NamedTuple):
    """One text of a chunk, and how much its mentions count."""

    name: str
    """``PLAN.md``."""
    mentions: Sequence[Mention]
    weight: float = 1.0
    first_line: int = 0
    """Of the text in the file, zero-based."""


def names_to_find(documents: Iterable[Document]) -> frozenset[str]:
    """The last parts of the symbols that are named: what to search base for definitions of."""
    return frozenset(
        mention.symbol.rpartition("::")[2]
        for document in documents
        for mention in document.mentions
        if mention.symbol
    )


def files_to_read(documents: Iterable[Document], files: "Files") -> frozenset[str]:
    """The files whose symbols and text are needed, besides those that define a name."""
    return frozenset(
        path
        for document in documents
        for mention in document.mentions
        if mention.path and (mention.symbol or mention.snippet)
        for path in files.meant(mention.path)
    )


class Files:
    """The files of base, and which of them a text means."""

    def __init__(self, paths: Collection[str]) -> None:
        self.paths = frozenset(paths)
        self._by_name: dict[str, list[str]] = {}
        for path in sorted(paths):
            self._by_name.setdefault(path.rpartition("/")[2], []).append(path)

    def meant(self, text: str) -> tuple[str, ...]:
        """The path itself, or the few that end in it; none if there is no such file."""
        path = text.removeprefix("./").lstrip("/")
        if path in self.paths:
            return (path,)
        ends = [p for p in self._by_name.get(path.rpartition("/")[2], ()) if p.endswith(f"/{path}")]
        return tuple(ends) if len(ends) <= MEANINGS_LIMIT else ()


def predict(
    documents: Iterable[Document], files: Files, read: Mapping[str, Version]
) -> tuple[Touch, ...]:
    """The touches that documents predict.

    ``read`` has the versions on base of ``files_to_read`` and of the files that define a name.
    """
    documents = tuple(documents)
    named = {p for d in documents for m in d.mentions if m.path for p in files.meant(m.path)}
    found: dict[tuple[str, str | None, LineRange | None], Touch] = {}
    for document in documents:
        for mention in document.mentions:
            for touch in _touches(mention, files, read, named):
                confidence = round(touch.confidence * document.weight, 3)
                key = (touch.path, touch.symbol, touch.lines)
                if key not in found or found[key].confidence < confidence:
                    line = document.first_line + mention.line + 1
                    news = {"confidence": confidence, "why": f"{document.name}:{line}"}
                    found[key] = touch.model_copy(update=news)
    return tuple(found.values())


def _touches(
    mention: Mention, files: Files, read: Mapping[str, Version], named: Collection[str]
) -> Iterator[Touch]:
    if mention.path is None:
        yield from _of_symbol(mention, read, named)
        return
    meant = files.meant(mention.path)
    confidence = CONFIDENCE[mention.form]
    if not meant:
        yield from _of_new_file(mention, confidence)
    for path in meant:
        version = read.get(path)
        if mention.symbol:
            yield from _of_reference(path, mention.symbol, version, confidence.symbol / len(meant))
        elif mention.snippet and version and (place := _around(version, mention.snippet)):
            yield _touch(path, *place, confidence.symbol / len(meant))
        else:
            yield _touch(path, None, None, confidence.file / len(meant))


def _of_new_file(mention: Mention, confidence: Confidence) -> Iterator[Touch]:
    path = (mention.path or "").removeprefix("./")
    deliberate = mention.form is Form.STEP or _NEW_FILE.match(path)
    if deliberate and mention.form is not Form.PROSE and not path.startswith(("/", "../")):
        yield _touch(path, None, None, confidence.file * NEW_FILE, Access.CREATE)


def _of_reference(
    path: str, symbol: str, version: Version | None, confidence: float
) -> Iterator[Touch]:
    """``path#Symbol``: the symbol in it, or one that is to be made there."""
    names = version.symbols.ending_in(symbol) if version else ()
    if not names:
        yield _touch(path, symbol, None, confidence, Access.CREATE)
    for name in names:
        lines = _lines(version, name) if version else None
        yield _touch(path, name, lines, confidence / len(names))


def _of_symbol(
    mention: Mention, read: Mapping[str, Version], named: Collection[str]
) -> Iterator[Touch]:
    """A symbol without a path: where it is defined, in the files that the text names if in any."""
    assert mention.symbol is not None
    parts = mention.symbol.split("::")
    factor = 1.0
    meanings = _meanings(parts, read)
    if not meanings and len(parts) > 1:
        factor, meanings = INSTANCE, _meanings(parts[-1:], read)
    meanings = [m for m in meanings if m[0] in named] or meanings
    if len(meanings) <= MEANINGS_LIMIT:
        confidence = CONFIDENCE[mention.form].symbol * factor
        for path, name in meanings:
            yield _touch(path, name, _lines(read[path], name), confidence / len(meanings))


def _meanings(parts: Sequence[str], read: Mapping[str, Version]) -> list[tuple[str, str]]:
    """The definitions that ``Class.method`` or ``package.module.function`` may mean."""
    found = []
    for path, version in read.items():
        module = _module(path)
        for cut in range(len(parts)):
            prefix, tail = parts[:cut], "::".join(parts[cut:])
            if prefix and module[-len(prefix) :] != prefix:
                continue
            names = version.symbols.ending_in(tail)
            # what a module's name stands before is at its top level
            found += [(path, name) for name in names if not prefix or name == tail]
            if names:
                break
    return found


def _module(path: str) -> list[str]:
    """A file's path as the parts of a module's name."""
    stem = path.rpartition(".")[0] if language_of(path) else path
    return stem.removesuffix("/__init__").split("/")


def _around(version: Version, snippet: str) -> tuple[str | None, LineRange] | None:
    """The symbol around an exact piece of a file's code, and its lines."""
    wanted = snippet.strip("\n").encode("utf-8", "replace")
    at = version.source.find(wanted)
    if at < 0:
        return None
    first = version.source.count(b"\n", 0, at)
    lines = (first, first + wanted.count(b"\n"))
    holder = version.symbols.around(*lines)
    if holder is None or holder.kind == "module":
        return (holder.name if holder else None, lines)
    return (holder.name, (holder.first, holder.last))


def _lines(version: Version, name: str) -> LineRange:
    group = version.symbols.by_name[name]
    return (group[0].first, group[-1].last)


def _touch(
    path: str,
    symbol: str | None,
    lines: LineRange | None,
    confidence: float,
    access: Access = Access.WRITE_BODY,
) -> Touch:
    return Touch(
        path=path,
        symbol=symbol,
        lines=lines,
        access=access,
        evidence=Evidence.PREDICTED,
        confidence=confidence,
    )


def search_patterns(names: Collection[str]) -> dict[str, tuple[str, ...]]:
    """For each language, the regular expression to search base for, and the files to search."""
    found: dict[str, tuple[str, ...]] = {}
    for language in LANGUAGES:
        if names and language.definition_pattern is not None:
            pattern = language.definition_pattern(names)
            found[pattern] = (
                *found.get(pattern, ()),
                *(f"*{suffix}" for suffix in language.suffixes),
            )
    return found
