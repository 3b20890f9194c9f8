"""Who is held by whom, for how long, and what becomes of it when that ends."""

import pytest
from tests.reconcile.world import World

from pointsman.model import facts as f
from pointsman.model.attention import Reason
from pointsman.model.conflict import Verdict
from pointsman.model.errors import PointsmanError
from pointsman.model.work_unit import Status

ASSIGNED, BLOCKED, READY = Status.ASSIGNED, Status.BLOCKED, Status.READY
NEEDS_ATTENTION = Status.NEEDS_ATTENTION


def refused(world: World, a: str, b: str, first: str) -> PointsmanError:
    before = world.state
    with pytest.raises(PointsmanError) as caught:
        world.judge(a, b, Verdict.SERIALIZE, first)
    assert world.state is before
    return caught.value


def test_a_dependency_is_waited_for_until_it_has_landed(world: World) -> None:
    world.pool("a b>a")
    world.start("a")
    assert world.unit("b").blocked_by == ("a",)
    world.finish("a")
    assert world.status("a", "b") == [Status.COMPLETED, ASSIGNED]


def test_serializing_against_a_finished_unit_does_not_block_for_ever(world: World) -> None:
    world.pool("a b", ask=["a b"])
    world.finish("a")
    world.judge("a", "b", Verdict.SERIALIZE, "a")
    assert world.status("b") == [ASSIGNED]


@pytest.mark.parametrize("verb", ["delete", "cancel"])
def test_deleting_a_blocker_releases(world: World, verb: str) -> None:
    world.pool("a b", serialize=["a b"])
    assert world.status("b") == [BLOCKED]
    getattr(world, verb)("a")
    assert world.status("a", "b") == [Status.CANCELLED, ASSIGNED]


def test_a_blocker_that_fails_releases_those_it_was_only_serialized_with(world: World) -> None:
    world.pool("a b", serialize=["a b"])
    for _ in range(3):
        world.start("a")
        world.exit("a")
        world.tick(2000)
    assert world.status("a", "b") == [Status.FAILED, ASSIGNED]


def test_judging_a_pair_independent_releases(world: World) -> None:
    world.pool("a b", serialize=["a b"])
    world.judge("a", "b", Verdict.INDEPENDENT)
    assert world.status("a", "b") == [ASSIGNED, ASSIGNED]


def test_a_circle_is_refused_and_shown(world: World) -> None:
    world.pool("a b>a c", serialize=["b c"])
    world.judge("b", "c", Verdict.SERIALIZE, "b")  # c waits for b, and b for a
    world.overlap("a", "c", Verdict.SERIALIZE)
    world.examine("a")
    error = refused(world, "a", "c", "c")
    assert error.code == "order-cycle"
    assert error.problem.data == {"circle": ["a", "c", "b", "a"]}


def test_a_direction_against_a_dependency_is_refused(world: World) -> None:
    world.pool("a b>a", ask=["a b"])
    assert refused(world, "a", "b", "b").code == "order-cycle"


def test_a_direction_can_be_turned_round(world: World) -> None:
    world.record(f.Paused(True))
    world.pool("a b", serialize=["a b"])
    world.judge("a", "b", Verdict.SERIALIZE, "b")
    assert world.status("a", "b") == [BLOCKED, READY]


def test_an_unknown_blocker_is_refused(world: World) -> None:
    world.pool("a b", ask=["a b"])
    assert refused(world, "a", "b", "nobody").code == "verdict-invalid"


def test_nobody_waits_for_an_unknown_dependency_but_is_asked(world: World) -> None:
    world.inject("a")
    unit = world.unit("a")
    world.record(
        f.Injected(
            (
                unit.model_copy(
                    update={
                        "id": "b.1",
                        "chunk": "b",
                        "depends_on": ("x.1",),
                        "status": Status.PENDING,
                        "examined": True,
                    }
                ),
            )
        )
    )
    assert world.status("b") == [NEEDS_ATTENTION]


def test_a_proposal_takes_the_direction_that_closes_no_circle(world: World) -> None:
    world.record(f.Paused(True))
    world.pool("c a>c b>a", serialize=["b c"])
    assert world.conflict("b", "c").first == "c"


@pytest.mark.parametrize("how", ["cancel", "delete", "fail"])
def test_losing_a_dependency_asks_the_operator(world: World, how: str) -> None:
    world.pool("a b>a")
    if how == "fail":
        world.record(f.StartFailed("a.1", "no such agent"))
        world.answer(world.items("a")[0], "give-up")
    else:
        getattr(world, how)("a")
    (item,) = world.items("b")
    assert item.reason is Reason.DEPENDENCY_GONE
    assert world.status("b") == [NEEDS_ATTENTION]
    world.answer(item, "go-on")
    assert world.status("b") == [ASSIGNED]


def test_a_lost_dependency_is_asked_about_even_behind_an_older_question(world: World) -> None:
    world.pool("a b", ask=["a b"])
    world.inject("c", after={"c": ["b"]})
    world.overlap("b", "c", Verdict.ASK_OPERATOR)
    world.examine("c")
    world.delete("b")
    assert world.status("c") == [NEEDS_ATTENTION]


def test_a_dependency_that_is_injected_again_is_waited_for_again(world: World) -> None:
    world.pool("a b>a")
    world.cancel("a")
    assert world.status("b") == [NEEDS_ATTENTION]
    world.inject("a")
    assert world.unit("b").depends_on == ("a.2",)
    assert world.status("b") == [BLOCKED]
    assert not world.items("b")
    world.finish("a")
    assert world.status("b") == [ASSIGNED]


def test_a_dependency_that_comes_back_behind_its_dependent_closes_no_circle(world: World) -> None:
    world.pool("a b>a")
    world.cancel("a")
    world.inject("a", after={"a": ["b"]})
    assert world.status("a", "b") == [BLOCKED, NEEDS_ATTENTION]
    world.answer(world.items("b")[0], "go-on")
    world.finish("b")
    assert world.status("a") == [ASSIGNED]


def test_a_dependency_that_is_retried_is_waited_for_again(world: World) -> None:
    world.pool("a b>a")
    world.record(f.StartFailed("a.1", "no such agent"))
    world.answer(world.items("a")[0], "give-up")
    world.retry("a")
    assert world.status("b") == [BLOCKED]
    assert not world.items("b")


@pytest.mark.parametrize("by_operator", [False, True])
def test_a_chunk_that_comes_back_brings_no_old_direction_that_closes_a_circle(
    world: World, by_operator: bool
) -> None:
    world.record(f.Paused(True))
    world.pool("x y", serialize=["x y"])
    if by_operator:
        world.judge("x", "y", Verdict.SERIALIZE, "x")
    world.cancel("x")
    world.inject("z", after={"z": ["y"]})
    world.inject("x", after={"x": ["z"]})  # x waits for z, z for y: y can't wait for x any more
    assert world.conflict("x", "y").first == "y"


def test_the_operators_direction_stands_when_a_chunk_comes_back(world: World) -> None:
    world.record(f.Paused(True))
    world.pool("x y", serialize=["x y"])
    world.judge("x", "y", Verdict.SERIALIZE, "y")
    world.cancel("y")
    world.inject("y")
    assert world.conflict("x", "y").first == "y"
