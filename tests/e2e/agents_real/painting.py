"""The chunk that real agents do: what is there before, what the operator is asked, what lands."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"), "pointsman/test-agents")
FOLDER = Path(os.environ.get("POINTSMAN_TEST_AGENTS", CACHE))
GOAL = "docs/chunks/paint/GOAL.md"
ANSWER = r"nswer to q\d+:\\n(?:> )?(\w+)"
"""The operator's answer in a conversation."""
QUESTION = {"question": "Which colour?", "options": ["red", "blue"]}


def installed(*programs: Path) -> None:
    """Skip the test where one of the programs is absent."""
    for program in programs:
        if not program.exists():
            pytest.skip(f"{program} is absent: run {Path(__file__).with_name('install.sh')}")


def start(rig: Any, agent: str, command: list[str], env: dict[str, str]) -> None:
    """A daemon with that agent, on a repository with the chunk ``paint``, injected."""
    lines = [
        f'agent = "{agent}"',
        f"[agents.{agent}]",
        f"command = {json.dumps(command)}",
        'network = "host"',
        f"[agents.{agent}.env]",
        *(f"{name} = {json.dumps(value)}" for name, value in env.items()),
    ]
    rig.configure("\n".join(lines))
    rig.make_repository()
    rig.chunk("paint", agent=agent, code_paths=["src/paint.py", "src/colour.py"])
    rig.start()
    rig.inject("paint")


def the_question(rig: Any) -> str:
    """The id of what the agent asks."""
    (item,) = rig.eventually(lambda: rig.items("paint"))
    assert (item["reason"], item["text"]) == ("QUESTION", "Which colour?")
    assert [option["label"] for option in item["options"]] == ["red", "blue"]
    return str(item["id"])


def landed(rig: Any, author: str) -> None:
    rig.reach("paint", "COMPLETED")
    assert rig.on_base("src/paint.py") == "PAINT = True\n"
    assert rig.on_base("src/colour.py") == "COLOUR = 'blue'\n"
    assert "ACTIVE" in rig.on_base(GOAL)
    assert rig.git("log", "-1", "--format=%an") == author
