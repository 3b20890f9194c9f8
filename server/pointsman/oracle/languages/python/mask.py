"""Python source with all that is no code taken out, byte for byte in its place.

Comments, joined lines and the insides of strings become blanks, so that what follows may look for
code with plain patterns, at the speed of C, and every position stays what it is in the source. A
string leaves ``STRING`` where it begins; of an f-string the code in it stays, too.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

STRING = b"\x02"
_CONTROL = bytes.maketrans(bytes(range(1, 9)), b"\x7f" * 8)
"""Bytes that mean something here mean nothing in Python, and are not taken from a source."""

_NO_CODE = re.compile(
    rb'#[^\r\n]*|\\(?:\r\n?|\n)|"""(?>[^"\\]+|\\.|"(?!""))*+"""|'
    rb"'''(?>[^'\\]+|\\.|'(?!''))*+'''|"
    rb"""\"(?>[^"\\\r\n]+|\\.)*+"|'(?>[^'\\\r\n]+|\\.)*+'""",
    re.DOTALL,
)
_PREFIX = re.compile(rb"(?<![\w\x80-\xff])[A-Za-z]{1,2}\Z")
_HASH, _BACKSLASH = b"#\\"
_PREFIX_ENDS = frozenset(b"bBfFrRtTuU")
_FIELD = re.compile(rb"\{((?:[^{}!]|!(?![rsa][:}]))+)")


class Masked(NamedTuple):
    """A source without what is no code."""

    code: bytearray
    """As long as the source."""
    strings: list[tuple[int, int, int]]
    """For each string where it begins, where its quotes begin, and where it ends."""


def masked(source: bytes, end_of_string: Callable[[int], int | None]) -> Masked:
    """Masks a source.

    ``end_of_string`` knows where the string really ends whose quotes begin at a byte (None: it
    knows of none there); it is asked where a string may hold others.
    """
    clean = source.translate(_CONTROL)
    strings: list[tuple[int, int, int]] = []
    pieces: list[bytes] = []
    done = 0
    at: int | None = 0
    while at is not None:
        tokens, at = _NO_CODE.finditer(source, at), None
        for token in tokens:
            start, end = token.span()
            if source[start] in (_HASH, _BACKSLASH):
                pieces += (clean[done:start], b" " * (end - start))
                done = end
                continue
            begin, fields = start, b""
            if start and source[start - 1] in _PREFIX_ENDS:
                prefix = _PREFIX.search(source, max(done, start - 3), start)
                begin = prefix.start() if prefix else start
                if prefix and b"{" in token[0] and prefix[0].lower().strip(b"rbu"):
                    real = end_of_string(start)
                    if real is not None and real != end:
                        end = at = real
                    fields = b" ".join(_FIELD.findall(clean, start, end)).replace(b"\n", b" ")
            strings.append((begin, start, end))
            inside = fields.translate(None, b"\"'#\\") if fields else b""
            pieces += (clean[done:begin], STRING, inside.ljust(end - begin - 1))
            done = end
            if at is not None:
                break
    pieces.append(clean[done:])
    return Masked(bytearray(b"".join(pieces)), strings)
