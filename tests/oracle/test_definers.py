"""Who defines a name, also while files are added."""

from hypothesis import given
from hypothesis import strategies as st

from pointsman.oracle.definers import Definers

FILES = st.dictionaries(
    st.text("0123456789abcdef", min_size=1, max_size=3), st.lists(st.sampled_from("fghxy"))
)


@given(st.lists(FILES, max_size=8))
def test_who_defines_a_name_is_the_same_however_the_files_were_added(batches):
    definers = Definers()
    known: dict[str, list[str]] = {}
    for batch in batches:
        definers.add((blob, " ".join(names)) for blob, names in batch.items())
        known = {**batch, **known}  # a blob never changes: what is added again is known
    for name in "fghxyz":
        expected = sorted(blob for blob, names in known.items() if name in names)
        assert sorted(definers.of(name)) == expected
