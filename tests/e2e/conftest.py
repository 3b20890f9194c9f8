"""Worlds: one a test (``rig``), or one that the tests of a file share (``world``)."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from rig import Rig, rigs


@pytest.fixture
def rig() -> Iterator[Rig]:
    yield from rigs()


@pytest.fixture(scope="module")
def shared() -> Iterator[Rig]:
    for rig in rigs():
        rig.make_repository()
        rig.start()
        yield rig


@pytest.fixture
def world(shared: Rig) -> Iterator[Rig]:
    """The file's daemon, on which nothing is live at the end of the test. A test takes chunk names
    and files of its own; ``world.source`` makes one."""
    yield shared
    shared.end_all()
