"""The index: symbols by (blob, language, extractor's version), extracted in worker processes.

Never by path and never by workspace. What was asked for lately is kept in memory, everything in a
file (``store``), both bounded. ``build`` fills it in the background; who asks before that is done
has what they ask for extracted at once, and an outline tells meanwhile where a name is defined. A
worker that crashes or takes too long is killed and its file becomes unknown; the next file gets a
new worker.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from pointsman.git import printable
from pointsman.oracle.definers import Definers
from pointsman.oracle.languages import code_language_of, has_outline, language_of
from pointsman.oracle.store import Kept, SymbolStore
from pointsman.oracle.symbols import Symbols, dump, line_count, load, nothing_known
from pointsman.oracle.worker import Wanted
from pointsman.oracle.workers import Extracted, Failed, Workers

log = logging.getLogger(__name__)

SIZE_LIMIT = 4 * 1024**2
"""Bytes; larger files are unknown. Nobody writes such a file by hand."""
TIME_LIMIT = 10.0
"""Seconds a file may take; the largest real ones take two."""
KEPT = 100_000
"""How many definitions are kept in memory, at about 600 bytes each."""
UNKNOWN_TOLD = 100
"""Files that are said to be unknown; what an agent makes may be any number."""
READ_AT_ONCE = 64
"""Blobs that a build reads together."""

_Read = Callable[[Sequence[str]], Awaitable[Mapping[str, bytes]]]
"""Gives the contents of blobs by id; those that it can't are not among them."""
_Code = tuple[str, str]
"""Blob and language."""
_Key = tuple[str, str, bool]
"""Blob, language, whether with hashes."""


class Progress(NamedTuple):
    """Files of the tree that are in the index, and how many there are."""

    done: int
    total: int

    @property
    def whole(self) -> bool:
        return self.done >= self.total


class SymbolIndex:
    """Symbols of blobs. Used by one event loop; ``close`` ends its processes."""

    def __init__(
        self,
        *,
        store: SymbolStore | None = None,
        workers: int = 2,
        time_limit: float = TIME_LIMIT,
        kept: int = KEPT,
    ) -> None:
        self._store = store
        self._kept = kept
        self._count = 0
        self._symbols: OrderedDict[_Key, Symbols] = OrderedDict()
        self._workers = Workers(workers, time_limit)
        self._definers: Definers | None = None
        self._outlined: Definers | None = None
        """Who defines a name by their outlines: of those that are not extracted yet."""
        self.unknown: dict[str, str] = {}
        """Files that no worker could read, with the reason, as met since the start."""

    async def symbols(
        self, path: str, source: bytes, blob: str | None = None, *, hashes: bool = True
    ) -> Symbols:
        """The symbols of a file; ``path`` tells its language, ``blob`` is its id if it has one.

        Never raises for what is in the file. Without a blob id (a buffer, a file on disk) the
        content's own hash is the key. ``hashes``: whether definitions will be compared.
        """
        language = language_of(path)
        if language is None:
            return Symbols(None)
        key = blob or blake2b(source, digest_size=20).hexdigest()
        known = self._remembered(key, language, hashes=hashes)
        if known is None:
            answer = await self._stored(blob, language, hashes=hashes)
            if answer is None:
                answer = await self._answer(path, blob, language, source, hashes=hashes)
            known = _read(answer, language, source)
            self._remember((key, language, hashes), known)
        return known

    async def build(
        self,
        files: Iterable[tuple[str, str]],
        read: _Read,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        """Fills the store with the surveys of (path, blob), in this order: of code, as nobody looks
        for a key or a heading by its name. Outlines of all come first, and are never stored.

        ``read`` gives the contents of blobs by id; raises what it raises. May be cancelled and
        begun again: what is stored stays.
        """
        store = self._store
        if store is None:
            progress(Progress(0, 0))
            return
        wanted = {(b, lang): path for path, b in files if (lang := code_language_of(path))}
        if self._definers is None:
            self._definers = await asyncio.to_thread(lambda: Definers(store.names()))
        definers = self._definers
        missing = await asyncio.to_thread(store.missing, wanted)
        done = len(wanted) - len(missing)
        progress(Progress(done, len(wanted)))
        if len(missing) > READ_AT_ONCE:
            self._outlined = await self._outlines(missing, wanted, read)

        async def keep(extracted: Mapping[_Code, Extracted], count: int) -> None:
            nonlocal done
            rows = [_row(*code, answer, hashes=False) for code, answer in extracted.items()]
            await asyncio.to_thread(store.put, rows)
            definers.add((row.blob, row.names) for row in rows)
            done += count
            progress(Progress(done, len(wanted)))

        await self._extract_all(missing, wanted, read, Wanted.SURVEY, keep)
        self._outlined = None
        await self._workers.rest()
        await asyncio.to_thread(store.trim)

    async def _outlines(
        self, missing: Sequence[_Code], paths: Mapping[_Code, str], read: _Read
    ) -> Definers:
        """Who defines a name, by the outlines of what is not extracted."""
        names: list[tuple[str, str]] = []

        async def keep(extracted: Mapping[_Code, Extracted], _: int) -> None:
            for (blob, _language), answer in extracted.items():
                names.append((blob, answer.names.decode("utf-8", "replace")))

        outlined = [code for code in missing if has_outline(code[1])]
        await self._extract_all(outlined, paths, read, Wanted.OUTLINE, keep)
        return await asyncio.to_thread(Definers, names)

    async def _extract_all(
        self,
        codes: Sequence[_Code],
        paths: Mapping[_Code, str],
        read: _Read,
        wanted: Wanted,
        keep: Callable[[Mapping[_Code, Extracted], int], Awaitable[None]],
    ) -> None:
        """Has blobs read and extracted by all workers, batch by batch, in their order.

        ``keep`` is given each batch's answers, and how many were asked for.
        """
        starts = iter(range(0, len(codes), READ_AT_ONCE))

        async def work() -> None:
            for at in starts:
                batch = codes[at : at + READ_AT_ONCE]
                sources = await read([blob for blob, _ in batch])
                extracted = {
                    code: await self._extract(paths[code], code[1], source, wanted)
                    for code in batch
                    if (source := sources.get(code[0])) is not None
                }
                await keep(extracted, len(batch))

        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers.count):
                group.create_task(work())

    def definers(self, name: str) -> Sequence[str]:
        """The blobs that define a name, at any depth; none until an index was begun.

        As outlines have it where nothing better is known yet: to be looked into, not believed.
        """
        if self._definers is None:
            return ()
        exact = self._definers.of(name)
        outlined = self._outlined.of(name) if self._outlined else ()
        return [*exact, *(blob for blob in outlined if not self._definers.knows(blob))]

    async def close(self) -> None:
        """Ends the workers. Nothing may be asked any more."""
        await self._workers.close()
        if self._store is not None:
            self._store.close()

    async def _stored(self, blob: str | None, language: str, *, hashes: bool) -> bytes | None:
        if blob is None or self._store is None:
            return None
        return await asyncio.to_thread(self._store.get, blob, language, hashes=hashes)

    async def _answer(
        self, path: str, blob: str | None, language: str, source: bytes, *, hashes: bool
    ) -> bytes:
        wanted = Wanted.HASHES if hashes else Wanted.SURVEY
        extracted = await self._extract(path, language, source, wanted)
        if blob is not None and self._store is not None:
            row = _row(blob, language, extracted, hashes=hashes)
            await asyncio.to_thread(self._store.put, [row])
            if self._definers is not None:
                self._definers.add([(row.blob, row.names)])
        return extracted.data

    async def _extract(self, path: str, language: str, source: bytes, wanted: Wanted) -> Extracted:
        """What a worker answers; of a file that none can take, that nothing is known of it. That is
        said once."""
        try:
            if len(source) > SIZE_LIMIT:
                raise Failed("the file is too large")
            return await self._workers.extract(language, source, wanted)
        except Failed as failed:
            shown = printable(path)
            if shown not in self.unknown and len(self.unknown) < UNKNOWN_TOLD:
                self.unknown[shown] = str(failed)
                log.warning("nothing is known of %s: %s", ascii(shown), failed)
            return Extracted(b"", dump(nothing_known(language, line_count(source), str(failed))))

    def _remembered(self, key: str, language: str, *, hashes: bool) -> Symbols | None:
        for kind in (hashes, True):
            known = self._symbols.get((key, language, kind))
            if known is not None:
                self._symbols.move_to_end((key, language, kind))
                return known
        return None

    def _remember(self, key: _Key, symbols: Symbols) -> None:
        if key not in self._symbols:
            self._count += 1 + len(symbols.definitions)
        self._symbols[key] = symbols
        while self._count > self._kept and len(self._symbols) > 1:
            _, oldest = self._symbols.popitem(last=False)
            self._count -= 1 + len(oldest.definitions)


def _read(answer: bytes, language: str, source: bytes) -> Symbols:
    try:
        return load(answer)
    except (ValueError, TypeError):
        return nothing_known(language, line_count(source), "the parser crashed on it")


def _row(blob: str, language: str, extracted: Extracted, *, hashes: bool) -> Kept:
    names = extracted.names.decode("utf-8", "replace")
    return Kept(blob, language, hashes, names, extracted.data)
