"""Whatever an editor sends: one answer to each request, and the session lives on."""

import asyncio
import logging
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lsp_shapes import JSON, Shapes, wrong
from lsprotocol import types
from testbed import EDITOR, Wire, conflict, eventually, touch, unit

URIS = [
    *("file:///repo/src/x.py", "file:///repo/docs/chunks/alpha/GOAL.md", "file:///"),
    *("file:///repo/mit%20Leerzeichen/%C3%BCber.py", "file:///repo/100%.py", "file:///repo/%zz%"),
    *("file:///c%3A/Users/x.py", "file:///C:/Users/x.py", "file://server/share/x.py"),
    *("untitled:Untitled-1", "pointsman:diff/alpha.1", "http://example.org/x", "", "x", ":", "%"),
    *("file:///repo/\ud83d.py", "file:///repo/a\0b.py", "file:///repo/../../etc/passwd"),
    "file:///" + "x" * 5000,
]
SHAPES = Shapes(URIS)
ENDING = {types.INITIALIZE, types.SHUTDOWN, types.EXIT}
FROM_THE_CLIENT = sorted(
    method
    for method, direction in (
        (m, types.message_direction(m)) for m in types.METHOD_TO_TYPES if m not in ENDING
    )
    if direction in ("clientToServer", "both")
)
REQUESTS = [m for m in FROM_THE_CLIENT if types.METHOD_TO_TYPES[m][1] is not None]
NOTIFICATIONS = [m for m in FROM_THE_CLIENT if m not in REQUESTS]
INTERNAL_ERROR = -32603

often = settings(
    max_examples=int(os.environ.get("POINTSMAN_FUZZ", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
async def session(knock, app):
    """An editor of the checkout ``/repo`` that has documents open of which there is much to say."""
    app.release.set()  # nothing hangs
    app.units, app.conflicts = [unit("alpha"), unit("beta")], [conflict()]
    app.touches["src/x.py"] = [touch("alpha"), touch("beta", access="READ"), touch("beta", None)]
    wire = await knock("lsp", checkout="/repo")
    asked = {**EDITOR, "window": {}, "workspace": {}}  # it is never asked anything
    await wire.call("initialize", {"processId": None, "capabilities": asked})
    wire.send(method="initialized", params={})
    await eventually(lambda: bool(app.asked("attention")))
    wire.opens(URIS[0], "def f():\n    return '😋é', f\n")
    wire.opens(URIS[1], "---\ndepends_on: [beta]\ncode_paths: [src/x.py#f]\n---\n`beta`\n")
    return wire


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]


def forget(session: Wire, caplog: pytest.LogCaptureFixture) -> None:
    """One example is done."""
    session.heard.clear()
    caplog.clear()


def of(methods: list[str], change: Any) -> st.SearchStrategy[tuple[str, Any]]:
    return st.sampled_from(methods).flatmap(
        lambda method: st.tuples(st.just(method), change(SHAPES.params(method)))
    )


async def is_alive(session) -> bool:
    return "result" in await session.call(
        types.WORKSPACE_EXECUTE_COMMAND, {"command": "pointsman.echo", "arguments": [{}]}
    )


@often
@given(of(REQUESTS, lambda right: right))
async def test_every_request_of_the_right_shape_has_an_answer(session, caplog, sent) -> None:
    answer = await session.call(*sent)
    assert answer.get("error", {}).get("code") != INTERNAL_ERROR, answer
    assert not failures(caplog)
    forget(session, caplog)


@often
@given(of(REQUESTS, wrong))
async def test_every_request_of_a_wrong_shape_has_an_answer(session, caplog, sent) -> None:
    answer = await session.call(*sent)
    assert answer.get("error", {}).get("code") != INTERNAL_ERROR, answer
    assert not failures(caplog)
    forget(session, caplog)


@often
@given(st.lists(of(NOTIFICATIONS, wrong) | of(NOTIFICATIONS, lambda right: right), max_size=6))
async def test_no_notification_takes_the_session_down(session, caplog, sent) -> None:
    for method, params in sent:
        session.send(method=method, params=params)
    assert await is_alive(session)
    assert not failures(caplog)
    forget(session, caplog)


@often
@given(
    st.lists(of(REQUESTS, wrong) | of(REQUESTS, lambda right: right), min_size=1, max_size=8),
    st.data(),
)
async def test_whatever_is_cancelled_whenever_each_request_has_one_answer(
    session, caplog, sent, data
) -> None:
    ids = []
    for method, params in sent:
        ids.append(session.ask(method, params))
        if data.draw(st.booleans()):
            cancelled = data.draw(st.sampled_from(ids) | JSON)
            session.send(method=types.CANCEL_REQUEST, params={"id": cancelled})
        if data.draw(st.booleans()):
            await asyncio.sleep(0)
    answers = [await session.answer(id) for id in ids]
    assert all(a.get("error", {}).get("code") != INTERNAL_ERROR for a in answers), answers
    assert await is_alive(session)
    assert not [m for m in session.heard if m.get("id") in ids and "method" not in m]
    assert not failures(caplog)
    forget(session, caplog)


@often
@given(st.tuples(st.text(max_size=20), JSON), st.booleans())
async def test_methods_that_nobody_knows_are_refused_or_ignored(session, sent, request_it) -> None:
    method, params = sent
    assume(method not in types.METHOD_TO_TYPES and method != "pointsman/sync")
    if request_it:
        assert "error" in await session.call(method, params)
    else:
        session.send(method=method, params=params)
        assert await is_alive(session)
