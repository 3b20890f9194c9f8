"""A worker as hostile files might make it: some words in a file crash it, stop it, or fill it.

Run as a program, in place of ``pointsman.oracle.worker``.
"""

import os
import signal

from pointsman.oracle import worker
from pointsman.oracle.languages.memory import NOTHING_KEPT, Memory
from pointsman.oracle.symbols import Symbols

CRASH, HANG, EAT, FLOOD = b"crash me", b"hang me", b"fill me", b"flood them"
_extract = worker.extract


def extract(
    language: str, source: bytes, *, hashes: bool = True, memory: Memory = NOTHING_KEPT
) -> Symbols:
    if CRASH in source:
        os.kill(os.getpid(), signal.SIGSEGV)
    while HANG in source:
        signal.pause()
    hoard = []
    while EAT in source:
        hoard.append(b"x" * (1 << 24))
    if FLOOD in source:
        return Symbols(language, problem="x" * (40 << 20))
    return _extract(language, source, hashes=hashes, memory=memory)


if __name__ == "__main__":
    worker.extract = extract
    worker.MEMORY = 1 << 28
    worker.main()
