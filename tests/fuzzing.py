"""Files made of real ones by breaking them: for whatever reads what others wrote.

``POINTSMAN_FUZZ=2000 pytest -k fuzz`` takes two thousand examples of each kind instead of a few.
"""

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

_TOKEN = re.compile(rb"[ \t]+|\w+|.", re.DOTALL)
_DEPTH = 300
"""How often a token is said again."""
_ENCODINGS = st.sampled_from(
    [
        lambda data: data,
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"\n", b"\r"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.decode("latin-1").encode("utf-16"),
        lambda data: data + b"\0",
        lambda data: data.rstrip(),
    ]
)

fuzz = settings(
    max_examples=int(os.environ.get("POINTSMAN_FUZZ", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def broken(draw: st.DrawFn, sources: Sequence[bytes], words: Sequence[bytes] = ()) -> bytes:
    """One of some sources with a few pieces of it taken out, moved, said again, or replaced by
    pieces of others, by ``words``, or by any bytes."""
    pieces: list[bytes] = _TOKEN.findall(draw(st.sampled_from(sources)))
    others: list[bytes] = _TOKEN.findall(draw(st.sampled_from(sources)))
    for _ in range(draw(st.integers(0, 6))):
        at, end = sorted(draw(st.integers(0, len(pieces))) for _ in range(2))
        match draw(st.integers(0, 7)):
            case 0:
                del pieces[at:end]
            case 1:
                del pieces[at : at + 1]
            case 2:
                pieces[at:at] = pieces[at:end]
            case 3:
                pieces[at:end] = reversed(pieces[at:end])
            case 4:
                first, last = sorted(draw(st.integers(0, len(others))) for _ in range(2))
                pieces[at:at] = others[first:last]
            case 5 if words:
                pieces.insert(at, draw(st.sampled_from(words)))
            case 6:
                pieces.insert(at, draw(st.binary(max_size=4)))
            case _:
                pieces[at : at + 1] = pieces[at : at + 1] * draw(st.integers(1, _DEPTH))
    return draw(_ENCODINGS)(b"".join(pieces))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is done meanwhile takes no longer, not counting what else the machine does."""
    began = time.process_time()
    yield
    assert time.process_time() - began < seconds
