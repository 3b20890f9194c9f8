"""The real workbench, once for all tests of a file; a world of its own for each of them."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

import workbench
from rig import Rig, rigs
from workbench import Workbench, browser

from pointsman.doors.demo.scenario import FILES


@pytest.fixture(scope="module")
def world() -> Iterator[Rig]:
    """A repository's world whose daemon the editor starts."""
    why = workbench.missing()
    if why is not None:
        pytest.skip(why)
    for rig in rigs():
        rig.root = rig.home / "timetable"
        rig.make_repository(FILES)
        yield rig


@pytest.fixture(scope="module")
def code(world: Rig) -> Iterator[Workbench]:
    served = Workbench(world.home / "code", world.env)
    try:
        served.install(workbench.VSIX)
        served.start()
        yield served
    finally:
        served.stop()
        world.forget_client()
        world.cli("daemon", "stop")


@pytest.fixture(scope="module")
def chromium(world: Rig) -> Iterator[Any]:
    with browser(world.home / "profile") as opened:
        yield opened
