import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from rig import Rig, rigs


@pytest.fixture
def rig() -> Rig:
    yield from rigs()
