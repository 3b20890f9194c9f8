"""What a workspace's starting tree says of its own and of another chunk."""

import pytest

from pointsman.chunks import front_matter
from pointsman.chunks.activation import activate
from pointsman.model.chunk import ChunkStatus
from pointsman.model.errors import PointsmanError


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
