"""What a workspace's starting tree says of its own and of another chunk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.chunks import front_matter
from pointsman.chunks.activation import activate
from pointsman.model.chunk import ChunkStatus
from pointsman.model.errors import PointsmanError

STATUSES = st.sampled_from(list(ChunkStatus))
SPELT = st.sampled_from(["{}", "'{}'", '"{}"', "{} # IMPLEMENTING, FUTURE"])
GOALS = st.dictionaries(
    st.sampled_from("abcd"),
    st.builds(lambda way, status: (way, status), SPELT, STATUSES),
)


def goal(status: str) -> bytes:
    return f"---\nstatus: {status} # IMPLEMENTING?\n---\n".encode()


def test_a_future_chunk_becomes_implementing_and_the_other_one_steps_back() -> None:
    goals = {
        "a": goal("IMPLEMENTING"),
        "b": goal("ACTIVE"),
        "c": b"IMPLEMENTING",
        "x": goal("FUTURE"),
    }
    changed, displaced = activate("x", goals)
    assert changed == {"x": goal("IMPLEMENTING"), "a": goal("FUTURE")}
    assert displaced == "a"
    assert front_matter.set_status(changed["a"], ChunkStatus.IMPLEMENTING) == goals["a"]


def test_what_is_implementing_alone_stays_as_it_is() -> None:
    assert activate("x", {"x": goal("IMPLEMENTING"), "b": goal("FUTURE")}) == ({}, None)


def test_a_chunk_that_can_not_be_read_is_not_activated() -> None:
    with pytest.raises(PointsmanError):
        activate("x", {"x": b""})


@given(GOALS, st.sampled_from([ChunkStatus.FUTURE, ChunkStatus.IMPLEMENTING]), SPELT)
def test_its_chunk_is_implementing_one_other_at_most_steps_back_and_comes_back_byte_for_byte(
    others: dict[str, tuple[str, ChunkStatus]], status: ChunkStatus, way: str
) -> None:
    def written(way: str, status: ChunkStatus) -> bytes:
        return f"---\r\nstatus: {way.format(status)}\nother: 1\n---\nText\n".encode()

    goals = {name: written(*told) for name, told in others.items()}
    goals["x"] = written(way, status)
    changed, displaced = activate("x", goals)
    begun = [name for name in sorted(others) if others[name][1] is ChunkStatus.IMPLEMENTING]
    assert displaced == (begun[0] if begun else None)
    assert changed.keys() <= {"x", displaced}
    assert ({**goals, **changed})["x"] == written(way, ChunkStatus.IMPLEMENTING)
    if displaced is not None:
        assert changed[displaced] == written(others[displaced][0], ChunkStatus.FUTURE)
        back = front_matter.set_status(changed[displaced], ChunkStatus.IMPLEMENTING)
        assert back == goals[displaced]
