"""Front matter of broken documents: read or refused, with a place, the same twice, and in time."""

from hypothesis import given
from tests.chunks.test_front_matter import ALL
from tests.fuzzing import broken, fuzz, within

from pointsman.chunks import front_matter
from pointsman.model.chunk import ChunkStatus
from pointsman.model.errors import PointsmanError

SECONDS = 1.0
OTHER = b"""---
status: >-
  FUTURE
"code_paths": [ 'a b', "\\u00e4", c ]   # said
code_references:
- {ref: 'x#y', implements: z}
? depends_on
:
  - one
budget:
    money: .5
    tokens: 0x10
...
# Goal
---
"""
WORDS = (
    *(bytes([sign]) for sign in b"{}[]:,#&*!|>'\"%@`-?\n\r\t\0\xff~<="),
    *(
        b"---\n",
        b"...\n",
        b"\n---",
        b"- ",
        b": ",
        b"? ",
        b"!!str ",
        b"&a ",
        b"*a",
        b"<<: ",
        b"1e999",
    ),
    *(b"status: ", b"FUTURE", b"depends_on: ", b'"\\ud800"', b"\xe2\x80\xa8", b"\xef\xbb\xbf"),
)


@fuzz
@given(broken([ALL, OTHER], WORDS))
def test_fuzz_a_broken_document_is_read_or_refused_with_a_place(data: bytes) -> None:
    with within(SECONDS):
        found = front_matter.read(data, "GOAL.md")
    assert found == front_matter.read(data, "GOAL.md")
    lines = data.count(b"\n") + data.count(b"\r") + 1
    if isinstance(found, front_matter.Parsed):
        ranges = list(found.ranges.values())
        assert found.body in data.decode()
    else:
        assert found and all(p.code == "chunk-unreadable" and p.remedy for p in found)
        ranges = [p.place.range for p in found if p.place and p.place.range]
    for each in ranges:
        start, end = ((at.line, at.character) for at in (each.start, each.end))
        assert (0, 0) <= start <= end < (lines, 0)


@fuzz
@given(broken([ALL, OTHER], WORDS))
def test_fuzz_setting_a_status_keeps_all_else_or_is_refused(data: bytes) -> None:
    try:
        changed = front_matter.set_status(data, ChunkStatus.ACTIVE)
    except PointsmanError as refused:
        assert refused.code == "chunk-unreadable"
        return
    before, after = front_matter.parse(data, "GOAL.md"), front_matter.parse(changed, "GOAL.md")
    assert after.front == before.front.model_copy(update={"status": ChunkStatus.ACTIVE})
    assert after.body == before.body
