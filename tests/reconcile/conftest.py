"""A fresh world for each test; ``world`` has four slots, as by default."""

import pytest
from tests.reconcile.world import World


@pytest.fixture
def world() -> World:
    return World()
