"""A file while somebody types in it: after an edit only what it changed is parsed and read again.

The tree of the text before is mended (tree-sitter's incremental parsing), and what did not change
is remembered, so an edit of a large file costs about as much as parsing the edited definition.

    live = LiveSource("python", source)
    live.edit(120, 125, b"count")  # bytes 120 to 125 are ``count`` now
    live.become(whole_new_source)  # likewise, where only the result is known
    live.symbols                   # as ``extract`` would tell, worked out when asked for
"""

from typing import TYPE_CHECKING

from pointsman.oracle.languages import language_named
from pointsman.oracle.languages.memory import Memory
from pointsman.oracle.symbols import Symbols

if TYPE_CHECKING:  # loaded when there is something to parse
    from tree_sitter import Tree

_KEPT = 8
"""How many times the first text is remembered; a version takes two, if all of it is new."""
_KEPT_LEAST = 256 * 1024
"""Bytes that are remembered in any case."""


class LiveSource:
    """One file's text, and its symbols with hashes. Any bytes are a file. For one thread.

    The symbols are exactly those of ``extract`` whenever the text parses. While it does not, the
    parser may make something else of the broken place than it would without having seen the text
    before; it is told as unknown either way, and nothing of it stays.

    Parses where it is: whoever opens files of strangers does so in a process that may crash.
    """

    def __init__(self, language: str, source: bytes) -> None:
        """``language`` as ``language_of`` names it."""
        self._language = language_named(language)
        self._memory = Memory(max(_KEPT * len(source), _KEPT_LEAST))
        self._source = source
        self._tree: Tree | None = None
        self._symbols: Symbols | None = None

    @property
    def source(self) -> bytes:
        return self._source

    @property
    def symbols(self) -> Symbols:
        """The symbols of the text as it is now; of several edits in a row only the last result."""
        if self._symbols is None:
            parser = self._language.parser()
            self._tree = (
                parser.parse(self._source, self._tree)
                if self._tree is not None
                else parser.parse(self._source)
            )
            root = self._tree.root_node
            self._symbols = self._language.symbols(self._source, root, self._memory, True)
        return self._symbols

    def edit(self, start: int, end: int, new: bytes) -> None:
        """Puts ``new`` in the place of the bytes from ``start`` to ``end`` (half-open).

        Raises IndexError where the text has no such bytes.
        """
        old = self._source
        if not 0 <= start <= end <= len(old):
            raise IndexError(f"no bytes {start} to {end} in {len(old)}")
        self._source = old[:start] + new + old[end:]
        self._symbols = None
        if self._tree is not None:
            stop = start + len(new)
            self._tree.edit(
                start,
                end,
                stop,
                *(_point(old, start), _point(old, end), _point(self._source, stop)),
            )

    def become(self, source: bytes) -> None:
        """Makes ``source`` the text: an edit of what is between equal beginnings and ends."""
        old = self._source
        most = min(len(old), len(source))
        start = _same(old, source, most)
        end = _same(old[::-1], source[::-1], most - start)
        if start < most or len(old) != len(source):
            self.edit(start, len(old) - end, source[start : len(source) - end])


def _same(one: bytes, other: bytes, most: int) -> int:
    """How many of the first ``most`` bytes are the same, up to the first that is not."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _point(source: bytes, at: int) -> tuple[int, int]:
    return (source.count(b"\n", 0, at), at - (source.rfind(b"\n", 0, at) + 1))
