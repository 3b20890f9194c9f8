"""Statuses of chunks, names and text positions."""

from hypothesis import given
from hypothesis import strategies as st

from pointsman.model.chunk import DONE, INJECTABLE, MOVES, ChunkStatus
from pointsman.model.names import UNIT_ID, chunk_of, is_chunk_name, unit_id
from pointsman.model.text import Lines


def test_every_status_has_its_moves_and_all_end_in_historical() -> None:
    assert set(MOVES) == set(ChunkStatus)
    assert MOVES[ChunkStatus.HISTORICAL] == ()
    assert all(ChunkStatus.HISTORICAL in to for to in MOVES.values() if to)
    assert ChunkStatus.FUTURE not in {to for moves in MOVES.values() for to in moves}


def test_what_can_be_injected_is_not_done_and_the_other_way_round() -> None:
    assert set(ChunkStatus) == INJECTABLE | DONE and not INJECTABLE & DONE
    assert {ChunkStatus.FUTURE, ChunkStatus.IMPLEMENTING} == INJECTABLE


@given(st.text(max_size=70), st.integers(min_value=1))
def test_a_units_id_gives_its_chunk_back(name: str, n: int) -> None:
    if is_chunk_name(name):
        assert UNIT_ID.match(unit_id(name, n)) and chunk_of(unit_id(name, n)) == name
        assert not set(name) & set("./\\ \n:~^?*[")


@given(st.text(alphabet="aü😀\r\n\u2028", max_size=12), st.data())
def test_positions_count_lines_as_editors_do_and_columns_in_bytes(
    text: str, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(text)))
    before = text[:index].replace("\r\n", "\n").replace("\r", "\n")
    if text[index - 1 : index + 1] == "\r\n":
        return  # between the two there is no position
    position = Lines(text).position(index)
    assert position.line == before.count("\n")
    assert position.character == len(before.rpartition("\n")[2].encode())
