"""Every key of a TOML text is found where a person would point."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pointsman.settings.places import key_ranges, longest

TEXT = '''\
base = "main" # base = "other"
checks = [
  "a = 1", # x = 1
  'b',
]
notes = """
fake = 1
[fake]
"quoted\\""""
more = \'\'\'
fake = 2\'\'\'
[agents.claude]
command = ["x"]
env = {A = "1", B = "]"}
[ agents . "the other" ]\r
driver = "acp"\r
"ü" . x = 1979-05-27T07:32:00Z
'''


def test_keys_are_found_in_tables_and_behind_values_of_many_lines() -> None:
    tomllib.loads(TEXT)
    found = {path: place.start.line for path, place in key_ranges(TEXT).items()}
    assert found == {
        ("base",): 0,
        ("checks",): 1,
        ("notes",): 5,
        ("more",): 9,
        ("agents",): 11,
        ("agents", "claude"): 11,
        ("agents", "claude", "command"): 12,
        ("agents", "claude", "env"): 13,
        ("agents", "the other"): 14,
        ("agents", "the other", "driver"): 15,
        ("agents", "the other", "ü"): 16,
        ("agents", "the other", "ü", "x"): 16,
    }


def test_columns_count_bytes_and_a_missing_key_is_at_what_has_it() -> None:
    found = key_ranges('"ü" . x = 1\n')
    place = longest(("ü", "x", "not there"), found)
    assert place is not None
    assert (place.start.character, place.end.character) == (0, 8)
    assert longest(("nothing",), found) is None


KEYS = st.text("abc-_19", min_size=1, max_size=3)
SCALARS = st.integers() | st.sampled_from(['"x = 1"', "'#'", '"""\na = 1\n"""', "[[1],\n{a = 2}]"])


@given(st.dictionaries(KEYS, SCALARS | st.dictionaries(KEYS, SCALARS, max_size=3), max_size=4))
def test_the_keys_found_are_the_keys_that_are_there(values: dict[str, Any]) -> None:
    plain = {key: value for key, value in values.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in values.items() if isinstance(value, dict)}
    lines = [f"{key} = {value}" for key, value in plain.items()]
    expected = {(key,) for key in values}
    for table, inner in tables.items():
        lines += [f"[{table}]", *(f"  {key} = {value}" for key, value in inner.items())]
        expected |= {(table, key) for key in inner}
    text = "\n".join(lines)
    tomllib.loads(text)
    assert set(key_ranges(text)) == expected
