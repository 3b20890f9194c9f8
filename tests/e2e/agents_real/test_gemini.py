"""Gemini CLI, the real program, on a scripted model: in its sandbox, through the daemon, to base.

``install.sh`` beside this file installs it; where it is absent, these tests are skipped.
"""

from collections.abc import Iterator

import pytest
from model_server import Call, Conversation, Gemini, ModelServer, serve
from painting import ANSWER, FOLDER, GOAL, QUESTION, installed, landed, start, the_question

pytestmark = pytest.mark.e2e

GEMINI = FOLDER / "gemini-0.61.0/node_modules/.bin/gemini"


def paint(seen: Conversation) -> Call | None:
    """Writes a file, asks for a colour, writes the answer, sets the chunk ACTIVE."""
    if "PAINT = " not in seen.text:
        return "write_file", {"file_path": "src/paint.py", "content": "PAINT = True\n"}
    colour = seen.find(ANSWER)
    if colour is None:
        if seen.count("ask_operator") and "ticket q" in seen.text:
            return None
        return "ask_operator", QUESTION
    if "COLOUR = " not in seen.text:
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
    installed(GEMINI)
    with serve(paint, Gemini()) as model:
        yield model


@pytest.fixture
def started(rig, model):
    env = {
        "GEMINI_API_KEY": "placeholder",
        "GEMINI_MODEL": "gemini-2.5-flash",
        "GEMINI_CLI_TRUST_WORKSPACE": "true",
        "GOOGLE_GEMINI_BASE_URL": model.url,
    }
    start(rig, "gemini", [str(GEMINI), "--acp"], env)
    return rig


def test_gemini_writes_asks_finishes_and_its_commit_lands(started, model):
    rig = started
    item = the_question(rig)
    assert rig.unit("paint")["network"] == "host"
    rig.call("answer", item=item, option="blue")
    landed(rig, "gemini")
    assert model.keys == {"placeholder"}


def test_gemini_finishes_its_work_after_the_daemon_was_killed(started):
    # In its old session or, since Gemini CLI 0.61 overwrites a session that is loaded within the
    # minute in which it was begun, in a new one that is told what was asked and answered.
    rig = started
    item = the_question(rig)
    rig.kill()
    rig.start()
    rig.call("answer", item=item, option="blue")
    landed(rig, "gemini")
    assert rig.items() == []
