"""The table of operations: what the design names is offered, and raw JSON is checked."""

import pytest

from pointsman.model.errors import PointsmanError
from pointsman.operations.app import App
from pointsman.operations.table import OPERATIONS

NAMED = {
    *("inject", "submitFuture", "validate", "status", "unit", "history", "prioritize", "cancel"),
    *("retry", "retryAll", "delete", "attention", "answer", "conflicts", "verdict", "analyze"),
    *("footprint", "who", "diff", "log", "snapshots", "restore", "land", "landings"),
    *("workspaces", "pause", "resume", "settings", "setSettings", "events", "version", "shutdown"),
}


def parsed(name: str, raw: object):
    return OPERATIONS[name].parsed(raw)


def refused(name: str, raw: object) -> PointsmanError:
    with pytest.raises(PointsmanError) as caught:
        parsed(name, raw)
    assert caught.value.code == "invalid-params"
    assert caught.value.problem.remedy
    return caught.value


def test_every_operation_that_the_design_names_is_offered_but_those_of_later_parts():
    assert OPERATIONS.keys() >= NAMED


def test_every_operation_is_documented_and_names_its_parameters():
    for name, operation in OPERATIONS.items():
        assert operation.info.doc, name
        assert operation.info.params["type"] == "object"


def test_a_bare_string_fills_the_one_parameter_that_can_stand_alone():
    assert parsed("inject", "x").chunks == ("x",)
    assert parsed("unit", "x.1").unit == "x.1"


def test_nothing_is_no_parameters():
    assert parsed("status", None) == parsed("status", {})


@pytest.mark.parametrize(
    ("name", "raw", "where"),
    [
        ("inject", {}, "chunks"),
        ("inject", {"chunks": "x"}, "chunks"),
        ("inject", {"chunks": [1]}, "chunks.0"),
        ("inject", {"chunks": ["x"], "priorty": 1}, "priorty"),
        ("inject", {"chunks": ["x"], "priority": "1"}, "priority"),
        ("inject", 7, "params"),
        ("inject", ["x"], "params"),
        ("verdict", {"conflict": "c1", "verdict": "MAYBE"}, "verdict"),
        ("verdict", "c1", "params"),
        ("events", {"since": None}, "since"),
        ("who", {"path": "x", "range": {"start": 1}}, "range.start"),
    ],
)
def test_the_first_thing_that_is_wrong_is_told_with_its_place(name, raw, where):
    assert refused(name, raw).problem.data["parameter"] == where


async def test_an_unknown_operation_is_told_with_those_that_there_are():
    from pointsman.operations.seam import Caller

    with pytest.raises(PointsmanError) as caught:
        await App(None).call("injekt", {}, Caller("test", "1"))
    assert caught.value.code == "operation-unknown"
    assert "inject" in caught.value.problem.remedy


async def test_a_mistake_of_ours_leaves_no_traceback_at_the_door():
    from pointsman.operations.seam import Caller

    with pytest.raises(PointsmanError) as caught:
        await App(None).call("status", {}, Caller("test", "1"))
    assert caught.value.code == "internal"
    assert caught.value.__cause__ is None
