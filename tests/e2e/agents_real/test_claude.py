"""Claude Code, the real program, by its ACP adapter on a scripted model: from its sandbox to base.

``install.sh`` beside this file installs it; where it is absent, these tests are skipped.
"""

import os
from collections.abc import Iterator

import pytest
from model_server import Call, Conversation, Messages, ModelServer, serve
from painting import ANSWER, FOLDER, GOAL, QUESTION, installed, landed, start, the_question

pytestmark = pytest.mark.e2e

NODE = FOLDER / "node-24.9.0/node_modules/node/bin/node"
CLAUDE = FOLDER / "claude-0.101.0/node_modules/.bin/claude-agent-acp"


def paint(seen: Conversation) -> Call | None:
    """Writes a file, asks for a colour, writes the answer, sets the chunk ACTIVE."""
    folder = seen.find(r"orking directory: ([^\s\\\"]+)")
    if "PAINT = " not in seen.text:
        return "Write", {"file_path": f"{folder}/src/paint.py", "content": "PAINT = True\n"}
    colour = seen.find(r"answer\\+\":\\+\"(\w+)") or seen.find(ANSWER)
    if colour is None:
        if seen.count("ask_operator") and "ticket" in seen.text:
            return None
        return "ask_operator", QUESTION
    if "COLOUR = " not in seen.text:
        content = f"COLOUR = {colour!r}\n"
        return "Write", {"file_path": f"{folder}/src/colour.py", "content": content}
    if seen.count("Read") == 0:
        return "Read", {"file_path": f"{folder}/{GOAL}"}
    if seen.count("Edit") == 0:
        return "Edit", {
            "file_path": f"{folder}/{GOAL}",
            "old_string": "IMPLEMENTING",
            "new_string": "ACTIVE",
        }
    return None


@pytest.fixture
def model() -> Iterator[ModelServer]:
    installed(NODE, CLAUDE)
    with serve(paint, Messages()) as model:
        yield model


@pytest.fixture
def started(rig, model):
    env = {
        "ANTHROPIC_API_KEY": "placeholder",
        "ANTHROPIC_BASE_URL": model.url,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "ENABLE_TOOL_SEARCH": "false",
    }
    rig.env["PATH"] = f"{NODE.parent}{os.pathsep}{rig.env['PATH']}"
    start(rig, "claude", [str(CLAUDE)], env)
    return rig


def test_claude_writes_asks_finishes_and_its_commit_lands(started, model):
    rig = started
    item = the_question(rig)
    assert rig.unit("paint")["network"] == "host"
    rig.call("answer", item=item, option="blue")
    landed(rig, "claude")
    assert model.keys == {"placeholder"}


def test_claude_goes_on_after_the_daemon_was_killed(started):
    rig = started
    item = the_question(rig)
    rig.kill()
    rig.start()
    rig.call("answer", item=item, option="blue")
    landed(rig, "claude")
    assert rig.items() == []
