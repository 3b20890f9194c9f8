"""Gemini CLI, the real program, on a scripted model: in its sandbox, through the daemon, to base.

``install.sh`` beside this file installs it; where it is absent, these tests are skipped.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_server import Call, Conversation, ModelServer, serve

pytestmark = pytest.mark.e2e

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"), "pointsman/test-agents")
FOLDER = Path(os.environ.get("POINTSMAN_TEST_AGENTS", CACHE))
GEMINI = FOLDER / "gemini-0.61.0/node_modules/.bin/gemini"
GOAL = "docs/chunks/paint/GOAL.md"


def paint(seen: Conversation) -> Call | None:
    """Writes a file, asks for a colour, writes the answer, sets the chunk ACTIVE."""
    if seen.count("write_file") == 0:
        return "write_file", {"file_path": "src/paint.py", "content": "PAINT = True\n"}
    colour = seen.find(r"nswer to q\d+:\\n(?:> )?(\w+)")
    if colour is None:
        if seen.count("ask_operator") and "ticket q" in seen.text:
            return None
        return "ask_operator", {"question": "Which colour?", "options": ["red", "blue"]}
    if seen.count("write_file") == 1:
        return "write_file", {"file_path": "src/colour.py", "content": f"COLOUR = {colour!r}\n"}
    if seen.count("replace") == 0:
        return "replace", {
            "file_path": GOAL,
            "old_string": "IMPLEMENTING",
            "new_string": "ACTIVE",
            "instruction": "Set the status.",
        }
    return None


@pytest.fixture
def model() -> Iterator[ModelServer]:
    if not GEMINI.exists():
        pytest.skip(f"{GEMINI} is absent: run {Path(__file__).with_name('install.sh')}")
    with serve(paint) as model:
        yield model


@pytest.fixture
def started(rig, model):
    """A daemon whose agent is Gemini, on a repository with the chunk ``paint``, injected."""
    env = {
        "GEMINI_API_KEY": "placeholder",
        "GEMINI_MODEL": "gemini-2.5-flash",
        "GEMINI_CLI_TRUST_WORKSPACE": "true",
        "GOOGLE_GEMINI_BASE_URL": model.url,
    }
    settings = rig.home / "config/pointsman/config.toml"
    settings.parent.mkdir(parents=True)
    lines = [
        'agent = "gemini"',
        "[agents.gemini]",
        f"command = {json.dumps([str(GEMINI), '--acp'])}",
        'network = "host"',
        "[agents.gemini.env]",
        *(f"{name} = {json.dumps(value)}" for name, value in env.items()),
    ]
    settings.write_text("\n".join(lines))
    rig.make_repository()
    rig.chunk("paint", agent="gemini", code_paths=["src/paint.py", "src/colour.py"])
    rig.start()
    rig.inject("paint")
    return rig


def the_question(rig):
    (item,) = rig.eventually(lambda: rig.items("paint"))
    assert (item["reason"], item["text"]) == ("QUESTION", "Which colour?")
    assert [option["label"] for option in item["options"]] == ["red", "blue"]
    return item["id"]


def landed(rig) -> None:
    rig.reach("paint", "COMPLETED")
    assert rig.on_base("src/paint.py") == "PAINT = True\n"
    assert rig.on_base("src/colour.py") == "COLOUR = 'blue'\n"
    assert "ACTIVE" in rig.on_base(GOAL)
    assert rig.git("log", "-1", "--format=%an") == "gemini"


def test_gemini_writes_asks_finishes_and_its_commit_lands(started, model):
    rig = started
    item = the_question(rig)
    assert rig.unit("paint")["network"] == "host"
    rig.call("answer", item=item, option="blue")
    landed(rig)
    assert model.keys == {"placeholder"}


def test_gemini_finishes_its_work_after_the_daemon_was_killed(started):
    # In its old session or, since Gemini CLI 0.61 overwrites a session that is loaded within the
    # minute in which it was begun, in a new one that is told what was asked and answered.
    rig = started
    item = the_question(rig)
    rig.kill()
    rig.start()
    rig.call("answer", item=item, option="blue")
    landed(rig)
    assert rig.items() == []
