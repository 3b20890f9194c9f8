"""Which lines differ."""

from hypothesis import given
from hypothesis import strategies as st

from pointsman.oracle.lines import Hunk, base_lines, hunks, meet

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n"]), max_size=12).map(b"".join)


def test_a_changed_an_added_and_a_removed_line_are_hunks():
    assert hunks(b"1\n2\n3\n4\n5\n", b"1\nx\n3\ny\n4\n") == (
        Hunk((1, 2), (1, 2)),
        Hunk((3, 3), (3, 4)),
        Hunk((4, 5), (5, 5)),
    )


def test_equal_files_have_no_hunks_whatever_ends_their_last_line():
    assert hunks(b"1\n2", b"1\n2\n") == ()


def test_an_insertion_has_the_line_that_it_goes_before():
    (hunk,) = hunks(b"1\n2\n", b"1\nx\n2\n")
    assert base_lines(hunk) == (1, 1)


def test_ranges_meet_within_a_distance():
    assert meet((1, 3), (3, 5)) and meet((3, 5), (1, 3))
    assert not meet((1, 2), (5, 6))
    assert meet((1, 2), (5, 6), within=3)


@given(LINES, LINES)
def test_hunks_put_into_the_old_file_give_the_new_one(before: bytes, after: bytes):
    old, new = before.splitlines(), after.splitlines()
    patched: list[bytes] = []
    at = 0
    for hunk in hunks(before, after):
        patched += old[at : hunk.before[0]] + new[slice(*hunk.after)]
        at = hunk.before[1]
    assert patched + old[at:] == new
