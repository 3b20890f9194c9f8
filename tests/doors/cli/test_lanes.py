"""The live view: the pool that events make, the tracks that are drawn, the frames that fit."""

from datetime import UTC, datetime, timedelta
from typing import Any

from canned import AT, conflict, daemon_info, item, unit
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pointsman.doors.cli.lanes.pool import ENDED, Pool
from pointsman.doors.cli.lanes.track import STROKES, Scale, base_track, track
from pointsman.doors.cli.lanes.view import Frame, most_telling, shown

START = datetime(2026, 1, 1, tzinfo=UTC)
STATES = [*STROKES, *ENDED]
STATUSES = ["PENDING", "READY", "ASSIGNED", "RUNNING", "COMPLETED", "FAILED"]


def at(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def event(seq: int, kind: str, unit: str | None = None, /, **data: Any) -> dict[str, Any]:
    return {"seq": seq, "at": at(seq), "kind": kind, "unit": unit, "data": data}


def pool(*units: dict[str, Any], seq: int = 0) -> Pool:
    status = {"daemon": daemon_info(), "units": list(units), "heard": {}, "seq": seq}
    return Pool.of(status, [], [])


spans = st.lists(
    st.tuples(st.floats(0, 1000, allow_nan=False), st.sampled_from(STATES)), max_size=12
).map(lambda found: [(START + timedelta(seconds=s), state) for s, state in sorted(found)])


@given(spans, st.integers(1, 60), st.floats(0, 2000, allow_nan=False))
def test_a_track_is_as_wide_as_its_scale(past, width: int, now: float) -> None:
    scale = Scale(START, START + timedelta(seconds=now), width)
    assert track(past, scale).cell_len == width
    assert base_track([moment for moment, _ in past], scale).cell_len == width


@given(spans.filter(bool), st.integers(1, 60))
def test_what_waits_for_the_operator_is_never_hidden_by_other_states(past, width: int) -> None:
    moment = past[-1][0]
    past = [*past, (moment, "NEEDS_ATTENTION"), (moment + timedelta(milliseconds=1), "IMPLEMENT")]
    scale = Scale(START, moment + timedelta(seconds=500), width)
    if scale.column(moment) < width - 1 and not {s for at, s in past if at == moment} & ENDED:
        assert STROKES["NEEDS_ATTENTION"][0] in track(past, scale).plain


changes = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(STATUSES), st.booleans()),
    max_size=30,
)


@given(changes, st.integers(0, 30))
def test_events_that_were_heard_already_change_nothing(told, again: int) -> None:
    events = [
        event(n, "unit.changed", f"{name}.1", unit=unit(name, status, hidden=hidden))
        for n, (name, status, hidden) in enumerate(told, start=1)
    ]
    once, twice = pool(), pool()
    for found in events:
        once.feed(found)
        twice.feed(found)
    for found in events[:again]:
        twice.feed(found)
    assert once.lanes == twice.lanes


@given(changes)
def test_the_past_is_the_same_from_events_as_from_history(told) -> None:
    events = [
        event(n, "unit.changed", f"{name}.1", unit=unit(name, status))
        for n, (name, status, _) in enumerate(told, start=1)
    ]
    heard = pool()
    for found in events:
        heard.feed(found)
    newest = {e["unit"]: e["data"]["unit"] for e in events}
    fetched = pool(*newest.values(), seq=len(events))
    for name in newest:
        fetched.remember(name, [e for e in events if e["unit"] == name])
    assert {k: lane.spans for k, lane in heard.lanes.items()} == {
        k: lane.spans for k, lane in fetched.lanes.items()
    }


def test_deleted_units_and_closed_items_are_gone() -> None:
    seen = pool(unit("a"), unit("b"))
    seen.items["q1"] = item()
    seen.feed(event(1, "unit.deleted", "a.1"))
    seen.feed(event(2, "attention.closed", "alpha.1", item="q1"))
    seen.feed(event(3, "unit.changed", "b.1", unit=unit("b", hidden=True)))
    assert not seen.lanes
    assert not seen.items


def test_words_of_progress_end_with_the_state_they_were_about() -> None:
    seen = pool(unit("a", "RUNNING", phase="IMPLEMENT"))
    seen.feed(event(1, "progress", "a.1", text="writes x.py"))
    seen.feed(event(2, "unit.changed", "a.1", unit=unit("a", "RUNNING", phase="IMPLEMENT")))
    assert seen.lanes["a.1"].progress == "writes x.py"
    seen.feed(event(3, "unit.changed", "a.1", unit=unit("a", "RUNNING", phase="VERIFY")))
    assert seen.lanes["a.1"].progress == ""


def drawn(seen: Pool, width: int = 80, height: int = 24) -> list[str]:
    now = datetime.now(UTC)
    console = Console(width=width, height=height, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(Frame(seen, now, now - timedelta(minutes=1)))
    return captured.get().splitlines()


def crowd(count: int, status: str = "RUNNING") -> Pool:
    return pool(*(unit(f"chunk-with-a-long-name-{n}", status, phase="LAND") for n in range(count)))


@given(st.integers(0, 60), st.integers(60, 200), st.integers(12, 60))
def test_a_frame_fits_the_terminal(count: int, width: int, height: int) -> None:
    seen = crowd(count)
    seen.items = {f"q{n}": item(f"q{n}", text="A question? " * 30) for n in range(min(count, 9))}
    lines = drawn(seen, width, height)
    assert all(len(line) <= width for line in lines)
    if height >= 20:  # below, what waits for the operator and one lane are shown all the same
        assert len(lines) <= height


def test_every_lane_is_one_line_that_says_what_it_waits_for() -> None:
    seen = pool(
        unit("alpha", "RUNNING", phase="IMPLEMENT"),
        unit(
            "beta", "NEEDS_ATTENTION", attention=item("q1", "beta", reason="CONFLICT", subject="c1")
        ),
        unit("gamma", "BLOCKED", blockedBy=["alpha", "beta"]),
        unit("delta", "COMPLETED", landedCommit="1234567890", landedAt=at(0)),
    )
    seen.conflicts["c1"] = conflict()
    lines = {line.split()[1]: line for line in drawn(seen) if len(line.split()) > 2}
    assert "at work" in lines["alpha"]
    assert "collides with alpha?" in lines["beta"]
    assert "after alpha and beta" in lines["gamma"]
    assert "landed 1234567" in lines["delta"]
    assert "1 landing" in lines["main"]


def test_where_there_is_no_room_the_operators_lanes_stay() -> None:
    lanes = [*crowd(30, "COMPLETED").lanes.values()]
    waiting = pool(unit("needs", "NEEDS_ATTENTION", attention=item())).lanes["needs.1"]
    kept = most_telling([*lanes[:15], waiting, *lanes[15:]], 3)
    assert waiting in kept
    assert len(kept) == 3


def test_units_that_ended_long_before_are_not_shown() -> None:
    opened = datetime.fromisoformat(AT)
    old = (opened - timedelta(days=1)).isoformat().replace("+00:00", "Z")
    seen = pool(unit("old", "COMPLETED", updatedAt=old), unit("new", "COMPLETED"))
    assert [lane.chunk for lane in shown(seen, opened)] == ["new"]


def test_no_sandbox_and_open_network_are_always_said() -> None:
    seen = pool(unit("a", "RUNNING", phase="IMPLEMENT", network="host"))
    seen.daemon = daemon_info(sandbox="none", network=["wild"], paused=True)
    text = "\n".join(drawn(seen, 120))
    assert "NO SANDBOX" in text
    assert "network open to wild" in text
    assert "PAUSED" in text
    assert "NET " in text


def test_an_agents_silence_is_said_with_its_age() -> None:
    seen = pool(*(unit(name, "RUNNING", phase="IMPLEMENT") for name in ("mute", "busy", "calls")))
    now = datetime.now(UTC)
    long_ago, just_now = (
        (now - timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
        for seconds in (300, 5)
    )
    seen.hear({"heard": {"mute.1": long_ago, "busy.1": just_now, "calls.1": long_ago}})
    seen.feed({**event(1, "progress", "calls.1", text="writes"), "at": just_now})
    lines = {line.split()[1]: line for line in drawn(seen, 120) if len(line.split()) > 2}
    assert "silent for 5m · at work" in lines["mute"]
    assert "silent" not in lines["busy"] + lines["calls"]
