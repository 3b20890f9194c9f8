"""The worker process: files in, symbols out, one after the other, until its input ends.

Extraction has processes of its own for two reasons: tree-sitter holds Python's global lock while it
parses, so in the daemon, even in a thread, one large file would stop everything; and grammars are C
code that is fed by strangers, so what they can crash or keep busy must be something to throw away.

A request is ``HEADER`` (what is wanted, length of the language's name, length of the file), then
both. An answer is ``LENGTHS``, then the names that are defined and ``symbols.dump``, which is left
out of an outline's.
"""

import gc
import resource
import struct
import sys
from contextlib import suppress
from enum import IntEnum
from typing import BinaryIO

from pointsman.oracle.languages import extract, outline_of
from pointsman.oracle.languages.memory import Memory
from pointsman.oracle.symbols import dump

HEADER = struct.Struct(">BHI")
LENGTHS = struct.Struct(">II")
MEMORY = 2 * 1024**3
"""Bytes of address space a worker may have: far more than any file that it is given needs."""

REMEMBERED = 2 * 1024**2
"""Bytes of files that somebody changes; what such a file has in common with its last version is not
read again."""


class Wanted(IntEnum):
    """How much of a file is asked for."""

    OUTLINE = 0
    """The names that it defines, at once."""
    SURVEY = 1
    """Its symbols."""
    HASHES = 2
    """Its symbols with hashes."""


def main() -> None:
    with suppress(ValueError, OSError):  # not everywhere can it be limited
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # many files may crash it
    gc.freeze()
    gc.set_threshold(200_000)  # symbols hold no cycles; looking for some takes a tenth of the time
    with suppress(BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers until the requests end, also in the middle of one: the daemon is gone then."""
    memory = Memory(REMEMBERED)
    while True:
        header = requests.read(HEADER.size)
        if len(header) < HEADER.size:
            return
        wanted, name_length, length = HEADER.unpack(header)
        language, source = requests.read(name_length).decode(), requests.read(length)
        if len(source) < length:
            return
        if wanted == Wanted.OUTLINE:
            outline = outline_of(language, source)
            names, answer = outline.defined().encode() if outline else b"", b""
        else:
            hashes = wanted == Wanted.HASHES
            symbols = extract(language, source, hashes=hashes, memory=memory)
            names, answer = symbols.defined().encode(), dump(symbols)
        answers.write(LENGTHS.pack(len(names), len(answer)) + names + answer)
        answers.flush()


if __name__ == "__main__":
    main()
