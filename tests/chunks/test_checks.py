"""The checks of injection: each with its code, place and remedy, in the order of the table."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.chunks.checks import Checked, Source, Surroundings, check, circle_through
from pointsman.chunks.scaffold import template
from pointsman.model.chunk import ChunkStatus
from pointsman.model.errors import CODES, PointsmanError
from pointsman.model.work_unit import Status

AROUND = Surroundings(base="main")
PLAN = b"## Approach\n\nText.\n"


def source(name: str = "x", status: str = "FUTURE", more: str = "") -> Source:
    goal = f"---\nstatus: {status}\n{more}\n---\n# Goal\n".encode()
    return Source(name, f"docs/chunks/{name}", goal, PLAN)


def after(name: str, *names: str) -> Source:
    return source(name, more=f"depends_on: [{', '.join(names)}]")


def codes(checked: Checked) -> list[str]:
    return [problem.code for problem in checked.problems]


def test_a_chunk_that_is_written_planned_and_committed_passes() -> None:
    checked = check([source()], AROUND).or_raise()
    (document,) = checked.documents
    assert (document.name, document.plan) == ("x", PLAN.decode())
    assert checked.warnings == ()


@pytest.mark.parametrize(
    ("wrong", "around", "code", "path", "line"),
    [
        (replace(source(), goal=None), AROUND, "chunk-not-found", "GOAL.md", None),
        (replace(source(), goal=b"\n"), AROUND, "chunk-unreadable", "GOAL.md", 0),
        (source(more="agent: 1"), AROUND, "chunk-unreadable", "GOAL.md", 2),
        (source(status="ACTIVE"), AROUND, "chunk-status", "GOAL.md", 1),
        (replace(source(), plan=None), AROUND, "plan-missing", "PLAN.md", None),
        (replace(source(), plan=b"# P\n\n## Approach\n"), AROUND, "plan-missing", "PLAN.md", 2),
        (replace(source(), uncommitted=("PLAN.md",)), AROUND, "chunk-uncommitted", "PLAN.md", None),
        (after("x", "nobody"), AROUND, "dependency-unknown", "GOAL.md", 2),
        (after("x", "x"), AROUND, "dependency-cycle", "GOAL.md", 2),
        (
            source(),
            replace(AROUND, units={"x": ("x.1", Status.RUNNING)}),
            "already-injected",
            "GOAL.md",
            1,
        ),
    ],
)
def test_each_refusal_has_its_code_its_place_and_a_remedy(
    wrong: Source, around: Surroundings, code: str, path: str, line: int | None
) -> None:
    checked = check([wrong], around)
    (problem,) = checked.problems
    assert problem.code == code and problem.code in CODES
    assert problem.message and problem.remedy
    assert problem.data is not None and problem.data["chunk"] == "x"
    assert problem.place is not None and problem.place.path == f"docs/chunks/x/{path}"
    assert (problem.place.range and problem.place.range.start.line) == line
    with pytest.raises(PointsmanError) as caught:
        checked.or_raise()
    assert caught.value.problem == problem


def test_a_missing_base_is_told_once_and_what_needs_it_is_not_guessed() -> None:
    around = replace(AROUND, base_exists=False)
    wrong = replace(after("x", "nobody"), uncommitted=("GOAL.md", "PLAN.md"))
    assert codes(check([wrong], around)) == ["base-missing"]


def test_problems_come_in_the_order_of_the_table() -> None:
    wrong = replace(
        source("x", "ACTIVE", "depends_on: [nobody, x]"), plan=None, uncommitted=("GOAL.md",)
    )
    around = replace(AROUND, units={"x": ("x.1", Status.READY)})
    assert codes(check([wrong], around)) == [
        "chunk-status",
        "plan-missing",
        "chunk-uncommitted",
        "dependency-unknown",
        "dependency-cycle",
        "already-injected",
    ]


def test_a_failed_unit_is_to_be_retried_and_no_dependency() -> None:
    around = replace(AROUND, units={"x": ("x.1", Status.FAILED)})
    (own,) = check([source()], around).problems
    (other,) = check([after("y", "x")], around).problems
    assert (own.code, other.code) == ("already-injected", "dependency-unknown")
    assert "retry x.1" in own.remedy and "retry x.1" in other.remedy
    assert own.data == {"chunk": "x", "unit": "x.1", "status": "FAILED"}


def test_dependencies_may_be_in_the_call_in_the_pool_or_done() -> None:
    around = replace(AROUND, done={"done"}, units={"pooled": ("pooled.2", Status.NEEDS_ATTENTION)})
    checked = check([after("x", "done", "pooled", "y"), source("y")], around).or_raise()
    assert [document.name for document in checked.documents] == ["y", "x"]


def test_an_editor_may_name_others_that_could_go_in_too() -> None:
    assert codes(check([after("x", "y")], AROUND, also={"y"})) == []


def test_the_call_may_name_other_dependencies_than_the_document() -> None:
    wrong = check([after("x", "nobody")], AROUND, depends_on={"x": ("y",)})
    (problem,) = wrong.problems
    assert "'y'" in problem.message
    assert problem.place is not None and problem.place.range is None
    assert codes(check([after("x", "nobody")], AROUND, depends_on={"x": ()})) == []


def test_a_circle_is_told_once_as_a_path() -> None:
    call = [after("c", "a"), after("a", "b"), after("b", "c"), after("d", "a")]
    (problem,) = check(call, AROUND).problems
    assert problem.code == "dependency-cycle"
    assert "c → a → b → c" in problem.message
    assert problem.data == {"chunk": "c", "cycle": ["c", "a", "b", "c"]}


def test_two_circles_are_both_told() -> None:
    call = [after("a", "b"), after("b", "a"), after("c", "d"), after("d", "c")]
    assert codes(check(call, AROUND)) == ["dependency-cycle", "dependency-cycle"]


def test_each_chunk_of_a_call_tells_its_own_problems() -> None:
    checked = check([source("a", "ACTIVE"), source("b"), replace(source("c"), goal=None)], AROUND)
    assert [p.data and p.data["chunk"] for p in checked.problems] == ["a", "c"]


def test_what_does_not_exist_on_base_or_is_behind_is_a_warning() -> None:
    more = "code_paths: [a.py, b.py]\ncode_references: [{ref: 'a.py#f'}]"
    given = replace(source(more=more), missing=("b.py", "a.py#f"))
    checked = check([given], replace(AROUND, behind=3)).or_raise()
    assert [w.code for w in checked.warnings] == [
        "reference-missing",
        "reference-missing",
        "base-behind",
    ]
    assert [w.place.range.start.line for w in checked.warnings if w.place and w.place.range] == [
        2,
        3,
    ]


NO_PLANS = [None, b"", b"Text.\n", b"## Approach\n", b"## Approach\n<!-- Text. -->\n"]
NO_PLANS += [b"## Approach\n### How\n", template("PLAN.md").encode()]
SOURCES = st.builds(
    lambda name, status, plan, uncommitted: replace(
        source(name, status), plan=plan, uncommitted=tuple(uncommitted)
    ),
    st.sampled_from("abc"),
    st.sampled_from(["FUTURE", "FUTURE", "IMPLEMENTING", *ChunkStatus]),
    st.sampled_from([PLAN, PLAN, PLAN, *NO_PLANS]),
    st.sets(st.sampled_from(["GOAL.md", "PLAN.md"])) | st.just(frozenset()),
)


@given(st.lists(SOURCES, min_size=1, unique_by=lambda s: s.name))
def test_only_what_is_committed_and_has_a_plan_goes_in_and_all_of_a_call_or_none(
    call: list[Source],
) -> None:
    fit = [
        s.plan == PLAN
        and not s.uncommitted
        and s.goal is not None
        and (b"status: FUTURE" in s.goal or b"status: IMPLEMENTING" in s.goal)
        for s in call
    ]
    checked = check(call, AROUND)
    assert (not checked.problems) == all(fit)
    wrong = {problem.data and problem.data["chunk"] for problem in checked.problems}
    assert wrong == {s.name for s, goes in zip(call, fit, strict=True) if not goes}


NAMES = ["a", "b", "c", "d", "e", "f"]
GRAPHS = st.fixed_dictionaries(
    {name: st.lists(st.sampled_from(NAMES), max_size=3, unique=True) for name in NAMES}
)


@given(GRAPHS)
def test_either_a_real_circle_is_named_or_everybody_comes_after_their_dependencies(
    graph: dict[str, list[str]],
) -> None:
    checked = check([after(name, *names) for name, names in graph.items()], AROUND)
    if checked.problems:
        for problem in checked.problems:
            assert problem.data is not None
            circle = problem.data["cycle"]
            assert circle[0] == circle[-1] and len(circle) == len(set(circle)) + 1
            assert all(b in graph[a] for a, b in pairwise(circle))
    else:
        order = [document.name for document in checked.documents]
        assert sorted(order) == NAMES
        assert all(order.index(d) < order.index(n) for n in NAMES for d in graph[n])
        assert not any(circle_through(n, {k: tuple(v) for k, v in graph.items()}) for n in NAMES)
