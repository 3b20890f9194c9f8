"""Who can overlap with whom."""

from pointsman.model.footprint import Access, Evidence, Footprint, Touch
from pointsman.oracle.candidates import Candidates


def one(participant: str, access: Access) -> Footprint:
    touch = Touch(path="a.py", access=access, evidence=Evidence.OBSERVED, confidence=1.0, why="")
    return Footprint(participant=participant, base="b", touches=(touch,))


def test_who_reads_a_file_can_overlap_with_who_writes_it_and_not_with_who_reads_it():
    held = Candidates()
    for footprint in (one("r", Access.READ), one("s", Access.READ), one("w", Access.WRITE_BODY)):
        held.hold(footprint)
    assert held.of(one("r", Access.READ)) == {"w"}
    assert held.of(one("w", Access.WRITE_BODY)) == {"r", "s"}
    assert [f.participant for f in held.touching("a.py")] == ["w"]
