"""Transcripts: bounded, numbered through, followable."""

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pointsman.agents.events import Exited, Message, Plan, PlanEntry, Thought, ToolCall
from pointsman.agents.transcript import TEXT_LIMIT, Transcript, TranscriptLine, read

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_events_become_lines_with_their_words(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path / "1.jsonl")
    transcript.write("prompt", "Go.", NOW)
    for piece in ("Hel", "lo.\nAnd", " more"):
        transcript.event(Message(text=piece), NOW)
    transcript.event(Thought(text="hm"), NOW)
    transcript.event(ToolCall(id="1", title="edit a", paths=("a",)), NOW)
    transcript.event(Plan(entries=(PlanEntry(text="x", status="pending"),)), NOW)
    transcript.event(Exited(code=1, last_words="gone"), NOW)
    transcript.close()
    lines = list(read(tmp_path / "1.jsonl"))
    assert [line.n for line in lines] == list(range(1, len(lines) + 1))
    assert [(line.kind, line.text) for line in lines] == [
        ("prompt", "Go."),
        ("message", "Hello.\nAnd more"),
        ("thought", "hm"),
        ("tool_call", "edit a"),
        ("plan", ""),
        ("exited", "gone"),
    ]
    assert lines[3].data == {"id": "1", "paths": ["a"]}


@given(st.lists(st.text(max_size=40), max_size=60), st.integers(0, 70), st.integers(200, 4000))
def test_the_newest_lines_are_there_in_order_whatever_was_rotated(
    texts: list[str], since: int, limit: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "1.jsonl")
        transcript = Transcript(path, file_limit=limit)
        for text in texts:
            transcript.write("message", text, NOW)
        kept = [(line.n, line.text) for line in transcript.lines(since)]
        transcript.close()
        on_disk = [(line.n, line.text) for line in read(path, since)]
        every = list(enumerate(texts, start=1))[since:]
        assert kept == every
        assert on_disk == every[len(every) - len(on_disk) :]
        assert sum(file.stat().st_size for file in Path(folder).iterdir()) <= 2 * max(limit, 400)


def test_a_long_text_is_cut_and_says_so(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path / "1.jsonl")
    transcript.write("message", "x" * (TEXT_LIMIT + 5), NOW)
    (line,) = transcript.lines()
    assert (len(line.text), line.data) == (TEXT_LIMIT, {"cut": 5})


def test_a_line_cut_by_a_crash_is_passed_over_and_gone_on_after(tmp_path: Path) -> None:
    path = tmp_path / "1.jsonl"
    first = Transcript(path)
    first.write("message", "a", NOW)
    first.close()
    with path.open("ab") as file:
        file.write(b'{"n": 2, "at": "20')
    second = Transcript(path)
    second.write("message", "b", NOW)
    assert [(line.n, line.text) for line in read(path)] == [(1, "a"), (2, "b")]


async def test_followers_get_every_line_up_to_the_end(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path / "1.jsonl", file_limit=3000)
    transcript.write("message", "0", NOW)

    async def follow(since: int) -> list[TranscriptLine]:
        return [line async for line in transcript.follow(since)]

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        followers = [group.create_task(follow(since)) for since in (0, 3)]
        for n in range(1, 100):
            transcript.write("message", str(n), NOW)
            if n % 7 == 0:
                await asyncio.sleep(0)
        transcript.event(Message(text="last"), NOW)
        transcript.close()
    texts = [*map(str, range(100)), "last"]
    assert [line.text for line in followers[0].result()] == texts
    assert [line.text for line in followers[1].result()] == texts[3:]


def test_there_is_nothing_to_read_before_the_first_line(tmp_path: Path) -> None:
    assert list(read(tmp_path / "none.jsonl")) == []
