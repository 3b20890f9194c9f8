"""What is made of a thing is made once, as long as the thing is there."""

import pytest

from pointsman.model.once import Once


def test_what_is_still_there_is_not_made_again_and_what_is_gone_is_forgotten() -> None:
    made: list[str] = []

    def make(thing: list[str]) -> str:
        made.append(thing[0])
        return thing[0].upper()

    once = Once(make)
    a, b, another_a = ["a"], ["b"], ["a"]
    assert once.of([a, b]) == ["A", "B"]
    assert once.of([b, another_a, b]) == ["B", "A", "B"]
    assert once.of([a]) == ["A"]
    assert made == ["a", "b", "a", "a"], "equal things are two things; a was away for a while"


def test_where_making_fails_what_was_made_is_kept() -> None:
    made: list[int] = []

    def make(thing: tuple[int]) -> int:
        made.append(thing[0])
        return 1 // thing[0]

    once, one, zero = Once(make), (1,), (0,)
    once.of([one])
    with pytest.raises(ZeroDivisionError):
        once.of([one, zero])
    assert once.of([one]) == [1]
    assert made == [1, 0]
