"""The oracle at work: makes footprints from git's objects, holds them, and compares them.

Reads, never writes; decides nothing. Footprints of one participant come from several calls
(``footprint_of_plan``, ``footprint_of_tree``, ``claimed``), are combined by ``combine`` and held;
what those that are held have in common is ``comparing``.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from pointsman.git import (
    Change,
    Repository,
    grep,
    list_tree,
    printable,
    read_small_blobs,
    small_blobs,
    tree_diff,
    without_config,
)
from pointsman.model.chunk import GOAL, PLAN, ChunkDocument
from pointsman.model.footprint import OPERATOR, Access, Footprint, Touch
from pointsman.model.merge_rule import DEFAULT_RULES, RuleFor
from pointsman.oracle.buffer import Buffer, with_endings_of
from pointsman.oracle.calibration import DEFAULT_MODEL, Calibration
from pointsman.oracle.comparing import Comparing
from pointsman.oracle.footprint import claimed, combine, declared, reference
from pointsman.oracle.index import SIZE_LIMIT, SymbolIndex
from pointsman.oracle.indexing import Indexing
from pointsman.oracle.mentions import mentions
from pointsman.oracle.merging import TrialMerges
from pointsman.oracle.observed import Version, touches_of_file, whole_file
from pointsman.oracle.predicted import (
    Document,
    Files,
    files_to_read,
    names_to_find,
    predict,
    search_patterns,
)
from pointsman.oracle.reads import Touched, reads
from pointsman.oracle.symbols import Symbols
from pointsman.oracle.tree import PLAIN_FILES, Tree
from pointsman.oracle.verdict import DEFAULT_THRESHOLDS, Thresholds

GOAL_WEIGHT = 0.85
"""What GOAL.md names is context more often than what PLAN.md names."""
PLAN_TOUCHES = 500
"""Touches that a plan may predict; the surest are kept."""
NAMES_LIMIT = 500
"""Names that are searched for at once."""
FILES_READ = 300
"""Files that are looked into for one plan."""
UNREADABLE = 20
"""Files of one tree that no worker could take; the rest is not looked into any more."""
TOUCHES = 20_000
"""Touches of one tree; further files are touched whole. An agent may write any number of files."""
TREES_KEPT = 8
SOURCES_KEPT = 256
"""Files of base that are kept because somebody changes them just now."""


class Oracle(Comparing):
    """Footprints and conflicts of one repository. Used by one event loop; ``close`` it."""

    def __init__(
        self,
        repository: Repository,
        *,
        index: SymbolIndex | None = None,
        rules: Iterable[RuleFor] = DEFAULT_RULES,
        thresholds: Thresholds = DEFAULT_THRESHOLDS,
        exclusive: Collection[str] = (),
        model: Calibration = DEFAULT_MODEL,
    ) -> None:
        super().__init__(
            TrialMerges(repository),
            rules=rules,
            thresholds=thresholds,
            exclusive=exclusive,
            model=model,
        )
        self.indexing = Indexing()
        self._repository = repository
        self._index = index or SymbolIndex()
        self._trees: OrderedDict[str, Tree] = OrderedDict()
        self._lately: OrderedDict[tuple[str, str], bytes | None] = OrderedDict()

    async def close(self) -> None:
        """Ends the worker processes."""
        await self._index.close()

    @property
    def unknown(self) -> Mapping[str, str]:
        """Files that could not be looked into since the start, with the reason."""
        return self._index.unknown

    async def build_index(self, commit: str, recent: Collection[str] = ()) -> None:
        """Fills the index with the files of a commit, those that changed recently first, telling
        ``indexing``.

        To be run in the background: nobody has to wait for it, but until the files are outlined,
        which comes first, a name that only its being unique tells the meaning of has none. Raises
        git-failed.
        """
        tree = await self._tree(commit)

        async def read(wanted: Sequence[str]) -> Mapping[str, bytes]:
            return await small_blobs(self._repository.git, wanted)

        await self._index.build(tree.blobs(recent), read, self.indexing.tell)

    # footprints

    async def footprint_of_plan(
        self, chunk: ChunkDocument, base: str, *, leave_out: Collection[str] = ()
    ) -> Footprint:
        """What a chunk's documents declare and predict, against the commit ``base``.

        Its own folder is left out, and files or folders named by ``leave_out``. Raises git-failed.
        """
        files = await self._files_of(base)
        documents = await asyncio.to_thread(_documents, chunk)
        read = await self._read_for(base, documents, files)
        predicted = await asyncio.to_thread(predict, documents, files, read)
        surest = sorted(predicted, key=lambda touch: -touch.confidence)[:PLAN_TOUCHES]
        said = Footprint(participant=chunk.name, base=base, touches=tuple(surest))
        whole = combine(declared(chunk, base, files.paths), said)
        return _without(whole, {chunk.folder, *leave_out})

    async def footprint_of_tree(
        self,
        participant: str,
        base: str,
        snapshot: str,
        extra_objects: Sequence[Path] = (),
        leave_out: Collection[str] = (),
    ) -> Footprint:
        """What the commit ``snapshot`` changes against the commit ``base``.

        ``extra_objects`` are object folders besides the repository's (the unit's snapshot store).
        ``leave_out`` names files and folders that are no work: the unit's own chunk folder, the
        displaced chunk's document. Raises git-failed.
        """
        with without_config([*self._repository.objects, *extra_objects]) as git:
            changes = await tree_diff(git, base, snapshot)
            changes = tuple(c for c in changes if not left_out(c.path, leave_out))
            wanted = {
                blob
                for change in changes
                for mode, blob in (
                    (change.old_mode, change.old_blob),
                    (change.new_mode, change.new_blob),
                )
                if blob and mode in PLAIN_FILES
            }
            contents = await small_blobs(git, wanted)
        self.merges.observe(participant, snapshot, extra_objects)
        why = f"snapshot {snapshot[:10]}"
        touches: list[Touch] = []
        touched: list[Touched] = []
        unreadable = 0
        for change in changes:
            if unreadable >= UNREADABLE or len(touches) >= TOUCHES:
                touches += _unseen(change, why)
                continue
            file, found = await self._touches_of(change, contents, why)
            touches += found
            if file is not None:
                touched.append(file)
                unreadable += file.after.symbols.problem is not None
        touches += await self._reads(base, touched)
        return Footprint(participant=participant, base=base, tree=snapshot, touches=tuple(touches))

    async def footprint_of_files(
        self, base: str, files: Mapping[str, bytes | None], participant: str = OPERATOR
    ) -> Footprint:
        """What changed files of a checkout, or unsaved buffers, change against ``base``.

        By path; None: the file is gone. Raises git-failed.
        """
        before = await self._sources(base, files)
        on_base = (await self._files_of(base)).paths
        why = "working tree"
        touches: list[Touch] = []
        touched: list[Touched] = []
        for path, after in files.items():
            known = printable(path) in on_base
            if (known and path not in before) or len(after or b"") > SIZE_LIMIT:
                access = Access.WRITE_BODY if known else Access.CREATE
                access = Access.DELETE if after is None else access
                touches.append(whole_file(printable(path), access, why))
                continue
            old = await self._version(path, before.get(path))
            own = with_endings_of(old, after) if after is not None else None
            new = await self._version(path, own)
            found = await asyncio.to_thread(touches_of_file, printable(path), old, new, why=why)
            touches += found
            if new is not None:
                touched.append(Touched(printable(path), new, old, found))
        touches += await self._reads(base, touched)
        return Footprint(participant=participant, base=base, touches=tuple(touches))

    async def buffer(self, base: str, path: str, text: bytes, why: str = "unsaved") -> Buffer:
        """A file as it is just now, unsaved in an editor say (``why``), to be compared with
        ``base``. Raises git-failed."""
        source = await self._source(base, path)
        closed = source is None and printable(path) in await self.files_of(base)
        old = await self._version(path, source)
        version, reads = self._version, self._reads
        return Buffer(path, base, old, text, why=why, closed=closed, version=version, reads=reads)

    async def footprint_of_claim(
        self, participant: str, base: str, paths: Collection[str], symbols: Collection[str]
    ) -> Footprint:
        """What an agent claims; ``symbols`` as ``path#Outer::inner``. Raises git-failed."""
        files = await self._files_of(base)
        return claimed(participant, base, files.paths, paths=paths, symbols=symbols)

    async def missing_symbols(self, base: str, references: Collection[str]) -> frozenset[str]:
        """Those of ``path#Symbol`` whose symbol the file on base does not have.

        Files of no known language, or that did not parse, have the benefit of the doubt. Raises
        git-failed.
        """
        wanted = {text: reference(text) for text in references}
        paths = {path for path, _ in wanted.values()}
        sources = await self._sources(base, paths)
        missing = set()
        for text, (path, symbol) in wanted.items():
            version = await self._version(path, sources.get(path))
            if symbol is None or version is None or version.symbols.language is None:
                continue
            if not version.symbols.unknown and not version.symbols.ending_in(symbol):
                missing.add(text)
        return frozenset(missing)

    # reading

    async def symbols_of(self, path: str, text: bytes) -> Symbols:
        """The symbols of a text, which need be in no commit; ``path`` tells its language."""
        return await self._index.symbols(path, text, hashes=False)

    # reading

    async def files_of(self, commit: str) -> frozenset[str]:
        """The paths of a commit's files, printable. Raises git-failed."""
        return (await self._files_of(commit)).paths

    async def _source(self, commit: str, path: str) -> bytes | None:
        """A file of a commit, out of those that were asked for lately."""
        key = (commit, path)
        if key not in self._lately:
            self._lately[key] = (await self._sources(commit, [path])).get(path)
            while len(self._lately) > SOURCES_KEPT:
                self._lately.popitem(last=False)
        self._lately.move_to_end(key)
        return self._lately[key]

    async def _files_of(self, commit: str) -> Files:
        return (await self._tree(commit)).files

    async def _tree(self, commit: str) -> Tree:
        tree = self._trees.get(commit)
        if tree is None:
            entries = await list_tree(self._repository.git, commit)
            tree = self._trees[commit] = await asyncio.to_thread(Tree, entries)
        self._trees.move_to_end(commit)
        if len(self._trees) > TREES_KEPT:
            self._trees.popitem(last=False)
        return tree

    async def _sources(self, base: str, paths: Collection[str]) -> dict[str, bytes]:
        """Those of some files of base that can be looked into: plain, and not too large."""
        tree = await self._tree(base)
        plain = [path for path in paths if tree.is_plain(printable(path))]
        return await read_small_blobs(self._repository.git, base, plain)

    async def _read_for(
        self, base: str, documents: Sequence[Document], files: Files
    ) -> dict[str, Version]:
        """The files that the documents' mentions must be looked up in."""
        git = self._repository.git
        paths = set(sorted(files_to_read(documents, files))[:FILES_READ])
        names = frozenset(sorted(names_to_find(documents))[:NAMES_LIMIT])
        for pattern, pathspec in search_patterns(names).items():
            defining = await grep(git, base, pattern, pathspec)
            paths |= set(sorted(defining)[:FILES_READ])
        sources = await self._sources(base, paths)
        return await self._versions(sources, hashes=False)

    async def _versions(
        self, sources: Mapping[str, bytes], *, hashes: bool = True
    ) -> dict[str, Version]:
        async with asyncio.TaskGroup() as group:
            tasks = {
                path: group.create_task(self._version(path, source, hashes=hashes))
                for path, source in sources.items()
            }
        versions = {printable(path): task.result() for path, task in tasks.items()}
        return {path: version for path, version in versions.items() if version is not None}

    async def _version(
        self, path: str, source: bytes | None, blob: str | None = None, *, hashes: bool = True
    ) -> Version | None:
        if source is None:
            return None
        return Version(source, await self._index.symbols(path, source, blob, hashes=hashes))

    async def _touches_of(
        self, change: Change, contents: Mapping[str, bytes], why: str
    ) -> tuple[Touched | None, tuple[Touch, ...]]:
        """The touches of one changed file, under the path that it has on base."""
        path = change.old_path or change.path
        before = contents.get(change.old_blob or "")
        after = contents.get(change.new_blob or "")
        if (before is None and change.old_blob) or (after is None and change.new_blob):
            return None, _unseen(change, why)
        # a file that changes its language with its name is read as what it was
        old = await self._version(path, before, change.old_blob)
        new = await self._version(path, after, change.new_blob)
        moved_to = printable(change.path) if change.old_path else None
        found = await asyncio.to_thread(
            touches_of_file, printable(path), old, new, why=why, moved_to=moved_to
        )
        if new is None:
            return None, found
        return Touched(printable(path), new, old, found), found

    async def _reads(self, base: str, touched: Sequence[Touched]) -> list[Touch]:
        """What the touched definitions reference on base."""
        if not any(file.touches and file.after.symbols.definitions for file in touched):
            return []
        tree = await self._tree(base)

        def defining(name: str) -> Sequence[str]:
            definers = self._index.definers(name)
            return [path for blob in definers for path in tree.paths_of.get(blob, ())]

        async def load(paths: Collection[str]) -> Mapping[str, Symbols]:
            sources = await self._sources(base, paths)
            loaded = await self._versions(sources, hashes=False)
            return {path: version.symbols for path, version in loaded.items()}

        return await reads(touched, tree.modules, load, defining)


def _unseen(change: Change, why: str) -> tuple[Touch, ...]:
    """The touches of a changed file into which nobody looks."""
    if change.old_path is not None:
        moved = ((change.old_path, Access.RENAME), (change.path, Access.CREATE))
        return tuple(whole_file(printable(path), access, why) for path, access in moved)
    access = {"added": Access.CREATE, "deleted": Access.DELETE}.get(change.status)
    return (whole_file(printable(change.path), access or Access.WRITE_BODY, why),)


def _documents(chunk: ChunkDocument) -> tuple[Document, ...]:
    return (
        Document(PLAN, mentions(chunk.plan)),
        Document(GOAL, mentions(chunk.goal), GOAL_WEIGHT, chunk.goal_line),
    )


def _without(footprint: Footprint, leave_out: Collection[str]) -> Footprint:
    kept = tuple(touch for touch in footprint.touches if not left_out(touch.path, leave_out))
    return footprint.model_copy(update={"touches": kept})


def left_out(path: str, leave_out: Collection[str]) -> bool:
    """Whether a file is named, or lies in a folder that is."""
    return any(path == name or path.startswith(f"{name.rstrip('/')}/") for name in leave_out)
