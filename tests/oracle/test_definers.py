"""Blobs by the names that they define."""

from hypothesis import given
from hypothesis import strategies as st

from pointsman.oracle.definers import Definers

NAMES = st.lists(st.sampled_from(["f", "g", "höhe", "Class", "_x"]))


@given(st.lists(NAMES, max_size=20))
def test_every_blob_is_found_by_each_name_that_it_defines_and_by_no_other(defined):
    blobs = [(f"{number:040x}", " ".join(names)) for number, names in enumerate(defined)]
    definers = Definers(blobs)
    for name in ("f", "g", "höhe", "Class", "_x", "never"):
        assert definers.of(name) == [blob for blob, names in blobs if name in names.split()]
