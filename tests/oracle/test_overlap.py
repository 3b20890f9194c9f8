"""What two footprints have in common, and who is compared with whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracle.footprints import footprint, footprints, touch

from pointsman.model.conflict import ConflictType
from pointsman.model.footprint import Access, Evidence, Footprint
from pointsman.model.merge_rule import MergeRule, RuleFor
from pointsman.oracle.candidates import Candidates
from pointsman.oracle.overlap import Basis, overlaps

OBSERVED, DECLARED, PREDICTED = Evidence.OBSERVED, Evidence.DECLARED, Evidence.PREDICTED


def kinds(a: Footprint, b: Footprint, **options) -> list[tuple[str, str, str | None, str]]:
    return [
        (o.type.value, o.path, o.symbol, o.evidence["basis"]) for o in overlaps(a, b, **options)
    ]


def between(a, b, **options):
    """The overlaps of two participants with one touch each."""
    return kinds(footprint("a", a), footprint("b", b), **options)


def test_textual_where_git_cannot_merge():
    found = between("x.txt", "x.txt", merge={"x.txt": "contents"})
    assert found == [("TEXTUAL", "x.txt", None, "merged")]


def test_symbol_where_both_write_the_same():
    assert between("a.py#f", "a.py#f") == [("SYMBOL", "a.py", "f", "write")]


def test_symbol_where_both_create_the_same_name():
    new = touch("a.py#f", access=Access.CREATE)
    assert between(new, new) == [("SYMBOL", "a.py", "f", "create")]


def test_symbol_where_both_create_the_same_file():
    new = touch("new.py", PREDICTED, access=Access.CREATE)
    assert between(new, new) == [("SYMBOL", "new.py", None, "create")]


def test_symbol_where_one_names_the_class_whose_method_the_other_writes():
    found = between(touch("a.py#A", DECLARED), "a.py#A::f")
    assert found == [("SYMBOL", "a.py", "A::f", "contains")]


def test_no_symbol_where_one_was_seen_to_change_the_class_and_the_other_a_method():
    assert between("a.py#A", "a.py#A::f") == [("FILE", "a.py", None, "observed")]


def test_one_function_on_two_paths_is_no_overlap():
    assert between("a.py#f", "b.py#f") == []


def test_imports_of_both_are_no_symbol_overlap():
    assert between("a.py#<imports>", "a.py#<imports>") == [("FILE", "a.py", None, "observed")]


@pytest.mark.parametrize(("line", "kind"), [(6, "SYMBOL"), (7, "FILE")])
def test_module_level_code_is_the_same_within_three_lines(line: int, kind: str):
    mine = touch("a.py#<module>", lines=(1, 3))
    theirs = touch("a.py#<module>", lines=(line, line))
    assert [found[0] for found in between(mine, theirs)] == [kind]


def read(what: str, edge: str = "exact", *, inside: str = "b.py#g", **fields: object):
    """A call of a symbol, in lines that were changed, inside ``b.py#g``."""
    plain = touch(what, access=Access.READ)
    about = {"inside": inside, "edge": edge, "called": True, "near": True, "kind": "function"}
    return plain.model_copy(update={**about, **fields})


def test_to_read_the_same_is_no_overlap():
    assert between(read("a.py#f"), read("a.py#f")) == []


def test_reference_where_one_changes_what_the_other_relies_on():
    assert between(read("a.py#f"), "a.py#f") == [("REFERENCE", "a.py", "f", "relies")]
    assert between(touch("a.py#f", access=Access.DELETE), read("a.py#f")) == [
        ("REFERENCE", "a.py", "f", "relies")
    ]
    assert between(read("a.py#f"), "a.py#g") == []


@pytest.mark.parametrize(
    ("reference", "basis"),
    [
        (read("a.py#f", called=False), "relies"),
        (read("a.py#f", called=False, kind="variable"), "mentions"),
        (read("a.py#f", near=False), "mentions"),
        (read("a.py#f", inside="tests/test_b.py#test_g"), "mentions"),
        (read("a.py#f", near=False, added=True), "mentions"),
    ],
)
def test_a_reference_counts_less_far_from_the_change_or_in_tests(reference, basis: str):
    assert between(reference, "a.py#f") == [("REFERENCE", "a.py", "f", basis)]


def test_of_several_references_to_one_symbol_the_hardest_hit_counts():
    found = kinds(
        footprint("a", touch("a.py#f", access=Access.DELETE)),
        footprint("b", read("a.py#f", near=False), read("a.py#f", added=True, inside="b.py#h")),
    )
    assert found == [("REFERENCE", "a.py", "f", "broken")]


def test_no_symbol_where_both_make_the_very_same_of_it():
    def became(content: str | None, access: Access = Access.WRITE_BODY):
        return touch("a.py#f", access=access).model_copy(update={"content": content})

    same = ("FILE", "a.py", None, "observed")
    assert between(became("x"), became("x")) == [same]
    assert between(became("", Access.DELETE), became("", Access.DELETE)) == [same]
    assert between(became("x"), became("y"))[0][0] == "SYMBOL"
    assert between(became(None), became(None))[0][0] == "SYMBOL"


@pytest.mark.parametrize("access", [Access.DELETE, Access.RENAME, Access.WRITE_SIGNATURE])
@pytest.mark.parametrize(
    ("edge", "basis"),
    [("exact", "broken"), ("inherited", "broken"), ("unique", "relies"), ("ambiguous", "relies")],
)
def test_reference_is_hard_where_what_is_newly_used_breaks(access: Access, edge: str, basis: str):
    found = between(touch("a.py#f", access=access), read("a.py#f", edge, added=True))
    assert found == [("REFERENCE", "a.py", "f", basis)]


def test_reference_where_both_change_parts_of_one_class():
    assert between("a.py#A::f", "a.py#A::g") == [("REFERENCE", "a.py", "A", "class")]
    assert between("a.py#A::f", touch("a.py#A::g", PREDICTED)) == [
        ("FILE", "a.py", None, "disjoint")
    ]


def test_a_new_symbol_is_nothing_that_others_relied_on():
    assert between(touch("a.py#f", access=Access.CREATE), read("a.py#f")) == []


def test_file_where_nothing_stronger_is_there():
    assert between("a.py#f", "a.py#g") == [("FILE", "a.py", None, "observed")]
    assert between("a.py#f", touch("a.py#g", DECLARED)) == [("FILE", "a.py", None, "disjoint")]
    assert between("a.py#f", touch("a.py#g", PREDICTED, confidence=0.7)) == [
        ("FILE", "a.py", None, "apart")
    ]
    assert between("a.py#f", touch("a.py", DECLARED)) == [("FILE", "a.py", None, "open")]


def test_file_lines_count_only_as_long_as_git_was_not_asked():
    a, b = touch("x.md", lines=(3, 4)), touch("x.md", lines=(5, 9))
    assert between(a, b) == [("FILE", "x.md", None, "lines")]
    assert between(a, b, merge={}) == [("FILE", "x.md", None, "observed")]


def test_file_that_one_removes():
    gone = touch("x.md", access=Access.DELETE)
    assert between(gone, touch("x.md", lines=(1, 1))) == [("FILE", "x.md", None, "gone")]


BODY, SIGNATURE = Access.WRITE_BODY, Access.WRITE_SIGNATURE


@pytest.mark.parametrize(
    ("mine", "theirs", "basis"),
    [
        ((BODY, (2, 4)), (BODY, (8, 9)), "parts"),
        ((BODY, (2, 4)), (BODY, (7, 9)), "write"),
        ((BODY, (2, 4), (20, 20)), (BODY, (12, 14), (22, 23)), "write"),
        ((BODY, (2, 4)), (SIGNATURE, (20, 21)), "write"),
        ((BODY, (2, 4)), (BODY,), "write"),
        ((BODY, (2, 4)), (BODY, *[(n, n) for n in range(20, 36)]), "write"),
    ],
)
def test_two_changes_of_one_body_count_less_where_they_are_known_to_be_apart(mine, theirs, basis):
    sides = [touch("a.py#f", access=a, changed=tuple(c)) for a, *c in (mine, theirs)]
    assert between(*sides) == [("SYMBOL", "a.py", "f", basis)]


def test_of_a_file_that_is_no_code_only_places_count():
    def at(first: int, last: int):
        return touch("a.toml#project", changed=((first, last),))

    assert between(at(2, 3), at(3, 4)) == [("SYMBOL", "a.toml", "project", "entry")]
    assert between(at(2, 3), at(9, 9)) == [("FILE", "a.toml", None, "observed")]
    assert between("a.toml#project", at(9, 9)) == [("SYMBOL", "a.toml", "project", "entry")]


def test_subsystems_that_both_implement_or_one_implements_and_one_uses():
    implements, uses = ({"implements": ("auth",)}, {"uses": ("auth",)})

    def found(a, b, **options):
        return [k[3] for k in kinds(footprint("a", **a), footprint("b", **b), **options)]

    assert found(implements, implements) == ["shared"]
    assert found(implements, implements, exclusive={"auth"}) == ["exclusive"]
    assert found(implements, uses, exclusive={"auth"}) == ["shared"]
    assert found(uses, uses) == []


def test_a_lock_file_overlaps_with_nobody():
    assert between("sub/uv.lock", "sub/uv.lock") == []


@pytest.mark.parametrize("rule", MergeRule)
def test_a_file_with_a_merge_rule_overlaps_with_nobody(rule: MergeRule):
    rules = [RuleFor("CHANGES.md", rule), RuleFor("gen/*", rule)]
    assert between("CHANGES.md", "CHANGES.md", rules=rules) == []
    assert between("gen/a/b.py#f", "gen/a/b.py#f", rules=rules) == []
    assert between("a.py#f", "a.py#f", rules=rules) != []


def test_what_git_cannot_merge_in_spite_of_a_merge_rule_is_an_overlap():
    rules = [RuleFor("CHANGES.md", MergeRule.IGNORE)]
    merge = {"CHANGES.md": "contents"}
    (found,) = between("CHANGES.md", "CHANGES.md", rules=rules, merge=merge)
    assert found[0] == "TEXTUAL"


def test_the_detail_names_file_symbol_lines_and_what_it_rests_on():
    mine = touch("a.py#f", lines=(9, 23)).model_copy(update={"why": "snapshot 12ab"})
    theirs = touch("a.py#f", PREDICTED, confidence=0.5).model_copy(update={"why": "PLAN.md:12"})
    (found,) = overlaps(footprint("two", theirs), footprint("one", mine))
    assert found.detail == (
        "both change `f` in a.py: one lines 10–24, observed (snapshot 12ab); "
        "two, predicted (PLAN.md:12)"
    )
    assert found.evidence["a"]["lines"] == [9, 23]
    assert found.evidence["b"]["confidence"] == 0.5
    assert found.evidence["basis"] == Basis.WRITE


MERGES = st.none() | st.just({}) | st.just({"a.py": "contents"})


@given(footprints("a"), footprints("b"), MERGES)
def test_overlaps_are_symmetric(a: Footprint, b: Footprint, merge):
    assert overlaps(a, b, merge=merge) == overlaps(b, a, merge=merge)


@given(footprints("a"), footprints("b"))
def test_every_common_file_has_an_overlap_and_no_other_file_has(a: Footprint, b: Footprint):
    mine, theirs = (
        {t.path for t in side.touches if t.access is not Access.READ} for side in (a, b)
    )
    elsewhere = (ConflictType.SUBSYSTEM, ConflictType.REFERENCE)
    found = {o.path for o in overlaps(a, b) if o.type not in elsewhere or o.path in mine & theirs}
    assert found == mine & theirs - {"uv.lock"}


@given(footprints("a"))
def test_a_file_overlap_is_only_where_there_is_no_other(a: Footprint):
    found = overlaps(a, a.model_copy(update={"participant": "b"}))
    whole = {o.path for o in found if o.type is ConflictType.FILE}
    assert not whole & {o.path for o in found if o.type is not ConflictType.FILE}


PARTICIPANTS = st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=12).flatmap(
    lambda names: st.tuples(*(footprints(name) for name in names))
)


@given(PARTICIPANTS, st.sets(st.sampled_from("abcdefgh"), max_size=3))
def test_candidates_miss_nothing_that_all_pairs_find(arrivals, gone):
    held = Candidates()
    latest: dict[str, Footprint] = {}
    for arrival in arrivals:
        held.hold(arrival)
        latest[arrival.participant] = arrival
    for name in gone:
        held.forget(name)
        latest.pop(name, None)
    for a in latest.values():
        candidates = held.of(a)
        assert candidates <= latest.keys() - {a.participant}
        assert {b for b in latest if b != a.participant and overlaps(a, latest[b])} <= candidates


def test_a_hundredfold_pool_costs_an_arrival_nothing():
    held = Candidates()
    for n in range(2000):
        held.hold(footprint(f"c{n}", f"src/{n // 2}.py#f"))
    assert held.of(footprint("new", "src/7.py#g")) == {"c14", "c15"}
