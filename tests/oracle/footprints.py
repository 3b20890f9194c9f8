"""Footprints for the tests, in few words."""

from hypothesis import strategies as st

from pointsman.model.footprint import Access, Evidence, Footprint, Touch

BASE = "b" * 40


def touch(
    what: str,
    evidence: Evidence = Evidence.OBSERVED,
    *,
    access: Access = Access.WRITE_BODY,
    confidence: float = 1.0,
    lines: tuple[int, int] | None = None,
    changed: tuple[tuple[int, int], ...] = (),
) -> Touch:
    """``path`` or ``path#Outer::inner``."""
    path, _, symbol = what.partition("#")
    return Touch(
        path=path,
        symbol=symbol or None,
        lines=lines,
        access=access,
        evidence=evidence,
        confidence=confidence,
        changed=changed,
    )


def read(what: str, edge: str = "exact", **fields: object) -> Touch:
    """That something references ``path#symbol``; ``fields`` say how."""
    plain = touch(what, access=Access.READ)
    return plain.model_copy(update={"inside": "b.py#g", "edge": edge, **fields})


def footprint(participant: str, *touches: Touch | str, **fields: object) -> Footprint:
    there = tuple(touch(t) if isinstance(t, str) else t for t in touches)
    return Footprint.model_validate(
        {"participant": participant, "base": BASE, "touches": there, **fields}
    )


_WRITES = st.builds(
    touch,
    st.sampled_from(["a.py", "a.py#f", "a.py#A", "a.py#A::f", "a.py#<module>", "b.md", "uv.lock"]),
    st.sampled_from(Evidence),
    access=st.sampled_from(Access),
    confidence=st.sampled_from([0.3, 0.7, 0.95, 1.0]),
    lines=st.none() | st.sampled_from([(0, 1), (2, 9), (9, 9)]),
    changed=st.sampled_from([(), ((2, 3),), ((4, 4), (9, 9))]),
)
_READS = st.builds(
    read,
    st.sampled_from(["a.py#f", "a.py#A::f", "b.md"]),
    st.sampled_from(["exact", "unique"]),
    inside=st.sampled_from(["b.py#g", "tests/test_b.py#test_g"]),
    added=st.booleans(),
    called=st.booleans(),
    near=st.booleans(),
    kind=st.sampled_from([None, "function"]),
)
TOUCHES = _WRITES | _READS
SUBSYSTEMS = st.lists(st.sampled_from(["auth", "queue"]), unique=True, max_size=2).map(tuple)


def footprints(participant: str) -> st.SearchStrategy[Footprint]:
    return st.builds(
        lambda touches, implements, uses: footprint(
            participant, *touches, implements=implements, uses=uses
        ),
        st.lists(TOUCHES, max_size=5),
        SUBSYSTEMS,
        SUBSYSTEMS,
    )
