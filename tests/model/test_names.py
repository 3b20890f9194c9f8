"""Names of chunks."""

import pytest

from pointsman.model.footprint import OPERATOR
from pointsman.model.names import is_chunk_name


@pytest.mark.parametrize("name", ["x", "a-b_C9", "operators", "a" * 64])
def test_a_lower_case_letter_and_then_letters_digits_and_dashes_name_a_chunk(name: str) -> None:
    assert is_chunk_name(name)


@pytest.mark.parametrize("name", ["", "X", "9", "a.b", "a/b", "a b", "a\n", "é", "a" * 65])
def test_anything_else_names_none(name: str) -> None:
    assert not is_chunk_name(name)


def test_no_chunk_can_pass_for_the_operator() -> None:
    assert not is_chunk_name(OPERATOR)
